"""SDPose: finds poses in pictures."""

from __future__ import annotations

from .family import Family
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="sdpose",
    file_words="sdpose",
    medium="detection",
    node_classes=TRANSFORMER,
    node_class_words="SDPose",
)
