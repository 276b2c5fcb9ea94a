"""Anima: anime, built on Cosmos-Predict2."""

from __future__ import annotations

from .family import (
    DistilledRange,
    Family,
    FamilyFiles,
    Popularity,
    QualityTags,
    SamplingRange,
    TextEncoder,
    Variant,
    one_encoder,
)
from .headers import Header
from .latent_spaces import QWEN_IMAGE
from .node_classes import SIXTEEN_CHANNELS, TRANSFORMER


def _is_anima(header: Header) -> bool:
    return "llm_adapter.blocks.0.cross_attn.q_proj.weight" in header


FAMILY = Family(
    name="anima",
    file_words="(^|_)anima(_|$)",
    diffusion=_is_anima,
    comfyui_classes=("CosmosT2IPredict2",),
    encoder_loading=one_encoder("stable_diffusion", "qwen3_06b"),
    text_encoders=(
        TextEncoder(
            "qwen3_06b",
            r"qwen_?3_?06b|qwen_?3_0_6b",
            lambda header: header.is_qwen3(1024),
            ("qwen_3_06b_base.safetensors",),
        ),
    ),
    latent_space=QWEN_IMAGE,
    node_classes=(*SIXTEEN_CHANNELS, *TRANSFORMER, "AnimaLLLiteApply"),
    sampling=SamplingRange(
        steps=(24, 40),
        cfg=(3.5, 5.0),
        samplers=("er_sde", "euler", "euler_ancestral", "dpmpp_2m_sde"),
        schedulers=("simple", "beta"),
        megapixels=(0.75, 1.6),
        source=(
            "templates: image_anima_base_v1 (30 steps, cfg 4, euler simple), image_anima_preview (er_sde); ranges ours"
        ),
        latent="EmptyLatentImage",
    ),
    variants=(
        Variant(
            "Turbo",
            "turbo|lightning|lcm",
            DistilledRange((8, 12), (1.0, 1.0), "template: image_anima_base_v1, its turbo LoRA (8 steps, cfg 1)"),
        ),
    ),
    dialect="tags",
    anime_quality=QualityTags(
        ("masterpiece", "best quality", "score_7", "safe"),
        "commonly documented, not looked up: circlestone-labs/Anima (recommended prefix)",
    ),
    good_at=frozenset({"anime"}),
    popularity=Popularity(name_tags=("_anima", "-anima")),
    files=FamilyFiles(
        diffusion_models="""
            *anima-base-v1.0.safetensors anime
            anima-preview3-base.safetensors anime
        """,
        loras="""
            *anima-turbo-lora-v0.2.safetensors
        """,
    ),
)
