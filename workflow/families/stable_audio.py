"""Stable Audio Open."""

from __future__ import annotations

from .family import Family, LatentSpace, one_encoder
from .headers import Header
from .node_classes import AUDIO_VAE, TRANSFORMER


def _is_stable_audio(header: Header) -> bool:
    return "transformer.rotary_pos_emb.inv_freq" in header


FAMILY = Family(
    name="stable_audio",
    file_words="stable_?audio",
    medium="audio",
    diffusion=_is_stable_audio,
    comfyui_classes=("StableAudio",),
    encoder_loading=one_encoder("stable_audio", "t5_base"),
    latent_space=LatentSpace("stable_audio", layout=lambda header: "decoder.layers.1.layers.0.beta" in header),
    node_classes=(*TRANSFORMER, *AUDIO_VAE, "EmptyLatentAudio", "ConditioningStableAudio"),
    node_class_words="StableAudio",
)
