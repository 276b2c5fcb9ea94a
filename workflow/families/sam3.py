"""SAM 3: finds things in pictures."""

from __future__ import annotations

from .family import Family
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="sam3",
    file_words="(^|_)sam_?3(_|$)",
    medium="detection",
    node_classes=TRANSFORMER,
    node_class_words="SAM3",
)
