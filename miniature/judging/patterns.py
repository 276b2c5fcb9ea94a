"""Whether an area is plain, striped, checkered or dotted, and with which second colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..shapes import Array

_BALANCED = 0.39
"""Dots take up 28 % of an area, stripes and checks half of it."""


@dataclass(frozen=True)
class Pattern:
    """The texture of an area.

    Attributes:
        texture: plain, striped, checkered or dotted.
        likeness: of each texture, 0..1.
        share: share of the second colour.
        ordered: whether the second of the two colours can be told apart: it is the colour of the dots.
    """

    texture: str
    likeness: dict[str, float]
    share: float
    ordered: bool


PLAIN = Pattern("plain", {"plain": 1.0, "striped": 0.0, "checkered": 0.0, "dotted": 0.0}, 0.0, True)


def pattern_of(image: Array, inside: Array, first: Array, second: Array) -> Pattern:
    """Return the pattern that two colours form within the pixels `inside`, bool (height, width).

    The direction of the edges between the two colours decides: one direction in stripes, two at right angles in checks,
    all directions in dots (the second and the fourth harmonic of the gradient's angle). image: RGB (height, width, 3).
    """
    along = second - first
    share = np.clip((image - first) @ along / float(along @ along), 0, 1)
    smooth = ndimage.gaussian_filter(share, 0.7)
    across, down = ndimage.sobel(smooth, 1), ndimage.sobel(smooth, 0)
    core = ndimage.binary_erosion(inside, iterations=2)
    if core.sum() < 20:
        return PLAIN
    weight = (across**2 + down**2)[core]
    total = float(weight.sum())
    if total < 1e-6:
        return PLAIN
    angle = np.arctan2(down, across)[core]
    one_way = abs(complex((weight * np.exp(2j * angle)).sum())) / total
    two_ways = complex((weight * np.exp(4j * angle)).sum()).real / total
    mean = float(share[core].mean())
    lesser = min(mean, 1 - mean)
    blobs = np.clip((_BALANCED - lesser) / 0.1, -1, 1)
    squarish, several_ways = 0.9 * (two_ways - 0.3) - 0.35 * blobs, np.clip(1.4 - 1.6 * one_way, 0, 1)
    likeness = {
        "plain": 0.0,
        "striped": float(np.clip((one_way - 0.2) / 0.6, 0, 1)),
        "checkered": float(np.clip(0.5 + squarish, 0, 1) * several_ways),
        "dotted": float(np.clip(0.5 - squarish, 0, 1) * several_ways),
    }
    texture = max(likeness, key=likeness.__getitem__)
    return Pattern(texture, likeness, mean, texture == "dotted" and abs(mean - 0.5) > 0.06)
