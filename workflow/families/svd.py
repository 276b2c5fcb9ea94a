"""Stable Video Diffusion and SV3D: from a picture."""

from __future__ import annotations

from .family import Family
from .headers import Header
from .latent_spaces import SD
from .node_classes import DISCRETE


def _is_svd(header: Header) -> bool:
    return header.unet is not None and header.unet.temporal


FAMILY = Family(
    name="svd",
    file_words="(^|_)svd(_|$)|stable_video",
    medium="video",
    reads_text=False,
    diffusion=_is_svd,
    comfyui_classes=("SVD_img2vid", "SV3D_u", "SV3D_p"),
    latent_space=SD,
    node_classes=(
        *DISCRETE,
        "EmptyLatentImage",
        "VideoLinearCFGGuidance",
        "VideoTriangleCFGGuidance",
        "UNetTemporalAttentionMultiply",
        "SVD_img2vid_Conditioning",
        "ConditioningSetAreaPercentageVideo",
        "ImageOnlyCheckpointLoader",
        "ImageOnlyCheckpointSave",
        "SV3D_Conditioning",
    ),
)
