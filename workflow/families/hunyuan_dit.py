"""Hunyuan-DiT."""

from __future__ import annotations

from .family import Family, FamilyFiles, Popularity, SamplingRange
from .headers import Header
from .latent_spaces import SDXL
from .node_classes import DISCRETE, EIGHTH


def _is_hunyuan_dit(header: Header) -> bool:
    return "mlp_t5.0.weight" in header


FAMILY = Family(
    name="hunyuan_dit",
    title="Hunyuan-DiT",
    file_words="hunyuan_?dit|hydit",
    native_side=1024,
    diffusion=_is_hunyuan_dit,
    controlnet=lambda header: "after_proj_list.18.bias" in header,
    comfyui_classes=("HunyuanDiT", "HunyuanDiT1"),
    latent_space=SDXL,
    node_classes=(*DISCRETE, *EIGHTH, "CLIPTextEncodeHunyuanDiT"),
    node_class_words="HunyuanDiT",
    sampling=SamplingRange(
        steps=(24, 40),
        cfg=(5.0, 7.0),
        samplers=("euler", "dpmpp_2m", "ddim"),
        schedulers=("sgm_uniform", "normal"),
        megapixels=(0.75, 1.6),
        source=(
            "examples: hunyuan_dit__hunyuan_dit_1.2_example (30 steps, cfg 6, euler sgm_uniform, 1024 x "
            "1024); ranges ours"
        ),
        latent="EmptyLatentImage",
    ),
    dialect="tags",
    popularity=Popularity(checkpoints=1.0, name_tags=("_hunyuan_dit", "HunyuanDiT")),
    files=FamilyFiles(
        checkpoints="""
            *hunyuan_dit_1.2.safetensors
            hunyuan_dit_1.1.safetensors
            hunyuan_dit_1.0.safetensors
        """,
    ),
)
