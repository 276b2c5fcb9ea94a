"""A line of reason for each choice of a workflow, from the data that chose it; where nothing did, it was drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..ask.ask import Kind, Mention
from ..ask.line import shape_of
from ..ask.words import style_name
from ..asked import Asked
from ..catalog.catalog import ModelFile
from ..catalog.good_at import GoodAt, good_at_sources
from ..catalog.lines import stated_name
from ..catalog.subjects import fits
from ..families.lookup import FAMILIES
from ..families.names import stem_of
from ..families.recommended import UNKNOWN, distilled_range, fine_tune_range, recommended
from ..fitting.ranking import styles_of
from ..picture_text import Added
from ..recommended_settings import recommended_for, saves_steps
from ..sense.base_sizes import base_sizes
from .sampling import Sampling

DRAWN = "the language model's choice"
_ORIGINS = {
    "header": "its header", "sidecar": "the file beside it", "known file": "the table of known files",
    "name": "its name", "folder": "its folder", "family": "its family",
}  # fmt: skip
_SOURCES = (
    ("templates", "ComfyUI's templates"), ("template", "a template of ComfyUI"), ("cards", "its publishers' cards"),
    ("card", "its publisher's card"), ("examples", "ComfyUI's examples"), ("preset", "another program's preset"),
    ("commonly documented", "common use"), ("our choice", "our choice"),
)  # fmt: skip
"""What a record's source begins with -> how a person reads it."""
_NEAR = 0.12
"""Share by which an area may differ from the native one and count as that."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one choice was made."""

    choice: str
    """What was chosen: "model", "lora", "size", "steps", ..."""
    value: str
    """What it is."""
    reason: str
    """Why, without a full stop."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a workflow consists of, as far as reasons are given for it."""

    main: ModelFile | None
    loras: tuple[tuple[ModelFile, float], ...]
    size: tuple[int, int] | None
    samplings: tuple[Sampling, ...]
    stages: tuple[tuple[str, str], ...]
    """Kind and words of each stage."""
    encoders: tuple[ModelFile, ...]
    negative: str
    added: tuple[Added, ...]


def reasons(chosen: Chosen, asked: Asked) -> tuple[Reason, ...]:
    """Return a reason for each choice, in the order in which a person asks for them."""
    given = _Reasons(chosen, asked)
    found = [*given.model(), *given.loras(), *given.size(), *given.sampling(), *given.stages(), *given.texts()]
    return tuple(found)


def source_words(source: str) -> str:
    """Return where a record's figures come from, in two words or three."""
    return next((words for start, words in _SOURCES if source.startswith(start)), "its documentation")


