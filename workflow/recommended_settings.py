"""Which sampling is recommended for a main model with LoRAs: what it states itself, within what its family can do.

recommended_for(main, [lora])  # SamplingRange(steps=(28, 28), cfg=(5.0, 7.0), samplers=("euler_ancestral", ...), ...)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from .ask.program_names import read_sampler
from .catalog.catalog import ModelFile
from .catalog.file_facts import NO_FACTS, FileFacts
from .catalog.good_at import good_at
from .catalog.lines import stated_name
from .families.family import SamplingRange
from .families.recommended import UNKNOWN, distilled_range, recommended

_WIDEST = 1.5  # times the family's own range that a file may state; beyond it stands for something else
_FEW_STEPS = 12  # a model that is made for so few is distilled, whatever its name
_LOW_CFG = 2.5
_GENERAL_WEIGHT = 1.0


def recommended_for(main: ModelFile, loras: Iterable[ModelFile] = ()) -> SamplingRange | None:
    """Return the sampling recommended for a main model with LoRAs on it; None where nothing is known of its family.

    A distilled LoRA goes before what the main model states, and that before its line's and its family's range.
    """
    return _recommended(main, tuple(loras))


@lru_cache(maxsize=32768)
def saves_steps(family: str, lora: ModelFile) -> bool:
    """Return whether a LoRA makes a model of the family need few steps.

    One that stands for a style as well ("pixel_art_z_image_turbo") is made for a model that needs few by itself.
    """
    return distilled_range(family, lora.name, lora=True) is not None and not good_at(lora)


def recommended_weight(lora: ModelFile) -> float:
    """Return the weight that a LoRA's header or sidecar recommends; 1 where none does."""
    return _GENERAL_WEIGHT if lora.facts.weight is None else lora.facts.weight


@lru_cache(maxsize=4096)
def _recommended(main: ModelFile, loras: tuple[ModelFile, ...]) -> SamplingRange | None:
    family = next(iter(main.families)) if len(main.families) == 1 else UNKNOWN
    alone = recommended(family, stated_name(main))
    found = recommended(family, stated_name(main), [lora.name for lora in loras if saves_steps(family, lora)])
    if found is None or alone is None or found != alone:  # a distilled LoRA
        return found
    return _as_stated(found, main)


def _as_stated(found: SamplingRange, main: ModelFile) -> SamplingRange:
    """Return a range with what a file states, as far as that is possible for its family."""
    facts = _stated(main.facts, found.distilled)
    unnamed = facts.steps is not None and facts.steps[1] <= _FEW_STEPS and not found.distilled  # "made for 8 steps"
    if facts.steps is not None and facts.steps[1] <= _WIDEST * found.steps[1]:
        found = replace(found, steps=_around_steps(facts.steps))
    if facts.cfg is not None and found.cfg[1] > 1 and (unnamed or _overlap(facts.cfg, found.cfg)):
        found = replace(found, cfg=_around_cfg(facts.cfg), negative=found.negative and facts.cfg[1] > 1)
    elif facts.cfg is not None and found.guidance is not None and _overlap(facts.cfg, found.guidance):
        found = replace(found, guidance=facts.cfg)  # people write "cfg" for the guidance of distilled models, too
    named = [read_sampler(words) for words in facts.samplers]
    samplers = tuple(dict.fromkeys(sampler for sampler, _ in named if sampler is not None))
    schedulers = tuple(dict.fromkeys(scheduler for _, scheduler in named if scheduler is not None))
    if dict(facts.sources).get("samplers") == "known file":  # used most, which makes no other one wrong
        samplers = tuple(dict.fromkeys((*samplers, *found.samplers)))
        schedulers = tuple(dict.fromkeys((*schedulers, *found.schedulers)))
    return replace(found, samplers=samplers or found.samplers, schedulers=schedulers or found.schedulers)


def _stated(facts: FileFacts, distilled: bool) -> FileFacts:
    """Return facts without what is known of a page's other files, where a file is a distilled one."""
    known = {name for name, source in facts.sources if source == "known file"}
    if not distilled or not known:
        return facts
    return replace(facts, **{name: getattr(NO_FACTS, name) for name in known & {"steps", "cfg", "samplers"}})


def _around_steps(steps: tuple[int, int]) -> tuple[int, int]:
    """Return a range around one number of steps, which is no limit where there are many of them."""
    few, most = steps
    return steps if few < most or most <= _FEW_STEPS else (round(few * 0.85), round(most * 1.15))


def _around_cfg(cfg: tuple[float, float]) -> tuple[float, float]:
    """Return a range around one guidance scale, unless it is that of a distilled model."""
    low, high = cfg
    return cfg if low < high or high <= _LOW_CFG else (low - 0.5, high + 0.5)


def _overlap(first: tuple[float, float], second: tuple[float, float]) -> bool:
    return first[0] <= second[1] * _WIDEST and second[0] <= first[1] * _WIDEST
