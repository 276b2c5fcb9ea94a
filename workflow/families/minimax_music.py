"""MiniMax Music 3."""

from __future__ import annotations

from .family import Family
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="minimax_music",
    file_words="minimax_music",
    medium="audio",
    node_classes=TRANSFORMER,
    node_class_words="MiniMaxMusic3",
)
