"""Lotus: depth and normals of a picture."""

from __future__ import annotations

from .family import Family
from .headers import Header
from .latent_spaces import SD
from .node_classes import DISCRETE, EIGHTH


def _is_lotus(header: Header) -> bool:
    unet = header.unet
    if unet is None or unet.text_width != 1024 or unet.temporal or unet.channels == 7:
        return False
    return header.size("label_emb.0.0.weight", 1) == 4


FAMILY = Family(
    name="lotus",
    file_words="(^|_)lotus_?(depth|normal|[dg])(_|$)",
    standalone=False,
    diffusion=_is_lotus,
    comfyui_classes=("LotusD",),
    latent_space=SD,
    node_classes=(*DISCRETE, *EIGHTH, "LotusConditioning"),
)
