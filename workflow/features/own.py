"""Features that only a user's own ratings are explained by: which files, which shapes, which numbers somebody likes.

Public ratings say nothing of these: `features.py` has how far settings lie beyond what is documented, and within it
all are the same. Numbers are on the scale on which people notice them, and each has its square, for those who like a
middle.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..catalog.good_at import by_name
from ..families.lookup import FAMILIES
from .features import LOOKS
from .prompt_words import prompt_words
from .script_settings import ScriptSettings

OWN = "own:"
"""What the names of these features begin with."""
_GENERAL = "general"
_USUAL_STEPS, _USUAL_CFG = 24.0, 5.0
_CFG_UNIT, _RATIO_UNIT = 2.5, 0.5
_FARTHEST = 3.0


def own_features(prompt: str, settings: ScriptSettings) -> dict[str, float]:
    """Return the features that are not 0 of a prompt and of what a script sets."""
    found = dict.fromkeys(_names(prompt, settings), 1.0)
    for name, value in _numbers(settings):
        bounded = max(-_FARTHEST, min(_FARTHEST, value))
        found |= {f"{OWN}{name}": bounded, f"{OWN}{name}^2": bounded * bounded / 2}
    return {name: value for name, value in found.items() if value}


def _names(prompt: str, settings: ScriptSettings) -> Iterator[str]:
    family, name = settings.family, settings.name
    of_family = FAMILIES[family].good_at if family in FAMILIES else frozenset()
    good = {each.style for each in by_name(name, lora=False, families=frozenset({family}))} | of_family
    asked = sorted(set(prompt_words(prompt)) & LOOKS) or [_GENERAL]
    yield f"{OWN}main={settings.main}"
    for style in sorted(good) or [_GENERAL]:
        yield f"{OWN}good={style}"
        yield from (f"{OWN}good={style}*asked={each}" for each in asked)
    for alias, _ in settings.loras:
        yield f"{OWN}lora={alias}"
        yield from (f"{OWN}lora good={each.style}" for each in by_name(alias.rpartition("/")[2], lora=True))
    base = settings.base
    if base is not None and base.sampler is not None:
        yield f"{OWN}sampler={base.sampler}"
    if base is not None and base.scheduler is not None:
        yield f"{OWN}scheduler={base.scheduler}"
    if len(settings.samplings) > 1:
        yield f"{OWN}second pass"
    if settings.upscaled:
        yield f"{OWN}upscaled"


def _numbers(settings: ScriptSettings) -> Iterator[tuple[str, float]]:
    base = settings.base
    if base is None:
        return
    if base.steps:
        yield "steps", math.log2(base.steps / _USUAL_STEPS)
    if base.cfg is not None:
        yield "cfg", (base.cfg - _USUAL_CFG) / _CFG_UNIT
    if base.width and base.height:
        yield "ratio", math.log2(base.width / base.height) / _RATIO_UNIT
        yield "area", math.log2(base.width * base.height * (settings.scale or 1.0) ** 2 / 1e6)
    if settings.guidance is not None:
        yield "guidance", settings.guidance - 3.5
    yield "loras", float(len(settings.loras))
