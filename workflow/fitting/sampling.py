"""What goes with one main model: its LoRAs with weights, and the ranges that its sampling is held to."""

from __future__ import annotations

from collections.abc import Sequence

from ..catalog.catalog import ModelFile
from ..families.recommended import recommended
from ..grammar.wishes import AGAIN, Fit
from ..recommended_settings import recommended_for, saves_steps
from .files import family_of

_QUICK_STEPS = 20
"""The most steps that count as quick of a model that was not distilled, if it can do with so few."""
_USUAL_WEIGHT = 0.8
"""Of a LoRA whose author states none."""


def fit_of(main: ModelFile, loras: Sequence[ModelFile], effort: str | None) -> Fit:
    """Return what goes with a main model and LoRAs on it.

    Args:
        main: the main model.
        loras: the LoRAs that are used on it.
        effort: how much the picture may cost.
    """
    fast = {lora.alias for lora in loras if saves_steps(family_of(main), lora)}
    used = tuple((lora.alias, _weight(lora, lora.alias in fast)) for lora in loras)
    ranges = recommended_for(main, loras)
    if ranges is None:
        return Fit(used)
    low, high = ranges.steps
    if effort == "quick":
        high = max(low, min(_QUICK_STEPS, low + (high - low) // 3))
        if low > _QUICK_STEPS and _can_do_with_few(main):
            low = high = _QUICK_STEPS  # a file's own range is what is best, the family's what is possible
    elif effort == "detailed":
        low = high - (high - low) // 4
    again = (ranges.steps[0], ranges.steps[0] + (ranges.steps[1] - ranges.steps[0]) // 3)
    numbers: list[tuple[str, tuple[float, float]]] = [("steps", (low, high)), ("cfg", ranges.cfg), (AGAIN, again)]
    if ranges.guidance is not None:
        numbers.append(("guidance", ranges.guidance))
    if ranges.shift is not None:
        numbers.append(("shift", ranges.shift))
    guided = ranges.guidance is not None and ranges.cfg[1] <= 1
    return Fit(used, tuple(numbers), frozenset(ranges.samplers), frozenset(ranges.schedulers), guided)


def _can_do_with_few(main: ModelFile) -> bool:
    """Return whether the family of a main model makes pictures with as few steps as count as quick."""
    family = recommended(family_of(main), "")
    return family is not None and family.steps[0] <= _QUICK_STEPS


def _weight(lora: ModelFile, fast: bool) -> float:
    """Return the weight of a LoRA: the one that is stated, or the usual one of its kind."""
    return lora.facts.weight or (1.0 if fast else _USUAL_WEIGHT)
