"""FLUX.3, which no ComfyUI before 0.33 knows."""

from __future__ import annotations

from .family import Family, one_encoder
from .latent_spaces import FLUX2
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="flux3",
    title="Flux 3",
    file_words="flux_?3",
    encoder_loading=one_encoder("flux3", "qwen3vl_4b"),
    latent_space=FLUX2,
    node_classes=(*TRANSFORMER, "EmptyFlux2LatentImage", "ReferenceLatent"),
    node_class_words="Flux_?3",
)
