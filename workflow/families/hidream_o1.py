"""HiDream-O1."""

from __future__ import annotations

from .family import Family
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="hidream_o1",
    title="HiDream O1",
    file_words="hidream_?o1",
    node_classes=(*TRANSFORMER, "ModelNoiseScale"),
    node_class_words="HiDreamO1",
)
