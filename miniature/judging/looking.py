"""What is in a picture: background, things, style, and how clean it is, by its pixels alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..shapes import Array
from .colours import perceptual
from .fitting import Fit, fit
from .joints import joints_of, period_of, without_joints
from .light import light_of, without_light
from .patterns import PLAIN, Pattern, pattern_of
from .segments import SIDE, Ground, Segment, cover_of, found_in, resized
from .styles import JOINTS, LIT, style_of, styles_of, true_colour

FINEST = 128
"""Pixels on the shorter side beyond which nothing more is looked for."""
_GLOWS = 0.12


@dataclass(frozen=True)
class Seen:
    """A thing that was found in a picture.

    Attributes:
        colour, other: RGB in 0..1 (3,); `other` is a texture's second colour.
        place: the centre, as shares of the picture's width and height.
    """

    fit: Fit
    place: tuple[float, float]
    colour: Array
    other: Array | None
    pattern: Pattern
    glow: float

    @property
    def shape(self) -> str:
        """Name of the shape that fits best."""
        return self.fit.shape

    @property
    def radius(self) -> float:
        """Radius in units of the shorter side."""
        return self.fit.radius


@dataclass(frozen=True)
class Look:
    """A whole picture.

    height, width: its own pixels. background and background_other: RGB in 0..1 [3]. styles: how much of each there
    is, 0..1; style: the one there is more than half of. edge: mean width of the things' edges in units of 1/64 of the
    shorter side, None without things. noise: standard deviation of neighbouring pixels in plain areas. unevenness:
    slow changes of plain areas, likewise. specks: share of the picture that stands out and is no thing. overlap: how
    well the things fit their shapes, 0..1.
    """

    height: int
    width: int
    background: Array
    background_other: Array | None
    background_pattern: Pattern
    things: tuple[Seen, ...]
    styles: dict[str, float]
    style: str | None
    edge: float | None
    noise: float
    unevenness: float
    specks: float
    overlap: float

    @property
    def dark(self) -> bool:
        """Whether the background is dark."""
        return self.background_other is None and float(self.background.max()) < 0.34

    @property
    def night(self) -> bool:
        """Whether the sky is dark and what is in it glows."""
        return self.dark and bool(self.things) and float(np.mean([thing.glow for thing in self.things])) > _GLOWS


def look(image: Array) -> Look:
    """Sees what is in a picture, RGB in 0..1 [height, width, 3]. Raises ValueError for anything else."""
    if image.ndim != 3 or image.shape[2] != 3 or min(image.shape[:2]) < 16:
        raise ValueError(f"A picture to look at is [height, width, 3] with sides of 16 or more, not {image.shape}")
    small = resized(image, SIDE)
    period = period_of(small)
    tiled = joints_of(small, period) > JOINTS
    lights = {} if tiled else light_of(small)
    light = max(lights, key=lights.__getitem__, default="")
    lit = lights.get(light, 0.0) > LIT
    bare = without_joints(small, period) if tiled else without_light(small, light, lights[light]) if lit else small
    ground, segments, specks = found_in(bare)
    fits = [fit(segment.alpha, segment.box) for segment in segments]
    styles = styles_of(small, bare, ground, segments, fits, lights)
    style = style_of(styles)
    covered = np.zeros(specks.shape, np.float32)
    for segment in segments:
        covered = np.maximum(covered, segment.alpha)
    fine = bare
    if not tiled and min(image.shape[:2]) > SIDE:
        fine = resized(image, min(FINEST, min(image.shape[:2])))
        fine = without_light(fine, light, lights[light]) if lit else fine
    height, width = bare.shape[:2]
    pattern = PLAIN
    if ground.other is not None:
        free = ~ndimage.binary_dilation(covered > 0.3, iterations=2)
        pattern = pattern_of(bare, free, ground.colour, ground.other)
        if pattern.ordered and pattern.share > 0.5:
            ground = Ground(ground.other, ground.colour, ground.threshold)
    things = tuple(_seen(bare, segment, found, style) for segment, found in zip(segments, fits, strict=True))
    return Look(
        height=image.shape[0],
        width=image.shape[1],
        background=true_colour(ground.colour, style if style == "watercolor" else None),
        background_other=ground.other,
        background_pattern=pattern,
        things=things,
        styles=styles,
        style=style,
        edge=_edge(fine, ground, segments, height) if segments else None,
        noise=_noise(fine),
        unevenness=0.0 if style in ("watercolor", "mosaic") else _unevenness(bare, ground, segments, covered, style),
        specks=float(specks.mean()) + _spoilt(bare, segments, style),
        overlap=float(np.mean([found.overlap for found in fits])) if fits else 0.0,
    )


def _seen(image: Array, segment: Segment, found: Fit, style: str | None) -> Seen:
    height, width = image.shape[:2]
    side = min(height, width)
    place = ((found.centre[0] - 0.5) * side / width + 0.5, (found.centre[1] - 0.5) * side / height + 0.5)
    pattern, colour, other = PLAIN, segment.colour, segment.other
    if other is not None:
        pattern = pattern_of(image, segment.alpha > 0.5, colour, other)
        if pattern.texture == "plain":
            other = None
        elif pattern.ordered and pattern.share > 0.5:  # of dots, the first colour is the one between them
            colour, other = other, colour
    if style == "watercolor":  # the pigment gathers at the edge
        depth = ndimage.distance_transform_edt(segment.alpha > 0.5)
        colour = np.median(image[depth > min(3.5, 0.7 * float(depth.max()))], axis=0)
    return Seen(found, place, true_colour(colour, style), other, pattern, segment.glow)


def _edge(fine: Array, ground: Ground, segments: Sequence[Segment], height: int) -> float:
    """Return the mean width of the things' edges in units of 1/64 of the shorter side.

    Across a straight ramp from 0 to 1 of width w, the integral of a (1 - a) is w / 6, and that of its slope is 1.
    """
    soft = slope = 0.0
    scale = fine.shape[0] / height
    for segment in segments:
        box = tuple(slice(round(part.start * scale), round(part.stop * scale)) for part in segment.box)
        crop = fine[box[0], box[1]]
        rows = np.minimum(((np.arange(crop.shape[0]) + 0.5) / scale).astype(int) + segment.box[0].start, height - 1)
        columns = ((np.arange(crop.shape[1]) + 0.5) / scale).astype(int) + segment.box[1].start
        rough = segment.alpha[np.ix_(rows, np.minimum(columns, segment.alpha.shape[1] - 1))]
        steps = max(1, round(2 * scale))
        solid = rough > 0.5
        near = ndimage.binary_dilation(solid, iterations=steps) & ~ndimage.binary_erosion(solid, iterations=steps)
        alpha = np.clip(cover_of(crop, ground, segment), 0, 1)
        slopes = np.hypot(np.gradient(alpha, axis=0), np.gradient(alpha, axis=1))
        soft += float((alpha * (1 - alpha))[near].sum())
        slope += float(slopes[near].sum())
    return 6 * soft / max(slope, 1e-6) * SIDE / min(fine.shape[:2])


def _noise(image: Array) -> float:
    """Return a robust standard deviation of the difference between a pixel and the mean of its four neighbours."""
    middle = image[1:-1, 1:-1]
    around = (image[:-2, 1:-1] + image[2:, 1:-1] + image[1:-1, :-2] + image[1:-1, 2:]) / 4
    return float(np.median(np.abs(middle - around).mean(axis=2)) * 1.4826 / np.sqrt(1.25))


def _unevenness(image: Array, ground: Ground, segments: Sequence[Segment], covered: Array, style: str | None) -> float:
    """Root mean square of how far smoothed plain areas are from their own colour."""
    parts: list[Array] = []
    if ground.other is None and not any(segment.glow for segment in segments):
        free = ~ndimage.binary_dilation(covered > 0.1, iterations=8 if style in ("sticker", "clay") else 4)
        parts += [(_smooth(image) - ground.colour)[free]]
    if style != "clay":
        for segment in segments:
            if segment.other is None:
                box = segment.box
                inside = ndimage.binary_erosion(segment.alpha[box] > 0.5, iterations=4)
                parts += [(_smooth(image[box]) - segment.colour)[inside]]
    deviations = np.concatenate([part.reshape(-1, 3) for part in parts]) if parts else np.zeros((0, 3))
    return float(np.sqrt((deviations**2).mean())) if len(deviations) else 0.0


def _smooth(image: Array) -> Array:
    return ndimage.uniform_filter(image, (5, 5, 1))


def _spoilt(image: Array, segments: Sequence[Segment], style: str | None) -> float:
    """Share of the picture that lies inside plain things and has another colour than they."""
    if style in ("clay", "watercolor"):
        return 0.0
    spoilt = 0
    for segment in segments:
        if segment.other is None:
            box = segment.box
            solid = ndimage.binary_closing(segment.alpha[box] > 0.5, iterations=2)
            inside = ndimage.binary_erosion(solid, iterations=3)
            apart = np.linalg.norm(perceptual(image[box]) - perceptual(segment.colour), axis=-1)
            spoilt += int((inside & (apart > 24)).sum())
    return spoilt / (image.shape[0] * image.shape[1])
