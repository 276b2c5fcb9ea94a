"""Which sampling is recommended for a main model and the LoRAs on it, by the records of the families.

Each range has its source in the family's file (workflow/families/). Sources are the official templates of
comfyui-workflow-templates-json 0.1.123, by name, whose nodes hold the values (the switch of a template that offers a
fast variant counts as two), the example workflows of the ComfyUI documentation ("examples:"), and the publishers'
model cards. Where a template shows one number, the range around it is our choice. "Commonly documented, not looked up"
marks what is from memory of common use; of the other cards it is not recorded which were opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from .family import DistilledRange, FineTuneRange, SamplingRange
from .lookup import FAMILIES
from .names import normalised
from .sampling import STABLE_DIFFUSION_SAMPLERS, STABLE_DIFFUSION_SCHEDULERS

UNKNOWN = "unknown"
"""The key of RECOMMENDED for checkpoints of unknown family."""

RECOMMENDED: dict[str, SamplingRange] = {
    **{
        name: family.sampling
        for name, family in FAMILIES.items()
        if family.medium == "picture" and family.sampling is not None
    },
    UNKNOWN: SamplingRange(
        steps=(20, 32),
        cfg=(5.0, 8.0),
        samplers=STABLE_DIFFUSION_SAMPLERS,
        schedulers=STABLE_DIFFUSION_SCHEDULERS,
        megapixels=(0.25, 1.1),
        source="our choice: between sd15 and sdxl, which nearly all such files are",
        latent="EmptyLatentImage",
    ),
}
"""Family -> its recommended sampling, for the families that make pictures and have one."""

_STEPS_IN_NAME = re.compile(r"(\d+)_?steps?(?![a-z])")


def distilled_range(family: str, name: str, *, lora: bool = False) -> DistilledRange | None:
    """Return the sampling of the distilled variant that the name of a main model stands for; None where it is none.

    A name that states its steps ("8steps") is taken at its word. With `lora`, variants that go by what is not in a
    name are left out: they speak of main models only.
    """
    plain = normalised(name)
    for variant in FAMILIES[family].variants if family in FAMILIES else ():
        if not isinstance(variant.sampling, DistilledRange) or not re.search(variant.file_words, plain):
            continue
        if lora and variant.main_models_only:
            return None
        stated = _STEPS_IN_NAME.search(plain)
        exact = int(stated[1]) if stated and 1 <= int(stated[1]) <= 20 else None
        return variant.sampling if exact is None else replace(variant.sampling, steps=(exact, exact))
    return None


def fine_tune_range(family: str, name: str) -> FineTuneRange | None:
    """Return the sampling of the line of fine-tunes that the name of a main model stands for; None where it is none."""
    plain = normalised(name)
    for variant in FAMILIES[family].variants if family in FAMILIES else ():
        if isinstance(variant.sampling, FineTuneRange) and re.search(variant.file_words, plain):
            return variant.sampling
    return None


def recommended(family: str, main: str, loras: Iterable[str] = ()) -> SamplingRange | None:
    """Return the sampling recommended for a main model with LoRAs on it; None for families that have none.

    Args:
        family: the main model's family, or UNKNOWN.
        main: the name of its file.
        loras: the names of the LoRAs' files; the first that is distilled counts before the main model.
    """
    found = RECOMMENDED.get(family)
    if found is None:
        return None
    distilled = next(
        (own for name in loras if (own := distilled_range(family, name, lora=True)) is not None),
        distilled_range(family, main),
    )
    if distilled is None:
        line = fine_tune_range(family, main)
        if line is None:
            return found
        return replace(
            found,
            steps=line.steps,
            cfg=line.cfg,
            samplers=line.samplers or found.samplers,
            schedulers=line.schedulers or found.schedulers,
        )
    return replace(
        found,
        steps=distilled.steps,
        cfg=distilled.cfg,
        samplers=distilled.samplers or found.samplers,
        schedulers=distilled.schedulers or found.schedulers,
        megapixels=distilled.megapixels or found.megapixels,
        shift=distilled.shift or found.shift,
        negative=found.negative and distilled.cfg[1] > 1,
        distilled=True,
    )
