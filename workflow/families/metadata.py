"""Which family the trainer of a file states in its metadata.

Kohya's sd-scripts and musubi-tuner, ai-toolkit and OneTrainer write `modelspec.architecture` (Stability AI's ModelSpec)
or `ss_` keys of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .lookup import FAMILIES, family_in_name
from .names import normalised

# What these trainers call a base model, where a family's own words do not cover it -> family.
_ARCHITECTURES: tuple[tuple[str, str], ...] = (
    (r"^(stable_diffusion_xl|sd_?xl)\w*refiner", "sdxl_refiner"),
    (r"^(stable_diffusion_xl|sd_?xl|pony|illustrious|noobai)", "sdxl"),
    (r"^(stable_diffusion|sd)_?v?1(_|x|$|5)", "sd15"),
    (r"^(stable_diffusion|sd)_?v?2(_|x|$)", "sd2"),
    (r"^(stable_diffusion|sd)_?v?3(_|5|$)", "sd3"),
    (r"^wan(_|$)", "wan"),
    (r"^(fk|flux_kontext)(_|$)", "flux"),
)
_MODULE = re.compile(r"lora_(\w+)$")


def families_in_metadata(metadata: Mapping[str, str]) -> frozenset[str]:
    """Return the family that the first telling key of a header's metadata states; empty where none does."""
    architecture = metadata.get("modelspec.architecture", "").split("/")[0]
    module = _MODULE.search(metadata.get("ss_network_module", ""))
    stated = (
        architecture,
        metadata.get("ss_base_model_version", ""),
        module[1] if module else "",
        metadata.get("ss_base_model", ""),
        normalised(metadata.get("ss_sd_model_name", "")),
        "sd_v2" if metadata.get("ss_v2") == "True" else "",
    )
    for text in stated:
        plain = re.sub(r"[^a-z0-9]+", "_", text[:200].lower()).strip("_")
        family = _family(plain) if plain else None
        if family is not None:
            return frozenset({family})
    return frozenset()


def _family(plain: str) -> str | None:
    known = next((family for pattern, family in _ARCHITECTURES if re.search(pattern, plain)), None)
    return known if known in FAMILIES else family_in_name(plain)
