"""FIBO 2."""

from __future__ import annotations

from .family import Family, one_encoder
from .latent_spaces import FLUX2
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="fibo2",
    title="Fibo 2",
    file_words="fibo_?2",
    encoder_loading=one_encoder("fibo2", "qwen3vl_8b"),
    latent_space=FLUX2,
    node_classes=(*TRANSFORMER, "EmptyFlux2LatentImage"),
)
