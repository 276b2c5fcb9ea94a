"""Qwen-Image 2.1."""

from __future__ import annotations

from .family import Family, LatentSpace, one_encoder
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="qwen_image_21",
    title="Qwen-Image 2.1",
    file_words="qwen_?image_2_1",
    encoder_loading=one_encoder("qwen_image", "qwen3vl_8b"),
    latent_space=LatentSpace("qwen_image_21", r"qwen_?image_2_1"),
    node_classes=(*TRANSFORMER, "EmptyLatentImage"),
    node_class_words="Qwen_?Image_?2_?1",
    good_at=frozenset({"text"}),
)
