"""Lens."""

from __future__ import annotations

from .family import (
    DistilledRange,
    Family,
    FamilyFiles,
    Popularity,
    SamplingRange,
    TextEncoder,
    Variant,
    Wiring,
    one_encoder,
)
from .latent_spaces import FLUX2
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="lens",
    file_words="(^|_)lens(_|$)",
    encoder_loading=one_encoder("lens", "gpt_oss_20b"),
    text_encoders=(TextEncoder("gpt_oss_20b", r"gpt_oss_20b", files=("gpt_oss_20b_nvfp4.safetensors",)),),
    latent_space=FLUX2,
    node_classes=(*TRANSFORMER, "EmptyLatentImage", "EmptyFlux2LatentImage", "ModelSamplingFlux"),
    sampling=SamplingRange(
        steps=(20, 32),
        cfg=(4.0, 6.0),
        samplers=("euler",),
        schedulers=("simple",),
        megapixels=(0.95, 2.2),
        source=(
            "template: image_lens_t2i (20 steps, cfg 5, euler simple, 2 megapixels, ModelSamplingFlux, "
            "CFGNorm); ranges ours"
        ),
        latent="EmptyLatentImage",
    ),
    variants=(
        Variant(
            "Turbo",
            "turbo|distill",
            DistilledRange((4, 6), (1.0, 1.0), "template: image_lens_turbo_t2i (4 steps, cfg 1)"),
        ),
    ),
    wiring=Wiring(
        pipelines=(("custom", 0.8), ("ksampler", 0.2)),
        resolution_shift=0.85,
        distilled_resolution_shift=0.85,
        cfg_norm=0.8,
    ),
    popularity=Popularity(name_tags=("_lens", "-lens", "lens_")),
    files=FamilyFiles(
        diffusion_models="""
            *lens_bf16.safetensors
            *lens_turbo_bf16.safetensors
        """,
    ),
)
