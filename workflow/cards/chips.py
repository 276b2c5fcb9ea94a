"""What was read in a prompt as chips: what each means, which words said it, and what may be set in its place.

>>> asked = asked_of("a photo of a fox, 16:9", catalog, Constraints())
>>> [chip.label for chip in (*said_chips(asked.ask, catalog.models), *chosen_chips(asked, catalog))]
['photo', 'wide 16:9', 'juggernautXL_ragnarokBy, because it is made for photo']
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..ask.ask import Ask, Enlargement, Mention, Named, Ratio, Region, Size, Statement
from ..ask.choices import AUTO, NONE, QUALITY_CHOICES, SHAPE_CHOICES, STYLE_CHOICES, UPSCALE_CHOICES
from ..ask.line import cut, enlargement_words, shape_of
from ..ask.words import style_name
from ..asked import Asked
from ..catalog.catalog import MAIN_ROLES, Catalog, ModelFile
from ..families.lookup import FAMILIES
from ..families.names import stem_of

Menu = Literal["shape", "style", "quality", "model", "lora", "upscale"]
Origin = Literal["prompt", "menu", "chosen"]
MOST_FILES = 60
"""The most files that a chip offers in place of its own."""
_MENUS: dict[str, Menu] = {
    "size": "shape", "ratio": "shape", "shape": "shape", "style": "style", "effort": "quality", "enlarge": "upscale",
    "lora": "lora", "model": "model",
}  # fmt: skip
_ONCE = ("shape", "effort", "steps", "cfg", "sampler", "scheduler", "seed", "batch", "clip_skip", "enlarge", "restyle",
         "model")  # fmt: skip
"""Kinds of which the last statement counts."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that was read, or that was chosen for what was read."""

    kind: str
    """What it is about, as `Statement.kind`; "model", "lora" and "upscaler" for what is named."""
    value: str
    """What it says, as the menu has it where there is one."""
    label: str
    """The same for a person."""
    start: int | None
    """Index of the first character in the prompt, as JavaScript counts (UTF-16); None for what stands in no prompt."""
    end: int | None
    """Index after the last one."""
    words: str
    """The words that said it; empty where none did."""
    reason: str
    """Why it is there."""
    origin: Origin
    """Who asked for it: the prompt, a menu, or nobody."""
    menu: Menu | None
    """The menu that sets the same, None where there is none."""
    how_to_change: tuple[str, ...] | None
    """The other values of that menu."""


def said_chips(ask: Ask, files: Sequence[ModelFile]) -> tuple[Chip, ...]:
    """Return what was read, in the order of the prompt, and then what menus set.

    Args:
        ask: what was read.
        files: the installed files, which are offered in place of those that are named.
    """
    return tuple(_stated(one, ask, files) for one in _counting(ask))


def chosen_chips(asked: Asked, catalog: Catalog) -> tuple[Chip, ...]:
    """Return the model and the LoRAs that were chosen for what was read, where nobody named any."""
    return tuple(_chosen(asked, catalog))


def chip_document(chip: Chip) -> dict[str, Any]:
    """Return a chip as JSON data."""
    return asdict(chip)


def _counting(ask: Ask) -> Iterator[Statement]:
    """Yield the statements that count: of those that exclude each other, the last."""
    last = {one.kind: index for index, one in enumerate(ask.statements)}
    for index, one in enumerate(ask.statements):
        shaped = one.kind in ("ratio", "shape") and "size" in last or one.kind == "shape" and "ratio" in last
        overridden = one.kind in (*_ONCE, "size", "ratio") and index != last[one.kind]
        if not shaped and not overridden and one.kind != "order":
            yield one


def _stated(statement: Statement, ask: Ask, files: Sequence[ModelFile]) -> Chip:
    value = statement.value
    set_by_menu = statement.start >= len(ask.prompt)
    words = "" if set_by_menu else ask.prompt[statement.start : statement.end].strip(" ,;.\n")
    kind: str = value.sort if isinstance(value, Mention) else statement.kind
    menu = _MENUS.get(kind)
    text = _value(statement)
    return Chip(
        kind, text, _label(kind, statement, set_by_menu),
        None if set_by_menu else _utf16(ask.prompt, statement.start),
        None if set_by_menu else _utf16(ask.prompt, statement.end),
        words, "you set it in the menu" if set_by_menu else f'you wrote "{cut(words)}"',
        "menu" if set_by_menu else "prompt", menu, None if menu is None else _others(menu, text, files),
    )  # fmt: skip


def _utf16(text: str, index: int) -> int:
    return len(text[:index].encode("utf-16-le", "surrogatepass")) // 2


