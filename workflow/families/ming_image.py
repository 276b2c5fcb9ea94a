"""Ming-Image."""

from __future__ import annotations

from .family import Family, FamilyFiles, LatentSpace, Popularity, SamplingRange, TextEncoder, Wiring, one_encoder
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="ming_image",
    title="Ming-Image",
    file_words="ming_?image",
    encoder_loading=one_encoder("qwen_image", "ling_mini_2"),
    text_encoders=(
        TextEncoder("ling_mini_2", r"ling_mini_2", files=("ming_image_0.1_ling_mini_2.0_int8_convrot.safetensors",)),
    ),
    latent_space=LatentSpace("ming_image", files=("ming_image_vae_bf16.safetensors",)),
    node_classes=(*TRANSFORMER, "EmptyLatentImage", "ModelSamplingFlux"),
    sampling=SamplingRange(
        steps=(10, 16),
        cfg=(1.0, 1.0),
        samplers=("euler",),
        schedulers=("simple",),
        megapixels=(0.75, 1.6),
        source=(
            "template: image_ming_image_01_design_t2i (12 steps, BasicGuider, euler simple, "
            "ModelSamplingFlux); ranges ours"
        ),
        latent="EmptyLatentImage",
        negative=False,
    ),
    good_at=frozenset({"text"}),
    wiring=Wiring(pipelines=(("basic", 1.0),), resolution_shift=0.85, distilled_resolution_shift=0.85),
    popularity=Popularity(name_tags=("_ming_image", "MingImage")),
    files=FamilyFiles(
        diffusion_models="""
            *ming_image_0.1_design_int8_convrot.safetensors text logo
        """,
    ),
)
