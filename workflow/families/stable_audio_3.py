"""Stable Audio 3: music, instruments and sounds from a text.

ComfyUI 0.3.75 does not know it, so that its tensors are not known either: its files go by their names.
"""

from __future__ import annotations

from .family import DistilledRange, Family, FamilyFiles, LatentSpace, SamplingRange, TextEncoder, Variant, one_encoder
from .node_classes import AUDIO_VAE

FAMILY = Family(
    name="stable_audio_3",
    file_words="stable_?audio_?3",
    medium="audio",
    encoder_loading=one_encoder("stable_audio", "t5gemma"),
    text_encoders=(TextEncoder("t5gemma", "t5_?gemma", files=("t5gemma_b_b_ul2.safetensors",)),),
    latent_space=LatentSpace("stable_audio_3"),
    node_classes=(*AUDIO_VAE, "EmptyLatentAudio"),
    sampling=SamplingRange(
        steps=(40, 60),
        cfg=(5.0, 8.0),
        samplers=("lcm",),
        schedulers=("simple",),
        source="template: audio_stable_audio_3_medium_base (50 steps, cfg 7, lcm simple); ranges ours",
        latent="EmptyLatentAudio",
    ),
    variants=(
        Variant(
            "distilled",
            "^(?!.*base)",
            DistilledRange(
                (8, 10),
                (1.0, 1.0),
                "template: audio_stable_audio_3_medium (8 steps, cfg 1), for files without 'base' in the name",
            ),
            main_models_only=True,
        ),
    ),
    files=FamilyFiles(
        checkpoints="""
            *stable_audio_3_medium.safetensors
            *stable_audio_3_medium_base.safetensors
        """,
    ),
)
