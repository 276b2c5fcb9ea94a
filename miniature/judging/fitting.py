"""Which shape an area is, where and how large: drawn shapes laid over it.

A shape is fitted by its area and its centre of mass, which noise and soft edges hardly move, and judged by how much
of the two areas is shared (intersection over union).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..drawing import LINE
from ..shapes import SHAPES, Array, coverage, distance, grid

_LINE_BETTER = 0.06


@dataclass(frozen=True)
class Fit:
    """A shape laid over an area.

    Attributes:
        shape: name of the shape.
        centre, radius: in units of the shorter side.
        overlap: intersection over union, 0..1.
        overlaps: the best overlap of every shape.
        outlined: whether the shape is a line about an empty middle.
        line: by how much an outline fits better than a solid shape; negative where it fits worse.
    """

    shape: str
    outlined: bool
    centre: tuple[float, float]
    radius: float
    overlap: float
    overlaps: Mapping[str, float]
    line: float


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
    overlaps: dict[bool, dict[str, float]] = {False: {}, True: {}}
    places: dict[str, tuple[tuple[float, float], float]] = {}
    for shape, (area, low) in _MOMENTS.items():
        radius = float(np.sqrt(mass / side**2 / area))
        places[shape] = (middle[0], middle[1] - low * radius), radius
        signed = distance(shape, x, y, *places[shape])
        for outlined in (False, True):
            if outlined and (shape == "ring" or radius < 0.15):
                continue
            template = coverage(np.abs(signed + LINE) - LINE if outlined else signed, side)
            overlaps[outlined][shape] = float(np.minimum(template, seen).sum() / np.maximum(template, seen).sum())
    line = max(overlaps[True].values(), default=0.0) - max(overlaps[False].values())
    outlined = line > _LINE_BETTER
    own = overlaps[outlined]
    shape = max(own, key=own.__getitem__)
    return Fit(shape, outlined, *places[shape], own[shape], own, line)


def _filled(alpha: Array) -> Array:
    """Return alpha (height, width) with closed holes filled."""
    solid = alpha > 0.5
    holes = ndimage.binary_fill_holes(solid) & ~solid
    return np.where(holes, 1.0, alpha)
