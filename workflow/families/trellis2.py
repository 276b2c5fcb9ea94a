"""TRELLIS.2 and Pixal3D."""

from __future__ import annotations

from .family import Family
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="trellis2",
    file_words=r"(^|_)trellis(_|\d|$)|pixal3d",
    medium="mesh",
    node_classes=TRANSFORMER,
    node_class_words="Trellis|Pixal3D",
)
