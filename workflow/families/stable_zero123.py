"""Stable Zero123: other views of a thing, from a picture."""

from __future__ import annotations

from .family import Family
from .headers import Header
from .latent_spaces import SD
from .node_classes import DISCRETE, EIGHTH


def _is_stable_zero123(header: Header) -> bool:
    unet = header.unet
    return unet is not None and unet.text_width == 768 and not unet.temporal and "cc_projection.weight" in header.whole


FAMILY = Family(
    name="stable_zero123",
    file_words="zero123",
    medium="mesh",
    reads_text=False,
    diffusion=_is_stable_zero123,
    comfyui_classes=("Stable_Zero123",),
    latent_space=SD,
    node_classes=(
        *DISCRETE,
        *EIGHTH,
        "ImageOnlyCheckpointLoader",
        "ImageOnlyCheckpointSave",
        "StableZero123_Conditioning",
        "StableZero123_Conditioning_Batched",
    ),
)
