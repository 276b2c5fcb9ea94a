"""YuE 2: whole songs from a style and lyrics.

A language model writes the song as tokens, and a diffusion model makes sound of them; one checkpoint holds both.
ComfyUI 0.3.75 does not know it, so that its tensors are not known either: its files go by their names.
"""

from __future__ import annotations

from .family import Family, FamilyFiles, LatentSpace, SamplingRange
from .node_classes import AUDIO_VAE

FAMILY = Family(
    name="yue2",
    file_words="(^|_)yue_?2(_|$)",
    medium="audio",
    latent_space=LatentSpace("yue2"),
    node_classes=AUDIO_VAE,
    node_class_words="YuE2",
    sampling=SamplingRange(
        steps=(24, 40),
        cfg=(1.0, 1.0),
        samplers=("dpm_2",),
        schedulers=("sgm_uniform",),
        source="templates: audio_yue2_text2music, audio_yue2_music_cover (32 steps, cfg 1, dpm_2 sgm_uniform); "
        "ranges ours",
        latent="EmptyYuE2LatentAudio",
        negative=False,
    ),
    files=FamilyFiles(checkpoints="*yue2_3b_int8_convrot.safetensors"),
)
