"""The refiner of HunyuanImage 2.1."""

from __future__ import annotations

from .family import Family, LatentSpace
from .hunyuan_image import is_hunyuan_image
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="hunyuan_image_refiner",
    file_words="hunyuan_?image.*refiner",
    standalone=False,
    diffusion=lambda header: is_hunyuan_image(header, refiner=True),
    comfyui_classes=("HunyuanImage21Refiner",),
    latent_space=LatentSpace(
        "hunyuan_image_refiner",
        r"hunyuan_?image.*refiner",
        lambda header: header.latent_channels == 32 and len(header.latent_convolution or ()) == 5,
    ),
    node_classes=(*TRANSFORMER, "HunyuanRefinerLatent"),
)
