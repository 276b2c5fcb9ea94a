"""LTX-Video."""

from __future__ import annotations

from .family import Family, LatentSpace, one_encoder
from .headers import Header
from .latent_spaces import is_ltx
from .node_classes import LTX, T5, TRANSFORMER


def is_ltx_transformer(header: Header, *, sound: bool) -> bool:
    """Return whether it is an LTX transformer, with layers for sound or without."""
    named = "adaln_single.emb.timestep_embedder.linear_1.bias" in header and "pos_embed.proj.bias" not in header
    return named and header.has_prefix("audio_") is sound


FAMILY = Family(
    name="ltxv",
    file_words="ltx_?v|ltx_?video|ltxv",
    medium="video",
    diffusion=lambda header: is_ltx_transformer(header, sound=False),
    lora=lambda layers: layers.plain_cross_attention,
    comfyui_classes=("LTXV",),
    encoder_loading=one_encoder("ltxv", "t5xxl"),
    latent_space=LatentSpace("ltxv", layout=is_ltx),
    node_classes=(*TRANSFORMER, *T5, *LTX),
    node_class_words="LTXV|LTXAV|LTX2|LTXVideo|ICLoRA",
)
