"""Boogu-Image."""

from __future__ import annotations

from .family import DistilledRange, Family, FamilyFiles, Popularity, SamplingRange, Variant, Wiring, one_encoder
from .latent_spaces import FLUX
from .node_classes import SIXTEEN_CHANNELS, TRANSFORMER

FAMILY = Family(
    name="boogu",
    file_words="boogu",
    encoder_loading=one_encoder("boogu", "qwen3vl_8b"),
    latent_space=FLUX,
    node_classes=(*SIXTEEN_CHANNELS, *TRANSFORMER, "ModelSamplingAuraFlow", "TextEncodeBooguEdit"),
    sampling=SamplingRange(
        steps=(20, 32),
        cfg=(3.5, 5.0),
        samplers=("euler", "res_multistep"),
        schedulers=("simple",),
        megapixels=(0.75, 1.6),
        source="our choice: the templates show its turbo only",
        latent="EmptyLatentImage",
    ),
    variants=(
        Variant(
            "Turbo",
            "turbo|distill",
            DistilledRange(
                (4, 6),
                (1.0, 1.0),
                "template: image_boogu_image_0_1_turbo_t2i (4 steps, cfg 1, lcm sgm_uniform)",
                samplers=("lcm", "euler"),
                schedulers=("sgm_uniform", "simple"),
            ),
        ),
    ),
    wiring=Wiring(zero_out=True),
    popularity=Popularity(name_tags=("_boogu", "Boogu", "boogu_")),
    files=FamilyFiles(
        diffusion_models="""
            *boogu_image_turbo_fp8_scaled.safetensors
            boogu_image_base_bf16.safetensors
        """,
    ),
)
