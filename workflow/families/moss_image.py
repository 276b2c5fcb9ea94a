"""MOSS-Image."""

from __future__ import annotations

from .family import Family, FamilyFiles, Popularity, SamplingRange, TextEncoder, one_encoder
from .latent_spaces import FLUX2
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="moss_image",
    title="Moss-Image",
    file_words="moss_?image",
    encoder_loading=one_encoder("moss_image", "qwen35_9b"),
    text_encoders=(TextEncoder("qwen35_9b", r"qwen_?3_5_9b", files=("qwen3.5_9b_w4a8_gptq.safetensors",)),),
    latent_space=FLUX2,
    node_classes=(*TRANSFORMER, "EmptyLatentImage", "EmptyFlux2LatentImage", "ModelSamplingAuraFlow"),
    sampling=SamplingRange(
        steps=(22, 36),
        cfg=(2.0, 3.5),
        samplers=("er_sde", "euler"),
        schedulers=("simple",),
        megapixels=(0.75, 1.6),
        source=(
            "templates: image_moss_image_t2i, image_moss_image_base_t2i (25 steps, cfg 2.5, er_sde simple); ranges ours"
        ),
        latent="EmptyFlux2LatentImage",
    ),
    popularity=Popularity(name_tags=("_moss_image", "MossImage")),
    files=FamilyFiles(
        diffusion_models="""
            *moss_image_sft_int8_convrot.safetensors
            *moss_image_base_int8_convrot.safetensors
        """,
    ),
)
