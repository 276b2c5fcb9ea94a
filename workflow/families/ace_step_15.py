"""ACE-Step 1.5."""

from __future__ import annotations

from .family import Family, LatentSpace, TextEncoder, two_encoders
from .node_classes import AUDIO_VAE, TRANSFORMER

FAMILY = Family(
    name="ace_step_15",
    file_words="ace_?step_?(v)?1_5",
    medium="audio",
    encoder_loading=(
        *two_encoders("ace", "qwen3_06b_ace", "qwen3_17b_ace"),
        *two_encoders("ace", "qwen3_06b_ace", "qwen3_4b_ace"),
    ),
    text_encoders=(
        TextEncoder("qwen3_06b_ace", r"qwen_0_6b_ace", lambda header: header.is_qwen3(1024)),
        TextEncoder("qwen3_17b_ace", r"qwen_1_7b_ace", lambda header: header.is_qwen3(2048)),
        TextEncoder("qwen3_4b_ace", r"qwen_4b_ace", lambda header: header.is_qwen3(2560)),
    ),
    latent_space=LatentSpace("ace_step_15", r"ace_1_5"),
    node_classes=(
        *TRANSFORMER,
        *AUDIO_VAE,
        "ModelSamplingAuraFlow",
        "TextEncodeAceStepAudio1.5",
        "EmptyAceStep1.5LatentAudio",
        "ReferenceTimbreAudio",
    ),
    node_class_words="ACE_?Step|AceStep",
)
