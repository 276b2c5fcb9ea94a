"""The light of a spotlight and of fog: how much of it there is, and the picture without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..drawing import DIMMED, FOG, clearness, spotlight
from ..shapes import Array

_FRAME = 10
"""Pixels from the border within which brightness is compared: the glow of things hardly reaches there."""
_STEP = 6
"""Pixels between the two whose brightness is compared."""
_SAME = 0.3
"""Difference of the logarithms beyond which two pixels are of different things."""
_LEAST = 0.03
"""Difference of the logarithms that the light makes, below which a pair says nothing."""
_NONE_AGREE, _ALL_AGREE = 0.46, 0.6
"""Share of pairs near their median up to which, and from which on, they agree: of glows half, of the styles more."""
_FLOOR = 0.02
"""What is added to every brightness, so that noise in the dark is no difference."""


@dataclass(frozen=True)
class Light:
    """A style that is light alone.

    Attributes:
        factors: from height, width and an amount to the factors of brightness, (height, width).
        amount: as it is drawn.
        negative: whether it makes the picture's negative darker, as fog does, and not the picture.
    """

    factors: Callable[[int, int, float], Array]
    amount: float
    negative: bool


LIGHTS: Mapping[str, Light] = {"spotlight": Light(spotlight, DIMMED, False), "fog": Light(clearness, FOG, True)}


def light_of(image: Array) -> dict[str, float]:
    """Return how much there is of each light, where 1 is as much as in a drawing.

    Pixels a little apart along the border that belong to one thing are compared with what the light makes of them.
    Where the pairs disagree it is the glow of things, and no such light. image: RGB (height, width, 3).
    """
    return {style: _share(image, light) for style, light in LIGHTS.items()}


def without_light(image: Array, style: str, share: float) -> Array:
    """Return the picture (height, width, 3) without so much of a light."""
    light = LIGHTS[style]
    height, width = image.shape[:2]
    factors = light.factors(height, width, min(share * light.amount, 0.9))[..., None]
    plain = 1 - (1 - image) / factors if light.negative else image / factors
    return np.clip(plain, 0, 1).astype(np.float32)


def _share(image: Array, light: Light) -> float:
    bright = image.sum(axis=2) / 3
    bright = np.log((1 - bright if light.negative else bright) + _FLOOR)
    height, width = bright.shape
    made = np.log(light.factors(height, width, light.amount))
    found = np.concatenate([_shares(bright, made), _shares(bright.T, made.T)])
    if not found.size:
        return 0.0
    middle = float(np.clip(np.median(found), 0, 1.5))
    agreeing = float((np.abs(found - middle) < 0.5 * middle + 0.1).mean())
    return middle * float(np.clip((agreeing - _NONE_AGREE) / (_ALL_AGREE - _NONE_AGREE), 0, 1))


def _shares(bright: Array, made: Array) -> Array:
    """Return for each pair that says something how much of the light's difference is seen, (pairs,)."""
    bright, made = (np.concatenate((one[:, :_FRAME], one[:, -_FRAME:]), axis=1) for one in (bright, made))
    seen, expected = bright[_STEP:] - bright[:-_STEP], made[_STEP:] - made[:-_STEP]
    says = (np.abs(expected) > _LEAST) & (np.abs(seen) < _SAME)
    return seen[says] / expected[says]
