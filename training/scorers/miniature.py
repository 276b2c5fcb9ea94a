"""The miniature's own scorer: checks of meaning, style, sharpness and size that know the drawn scenes."""

from __future__ import annotations

from pathlib import Path

from ...miniature.judging.scorer import score_pictures
from .base import Scorer


def load(source: str | Path | None, device: str, batch: int) -> Scorer:
    """Return the scorer. It has no files, runs on the CPU and scores one picture after the other."""
    del source, device, batch
    return score_pictures
