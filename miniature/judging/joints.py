"""The dark joints between a mosaic's tiles: how dark they are, and the picture without them."""

from __future__ import annotations

import numpy as np

from ..drawing import TILES
from ..shapes import Array


def joints_of(image: Array, period: int) -> float:
    """Return how much darker the lines at multiples of `period` pixels are than what is beside them.

    The figure is a median over the lines, less the same of other lines: 0 without joints, about 0.4 in a drawn mosaic.
    image: RGB (height, width, 3).
    """
    bright = image.sum(axis=2) / 3
    return min(_darkening(bright, period), _darkening(bright.T, period))


def period_of(image: Array) -> int:
    """Pixels between joints."""
    return max(4, round(min(image.shape[:2]) / TILES))


def without_joints(image: Array, period: int) -> Array:
    """Return the picture (height, width, 3) with its joints painted over from both sides."""
    result = image.copy()
    for axis in (0, 1):
        turned = np.moveaxis(result, axis, 0)
        for line in range(0, turned.shape[0] + 1, period):
            before, after = line - 2, line + 1
            if before >= 0:
                turned[line - 1] = turned[before]
            if after < turned.shape[0]:
                turned[line] = turned[after]
            if before < 0:
                turned[line] = turned[after]
    return result


def _darkening(bright: Array, period: int) -> float:
    """Over all rows: how much darker the columns at the joints are than those two pixels off."""
    lines = np.arange(period, bright.shape[1] - 2, period)
    at = (bright[:, lines - 1] + bright[:, lines]) / 2
    beside = np.minimum(bright[:, lines - 3], bright[:, lines + 2])
    middles = lines - period // 2
    aside = (bright[:, middles - 1] + bright[:, middles]) / 2
    around = np.minimum(bright[:, middles - 3], bright[:, middles + 2])
    joint, other = ((b - a) / (np.maximum(b, a) + 0.06) for a, b in ((at, beside), (aside, around)))
    return float(np.median(joint) - max(0.0, float(np.median(other))))
