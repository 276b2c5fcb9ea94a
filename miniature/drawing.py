"""Scenes in pixels: fills, glow and styles, drawn with anti-aliased distance functions at any size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .scenes import Fill, Scene, Thing
from .shapes import Array, coverage, distance, grid

TILES = 8
"""Tiles of a mosaic on the shorter side."""
DIMMED = 0.55
"""How much darker the corners are in a spotlight."""
FOG = 0.4
"""How much of the colours the fog hides at the bottom."""
RIM = 0.045
"""Thickness of a sticker's white rim, in units of the shorter side."""
GLOW = 0.09
"""Distance at which a glow has fallen to a third."""


def draw(scene: Scene, height: int, width: int) -> Array:
    """Return the picture as RGB in 0..1, float32 (height, width, 3)."""
    image = _drawn(scene, height, width)
    if scene.style == "mosaic":
        image *= _tiles(scene, height, width)[..., None]
    elif scene.style == "spotlight":
        image *= spotlight(height, width)[..., None]
    elif scene.style == "fog":
        image = 1 - (1 - image) * clearness(height, width)[..., None]
    return np.clip(image, 0, 1)


def draw_batch(scenes: Sequence[Scene], height: int, width: int | None = None) -> Array:
    """Pictures for training, RGB in 0..1, float32 [batch, 3, height, width]; square where width is not given."""
    return np.stack([draw(scene, height, width or height).transpose(2, 0, 1) for scene in scenes])


def _drawn(scene: Scene, height: int, width: int) -> Array:
    x, y = grid(height, width)
    side = min(height, width)
    image = np.empty((height, width, 3), np.float32)
    image[:] = _paint(scene.fill, x, y)
    if scene.style == "watercolor":
        image = _washed(image, x, y, 0.0)
    if scene.night:
        for thing in scene.things:
            _glow(image, thing, x, y)
    for thing in scene.things:
        _place(image, thing, scene.style, x, y, side)
    return image


def _place(image: Array, thing: Thing, style: str | None, x: Array, y: Array, side: int) -> None:
    """Draws a thing onto the image, in its style."""
    signed = distance(thing.shape, x, y, thing.centre, thing.radius, thing.rotation)
    colour = _paint(thing.fill, x, y)
    if style == "watercolor":
        # A wet edge: soft, and darker where the pigment gathers.
        wet = _washed(np.broadcast_to(colour, image.shape).copy(), x, y, 1.0)
        rim = np.exp(-((signed + 0.03) ** 2) / (2 * 0.018**2))
        _lay(image, wet * (1 - 0.28 * rim[..., None]), np.clip(0.5 - signed / 0.05, 0, 1))
    elif style == "sticker":
        _lay(image, image * 0.6, 0.8 * np.clip(0.5 - (signed - RIM - 0.01) / 0.05, 0, 1))
        _lay(image, np.array((0.98, 0.98, 0.98), np.float32), coverage(signed - RIM, side))
        _lay(image, colour, coverage(signed, side))
    elif style == "clay":
        shadow = distance(thing.shape, x - 0.035, y - 0.045, thing.centre, thing.radius, thing.rotation)
        _lay(image, image * 0.55, 0.85 * np.clip(0.5 - shadow / 0.06, 0, 1))
        _lay(image, _moulded(colour, thing, signed, x, y), coverage(signed, side))
    else:
        _lay(image, colour, coverage(signed, side))


def _lay(image: Array, colour: Array, alpha: Array) -> None:
    image += alpha[..., None].astype(np.float32) * (colour - image)


def _glow(image: Array, thing: Thing, x: Array, y: Array) -> None:
    signed = np.maximum(distance(thing.shape, x, y, thing.centre, thing.radius, thing.rotation), 0)
    _lay(image, np.array(thing.fill.colour, np.float32), 0.6 * np.exp(-signed / GLOW))


