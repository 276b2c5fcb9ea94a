"""Which shape an area is, where and how large: drawn shapes laid over it.

A shape is fitted by its area and its centre of mass, which noise and soft edges hardly move, and judged by how much
of the two areas is shared (intersection over union).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..shapes import SHAPES, Array, coverage, distance, grid


@dataclass(frozen=True)
class Fit:
    """A shape laid over an area.

    Attributes:
        shape: name of the shape.
        centre, radius: in units of the shorter side.
        overlap: intersection over union, 0..1.
        overlaps: the best overlap of every shape.
    """

    shape: str
    centre: tuple[float, float]
    radius: float
    overlap: float
    overlaps: Mapping[str, float]


def _moments() -> dict[str, tuple[float, float]]:
    """Area, and height of the centre of mass below the centre, of each shape of radius 1, holes filled."""
    y, x = np.mgrid[-1.3:1.3:261j, -1.3:1.3:261j]
    found = {}
    for shape in SHAPES:
        inside = ndimage.binary_fill_holes(distance(shape, x, y, (0.0, 0.0), 1.0) <= 0)
        found[shape] = (float(inside.sum()) * 0.01**2, float(y[inside].mean()))
    return found


_MOMENTS = _moments()


def fit(alpha: Array, box: tuple[slice, slice]) -> Fit:
    """Find the shape that best covers the coverage `alpha` (height, width), 0..1; `box` is where to look."""
    height, width = alpha.shape
    side = min(height, width)
    xs, ys = grid(height, width)
    x, y, seen = xs[box], ys[box], alpha[box]
    seen = np.clip((seen - 0.5) * 1.5 + 0.5, 0, 1)
    solid = _filled(seen)
    mass = float(solid.sum())
    if mass <= 0:
        raise ValueError("There is nothing in the box to fit a shape to")
    middle = float((solid * x).sum()) / mass, float((solid * y).sum()) / mass
    overlaps: dict[str, float] = {}
    places: dict[str, tuple[tuple[float, float], float]] = {}
    for shape, (area, low) in _MOMENTS.items():
        radius = float(np.sqrt(mass / side**2 / area))
        places[shape] = (middle[0], middle[1] - low * radius), radius
        template = coverage(distance(shape, x, y, *places[shape]), side)
        overlaps[shape] = float(np.minimum(template, seen).sum() / np.maximum(template, seen).sum())
    best = max(overlaps, key=overlaps.__getitem__)
    return Fit(best, *places[best], overlaps[best], overlaps)


def _filled(alpha: Array) -> Array:
    """Return alpha (height, width) with closed holes filled."""
    solid = alpha > 0.5
    holes = ndimage.binary_fill_holes(solid) & ~solid
    return np.where(holes, 1.0, alpha)
