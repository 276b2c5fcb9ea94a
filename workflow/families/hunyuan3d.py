"""Hunyuan3D 2."""

from __future__ import annotations

from .family import Family, LatentSpace
from .headers import Header
from .node_classes import TRANSFORMER


def _is_hunyuan3d(header: Header) -> bool:
    return "latent_in.weight" in header


FAMILY = Family(
    name="hunyuan3d",
    file_words="hunyuan_?3d",
    medium="mesh",
    reads_text=False,
    diffusion=_is_hunyuan3d,
    comfyui_classes=("Hunyuan3Dv2", "Hunyuan3Dv2_1", "Hunyuan3Dv2mini"),
    latent_space=LatentSpace("hunyuan3d"),
    node_classes=(
        *TRANSFORMER,
        "ModelSamplingAuraFlow",
        "ImageOnlyCheckpointLoader",
        "ImageOnlyCheckpointSave",
        "EmptyLatentHunyuan3Dv2",
        "VAEDecodeHunyuan3D",
    ),
    node_class_words="Hunyuan3D",
)
