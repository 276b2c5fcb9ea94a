"""Shapes as signed distances, and how much of each pixel they cover.

Lengths and positions are in units of the image's shorter side, x to the right and y down, the middle at (0.5, 0.5), so
that one shape can be drawn at any size.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray


def _circle(x: Array, y: Array) -> Array:
    return np.hypot(x, y) - 1.0


def _square(x: Array, y: Array) -> Array:
    return np.maximum(np.abs(x), np.abs(y)) - 0.88


def _diamond(x: Array, y: Array) -> Array:
    return (np.abs(x) / 0.85 + np.abs(y) / 1.15 - 1.0) * 0.68


def _triangle(x: Array, y: Array) -> Array:
    return np.maximum(y - 0.8, (1.75 * np.abs(x) - y - 0.98) / 2.016)


def _star(x: Array, y: Array) -> Array:
    fifth = 2 * np.pi / 5
    angle = np.abs((np.arctan2(x, -y) + fifth / 2) % fifth - fifth / 2)
    radius = np.hypot(x, y)
    outer, inner_x, inner_y = 1.15, 0.48 * np.cos(fifth / 2), 0.48 * np.sin(fifth / 2)
    edge = np.hypot(inner_x - outer, inner_y)
    return ((radius * np.cos(angle) - outer) * inner_y + radius * np.sin(angle) * (outer - inner_x)) / edge


def _ring(x: Array, y: Array) -> Array:
    return np.abs(np.hypot(x, y) - 0.75) - 0.27


def _cross(x: Array, y: Array) -> Array:
    x, y = np.abs(x), np.abs(y)
    return np.minimum(np.maximum(x - 0.34, y - 1.0), np.maximum(y - 0.34, x - 1.0))


def _heart(x: Array, y: Array) -> Array:
    x, y = np.abs(x) / 1.75, (0.95 - y) / 1.75
    lobe = np.hypot(x - 0.25, y - 0.75) - np.sqrt(2) / 4
    half = 0.5 * np.maximum(x + y, 0)
    tip = np.sqrt(np.minimum(x**2 + (y - 1) ** 2, (x - half) ** 2 + (y - half) ** 2)) * np.sign(x - y)
    return np.where(x + y > 1, lobe, tip) * 1.75


SHAPES: dict[str, Callable[[Array, Array], Array]] = {
    "circle": _circle, "square": _square, "triangle": _triangle, "star": _star,
    "diamond": _diamond, "ring": _ring, "cross": _cross, "heart": _heart,
}  # fmt: skip
REACH = 1.15
"""How far a shape of radius 1 extends from its centre, at most."""


def grid(height: int, width: int) -> tuple[Array, Array]:
    """Return x and y of the pixel centres, each float32 (height, width), in units of the shorter side."""
    side = min(height, width)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return (x + 0.5 - (width - side) / 2) / side, (y + 0.5 - (height - side) / 2) / side


def distance(
    shape: str, x: Array, y: Array, centre: tuple[float, float], radius: float, rotation: float = 0.0
) -> Array:
    """Signed distance to the shape's edge, negative inside, in the units and the shape of x."""
    dx, dy = (x - centre[0]) / radius, (y - centre[1]) / radius
    if rotation:
        cos, sin = np.cos(rotation), np.sin(rotation)
        dx, dy = cos * dx + sin * dy, cos * dy - sin * dx
    return SHAPES[shape](dx, dy) * radius


def coverage(signed: Array, side: int) -> Array:
    """How much of each pixel lies inside, 0..1; side: pixels on the shorter side."""
    return np.clip(0.5 - signed * side, 0, 1)
