"""The refiner of SDXL."""

from __future__ import annotations

from .family import Family, FamilyFiles, one_encoder
from .headers import Header
from .latent_spaces import SDXL
from .node_classes import DISCRETE, EIGHTH, UNET
from .tasks import unet_task

_TEXT_WIDTH = 1280  # CLIP G


def _is_sdxl_refiner(header: Header) -> bool:
    unet = header.unet
    return unet is not None and unet.text_width == _TEXT_WIDTH and not unet.temporal


FAMILY = Family(
    name="sdxl_refiner",
    file_words=r"(?<!no)(?<!no_)(?<!non_)refiner(?!_?(not_)?needed)",
    standalone=False,
    diffusion=_is_sdxl_refiner,
    task=unet_task,
    lora=lambda layers: layers.fits_unet(_TEXT_WIDTH),
    controlnet=lambda header: header.cross_attention_width == _TEXT_WIDTH,
    comfyui_classes=("SDXLRefiner",),
    encoder_loading=one_encoder("stable_diffusion", "clip_g"),
    latent_space=SDXL,
    node_classes=(*DISCRETE, *UNET, *EIGHTH, "CLIPTextEncodeSDXLRefiner"),
    files=FamilyFiles(
        checkpoints="""
            *sd_xl_refiner_1.0.safetensors
            sd_xl_refiner_1.0_0.9vae.safetensors
        """,
    ),
)
