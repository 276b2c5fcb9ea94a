"""CogVideoX."""

from __future__ import annotations

from .family import Family, LatentSpace, one_encoder
from .node_classes import T5, TRANSFORMER

FAMILY = Family(
    name="cogvideox",
    file_words="cogvideo|void_pass",
    medium="video",
    encoder_loading=one_encoder("cogvideox", "t5xxl"),
    latent_space=LatentSpace("cogvideox"),
    node_classes=(*TRANSFORMER, *T5, "VOIDInpaintConditioning", "VOIDWarpedNoise", "VOIDWarpedNoiseSource"),
    node_class_words="CogVideo",
)
