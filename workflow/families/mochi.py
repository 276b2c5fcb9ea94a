"""Mochi 1."""

from __future__ import annotations

from .family import Family, LatentSpace, one_encoder
from .headers import Header
from .node_classes import T5, TRANSFORMER


def _is_mochi(header: Header) -> bool:
    return "t5_yproj.weight" in header


FAMILY = Family(
    name="mochi",
    file_words=r"(^|_)mochi(_|\d|$)",
    medium="video",
    diffusion=_is_mochi,
    comfyui_classes=("GenmoMochi",),
    encoder_loading=one_encoder("mochi", "t5xxl"),
    latent_space=LatentSpace(
        "mochi",
        layout=lambda header: (
            "decoder.blocks.2.blocks.3.stack.5.weight" in header or "blocks.2.blocks.3.stack.5.weight" in header
        ),
    ),
    node_classes=(*TRANSFORMER, *T5, "EmptyMochiLatentVideo", "ModelMergeMochiPreview"),
    node_class_words="Mochi",
)
