"""What is documented of a main model, by its family and name alone: its range, variant and identity.

`recommended_settings.recommended_for` knows more where a file is at hand; a script names its files by alias.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from ..families.family import DistilledRange, SamplingRange, Variant
from ..families.lookup import FAMILIES
from ..families.recommended import RECOMMENDED, recommended
from ..families.sampling import DMD2, HYPER, LCM, LIGHTNING

NOISE_PREDICTION = frozenset(
    {"sd15", "sd2", "sdxl", "sdxl_refiner", "sd_x4_upscaler", "pixart_alpha", "pixart_sigma", "hunyuan_dit", "cascade"}
)
"""Families whose models predict noise or velocity over a diffusion schedule; all others that make pictures are flows.
"""
BROKEN_ON_FLOWS = frozenset(
    {"res_multistep_ancestral", "ddpm", "dpm_fast", "dpm_adaptive", "ipndm_v", "lms"}
)  # fmt: skip
"""Samplers that give broken pictures on flow models, besides all "cfg_pp" ones, as a sweep on Qwen-Image shows."""
_LOW_CFG = 2.5  # above which "cfg_pp" samplers, which are made for about 1, burn the picture of any model
_SHARED = (LCM, LIGHTNING, HYPER, DMD2)
"""Distillations that exist for more families than their records name."""

_IDENTITIES: dict[str, tuple[tuple[str, str], ...]] = {
    "sd15": (
        ("sd_1_1", r"^(sd|stable_diffusion)_v?1_1(_|$)"),
        ("sd_1_2", r"^(sd|stable_diffusion)_v?1_2(_|$)"),
        ("sd_1_4", r"^(sd|stable_diffusion)_v?1_4(_|$)"),
        ("sd_1_5", r"^(sd_|stable_diffusion_)?v?1_5(_|$)"),
        ("dreamlike_photoreal", r"^dreamlike_?photoreal"),
        ("realistic_vision", r"^realistic_?vision"),
        ("deliberate", r"^deliberate"),
        ("chilloutmix", r"^chillout_?mix"),
        ("majicmix_realistic", r"^majicmix_?realistic"),
        ("openjourney", r"^(openjourney|mdjrny)"),
        ("epic_diffusion", r"^epic_?diffusion"),
    ),
    "sd2": (
        ("sd_2_0", r"^(sd_|stable_diffusion_)?v?2_0|^768_v_ema|^512_base_ema"),
        ("sd_2_1", r"^(sd_|stable_diffusion_)?v?2_1"),
    ),
    "sdxl": (
        ("sd_xl_0_9", r"^sd_?xl_base_0_9"),
        ("sd_xl_1_0", r"^(sd_?xl_base|stable_diffusion_xl_base)(?!_0_9)"),
        ("sd_xl_turbo", r"^sd_?xl_turbo"),
        ("sd_xl_lightning", r"^sd_?xl_lightning"),
        ("ssd_1b", r"ssd_?1b"),
        ("playground_2_5", r"^playground_v?2_5"),
        ("playground_2", r"^playground_v?2(?!_5)"),
    ),
    "sd3": (
        ("sd_3_5_large", r"^(sd|stable_?diffusion_?)3_?5_large"),
        ("sd_3_5_medium", r"^(sd|stable_?diffusion_?)3_?5_medium"),
        ("sd_3_medium", r"^(sd|stable_?diffusion_?)3_medium"),
    ),
    "flux": (
        ("flux_1_dev", r"^flux_?1?_?dev(?!_kontext)"),
        ("flux_1_kontext_dev", r"^flux_?1?_(dev_)?kontext"),
        ("flux_1_schnell", r"^flux_?1?_schnell"),
    ),
    "hidream": (("hidream_i1_full", r"^hidream_i1_full"), ("hidream_i1_dev", r"^hidream_i1_dev")),
}  # fmt: skip
"""Family -> the models that rated pictures and tables speak of, with what the normalised names of their files match."""


@lru_cache(maxsize=16384)
def identity_of(family: str, name: str) -> str | None:
    """Return which model of those that evidence speaks of a normalised name stands for; None where it is none."""
    return next((identity for identity, words in _IDENTITIES.get(family, ()) if re.search(words, name)), None)


@lru_cache(maxsize=16384)
def variant_of(family: str, name: str) -> str | None:
    """Return the variant of a family that a normalised name stands for, a distillation before a line of fine-tunes."""
    own = FAMILIES[family].variants if family in FAMILIES else ()
    matching = [variant for variant in own if re.search(variant.file_words, name)]
    matching.sort(key=lambda variant: not isinstance(variant.sampling, DistilledRange))
    if matching:
        return matching[0].name
    shared = _shared_distillation(name)
    return None if shared is None else shared.name


def documented_range(family: str, name: str, loras: Iterable[str] = ()) -> SamplingRange | None:
    """Return the sampling documented for a main model with LoRAs on it; None where nothing is known of its family.

    Args:
        family: the main model's family.
        name: its normalised name.
        loras: the normalised names of the LoRAs.
    """
    return _documented(family, name, tuple(loras))


@lru_cache(maxsize=16384)
def _documented(family: str, name: str, loras: tuple[str, ...]) -> SamplingRange | None:
    if family not in RECOMMENDED or family not in FAMILIES:
        return None
    found = recommended(family, name, loras)
    shared = _shared_distillation(name)
    if found is None or found.distilled or shared is None or not isinstance(shared.sampling, DistilledRange):
        return found
    few = shared.sampling
    return replace(
        found, steps=few.steps, cfg=few.cfg, samplers=few.samplers or found.samplers,
        schedulers=few.schedulers or found.schedulers, distilled=True,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _shared_distillation(name: str) -> Variant | None:
    return next((variant for variant in _SHARED if re.search(variant.file_words, name)), None)


def is_flow(family: str) -> bool:
    """Return whether the models of a family are flows."""
    return family in FAMILIES and FAMILIES[family].medium == "picture" and family not in NOISE_PREDICTION


def is_broken_sampler(family: str, sampler: str, cfg: float | None) -> bool:
    """Return whether a sampler is known to break the pictures of a family's models at a guidance."""
    if "cfg_pp" in sampler.lower():
        return is_flow(family) or (cfg is not None and cfg > _LOW_CFG)
    return is_flow(family) and sampler in BROKEN_ON_FLOWS
