"""Kandinsky 5.0 Video."""

from __future__ import annotations

from .family import Family, two_encoders
from .latent_spaces import HUNYUAN_VIDEO
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="kandinsky5",
    file_words="kandinsky_?5",
    medium="video",
    encoder_loading=two_encoders("kandinsky5", "qwen25vl_7b", "clip_l"),
    latent_space=HUNYUAN_VIDEO,
    node_classes=(
        *TRANSFORMER,
        "EmptyHunyuanLatentVideo",
        "ModelSamplingSD3",
        "CLIPTextEncodeKandinsky5",
        "Kandinsky5ImageToVideo",
        "NormalizeVideoLatentStart",
        "ReplaceVideoLatentFrames",
    ),
    node_class_words="Kandinsky5",
)
