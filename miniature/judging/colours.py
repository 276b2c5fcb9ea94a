"""Colours as people see them, and which of the palette's names a colour has."""

from __future__ import annotations

import numpy as np

from ..scenes import NIGHT_SKIES, PALETTE
from ..shapes import Array

NAMES = tuple(PALETTE)
SKIES = tuple(NIGHT_SKIES)
_TO_XYZ = np.array(
    [[0.4339, 0.2126, 0.0177], [0.3763, 0.7152, 0.1095], [0.1899, 0.0722, 0.8728]], np.float32
)  # divided by D65's white
_STEPS = 1023
_LINEAR = np.array(
    [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in np.linspace(0, 1, _STEPS + 1)], np.float32
)


def perceptual(rgb: Array) -> Array:
    """CIE Lab of sRGB in 0..1, any leading shape; distances in it are nearer to what people see than RGB's."""
    xyz = _LINEAR[(np.clip(rgb, 0, 1) * _STEPS + 0.5).astype(np.int32)] @ _TO_XYZ
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + np.float32(16 / 116))
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


_PALETTE_LAB = perceptual(np.array([PALETTE[name] for name in NAMES]) / 255)
_SKIES_LAB = perceptual(np.array([NIGHT_SKIES[name] for name in SKIES]) / 255)


def named(rgb: Array) -> dict[str, float]:
    """How far a colour, RGB in 0..1 [3], is from each of the palette's names, in Lab."""
    return dict(zip(NAMES, np.linalg.norm(_PALETTE_LAB - perceptual(rgb), axis=-1).tolist(), strict=True))


def named_sky(rgb: Array) -> dict[str, float]:
    """How far a colour, RGB in 0..1 [3], is from each of the night skies' names, in Lab."""
    return dict(zip(SKIES, np.linalg.norm(_SKIES_LAB - perceptual(rgb), axis=-1).tolist(), strict=True))


def nearest(distances: dict[str, float]) -> str:
    """Return the name with the smallest distance."""
    return min(distances, key=distances.__getitem__)


def main_colours(rgb: Array, apart: float = 26.0, within: float = 13.0, at_least: float = 0.12) -> list[Array]:
    """Return the one or two commonest colours (3,) among pixels (n, 3), RGB in 0..1.

    A second colour is at least `apart` from the first in Lab, and at least `at_least` of the pixels have it.
    """
    lab = perceptual(rgb)
    first, near = _commonest(lab, within)
    found = [np.median(rgb[near], axis=0)]
    far = np.linalg.norm(lab - first, axis=-1) > apart
    if far.sum() >= max(4.0, at_least * len(rgb)):
        _, near = _commonest(lab[far], within)
        if near.sum() >= at_least * len(rgb):
            found.append(np.median(rgb[far][near], axis=0))
    return found


def _commonest(lab: Array, within: float) -> tuple[Array, Array]:
    """Return the densest place in Lab (3,), and a mask (n,) of the colours within reach of it."""
    cells = np.floor(lab / 9).astype(np.int64)
    keys = (cells[:, 0] + 64) * 16384 + (cells[:, 1] + 64) * 128 + cells[:, 2] + 64
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    centre = lab[inverse == counts.argmax()].mean(axis=0)
    for _ in range(3):
        near = np.linalg.norm(lab - centre, axis=-1) < within
        centre = lab[near].mean(axis=0)
    return centre, np.linalg.norm(lab - centre, axis=-1) < within


def to_segment(values: Array, start: Array, end: Array) -> Array:
    """Distance of values [..., 3] to the straight line between two colours, in the space they are given in."""
    along = end - start
    share = np.clip(((values - start) @ along) / max(float(along @ along), 1e-9), 0, 1)
    return np.linalg.norm(values - start - share[..., None] * along, axis=-1)
