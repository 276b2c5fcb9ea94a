"""TripoSplat."""

from __future__ import annotations

from .family import Family
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="triposplat",
    file_words="triposplat",
    medium="mesh",
    node_classes=TRANSFORMER,
    node_class_words="TripoSplat",
)
