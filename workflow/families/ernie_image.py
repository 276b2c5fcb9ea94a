"""ERNIE-Image."""

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
    name="ernie_image",
    title="ERNIE-Image",
    file_words="ernie_?image",
    native_side=1024,
    encoder_loading=one_encoder("flux2", "ministral3_3b"),
    text_encoders=(
        TextEncoder(
            "ministral3_3b", r"ministral_3_3b", lambda header: header.is_llama(3072), ("ministral-3-3b.safetensors",)
        ),
    ),
    latent_space=FLUX2,
    node_classes=(*TRANSFORMER, "EmptyFlux2LatentImage"),
    sampling=SamplingRange(
        steps=(20, 50),
        cfg=(3.5, 5.0),
        samplers=("euler", "res_multistep"),
        schedulers=("simple",),
        megapixels=(0.75, 1.6),
        source="template: image_ernie_image (20 steps, cfg 4, euler simple, 1024 x 1024); ranges ours",
        latent="EmptyFlux2LatentImage",
    ),
    variants=(
        Variant(
            "Turbo",
            "turbo|distill",
            DistilledRange((8, 10), (1.0, 1.0), "template: image_ernie_image_turbo (8 steps, cfg 1)"),
        ),
    ),
    good_at=frozenset({"text"}),
    wiring=Wiring(zero_out=True),
    popularity=Popularity(name_tags=("_ernie_image", "ErnieImage")),
    files=FamilyFiles(
        diffusion_models="""
            *ernie-image.safetensors
            *ernie-image-turbo.safetensors
        """,
    ),
)
