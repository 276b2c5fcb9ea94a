"""LTX-2."""

from __future__ import annotations

from .family import EncoderLoading, Family, LatentSpace
from .latent_spaces import is_ltx
from .ltxv import is_ltx_transformer
from .node_classes import LTX, TRANSFORMER

FAMILY = Family(
    name="ltx2",
    file_words="ltx_?2",
    medium="video",
    diffusion=lambda header: is_ltx_transformer(header, sound=True),
    lora=lambda layers: layers.plain_cross_attention,
    encoder_loading=(EncoderLoading("LTXAVTextEncoderLoader", None, ("gemma3_12b",)),),
    latent_space=LatentSpace("ltx2", layout=is_ltx),
    node_classes=(
        *TRANSFORMER,
        *LTX,
        "LTXAVTextEncoderLoader",
        "TextGenerateLTX2Prompt",
        "LTXVSeparateAVLatent",
        "LTXVConcatAVLatent",
    ),
    node_class_words="LTXV|LTXAV|LTX2|LTXVideo|ICLoRA",
)
