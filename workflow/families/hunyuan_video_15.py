"""HunyuanVideo 1.5, and Capybara, which is built on it."""

from __future__ import annotations

from .family import Family, LatentSpace, two_encoders
from .hunyuan_video import is_hunyuan_15
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="hunyuan_video_15",
    file_words="hunyuan_?video_?1_?5|capybara",
    medium="video",
    diffusion=is_hunyuan_15,
    comfyui_classes=("HunyuanVideo15", "HunyuanVideo15_SR_Distilled"),
    encoder_loading=two_encoders("hunyuan_video_15", "qwen25vl_7b", "byt5_small"),
    latent_space=LatentSpace("hunyuan_video_15", layout=lambda header: header.video_latent_channels == 32),
    node_classes=(
        *TRANSFORMER,
        "ModelSamplingSD3",
        "EmptyHunyuanVideo15Latent",
        "HunyuanVideo15ImageToVideo",
        "HunyuanVideo15SuperResolution",
        "HunyuanVideo15LatentUpscaleWithModel",
    ),
    node_class_words="Hunyuan_?Video_?1_?5",
)
