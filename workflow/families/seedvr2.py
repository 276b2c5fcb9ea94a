"""SeedVR2: enlarges videos."""

from __future__ import annotations

from .family import Family
from .node_classes import TRANSFORMER

FAMILY = Family(
    name="seedvr2",
    file_words="seedvr2",
    medium="video",
    node_classes=TRANSFORMER,
    node_class_words="SeedVR2",
)