class _Reasons:
    def __init__(self, chosen: Chosen, asked: Asked) -> None:
        self._chosen, self._asked, self._ask = chosen, asked, asked.ask
        self._wishes = asked.constraints.wishes

    # -- files -------------------------------------------------------------------------------------------------

    def model(self) -> Iterator[Reason]:
        """Yield why the main model was chosen."""
        main = self._chosen.main
        if main is not None:
            yield Reason("model", stem_of(main.name), self._why_main(main))

    def _why_main(self, main: ModelFile) -> str:
        named = [one for one in self._ask.mentions if one.sort == "model" and not one.missing]
        for one in named:
            if one.family in main.families if one.family is not None else main.alias in one.aliases:
                return _named(one)
        reason = self._asked.reasons.get(main.alias, "")
        if reason:
            return reason + _said_by(good_at_sources(main), styles_of(self._ask))
        others = len(self._wishes.mains)
        alone = "the best general model that fits here" if others == 1 else ""
        return alone or (f"one of {others} that fit about as well" if others else DRAWN)

    def loras(self) -> Iterator[Reason]:
        """Yield why each LoRA was chosen, and where its strength comes from."""
        for file, strength in self._chosen.loras:
            value = f"{stem_of(file.name)} ({strength:g})"
            yield Reason("lora", value, f"{self._why_lora(file)}; {self._why_strength(file, strength)}")

    def _why_lora(self, file: ModelFile) -> str:
        for one in self._ask.mentions:
            if one.sort == "lora" and file.alias in one.aliases:
                return _named(one)
        if any(alias == file.alias for _, alias in self._asked.tagged):
            return "you named it in a tag"
        subjects = fits(file, self._asked.text)
        if subjects:
            return f"the prompt speaks of {', '.join(subjects)}, which it was made for"
        found = [each for each in good_at_sources(file) if each.style in styles_of(self._ask)]
        if found:
            return f"it is made for {style_name(found[0].style)}" + _said_by(found, styles_of(self._ask))
        main = self._chosen.main
        family = next(iter(main.families), UNKNOWN) if main is not None else UNKNOWN
        return "it saves steps" if saves_steps(family, file) else DRAWN

    def _why_strength(self, file: ModelFile, strength: float) -> str:
        if any(weight is not None and alias == file.alias for alias, weight in self._wishes.loras):
            return "the strength is yours"
        if file.facts.weight is not None and abs(file.facts.weight - strength) < 0.005:
            return f"{_origin(file, 'weight')} recommends this strength"
        return "the usual strength" if abs(strength) in (0.8, 1.0) else "the strength is the language model's choice"

    # -- size --------------------------------------------------------------------------------------------------

    def size(self) -> Iterator[Reason]:
        """Yield why the first picture has its size."""
        size, main = self._chosen.size, self._chosen.main
        if size is None:
            return
        family = next(iter(main.families), "") if main is not None else ""
        native = base_sizes(family, main.name if main is not None else "").native
        title = FAMILIES[family].shown_name if family in FAMILIES else "this model"
        share = size[0] * size[1] / native**2 if native else 0.0
        fit = f"about the {native}x{native} that {title} was trained on" if abs(share - 1) < _NEAR else ""
        fit = fit or (f"within what {title} makes well" if main is not None else "")
        parts = [self._why_shape(size), fit]
        yield Reason("size", f"{size[0]}x{size[1]}", "; ".join(filter(None, parts)) or DRAWN)

    def _why_shape(self, size: tuple[int, int]) -> str:
        ask = self._ask
        if ask.size is not None:
            exact = (ask.size.width, ask.size.height) == size
            return f"{self._who('size')} {ask.size}" + ("" if exact else ", which is made from this")
        if ask.ratio is not None:
            return f"{self._who('ratio')} {shape_of(ask.ratio)} {ask.ratio}"
        if ask.shape is not None:
            return f"{self._who('shape')} {ask.shape}"
        return "no shape was asked for, so the language model chose one"

    def _who(self, *kinds: Kind) -> str:
        """Return "you asked for", or "you set" where a menu did."""
        last = next((one for one in reversed(self._ask.statements) if one.kind in kinds), None)
        return "you set" if last is not None and last.start >= len(self._ask.prompt) else "you asked for"

    # -- sampling ----------------------------------------------------------------------------------------------

    def sampling(self) -> Iterator[Reason]:
        """Yield why the first sampling has its steps, guidance and sampler."""
        if not self._chosen.samplings:
            return
        first = self._chosen.samplings[0]
        for choice, asked in (("steps", self._ask.steps), ("cfg", self._ask.cfg), ("guidance", self._ask.cfg)):
            value = first.number(choice)
            if value is not None and not (choice == "cfg" and first.number("guidance") is not None):
                own = asked is not None and abs(asked - value) < 0.005
                who = self._who("steps" if choice == "steps" else "cfg")
                yield Reason(choice, f"{value:g}", f"{who} it" if own else self._why_number(choice, value))
        sampler = first.name("sampler_name")
        if sampler:
            named = " ".join(filter(None, (sampler, first.name("scheduler"))))
            yield Reason("sampler", named, self._why_sampler(sampler, first.name("scheduler")))

    def _why_number(self, choice: str, value: float) -> str:
        main = self._chosen.main
        ranges = None if main is None else recommended_for(main, [file for file, _ in self._chosen.loras])
        ends = None if ranges is None else getattr(ranges, choice)
        if main is None or ends is None:
            return DRAWN
        low, high = ends
        range_words = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        if not low <= value <= high:
            few = choice == "steps" and value < low and self._ask.effort == "quick"
            return f"quick: fewer than the usual {range_words}" if few else f"{DRAWN}; {range_words} is usual"
        effort = f"{self._ask.effort}: " if choice == "steps" and self._ask.effort else ""
        return f"{effort}{self._who_recommends(choice, main)} {range_words}"

    def _who_recommends(self, choice: str, main: ModelFile) -> str:
        """Return who states the range of a number, up to the verb."""
        family = next(iter(main.families)) if len(main.families) == 1 else UNKNOWN
        for lora, _ in self._chosen.loras:
            if saves_steps(family, lora):
                return f"with {stem_of(lora.name)}, made to need few steps,"
        name = stated_name(main)
        distilled, line, general = distilled_range(family, name), fine_tune_range(family, name), recommended(family, "")
        stated = getattr(main.facts, "cfg" if choice == "guidance" else choice, None)
        if stated is not None and not (distilled and _origin(main, choice) == _ORIGINS["known file"]):
            return f"{_origin(main, 'cfg' if choice == 'guidance' else choice)} recommends"
        if distilled is not None:
            return f"made to need few steps; {source_words(distilled.source)}:"
        if line is not None and choice != "guidance":
            return f"documented for its line ({source_words(line.source)}):"
        title = FAMILIES[family].shown_name if family in FAMILIES else "models of unknown family"
        return f"documented for {title} ({source_words(general.source if general else '')}):"

    def _why_sampler(self, sampler: str, scheduler: str) -> str:
        if self._ask.sampler == sampler:
            return f"{self._who('sampler')} it"
        if self._ask.scheduler and self._ask.scheduler == scheduler:
            return f"{self._who('scheduler')} {scheduler}; the sampler is the language model's choice"
        main = self._chosen.main
        if main is not None and main.facts.samplers and _origin(main, "samplers") != _ORIGINS["known file"]:
            return f"{_origin(main, 'samplers')} recommends it"
        ranges = None if main is None else recommended_for(main, [file for file, _ in self._chosen.loras])
        if ranges is not None and sampler in ranges.samplers:
            count = len(ranges.samplers)
            return (
                "the one that works with this model" if count == 1 else f"{DRAWN} among {count} that work well with it"
            )
        return DRAWN

    # -- stages and texts --------------------------------------------------------------------------------------

    def stages(self) -> Iterator[Reason]:
        """Yield why the picture passes further stages."""
        enlargement = self._ask.enlargement
        larger = enlargement is not None and enlargement.wanted
        for kind, words in self._chosen.stages:
            if kind in ("second_pass", "upscale", "scale"):
                if larger:
                    reason = f"{self._who('enlarge')} a larger picture"
                elif self._ask.size is not None and kind == "scale":
                    reason = f"no model here makes {self._ask.size} by itself"
                elif self._ask.effort == "detailed":
                    reason = f"{self._who('effort')} detail"
                else:
                    reason = DRAWN
                yield Reason(kind, words, reason)
            elif kind == "restyle":
                yield Reason(kind, words, f"you asked to turn it into {self._ask.restyle!r}")
            elif kind == "regions":
                yield Reason(kind, words, "you said where things are to be")
            elif kind == "finish":
                yield Reason(kind, words, DRAWN)

    def texts(self) -> Iterator[Reason]:
        """Yield why words were added, what the negative text comes from, and what reads the texts."""
        for added in self._chosen.added:
            yield Reason("words", added.words, f"the {added.reason}")
        negative, own = self._chosen.negative, self._ask.negative
        if negative:
            mine = own and all(part in negative for part in own.split(", "))
            more = negative != own
            reason = f"{self._who('negative')} it" + (f"; the rest was {DRAWN}" if more else "") if mine else DRAWN
            yield Reason("negative", negative, reason)
        main = self._chosen.main
        family = next(iter(main.families), "") if main is not None else ""
        if self._chosen.encoders and family in FAMILIES:
            names = " and ".join(stem_of(file.name) for file in self._chosen.encoders)
            which = "encoder" if len(self._chosen.encoders) == 1 else "encoders"
            yield Reason("text_encoder", names, f"the {which} that {FAMILIES[family].shown_name} was trained with")


def _named(mention: Mention) -> str:
    return "you set it" if mention.start < 0 else "you named it"


def _origin(file: ModelFile, attribute: str) -> str:
    """Return who states an attribute of a file's facts."""
    source = dict(file.facts.sources).get("cfg" if attribute == "guidance" else attribute, "")
    return _ORIGINS.get(source, "its author")


def _said_by(found: Sequence[GoodAt], styles: Sequence[str]) -> str:
    """Return who says that a file is good at one of the styles, in parentheses; empty where nobody does."""
    one = next((each for each in found if each.style in styles), None)
    if one is None:
        return ""
    said = {"name": f" has {one.words!r}", "folder": f" is {one.words!r}", "known file": "", "family": ""}
    words = said.get(one.source, f": {one.words!r}")
    return f" ({_ORIGINS[one.source]}{words})"
