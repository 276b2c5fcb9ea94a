"""Wan 2.2 TI2V 5B, whose VAE is its own."""

from __future__ import annotations

from .family import Family, LatentSpace, one_encoder
from .headers import Header
from .latent_spaces import is_wide_causal_video
from .node_classes import T5, TRANSFORMER


def _is_wan22_5b(header: Header) -> bool:
    wide = header.size("head.head.weight", 0) == 192  # 48 latent channels x 2 x 2
    return "head.modulation" in header and wide


FAMILY = Family(
    name="wan22_5b",
    file_words="wan_?2_2.*5b|wan22_5b",
    medium="video",
    diffusion=_is_wan22_5b,
    lora=lambda layers: layers.is_self_attention_lora(3072),
    comfyui_classes=("WAN22_T2V",),
    encoder_loading=one_encoder("wan", "umt5xxl"),
    latent_space=LatentSpace("wan22", r"wan_?2_2|wan22", is_wide_causal_video),
    node_classes=(
        *TRANSFORMER,
        *T5,
        "ModelSamplingSD3",
        "WanFunInpaintToVideo",
        "Wan22FunControlToVideo",
        "Wan22ImageToVideoLatent",
    ),
)
