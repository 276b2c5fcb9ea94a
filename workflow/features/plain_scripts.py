"""A plain script of a model at given settings: how rated pictures and documentation are written as workflows.

Only what features read is in it; such a script says nothing of how a model is loaded, and is not meant to be run.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ..families.family import SamplingRange


@dataclass(frozen=True, slots=True)
class PlainSettings:
    """The settings of a plain script."""

    steps: int
    cfg: float
    sampler: str
    scheduler: str
    width: int
    height: int
    denoise: float = 1.0
    guidance: float | None = None
    shift: float | None = None
    lora: tuple[str, float] | None = None
    """Alias and strength of a LoRA."""


def plain_script(alias: str, settings: PlainSettings) -> tuple[str, ...]:
    """Return the script of one sampling from an empty latent with the main model of this alias."""
    choices = [
        alias, "SaveImage", "VAEDecode", "KSampler", "steps=", f"{settings.steps}", "cfg=", f"{settings.cfg:g}",
        "sampler_name=", settings.sampler, "scheduler=", settings.scheduler,
    ]  # fmt: skip
    if settings.denoise != 1:
        choices += ["denoise=", f"{settings.denoise:g}"]
    if settings.shift is not None:
        choices += ["ModelSamplingAuraFlow", "shift=", f"{settings.shift:g}"]
    if settings.lora is not None:
        choices += ["LoraLoaderModelOnly", settings.lora[0], "strength_model=", f"{settings.lora[1]:g}"]
    choices += ["CheckpointLoaderSimple"]
    if settings.guidance is not None:
        choices += ["FluxGuidance", "guidance=", f"{settings.guidance:g}"]
    choices += ["CLIPTextEncode", "@prompt", "&1", "CLIPTextEncode", "@empty", "&1"]
    choices += ["EmptyLatentImage", "width=", f"{settings.width}", "height=", f"{settings.height}", "&1", "@end"]
    return tuple(choices)


def documented_settings(ranges: SamplingRange, random: Random) -> PlainSettings:
    """Return settings drawn from within a documented range."""
    low, high = ranges.megapixels or (0.9, 1.1)
    side = round((random.uniform(low, high) * 1e6) ** 0.5 / 8) * 8
    while side * side > high * 1e6:
        side -= 8
    while side * side < low * 1e6:
        side += 8
    return PlainSettings(
        random.randint(*ranges.steps),
        round(random.uniform(*ranges.cfg), 2),
        random.choice(ranges.samplers),
        random.choice(ranges.schedulers),
        side,
        side,
        guidance=None if ranges.guidance is None else round(random.uniform(*ranges.guidance), 2),
        shift=None if ranges.shift is None else round(random.uniform(*ranges.shift), 2),
    )