def _value(statement: Statement) -> str:
    """Return a statement's value as its menu has it, else as text."""
    value = statement.value
    if isinstance(value, Mention):
        return FAMILIES[value.family].shown_name if value.family in FAMILIES else value.words
    if isinstance(value, Enlargement):
        return value.upscaler or ("no" if not value.wanted else f"{value.factor:g}x" if value.factor else "yes")
    if isinstance(value, Region):
        return value.text
    if isinstance(value, Named):
        return value.name
    if isinstance(value, float):
        return f"{value:g}"
    return style_name(value) if statement.kind == "style" and isinstance(value, str) else str(value)


def _label(kind: str, statement: Statement, set_by_menu: bool) -> str:
    """Return what a person reads on a chip."""
    value = statement.value
    text = _value(statement)
    if isinstance(value, Size):
        return f"{shape_of(Ratio(value.width, value.height))} {value}"
    if isinstance(value, Ratio):
        return f"{shape_of(value)} {value}"
    if isinstance(value, Mention):
        return _mentioned(value, text, set_by_menu)
    if isinstance(value, Enlargement):
        return enlargement_words(value)
    if isinstance(value, Named):
        weight = f" ({value.weight:g})" if value.weight is not None else ""
        return f"{'LoRA ' if kind == 'lora' else ''}{text}{weight}"
    words = {
        "steps": "{} steps", "cfg": "cfg {}", "seed": "seed {}", "batch": "{} pictures", "clip_skip": "clip skip {}",
        "negative": 'without "{}"', "lettering": 'lettering "{}"', "restyle": 'then "{}"', "region": 'a part for "{}"',
        "impossible": "{}: not possible", "unsupported": "{}: no meaning here",
    }  # fmt: skip
    return words.get(kind, "{}").format(cut(text))


def _mentioned(mention: Mention, text: str, set_by_menu: bool) -> str:
    what = {"lora": "LoRA ", "upscaler": "upscaler ", "model": ""}[mention.sort]
    if mention.missing:
        return f"{what}{text}: not installed"
    weight = f" ({mention.weight:g})" if mention.weight is not None else ""
    return f"{what}{stem_of(text)}{weight}, because you {'set' if set_by_menu else 'named'} it"


def _others(menu: Menu, value: str, files: Sequence[ModelFile]) -> tuple[str, ...]:
    """Return the other values of a menu, "auto" first; of files, the first ones."""
    choices: tuple[str, ...] = {
        "shape": SHAPE_CHOICES, "style": STYLE_CHOICES, "quality": QUALITY_CHOICES, "upscale": UPSCALE_CHOICES,
        "model": (AUTO,), "lora": (AUTO, NONE),
    }[menu]  # fmt: skip
    if menu in ("model", "lora", "upscale"):
        roles = {"model": MAIN_ROLES, "lora": ("lora",), "upscale": ("upscaler",)}[menu]
        files = [file for file in files if file.role in roles and file.unusable is None]
        families = sorted({_title(file) for file in files} - {""}, key=str.lower) if menu == "model" else []
        choices = (*choices, *families, *(file.name for file in files[:MOST_FILES]))
    return tuple(choice for choice in choices if choice != value)


def _title(file: ModelFile) -> str:
    family = FAMILIES.get(next(iter(file.families), ""))
    return family.shown_name if family is not None and family.medium == "picture" and len(file.families) == 1 else ""


def _chosen(asked: Asked, catalog: Catalog) -> Iterator[Chip]:
    named = {one.sort for one in asked.ask.mentions if not one.missing}
    mains = [file for alias in asked.constraints.wishes.mains if (file := catalog.by_alias(alias)) is not None]
    if "model" not in named and not asked.ask.model and mains:
        mains.sort(key=lambda file: (file.alias not in asked.reasons, file.alias))
        reason = asked.reasons.get(mains[0].alias, "")
        label = stem_of(mains[0].name) if len(mains) == 1 else f"{stem_of(mains[0].name)} or {len(mains) - 1} others"
        label = label.replace("1 others", "1 other") if len(mains) == 2 else label
        because = f", because {reason}" if reason and len(mains) == 1 else ""
        why = reason or "the best general models that fit"
        others = _others("model", mains[0].name, catalog.models)
        yield Chip("model", mains[0].name, label + because, None, None, "", why, "chosen", "model", others)
    if "lora" in named or asked.tagged:
        return
    loras = {alias for _, fit in asked.constraints.wishes.fits for alias, _ in fit.loras}
    for file in (found for alias in sorted(loras) if (found := catalog.by_alias(alias)) is not None):
        others = _others("lora", file.name, catalog.models)
        why = "it goes with what the prompt asks for"
        yield Chip("lora", file.name, f"LoRA {stem_of(file.name)}", None, None, "", why, "chosen", "lora", others)
