"""Which style a picture is in: what stands in it is drawn anew in each style, and the picture compared with both.

How much of a style a picture shows is where it lies on the way from the plain drawing (0) to the drawing in that style
(1), by least squares over the pixels in which the two differ.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .drawing import draw
from .fitting import Fit
from .joints import joints_of, period_of
from .scenes import Fill, Scene, Thing
from .segments import Ground, Segment
from .shapes import Array

_WASH = 0.18
"""How much of the white paper watercolor lets through, in the mean."""
_SHADE = 0.92
"""How bright clay is, in the mean."""
_ENOUGH = 0.38
"""Where on the way from plain a style counts as that style: an autoencoder leaves of its finer traces about half."""


def true_colour(colour: Array, style: str | None) -> Array:
    """What a colour seen in a style, RGB [3], was before the style changed it."""
    if style == "watercolor":
        return np.clip((colour - _WASH) / (1 - _WASH), 0, 1)
    if style == "clay":
        return np.clip(colour / _SHADE, 0, 1)
    return colour


def styles_of(
    image: Array, bare: Array, ground: Ground, segments: Sequence[Segment], fits: Sequence[Fit]
) -> dict[str, float]:
    """How much of each style there is, 0..1, more than half where it is that style rather than none. image: RGB
    [height, width, 3]; bare: without a mosaic's joints."""
    joints = joints_of(image, period_of(image))
    evidence = {"mosaic": float(np.clip(joints / 0.2, 0, 1))}
    if not segments:
        return evidence
    evidence["sticker"] = float(np.mean([np.clip(segment.rim / 1.1, 0, 1) for segment in segments]))
    evidence["line art"] = float(np.mean([fit.outlined for fit in fits]))
    textured = ground.other is not None or any(segment.other is not None for segment in segments)
    if textured or evidence["sticker"] > 0.5 or evidence["line art"] > 0.5 or any(s.glow for s in segments):
        return evidence
    height, width = bare.shape[:2]
    plain = draw(_scene(ground, segments, fits, None), height, width)
    for style in ("pixel art", "watercolor", "clay"):
        styled = draw(_scene(ground, segments, fits, style), height, width)
        way = styled - plain
        share = float(((bare - plain) * way).sum()) / max(float((way * way).sum()), 1e-6)
        evidence[style] = float(np.clip(share / (2 * _ENOUGH), 0, 1))
    return evidence


def style_of(evidence: dict[str, float]) -> str | None:
    """The style there is most of, if any."""
    style = max(evidence, key=evidence.__getitem__)
    return style if evidence[style] > 0.5 else None


def _scene(ground: Ground, segments: Sequence[Segment], fits: Sequence[Fit], style: str | None) -> Scene:
    things = tuple(
        Thing(fit.shape, "", "", "", _fill(segment.colour, style), fit.centre, fit.radius)
        for segment, fit in zip(segments, fits, strict=True)
    )
    background = _fill(ground.colour, style if style == "watercolor" else None)
    return Scene("", "", background, things, style=style)


def _fill(colour: Array, style: str | None) -> Fill:
    red, green, blue = true_colour(colour, style).tolist()
    return Fill((red, green, blue))
