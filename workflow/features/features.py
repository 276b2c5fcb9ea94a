"""The features of a prompt and a script: named numbers that a score can be a function of.

    for name, value in features("a photo of a fox", script).items():
        print(name, value)  # "steps" 0.0, "family=sdxl" 1.0, "file=sd_xl_1_0" 1.0, "word=photo" 1.0, ...

Settings are logarithms of ratios to what is documented for the main model with its LoRAs: 0 within the range,
`..._under` and `..._over` how far beyond its ends. So one coefficient speaks for all families, and a number that no
training example had lies where it belongs: between its neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..catalog.good_at import by_name
from ..families.family import Interval, SamplingRange
from ..families.lookup import FAMILIES
from ..families.recommended import distilled_range
from .documented import documented_range, identity_of, is_broken_sampler, variant_of
from .prompt_words import prompt_words
from .script_settings import SampledAt, ScriptSettings, read_settings
from .stated import NO_FILES, StatedFile, StatedFiles

LOOKS = frozenset(
    {"photo", "anime", "pixel_art", "painting", "logo", "render_3d", "comic", "concept_art", "illustration", "vector"}
)
"""The styles of a prompt that a model made for another look does not give."""
_MOST = 3.0  # the farthest that a setting can be beyond its range: a factor of twenty
_LORA_WEIGHT = 1.2  # up to which a LoRA is used as its makers mean it
_MANY_LORAS = 2
_WIDEST = 2.0  # the ratio of the sides from which a picture is a strip
_LOWEST_SECOND, _HIGHEST_SECOND = 0.25, 0.65  # the usual denoise of a second pass


def features(prompt: str, script: Sequence[str]) -> dict[str, float]:
    """Return the features that are not 0 of a prompt and a script, all of them finite."""
    return settings_features(prompt, read_settings(script))


def settings_features(prompt: str, settings: ScriptSettings, files: StatedFiles = NO_FILES) -> dict[str, float]:
    """Return the features of a prompt and of what a script sets.

    Args:
        prompt: the prompt.
        settings: what the script sets.
        files: what files state of themselves; of others, aliases alone speak.
    """
    words = prompt_words(prompt)
    main = files.get(settings.main)
    settings = settings if main is None else replace(settings, name=main.name)
    loras = [alias.rpartition("/")[2] for alias, _ in settings.loras]
    few = [name for name in loras if distilled_range(settings.family, name, lora=True) is not None]
    ranges = documented_range(settings.family, settings.name, few)
    if main is not None and not few:
        ranges = main.sampling or ranges
    found: dict[str, float] = {
        **_model(settings, main, words),
        **{f"word={word}": 1.0 for word in words},
        **_base(settings, ranges),
        **_later(settings),
        **_lora_features(settings, files, words),
    }
    return {name: float(value) for name, value in found.items() if value and math.isfinite(value)}


def _model(settings: ScriptSettings, main: StatedFile | None, words: Sequence[str]) -> dict[str, float]:
    """Return which model it is, and whether it is one for what the prompt wants."""
    family, name = settings.family, settings.name
    found = {f"family={family}": 1.0}
    variant, identity = variant_of(family, name), identity_of(family, name)
    if variant is not None:
        found[f"variant={variant}"] = found[f"variant={family}/{variant}"] = 1.0
    found["file=unknown" if identity is None else f"file={identity}"] = 1.0
    for word in words:
        found[f"family={family}*word={word}"] = 1.0
        if identity is not None:
            found[f"file={identity}*word={word}"] = 1.0
    named = {each.style for each in by_name(name, lora=False, families=frozenset({family}))}
    good = named if main is None else main.styles
    general = FAMILIES[family].good_at if family in FAMILIES else frozenset()
    wanted = set(words) & LOOKS
    found["style_met"] = float(bool(wanted & good))
    found["style_missed"] = float(bool(wanted and good & LOOKS and not wanted & (good | general)))
    if "lettering" in words or "text" in words:
        found["lettering_met"] = float("text" in good | general)
    return found


def _base(settings: ScriptSettings, ranges: SamplingRange | None) -> dict[str, float]:
    """Return how the first sampling stands to what is documented."""
    base = settings.base
    if base is None:
        return {"unsampled": 1.0}
    found: dict[str, float] = {}
    if base.empty and base.denoise is not None:
        found["denoise_of_empty"] = max(0.0, 1.0 - base.denoise)
    if base.width and base.height:
        found["strip"] = max(0.0, abs(math.log(base.width / base.height)) - math.log(_WIDEST))
    if base.sampler is not None and is_broken_sampler(settings.family, base.sampler, base.cfg):
        found["broken_sampler"] = 1.0
    if ranges is None:
        return {**found, "undocumented": 1.0}
    low, high = ranges.steps
    distilled = "distilled_" if ranges.distilled else ""
    for name, value, ends in (
        ("steps", base.steps, (float(low), float(high))),
        ("cfg", base.cfg, ranges.cfg),
        ("area", None if base.area is None else base.area / 1e6, ranges.megapixels),
        ("guidance", settings.guidance, ranges.guidance),
        ("shift", settings.shift, ranges.shift),
    ):
        for side, distance in _beyond(value, ends):
            prefix = distilled if name in ("steps", "cfg") and side == "over" else ""
            found[f"{prefix}{name}_{side}"] = distance
    found["other_sampler"] = float(
        base.sampler is not None and base.sampler not in ranges.samplers and "broken_sampler" not in found
    )
    found["other_scheduler"] = float(base.scheduler is not None and base.scheduler not in ranges.schedulers)
    return found


def _beyond(value: float | None, ends: Interval | None) -> Iterator[tuple[str, float]]:
    """Yield how far a value lies beyond a range, as the logarithm of a ratio, with the side on which it does."""
    if value is None or ends is None or ends[0] <= value <= ends[1]:
        return
    if value < ends[0]:
        yield "under", min(_MOST, math.log(ends[0] / value)) if value > 0 else _MOST
    elif ends[1] > 0:
        yield "over", min(_MOST, math.log(value / ends[1]))


def _later(settings: ScriptSettings) -> dict[str, float]:
    """Return what follows the first sampling."""
    second = settings.samplings[1] if len(settings.samplings) > 1 else None
    return {
        "second_pass": float(second is not None),
        "more_passes": float(max(0, len(settings.samplings) - 2)),
        "second_denoise_off": 0.0 if second is None else _outside(second, _LOWEST_SECOND, _HIGHEST_SECOND),
        "upscaled": float(settings.upscaled),
        "shrunk": 0.0 if settings.scale is None else max(0.0, -math.log(max(settings.scale, 0.05)) - 0.05),
        "styled_phrases": settings.styled / 8,
        "negative_phrases": min(settings.negative, 16) / 16,
    }


def _outside(sampling: SampledAt, low: float, high: float) -> float:
    denoise = sampling.denoise
    return 0.0 if denoise is None else max(0.0, low - denoise, denoise - high)


def _lora_features(settings: ScriptSettings, files: StatedFiles, words: Sequence[str]) -> dict[str, float]:
    """Return how the LoRAs are used, and whether they are for what the prompt wants."""
    if not settings.loras:
        return {}
    found = {
        "lora": 1.0,
        "lora_over": max(max(0.0, math.log(max(abs(weight), 0.01) / _LORA_WEIGHT)) for _, weight in settings.loras),
        "many_loras": float(max(0, len(settings.loras) - _MANY_LORAS)),
    }
    wanted = set(words) & LOOKS
    for alias, _ in settings.loras:
        family, _, name = alias.partition("/")
        if family in FAMILIES and settings.family in FAMILIES and family != settings.family:
            found["lora_misfit"] = 1.0
        lora = files.get(alias)
        good = ({each.style for each in by_name(name, lora=True)} if lora is None else lora.styles) & LOOKS
        if good and wanted:
            found["lora_style_met" if good & wanted else "lora_style_missed"] = 1.0
    return found
