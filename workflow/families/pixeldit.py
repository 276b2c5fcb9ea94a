"""PixelDiT, and PiD, which is built on it."""

from __future__ import annotations

from .family import Family, one_encoder
from .latent_spaces import PIXEL
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="pixeldit",
    title="PixelDiT",
    file_words="pixeldit|(^|_)pid_",
    encoder_loading=one_encoder("pixeldit", "gemma2_2b"),
    latent_space=PIXEL,
    node_classes=(*TRANSFORMER, "EmptyChromaRadianceLatentImage", "PiDConditioning"),
)
