"""What stands out from the background: classical segmentation by colour.

Everything is measured at 64 pixels on the shorter side (SIDE), whatever the picture's own size. The background's one
or two colours are those of the border; an area that differs is a thing, if it is large enough. How much of a pixel a
thing covers follows from where its colour lies between the background's and the thing's own, as drawing mixes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from ..shapes import Array
from .colours import main_colours, named, nearest, perceptual, to_segment

SIDE = 64
BORDER, FRAME = 3, 9
SMALLEST = 28
"""Pixels of the smallest thing; what is smaller is a speck."""
_STANDS_OUT = 22.0
_DARK = 0.34
_SPREAD = 0.55
"""How much of a thing's colour its own glow reaches."""


@dataclass(frozen=True)
class Ground:
    """The background.

    Attributes:
        colour: RGB in 0..1 (3,).
        other: the second colour where the background is textured.
        threshold: distance in Lab from which something stands out.
    """

    colour: Array
    other: Array | None
    threshold: float

    @property
    def dark(self) -> bool:
        """Whether it may be a night sky."""
        return self.other is None and float(self.colour.max()) < _DARK

    def apart(self, lab: Array) -> Array:
        """Distance of every pixel in Lab to the nearer of the background's colours."""
        return self._nearer(lab, perceptual)

    def away(self, image: Array) -> Array:
        """Return each pixel's distance from the background in RGB (height, width), for the share a thing covers."""
        return self._nearer(image, np.asarray)

    def _nearer(self, values: Array, space: Callable[[Array], Array]) -> Array:
        first = np.linalg.norm(values - space(self.colour), axis=-1)
        return first if self.other is None else np.minimum(first, np.linalg.norm(values - space(self.other), axis=-1))


@dataclass(frozen=True)
class Segment:
    """A thing's area.

    Attributes:
        alpha: share of each pixel that the thing covers, 0..1 (height, width), without the rim.
        box: where the thing is, with a margin.
        colour, other: colours of the inside, RGB (3,).
        rim: share of the edge that is a white rim; 0 without one.
        glow: how much of the thing's colour lies around it, 0..1.
    """

    alpha: Array
    box: tuple[slice, slice]
    colour: Array
    other: Array | None
    rim: float
    glow: float


