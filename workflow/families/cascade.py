"""Stable Cascade: two models in a row, stages C and B."""

from __future__ import annotations

from .family import Family, LatentSpace, one_encoder
from .headers import Header


def _is_cascade(header: Header) -> bool:
    return "clip_txt_mapper.weight" in header or "clip_mapper.weight" in header


FAMILY = Family(
    name="cascade",
    file_words=r"(^|_|stable)cascade(_|\d|$)|wuerstchen",
    standalone=False,
    diffusion=_is_cascade,
    comfyui_classes=("Stable_Cascade_C", "Stable_Cascade_B"),
    encoder_loading=one_encoder("stable_cascade", "clip_g"),
    latent_space=LatentSpace(
        "cascade",
        layout=lambda header: (
            "vquantizer.codebook.weight" in header or "encoder.backbone.1.0.block.0.1.num_batches_tracked" in header
        ),
    ),
    node_classes=(
        "ModelSamplingStableCascade",
        "CLIPSetLastLayer",
        "unCLIPConditioning",
        "unCLIPCheckpointLoader",
        "ControlNetApply",
    ),
    node_class_words="StableCascade",
)
