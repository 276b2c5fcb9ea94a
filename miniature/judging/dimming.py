"""The darker corners of a spotlight: how dark they are, and the picture as bright everywhere."""

from __future__ import annotations

import numpy as np

from ..drawing import DIMMED, spotlight
from ..shapes import Array

_FRAME = 10
"""Pixels from the border within which brightness is compared: the glow of things hardly reaches there."""
_STEP = 6
"""Pixels between the two whose brightness is compared."""
_SAME = 0.3
"""Difference of the logarithms beyond which two pixels are of different things."""
_LEAST = 0.03
"""Difference of the logarithms that a spotlight makes, below which a pair says nothing."""
_NONE_AGREE, _ALL_AGREE = 0.46, 0.6
"""Share of pairs near their median up to which, and from which on, they agree: of glows half, of spotlights more."""
_FLOOR = 0.02
"""What is added to every brightness, so that noise in the dark is no difference."""


def dimming_of(image: Array) -> float:
    """Return how much darker the corners of a picture are than its middle, as a share; 0 where they are as bright.

    Pixels a little apart along the border that belong to one thing are compared with what a spotlight makes of them.
    Where the pairs disagree it is the glow of things, and no spotlight. image: RGB (height, width, 3).
    """
    bright = np.log(image.sum(axis=2) / 3 + _FLOOR)
    expected = np.log(spotlight(*bright.shape))
    shares = [_shares(bright, expected), _shares(bright.T, expected.T)]
    found = np.concatenate(shares)
    if not found.size:
        return 0.0
    middle = float(np.clip(np.median(found), 0, 1.5))
    agreeing = float((np.abs(found - middle) < 0.5 * middle + 0.1).mean())
    return middle * DIMMED * float(np.clip((agreeing - _NONE_AGREE) / (_ALL_AGREE - _NONE_AGREE), 0, 1))


def lit_evenly(image: Array, dimming: float) -> Array:
    """Return the picture (height, width, 3) as bright everywhere as in its middle."""
    return np.clip(image / spotlight(*image.shape[:2], min(dimming, 0.9))[..., None], 0, 1).astype(np.float32)


def _shares(bright: Array, expected: Array) -> Array:
    """Return for each pair that says something how much of a spotlight's difference is seen, (pairs,)."""
    bright, expected = (np.concatenate((one[:, :_FRAME], one[:, -_FRAME:]), axis=1) for one in (bright, expected))
    seen, made = bright[_STEP:] - bright[:-_STEP], expected[_STEP:] - expected[:-_STEP]
    says = (np.abs(made) > _LEAST) & (np.abs(seen) < _SAME)
    return seen[says] / made[says]
