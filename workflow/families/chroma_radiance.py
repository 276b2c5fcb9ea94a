"""Chroma1-Radiance: Chroma over pixels."""

from __future__ import annotations

from .family import Family, one_encoder
from .headers import Header
from .latent_spaces import PIXEL
from .node_classes import T5, TRANSFORMER


def _is_radiance(header: Header) -> bool:
    distilled = header.flux_blocks and header.has_prefix("distilled_guidance_layer.")
    return distilled and "nerf_blocks.0.norm.scale" in header


FAMILY = Family(
    name="chroma_radiance",
    file_words="chroma.*radiance",
    diffusion=_is_radiance,
    comfyui_classes=("ChromaRadiance",),
    encoder_loading=one_encoder("chroma", "t5xxl"),
    latent_space=PIXEL,
    node_classes=(*TRANSFORMER, *T5, "EmptyChromaRadianceLatentImage", "ModelSamplingAuraFlow"),
    node_class_words="ChromaRadiance",
)
