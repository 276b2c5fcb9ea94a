"""Mage-Flow."""

from __future__ import annotations

from .family import (
    DistilledRange,
    Family,
    FamilyFiles,
    LatentSpace,
    Popularity,
    SamplingRange,
    Variant,
    Wiring,
    one_encoder,
)
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="mage",
    file_words="(^|_)mage_?flow",
    encoder_loading=one_encoder("mage", "qwen3vl_4b"),
    latent_space=LatentSpace("mage", r"mage_?flow", files=("mage_flow_vae_bf16.safetensors",)),
    node_classes=(*TRANSFORMER, "TextEncodeMageFlowEdit"),
    sampling=SamplingRange(
        steps=(24, 36),
        cfg=(4.0, 6.0),
        samplers=("euler",),
        schedulers=("simple",),
        megapixels=(0.75, 1.6),
        source=(
            "template: image_mage_flow_t2i_int8 (30 steps, cfg 5, euler simple, TextEncodeMageFlowEdit); ranges ours"
        ),
        latent="TextEncodeMageFlowEdit",
    ),
    variants=(
        Variant(
            "Turbo",
            "turbo|distill",
            DistilledRange((4, 6), (1.0, 1.0), "template: image_mage_flow_turbo_t2i_int8 (4 steps, cfg 1)"),
        ),
    ),
    wiring=Wiring(text_class="TextEncodeMageFlowEdit", text_class_share=1.0),
    popularity=Popularity(name_tags=("_mage_flow", "MageFlow")),
    files=FamilyFiles(
        diffusion_models="""
            *mage_flow_int8_convrot.safetensors
            *mage_flow_turbo_int8_convrot.safetensors
        """,
    ),
)
