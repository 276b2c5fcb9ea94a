"""MiniMax H3: pictures, video and sound."""

from __future__ import annotations

from .family import Family, LatentSpace, TextEncoder, one_encoder
from .node_classes import AUDIO_VAE, TRANSFORMER

FAMILY = Family(
    name="minimax_h3",
    file_words="minimax_h3|fasth3",
    medium="video",
    encoder_loading=one_encoder("minimax", "qwen3vl_32b"),
    text_encoders=(TextEncoder("qwen3vl_32b", r"qwen_?3_?vl_32b", lambda header: header.is_qwen3(5120, vision=True)),),
    latent_space=LatentSpace("minimax_h3"),
    node_classes=(*TRANSFORMER, *AUDIO_VAE, "EmptyLatentImage", "LTXVSeparateAVLatent", "LTXVConcatAVLatent"),
    node_class_words="MiniMaxH3",
)
