"""RT-DETR: finds things in pictures."""

from __future__ import annotations

from .family import Family
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="rt_detr",
    file_words="rt_?detr",
    medium="detection",
    node_classes=TRANSFORMER,
    node_class_words="RTDETR",
)
