"""JoyAI-Image."""

from __future__ import annotations

from .family import Family, one_encoder
from .latent_spaces import WAN
from .node_classes import SIXTEEN_CHANNELS, TRANSFORMER

FAMILY = Family(
    name="joyimage",
    title="JoyImage",
    file_words="joy(ai_)?_?image",
    encoder_loading=one_encoder("joyimage", "qwen3vl_8b"),
    latent_space=WAN,
    node_classes=(*SIXTEEN_CHANNELS, *TRANSFORMER, "TextEncodeJoyImageEdit"),
)
