"""Ideogram 4."""

from __future__ import annotations

from .family import Family, one_encoder
from .latent_spaces import FLUX2
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="ideogram4",
    title="Ideogram 4",
    file_words="ideogram_?4",
    encoder_loading=one_encoder("ideogram4", "qwen3vl_8b"),
    latent_space=FLUX2,
    node_classes=(*TRANSFORMER, "EmptyFlux2LatentImage", "Ideogram4Scheduler", "DualModelGuider", "CFGOverride"),
    node_class_words="Ideogram4",
    good_at=frozenset({"text"}),
)
