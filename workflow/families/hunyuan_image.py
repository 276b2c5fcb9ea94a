"""HunyuanImage 2.1."""

from __future__ import annotations

from .family import (
    DistilledRange,
    Family,
    FamilyFiles,
    LatentSpace,
    Popularity,
    SamplingRange,
    Variant,
    one_encoder,
    two_encoders,
)
from .headers import Header
from .hunyuan_video import is_hunyuan, is_hunyuan_15
from .node_classes import TRANSFORMER


def is_hunyuan_image(header: Header, *, refiner: bool) -> bool:
    """Return whether it is a HunyuanImage 2.1: the model, or with `refiner` the refiner, whose patches are pixels."""
    if not is_hunyuan(header) or is_hunyuan_15(header) or header.has_prefix("vector_in."):
        return False
    return (header.own.get("img_in.proj.weight", ())[2:] == (1, 1, 1)) is refiner


FAMILY = Family(
    name="hunyuan_image",
    title="HunyuanImage",
    file_words="hunyuan_?image",
    native_side=2048,
    diffusion=lambda header: is_hunyuan_image(header, refiner=False),
    comfyui_classes=("HunyuanImage21",),
    encoder_loading=(
        *two_encoders("hunyuan_image", "qwen25vl_7b", "byt5_small"),
        *one_encoder("hunyuan_image", "qwen25vl_7b"),
    ),
    latent_space=LatentSpace(
        "hunyuan_image",
        layout=lambda header: header.latent_channels == 64,
        files=("hunyuan_image_2.1_vae_fp16.safetensors",),
    ),
    node_classes=(*TRANSFORMER, "EmptyHunyuanImageLatent"),
    sampling=SamplingRange(
        steps=(24, 50),
        cfg=(3.0, 4.5),
        samplers=("euler", "dpmpp_2m"),
        schedulers=("simple",),
        megapixels=(2.0, 4.3),
        source="card: tencent/HunyuanImage-2.1 (50 steps, guidance 3.5, 2048 x 2048); ranges ours",
        latent="EmptyHunyuanImageLatent",
    ),
    variants=(
        Variant(
            "distilled",
            "distill",
            DistilledRange((8, 10), (1.0, 1.0), "card: tencent/HunyuanImage-2.1, distilled (8 steps)"),
        ),
    ),
    good_at=frozenset({"text"}),
    popularity=Popularity(weight=2, name_tags=("_hunyuan_image", "_hunyuanimage", "HunyuanImage", "hunyuan_image_")),
    files=FamilyFiles(
        diffusion_models="""
            *hunyuanimage2.1_bf16.safetensors
            hunyuanimage2.1_distilled_fp8_e4m3fn.safetensors
        """,
    ),
)
