"""Drawn scenes: one or two coloured shapes on a background, drawn with anti-aliased distance functions.

Lengths and positions are in units of the image's shorter side, x to the right and y down, so that one scene can be
drawn at any size. What a scene says in words is the business of captions.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
Colour = tuple[float, float, float]

PALETTE: dict[str, tuple[int, int, int]] = {
    "red": (215, 35, 40), "orange": (245, 135, 25), "yellow": (250, 220, 45), "green": (45, 160, 65),
    "blue": (40, 80, 215), "purple": (130, 50, 170), "pink": (250, 150, 195), "brown": (125, 75, 40),
    "black": (22, 22, 24), "white": (245, 245, 245), "gray": (135, 135, 138), "cyan": (70, 205, 220),
}  # fmt: skip
POSITIONS: dict[str, tuple[float, float]] = {
    "top left": (0.25, 0.25), "top": (0.5, 0.25), "top right": (0.75, 0.25),
    "left": (0.25, 0.5), "center": (0.5, 0.5), "right": (0.75, 0.5),
    "bottom left": (0.25, 0.75), "bottom": (0.5, 0.75), "bottom right": (0.75, 0.75),
}  # fmt: skip
RADII: dict[str, tuple[float, float]] = {"small": (0.10, 0.13), "medium": (0.17, 0.22), "large": (0.25, 0.31)}
FILLS = ("plain", "striped", "checkered", "dotted", "gradient", "cloudy")


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
    return np.abs(np.hypot(x, y) - 0.78) - 0.25


def _cross(x: Array, y: Array) -> Array:
    x, y = np.abs(x), np.abs(y)
    return np.minimum(np.maximum(x - 0.32, y - 1.0), np.maximum(y - 0.32, x - 1.0))


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


@dataclass(frozen=True)
class Fill:
    """How an area is coloured; colours are RGB in 0..1, scale is a period in units of the shorter side."""

    colour: Colour
    kind: str = "plain"
    other: Colour = (0.0, 0.0, 0.0)
    scale: float = 0.25
    angle: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Thing:
    """One shape. colour, size and position name what captions may say; the rest is what is drawn."""

    shape: str
    colour: str
    size: str
    position: str
    fill: Fill
    centre: tuple[float, float]
    radius: float
    rotation: float = 0.0


@dataclass(frozen=True)
class Scene:
    """A background and the things on it, in drawing order."""

    background: str
    fill: Fill
    things: tuple[Thing, ...]


@dataclass(frozen=True)
class SceneConfig:
    """What scenes are drawn from. The defaults are those of the base checkpoint.

    pairs: share of scenes with two things. jitter: half-range by which a palette colour varies (0..1).
    centred: share of single things in the middle rather than in any of the nine places.
    wild: share of areas with any colour and any fill, and of things with any size, place and rotation;
    their names mean nothing, so wild scenes are for the autoencoder only.
    """

    shapes: tuple[str, ...] = tuple(SHAPES)
    colours: tuple[str, ...] = tuple(PALETTE)
    pairs: float = 0.25
    jitter: float = 0.03
    centred: float = 0.3
    wild: float = 0.0


def _palette_fill(name: str, rng: np.random.Generator, jitter: float) -> Fill:
    red, green, blue = np.clip(np.array(PALETTE[name]) / 255 + rng.uniform(-jitter, jitter, 3), 0, 1).tolist()
    return Fill((red, green, blue))


def _wild_fill(rng: np.random.Generator) -> Fill:
    first, second = rng.uniform(0, 1, (2, 3)).tolist()
    return Fill(
        tuple(first),
        str(rng.choice(FILLS)),
        tuple(second),
        scale=float(rng.uniform(0.08, 0.5)),
        angle=float(rng.uniform(0, np.pi)),
        seed=int(rng.integers(2**31)),
    )


def _sample_thing(rng: np.random.Generator, config: SceneConfig, colour: str, size: str, position: str) -> Thing:
    shape = str(rng.choice(config.shapes))
    if rng.random() < config.wild:
        centre = (float(rng.uniform(0.05, 0.95)), float(rng.uniform(0.05, 0.95)))
        radius, turn = float(np.exp(rng.uniform(np.log(0.06), np.log(0.45)))), float(rng.uniform(0, 2 * np.pi))
        return Thing(shape, colour, size, position, _wild_fill(rng), centre, radius, turn)
    radius = float(rng.uniform(*RADII[size]))
    margin = 1.15 * radius + 0.02
    x, y = np.clip(np.array(POSITIONS[position]) + rng.uniform(-0.04, 0.04, 2), margin, 1 - margin).tolist()
    return Thing(shape, colour, size, position, _palette_fill(colour, rng, config.jitter), (x, y), radius)


def _pair_positions(rng: np.random.Generator) -> tuple[str, str]:
    pairs = (("left", "right"), ("top", "bottom"), ("top left", "bottom right"), ("bottom left", "top right"))
    pair = pairs[rng.choice(4, p=(0.4, 0.3, 0.15, 0.15))]
    return pair if rng.random() < 0.5 else pair[::-1]


def sample_scene(rng: np.random.Generator, config: SceneConfig) -> Scene:
    """Draws one scene at random; the same generator state and config give the same scene."""
    count = 2 if rng.random() < config.pairs else 1
    names = rng.choice(config.colours, size=count + 1, replace=False).tolist()
    positions: tuple[str, ...]
    if count == 2:
        positions, sizes = _pair_positions(rng), [str(rng.choice(["small", "medium"], p=(0.3, 0.7))) for _ in range(2)]
    else:
        anywhere = rng.random() >= config.centred
        positions = (str(rng.choice(list(POSITIONS))) if anywhere else "center",)
        sizes = [str(rng.choice(list(RADII), p=(0.25, 0.4, 0.35)))]
    things = tuple(_sample_thing(rng, config, *named) for named in zip(names[1:], sizes, positions, strict=True))
    wild = rng.random() < config.wild
    return Scene(names[0], _wild_fill(rng) if wild else _palette_fill(names[0], rng, config.jitter), things)


def grid(height: int, width: int) -> tuple[Array, Array]:
    """x and y of the pixel centres, each [height, width], the image centre at (0.5, 0.5)."""
    side = min(height, width)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return (x + 0.5 - (width - side) / 2) / side, (y + 0.5 - (height - side) / 2) / side


def coverage(
    shape: str, x: Array, y: Array, centre: tuple[float, float], radius: float, rotation: float, side: int
) -> Array:
    """How much of each pixel the shape covers, 0..1, in the shape of x; side: pixels on the shorter side."""
    dx, dy = (x - centre[0]) / radius, (y - centre[1]) / radius
    if rotation:
        cos, sin = np.cos(rotation), np.sin(rotation)
        dx, dy = cos * dx + sin * dy, cos * dy - sin * dx
    return np.clip(0.5 - SHAPES[shape](dx, dy) * radius * side, 0, 1)


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


def draw(scene: Scene, height: int, width: int) -> Array:
    """The picture as RGB in 0..1, float32 [height, width, 3]."""
    x, y = grid(height, width)
    image = np.empty((height, width, 3), np.float32)
    image[:] = _paint(scene.fill, x, y)
    for thing in scene.things:
        alpha = coverage(thing.shape, x, y, thing.centre, thing.radius, thing.rotation, min(height, width))[..., None]
        image += alpha.astype(np.float32) * (_paint(thing.fill, x, y) - image)
    return image


def draw_batch(scenes: list[Scene], side: int) -> Array:
    """Square pictures for training, RGB in 0..1, float32 [batch, 3, side, side]."""
    return np.stack([draw(scene, side, side).transpose(2, 0, 1) for scene in scenes])
