"""ACE-Step 1.0."""

from __future__ import annotations

from .family import Family, LatentSpace, one_encoder
from .headers import Header
from .node_classes import AUDIO_VAE, TRANSFORMER


def _is_ace_step(header: Header) -> bool:
    return "genre_embedder.weight" in header


FAMILY = Family(
    name="ace_step",
    file_words="ace_?step",
    medium="audio",
    diffusion=_is_ace_step,
    comfyui_classes=("ACEStep",),
    encoder_loading=one_encoder("ace", "umt5_base"),
    latent_space=LatentSpace("ace_step", layout=lambda header: "vocoder.backbone.channel_layers.0.0.bias" in header),
    node_classes=(*TRANSFORMER, *AUDIO_VAE, "ModelSamplingSD3", "TextEncodeAceStepAudio", "EmptyAceStepLatentAudio"),
    node_class_words="ACE_?Step|AceStep",
)
