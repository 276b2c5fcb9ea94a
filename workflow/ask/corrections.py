"""What a person sets in menus or options, which goes before what the prompt says.

>>> from .syntax import read_ask
>>> ask = corrected(read_ask("a fox, 4:3, no upscaling"), Corrections(shape="16:9", upscale="2x"), catalog)
>>> str(ask.ratio), ask.enlargement.factor
('16:9', 2.0)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches

from ..catalog.catalog import MAIN_ROLES, Catalog, ModelFile
from ..families.lookup import FAMILIES, family_called
from ..user_prompt import PromptError, checked_prompt
from .ask import Ask, Enlargement, Kind, Mention, Ratio, Statement
from .choices import AUTO, NONE, QUALITY_CHOICES, STYLE_CHOICES, UPSCALE_CHOICES
from .words import SHAPES, style_called

_RATIO = re.compile(r"(\d{1,2}(?:\.\d{1,2})?):(\d{1,2}(?:\.\d{1,2})?)")
_SHORTEST_PART = 3
"""Letters that a part of a name needs."""
_ROLES: dict[str, tuple[str, ...]] = {
    "model": MAIN_ROLES,
    "lora": ("lora",),
    "upscale": ("upscaler",),
}
"""Field -> roles of the files that it names."""


class CorrectionError(ValueError):
    """A correction that names nothing there is. The message names the field, the value and what there is."""


@dataclass(frozen=True, slots=True)
class Corrections:
    """What a person has set; "auto" stands for what the prompt says."""

    shape: str = AUTO
    """One of `SHAPES`, or a ratio such as "16:9"."""
    style: str = AUTO
    """One of `STYLES` by word or name, or "none"."""
    quality: str = AUTO
    """"quick", "normal" or "detailed"."""
    model: str = AUTO
    """Alias, file name or a part of it of a main model, or the name of a family, short or as people write it."""
    lora: str = AUTO
    """Alias, file name or a part of it of a LoRA, or "none"."""
    upscale: str = AUTO
    """"no", "2x", "4x", or alias, file name or a part of it of an upscale model."""
    negative: str = ""
    """What the picture is not to show, beside what the prompt says of it."""

    @property
    def empty(self) -> bool:
        """Whether nothing is set."""
        return self == NOTHING_SET


NOTHING_SET = Corrections()
"""Every field "auto"."""


def read_corrections(values: Mapping[str, object]) -> Corrections:
    """Read corrections from a node's inputs or a command line's options.

    Parameters:
        values: name of a field of `Corrections` -> text; other names are ignored. What is missing, None or empty is
            not set.
    """
    given = {field.name: str(values.get(field.name) or "").strip() for field in fields(Corrections)}
    return replace(NOTHING_SET, **{name: text for name, text in given.items() if text})


def corrected(ask: Ask, corrections: Corrections, catalog: Catalog) -> Ask:
    """Return an ask in which the corrections stand in place of the prompt's own statements on the same things.

    The words of those statements stay out of the text all the same: they are no part of the picture.

    Raises:
        CorrectionError: a value is not known, or a file not installed.
    """
    if corrections.empty:
        return ask
    kept = list(ask.statements)
    for replaced, new in (
        _shape(corrections.shape),
        _style(corrections.style),
        _quality(corrections.quality),
        _upscale(corrections.upscale, catalog),
    ):
        if replaced:
            kept = [one for one in kept if one.kind not in replaced] + list(new)
    for sort, name in (("model", corrections.model), ("lora", corrections.lora)):
        if name != AUTO:
            kept = [one for one in kept if one.kind != sort and not _mentions(one, sort)]
            kept += [] if name == NONE and sort == "lora" else [_named(sort, name, catalog)]
    if corrections.negative:
        kept.append(_said("negative", _checked(corrections.negative)))
    end = len(ask.prompt)
    return replace(ask, statements=tuple(one if one.start >= 0 else replace(one, start=end, end=end) for one in kept))


_Replacement = tuple[frozenset[Kind], tuple[Statement, ...]]


def _said(kind: Kind, value: str | Ratio | Enlargement | Mention) -> Statement:
    """Return a statement that stands nowhere in the prompt; its place is set at the end."""
    return Statement(kind, value, -1, -1)


def _shape(shape: str) -> _Replacement:
    if shape == AUTO:
        return frozenset(), ()
    replaced: frozenset[Kind] = frozenset({"shape", "ratio", "size"})
    ratio = _RATIO.fullmatch(shape)
    if ratio is not None and float(ratio[2]) and 1 / 8 <= float(ratio[1]) / float(ratio[2]) <= 8:
        return replaced, (_said("ratio", Ratio(float(ratio[1]), float(ratio[2]))),)
    return replaced, (_said("shape", _one_of("shape", shape, SHAPES, " or a ratio such as 16:9")),)


def _style(style: str) -> _Replacement:
    if style == AUTO:
        return frozenset(), ()
    if style == NONE:
        return frozenset({"style"}), ()
    return frozenset({"style"}), (_said("style", style_called(style) or _one_of("style", style, STYLE_CHOICES)),)


def _quality(quality: str) -> _Replacement:
    if quality == AUTO:
        return frozenset(), ()
    _one_of("quality", quality, QUALITY_CHOICES)
    return frozenset({"effort"}), () if quality == "normal" else (_said("effort", quality),)


def _upscale(upscale: str, catalog: Catalog) -> _Replacement:
    if upscale == AUTO:
        return frozenset(), ()
    if upscale == "no":
        said = Enlargement(False)
    elif upscale in UPSCALE_CHOICES:
        said = Enlargement(True, float(upscale.removesuffix("x")))
    else:
        said = Enlargement(True, upscaler=re.split(r"[/\\]", _file("upscale", upscale, catalog).name)[-1])
    return frozenset({"enlarge"}), (_said("enlarge", said),)


def _one_of(what: str, value: str, known: Iterable[str], more: str = "") -> str:
    known = [one for one in known if one != AUTO]
    if value not in known:
        raise CorrectionError(f"{what}: {value!r} is not one of {AUTO}, {', '.join(known)}{more}")
    return value


def _checked(negative: str) -> str:
    """Return a negative text that may be stored, sent and printed. Raises CorrectionError for any other."""
    try:
        return checked_prompt(negative, "negative")
    except PromptError as error:
        raise CorrectionError(str(error)) from error


def _mentions(statement: Statement, sort: str) -> bool:
    return isinstance(statement.value, Mention) and statement.value.sort == sort


def _named(sort: str, name: str, catalog: Catalog) -> Statement:
    """Return the mention of a file or family that a menu names. Raises CorrectionError where it is not installed."""
    family = family_called(name) if sort == "model" else None
    aliases: tuple[str, ...] = ()
    if family is not None and any(family in file.families for file in _usable(sort, catalog)):
        words = FAMILIES[family].shown_name
    else:
        file = _file(sort, name, catalog)
        family, words, aliases = None, file.name, (file.alias,)
    what = "lora" if sort == "lora" else "model"
    return _said("mention", Mention(what, aliases, family, words, (), -1, -1))  # type: ignore[arg-type]


def _file(field: str, name: str, catalog: Catalog) -> ModelFile:
    """Return the file with this alias or name, or the only one whose name has this part.

    Raises:
        CorrectionError: there is none, there are several, or it is of no use.
    """
    named = [file for file in catalog.models if name in (file.alias, file.name)]
    usable = _usable(field, catalog)
    found = [file for file in named if file in usable]
    reason = next((file.unusable for file in named if file.unusable), None)
    if not found and reason is not None:
        raise CorrectionError(f"{field}: {name!r} {reason}")
    if not found and len(name) >= _SHORTEST_PART:
        found = [file for file in usable if name.lower() in file.name.lower()]
        if len(found) > 1:
            raise CorrectionError(f"{field}: {name!r} is a part of several names: {_listed(found, found)}")
    if not found:
        by_name = {file.name: file for file in usable}
        shown = [by_name[close] for close in get_close_matches(name, by_name, 3, 0.4)] or usable
        hint = f"; installed are {_listed(shown, usable)}" if usable else ""
        raise CorrectionError(f"{field}: {name!r} is not installed{hint}")
    return found[0]


def _listed(shown: Sequence[ModelFile], known: Sequence[ModelFile]) -> str:
    """Return the first names of those that are shown, with "..." where there are more of those that are known."""
    names = [file.name for file in shown[:3]]
    return ", ".join(names) + (", ..." if len(known) > len(names) else "")


def _usable(field: str, catalog: Catalog) -> list[ModelFile]:
    return [file for file in catalog.models if file.role in _ROLES[field] and file.unusable is None]