def _moulded(colour: Array, thing: Thing, signed: Array, x: Array, y: Array) -> Array:
    """Light from the upper left, darker towards the lower right, a bright spot."""
    u, v = (x - thing.centre[0]) / thing.radius, (y - thing.centre[1]) / thing.radius
    shade = 1 - 0.26 * np.clip((u + v) * 0.7 + 0.25, -0.5, 1)
    spot = 0.55 * np.exp(-((u + 0.3) ** 2 + (v + 0.35) ** 2) / 0.06)
    edge = np.clip(-signed / (0.25 * thing.radius), 0, 1) * 0.18 + 0.82
    lit = colour * (shade * edge)[..., None]
    return (lit + spot[..., None] * (1 - lit)).astype(np.float32)


def _washed(image: Array, x: Array, y: Array, offset: float) -> Array:
    """Paler, and uneven as pigment on paper."""
    waves = np.sin(17 * x + 9 * y + offset) + np.sin(13 * y - 7 * x + 2 + offset) + np.sin(23 * x + 1.3 + offset)
    return image + (0.18 + 0.055 * waves[..., None].astype(np.float32)) * (1 - image)


def _tiles(scene: Scene, height: int, width: int) -> Array:
    """Return the factors of brightness (height, width) of a mosaic: dark joints, each tile a little different."""
    x, y = grid(height, width)
    u, v = x * TILES, y * TILES
    joint = np.minimum(np.abs(u - np.round(u)), np.abs(v - np.round(v))) / TILES
    lines = 1 - 0.5 * coverage(joint - 0.011, min(height, width))
    rng = np.random.default_rng(scene.fill.seed + 7)
    shades = 1 + rng.uniform(-0.07, 0.05, (64, 64))
    return (lines * shades[np.floor(v).astype(int) % 64, np.floor(u).astype(int) % 64]).astype(np.float32)


def spotlight(height: int, width: int, dimmed: float = DIMMED) -> Array:
    """Return the factors of brightness (height, width) of a spotlight: 1 in the middle, 1 - `dimmed` in the corners."""
    x, y = (np.linspace(-1, 1, size, dtype=np.float32) for size in (width, height))
    away = np.sqrt((x[None] ** 2 + y[:, None] ** 2) / 2)
    return (1 - dimmed * np.clip((away - 0.2) / 0.8, 0, 1)).astype(np.float32)


def clearness(height: int, width: int, fog: float = FOG) -> Array:
    """Return which share of the colours is seen through fog (height, width): 1 at the top, 1 - `fog` at the bottom."""
    down = np.linspace(0, 1, height, dtype=np.float32)
    return np.repeat(1 - fog * np.clip((down - 0.1) / 0.9, 0, 1)[:, None], width, axis=1).astype(np.float32)


def _mix(fill: Fill, x: Array, y: Array) -> Array | None:
    """Share of the other colour in each pixel, or None for a plain fill."""
    u = (x * np.cos(fill.angle) + y * np.sin(fill.angle)) / fill.scale
    v = (y * np.cos(fill.angle) - x * np.sin(fill.angle)) / fill.scale
    if fill.kind == "striped":
        return np.clip(0.5 + 4 * np.sin(2 * np.pi * u), 0, 1)
    if fill.kind == "checkered":
        return np.clip(0.5 + 6 * np.sin(np.pi * u) * np.sin(np.pi * v), 0, 1)
    if fill.kind == "dotted":
        return np.clip(0.5 + 12 * (0.3 - np.hypot(u % 1 - 0.5, v % 1 - 0.5)), 0, 1)
    if fill.kind == "gradient":
        return np.clip(0.5 + (u * fill.scale - 0.5) * 0.9, 0, 1)
    if fill.kind == "cloudy":
        waves = np.random.default_rng(fill.seed).uniform(-1, 1, (4, 3)) * (3, 3, np.pi)
        return np.clip(0.5 + 0.3 * sum(np.sin(a * u + b * v + c) for a, b, c in waves), 0, 1)
    return None


def _paint(fill: Fill, x: Array, y: Array) -> Array:
    """RGB of the fill over the grid, [height, width, 3] or [3]."""
    mix = _mix(fill, x, y)
    first, second = np.array(fill.colour, np.float32), np.array(fill.other, np.float32)
    return first if mix is None else first + mix[..., None].astype(np.float32) * (second - first)
