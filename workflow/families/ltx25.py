"""LTX-2.5."""

from __future__ import annotations

from .family import Family, LatentSpace, one_encoder
from .latent_spaces import is_ltx
from .ltxv import is_ltx_transformer
from .node_classes import LTX, TRANSFORMER

FAMILY = Family(
    name="ltx25",
    file_words="ltx_?2_5",
    medium="video",
    diffusion=lambda header: is_ltx_transformer(header, sound=True),
    lora=lambda layers: layers.plain_cross_attention,
    encoder_loading=one_encoder("ltxv", "gemma4_12b"),
    latent_space=LatentSpace("ltx25", layout=is_ltx),
    node_classes=(*TRANSFORMER, *LTX, "TextGenerateLTX2Prompt", "LTXVSeparateAVLatent", "LTXVConcatAVLatent"),
    node_class_words="LTXV|LTXAV|LTX2|LTXVideo|ICLoRA",
)
