"""Krea 2."""

from __future__ import annotations

from .family import DistilledRange, Family, FamilyFiles, Popularity, SamplingRange, Variant, Wiring, one_encoder
from .latent_spaces import QWEN_IMAGE
from .node_classes import SIXTEEN_CHANNELS, TRANSFORMER

FAMILY = Family(
    name="krea2",
    title="Krea 2",
    file_words="krea_?2",
    encoder_loading=one_encoder("krea2", "qwen3vl_4b"),
    latent_space=QWEN_IMAGE,
    node_classes=(
        *SIXTEEN_CHANNELS,
        *TRANSFORMER,
        "ModelSamplingFlux",
        "TextEncodeQwenImageEditPlus",
        "FluxKontextMultiReferenceLatentMethod",
        "ModelMergeKrea2",
    ),
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
                (8, 10),
                (1.0, 1.0),
                "templates: image_krea2_turbo_t2i, image_krea2_turbo_t2i_int8 (8 steps, cfg 1, euler simple)",
            ),
        ),
    ),
    wiring=Wiring(zero_out=True),
    popularity=Popularity(weight=3, name_tags=("_krea2", "Krea2", "krea2_")),
    files=FamilyFiles(
        diffusion_models="""
            *krea2_turbo_fp8_scaled.safetensors
            *krea2_turbo_int8_convrot.safetensors
        """,
        loras="""
            *krea2_darkbrush.safetensors painting
        """,
    ),
)