def resized(image: Array, side: int) -> Array:
    """Return the picture with its shorter side at `side` pixels, RGB (height, width, 3); averaged where it shrinks."""
    height, width = image.shape[:2]
    shorter = min(height, width)
    if shorter == side:
        return image.astype(np.float32, copy=False)
    if shorter % side == 0 and height % (shorter // side) == 0 and width % (shorter // side) == 0:
        step = shorter // side
        return image.reshape(height // step, step, width // step, step, 3).mean(axis=(1, 3)).astype(np.float32)
    size = max(side, round(width * side / shorter)), max(side, round(height * side / shorter))
    filter_ = Image.Resampling.BOX if shorter > side else Image.Resampling.BICUBIC
    channels = [Image.fromarray(image[..., c].astype(np.float32)).resize(size, filter_) for c in range(3)]
    return np.clip(np.stack([np.asarray(channel) for channel in channels], axis=-1), 0, 1)


def ground_of(image: Array, night: bool = False) -> Ground:
    """Return the background by the picture's border; at night the darkest part of it, since a glow may reach it."""
    top, bottom, left, right = (
        image[:BORDER].reshape(-1, 3), image[-BORDER:].reshape(-1, 3),
        image[:, :BORDER].reshape(-1, 3), image[:, -BORDER:].reshape(-1, 3),
    )  # fmt: skip
    border = np.concatenate((top, bottom, left, right))
    colours = _textured_ground(image)
    if len(colours) == 2:
        return Ground(colours[0], colours[1], _STANDS_OUT)
    colour = main_colours(border)[0]
    if night:
        bright = border.max(axis=1)
        colour = np.median(border[bright <= np.quantile(bright, 0.15)], axis=0)
    spread = np.median(np.linalg.norm(perceptual(border) - perceptual(colour), axis=-1))
    return Ground(colour, None, float(np.clip(4 * spread, _STANDS_OUT, 32.0)))


def found_in(image: Array) -> tuple[Ground, list[Segment], Array]:
    """Return the background, the things that `segments_of` finds on it, and where specks are, bool (height, width)."""
    ground = ground_of(image)
    if ground.other is None and float(ground.colour.max()) < 0.6:
        night = ground_of(image, night=True)
        if night.dark:
            segments, specks = segments_of(image, night)
            sky = _sky(image, night, segments) if any(segment.glow for segment in segments) else None
            if sky is not None:
                return sky, segments, specks
    return ground, *segments_of(image, ground)


def _sky(image: Array, ground: Ground, segments: list[Segment]) -> Ground | None:
    """Return the background with its colour taken far from what glows; None where that is uneven and so no sky."""
    free = np.max([segment.alpha for segment in segments], axis=0) < 0.5
    distance = ndimage.distance_transform_edt(free)
    far = distance >= np.quantile(distance, 0.75)
    if float(image[far].mean(axis=1).std()) > 0.03:
        return None
    return Ground(np.median(image[far], axis=0), None, ground.threshold)


def _textured_ground(image: Array) -> list[Array]:
    """Return the background's two colours (3,), the commoner first; an empty list where the background is plain."""
    sides = [image[:FRAME], image[-FRAME:], image[:, :FRAME], image[:, -FRAME:]]
    colours = main_colours(np.concatenate([side.reshape(-1, 3) for side in sides])[::2], apart=28.0, at_least=0.13)
    if len(colours) < 2:
        return []
    first, second = perceptual(colours[0]), perceptual(colours[1])
    lab = perceptual(image)
    like = np.linalg.norm(lab - second, axis=-1)
    other = (like < 24) & (like < np.linalg.norm(lab - first, axis=-1))
    if float(((like < 13) | (np.linalg.norm(lab - first, axis=-1) < 13)).mean()) < 0.45:
        return []
    edges = (other[0], other[-1], other[:, 0], other[:, -1])
    labels, _ = ndimage.label(other)
    sizes = np.bincount(labels.ravel())
    cut = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    cut_through = sum(1 for number in cut if number and sizes[number] >= 5)
    # Things lie within the picture, and there are not many; what is cut off on all sides or comes often is a texture.
    textured = (sizes[1:] >= 5).sum() >= 9 or cut_through >= 3 or min(edge.mean() for edge in edges) > 0.08
    return colours if textured else []


def segments_of(image: Array, ground: Ground) -> tuple[list[Segment], Array]:
    """Return the things of a picture (height, width, 3), largest first, and where specks are, bool (height, width)."""
    lab = perceptual(image)
    apart = ground.apart(lab)
    standing = apart > ground.threshold
    shadow = np.zeros(standing.shape, bool)
    if ground.other is None:
        first = perceptual(ground.colour)
        shadow = to_segment(lab, first, perceptual(ground.colour * 0.6)) < 9
        standing &= ~shadow
        # What lies between a thing's two colours may be like the background's, but hardly ever the same.
        standing |= ndimage.binary_closing(standing) & (apart > 9)
    else:
        # What lies between the two colours is no thing: it is thin.
        solid = ndimage.binary_opening(standing)
        standing = ndimage.binary_propagation(ndimage.binary_erosion(standing, iterations=2), mask=solid)
    specks = np.zeros(standing.shape, bool)
    found: list[Segment] = []
    away = ground.away(image)
    for area in _areas(standing):
        parts = _segments(image, ground, away, shadow, area) if area.sum() >= SMALLEST / 2 else []
        parts = [part for part in parts if (part.alpha > 0.5).sum() >= SMALLEST / 2]
        found += parts
        if not parts:
            specks |= area
    return sorted(found, key=lambda segment: -float(segment.alpha[segment.box].sum())), specks


def _areas(mask: Array) -> list[Array]:
    labels, count = ndimage.label(mask, structure=np.ones((3, 3)))
    return [labels == number for number in range(1, count + 1)]


def _glow(cover: Array, solid: Array) -> float:
    """How much of the thing's colour lies close about it, 0..1, beyond what lies farther off."""
    distance = ndimage.distance_transform_edt(~solid)
    close, far, about = (distance > 2) & (distance <= 5), (distance > 9) & (distance <= 15), distance <= 5
    # A glow ends in a step at the thing's edge; a soft edge passes through everything between.
    step, ramp = (about & (cover > 0.64) & (cover < 0.9)).sum(), (about & (cover > 0.3) & (cover < 0.6)).sum()
    if not (close.any() and far.any()) or step > 0.8 * ramp:
        return 0.0
    return float(np.median(cover[close]) - np.median(cover[far]))


def _depth(area: Array) -> Array:
    """How far inside the area each pixel lies, 0 outside."""
    box = _box(area, 1)
    depth = np.zeros(area.shape)
    depth[box] = ndimage.distance_transform_edt(np.pad(area[box], 1))[1:-1, 1:-1]
    return depth


def _segments(image: Array, ground: Ground, away: Array, shadow: Array, area: Array) -> list[Segment]:
    """Return the things that one area is made of: several where their glow joins them."""
    if ground.dark:
        strong = area & (away >= 0.8 * np.quantile(away[area], 0.97))
        if strong.sum() < SMALLEST / 2:
            return []
        shining = main_colours(image[strong])
        # What is not on the way from the sky's colour to the thing's is a second colour and no glow.
        line = to_segment(perceptual(image), perceptual(ground.colour), perceptual(shining[0])) < 24
        cover = np.where(line, _cover(image, away, shining[:1]), 0)
        near = ndimage.binary_dilation(area, iterations=3)
        solid = (cover > 0.8) & near
        glow = _glow(cover, solid)
        if glow > 0.12:
            above = np.clip((cover - _SPREAD) / (1 - _SPREAD), 0, 1) * near
            return [
                Segment(above * ndimage.binary_dilation(part, iterations=2), _box(part), shining[0], None, 0.0, glow)
                for part in _areas(above > 0.5) if part.sum() >= SMALLEST
            ]  # fmt: skip
    if area.sum() < SMALLEST:
        return []
    reach = ndimage.binary_dilation(area, iterations=2)
    depth = _depth(area)
    inside, rim = _without_rim(image, area, depth)
    if inside is not None:
        return [Segment(_rim_alpha(image, inside) * (depth > 1.5), _box(area), inside, None, rim, 0.0)]
    colours = main_colours(image[depth > min(2.0, 0.55 * depth.max())])
    if len({nearest(named(colour)) for colour in colours}) == 1:  # light and shade
        colours = colours[:1]
    alpha = _cover(image, away, colours) * reach
    alpha = np.where(shadow & (alpha < 0.8), np.minimum(alpha, 0.3), alpha)
    return [Segment(alpha, _box(area), colours[0], colours[1] if len(colours) == 2 else None, 0.0, 0.0)]


def cover_of(image: Array, ground: Ground, segment: Segment) -> Array:
    """How much of each pixel a thing covers, 0..1 [height, width], in a picture or a part of it at any size."""
    if segment.rim:
        return _rim_alpha(image, segment.colour)
    colours = [segment.colour] if segment.other is None else [segment.colour, segment.other]
    cover = _cover(image, ground.away(image), colours)
    return np.clip((cover - _SPREAD) / (1 - _SPREAD), 0, 1) if segment.glow else cover


def _cover(image: Array, away: Array, colours: list[Array]) -> Array:
    """How much of each pixel is of a thing's colours, by its distances in RGB to them and to the background."""
    if len(colours) == 2:
        own = to_segment(image, colours[0], colours[1])
    else:
        own = np.linalg.norm(image - colours[0], axis=-1)
    return away / np.maximum(away + own, 1e-6)


def _rim_alpha(image: Array, inside: Array) -> Array:
    """How much of each pixel is of the inside of a sticker rather than of its white rim."""
    white = np.linalg.norm(image - 0.97, axis=-1)
    return white / np.maximum(white + np.linalg.norm(image - inside, axis=-1), 1e-6)


def _without_rim(image: Array, area: Array, depth: Array) -> tuple[Array | None, float]:
    """Return the colours inside a white rim, if the area has one, and the share of its edge that is white."""
    box = _box(area, 0)
    pixels, depth, area = image[box], depth[box], area[box]
    band = area & (depth <= 2.3)
    middle = depth > (max(3.5, 0.5 * depth.max()) if depth.max() > 4 else 0.9 * depth.max())
    inside = main_colours(pixels[middle])[0]
    white = perceptual(np.full(3, 0.97))
    if np.linalg.norm(perceptual(inside) - white) < 28:
        return None, 0.0
    pale = (_rim_alpha(pixels, inside) < 0.5) & (np.linalg.norm(perceptual(pixels) - white, axis=-1) < 45)
    rim = float(pale[band].mean())
    # The white of a texture is found inside as well.
    deep = depth > 3.6
    spotted = deep.any() and float(pale[deep].mean()) > 0.2
    return (inside, rim) if rim > 0.45 and not spotted else (None, rim)


def _box(area: Array, margin: int = 3) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(area.any(1)), np.flatnonzero(area.any(0))
    return (slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
            slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin))  # fmt: skip
