"""The x4 upscaler of Stable Diffusion 2."""

from __future__ import annotations

from .family import Family
from .headers import Header
from .node_classes import TRANSFORMER


def _is_sd_x4_upscaler(header: Header) -> bool:
    unet = header.unet
    return unet is not None and unet.text_width == 1024 and not unet.temporal and unet.channels == 7


FAMILY = Family(
    name="sd_x4_upscaler",
    file_words="x4_upscaler",
    standalone=False,
    diffusion=_is_sd_x4_upscaler,
    comfyui_classes=("SD_X4Upscaler",),
    node_classes=(*TRANSFORMER, "SD_4XUpscale_Conditioning"),
)
