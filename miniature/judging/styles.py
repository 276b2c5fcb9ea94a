"""The style of a picture: the things found in it are drawn in each style, and the picture is compared with both.

How much of a style a picture shows is where it lies on the way from the plain drawing (0) to the drawing in that style
(1), by least squares over the pixels in which the two differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import ndimage

from ..drawing import draw
from ..scenes import Fill, Scene, Thing
from ..shapes import Array
from .fitting import Fit
from .joints import joints_of, period_of
from .segments import Ground, Segment

_WASH = 0.18
"""How much of the white paper watercolor lets through, in the mean."""
_SHADE = 0.92
"""How bright clay is, in the mean."""
JOINTS = 0.07
"""How dark joints count as those of a mosaic."""
LIT = 0.45
"""From which share of a drawing's light on it counts as that style."""
_ENOUGH = {"watercolor": 0.38, "clay": 0.38}
"""Where on the way from plain a style counts as that style: an autoencoder leaves of its finer traces about half."""


def true_colour(colour: Array, style: str | None) -> Array:
    """Return the colour, RGB (3,), that a style turned into `colour`."""
    if style == "watercolor":
        return np.clip((colour - _WASH) / (1 - _WASH), 0, 1)
    if style == "clay":
        return np.clip(colour / _SHADE, 0, 1)
    return colour


def styles_of(
    image: Array,
    bare: Array,
    ground: Ground,
    segments: Sequence[Segment],
    fits: Sequence[Fit],
    lights: Mapping[str, float],
) -> dict[str, float]:
    """Return how much of each style a picture shows, 0..1; above 0.5 the style is likelier than none.

    image: RGB (height, width, 3); bare: the same without joints and light; lights: how much of each light it has.
    """
    joints = joints_of(image, period_of(image))
    evidence = {"mosaic": float(np.clip(joints / (2 * JOINTS), 0, 1))}
    evidence |= {style: float(np.clip(share / (2 * LIT), 0, 1)) for style, share in lights.items()}
    if not segments:
        return evidence
    evidence["sticker"] = float(np.mean([np.clip(segment.rim / 1.1, 0, 1) for segment in segments]))
    textured = ground.other is not None or any(segment.other is not None for segment in segments)
    if textured or evidence["sticker"] > 0.5 or any(s.glow for s in segments):
        return evidence
    plain = _drawn(bare, ground, segments, fits, None)
    misfits: dict[str, float] = {}
    for style, enough in _ENOUGH.items():
        styled = _drawn(bare, ground, segments, fits, style)
        way = styled - plain
        share = float(((bare - plain) * way).sum()) / max(float((way * way).sum()), 1e-6)
        evidence[style] = float(np.clip(share / (2 * enough), 0, 1))
        misfits[style] = float(((bare - styled) ** 2).sum())
    likely = [style for style in misfits if evidence[style] > 0.5]
    for style in likely:  # their traces resemble each other
        if misfits[style] > min(misfits[other] for other in likely):
            evidence[style] = 0.4
    return evidence


def style_of(evidence: dict[str, float]) -> str | None:
    """Return the style with the most evidence, or None."""
    style = max(evidence, key=evidence.__getitem__)
    return style if evidence[style] > 0.5 else None


def _drawn(image: Array, ground: Ground, segments: Sequence[Segment], fits: Sequence[Fit], style: str | None) -> Array:
    """Draw what was found in a style, in colours that make its areas as bright on average as the picture's."""
    height, width = image.shape[:2]
    solids = [segment.alpha > 0.5 for segment in segments]
    areas = [~ndimage.binary_dilation(np.any(solids, axis=0), iterations=3), *solids]
    seen = [image[area].mean(axis=0) if area.any() else ground.colour for area in areas]
    colours = seen
    for _ in range(2 if style in ("watercolor", "clay") else 1):
        things = tuple(
            Thing(fit.shape, "", "", "", _fill(colour), fit.centre, fit.radius)
            for fit, colour in zip(fits, colours[1:], strict=True)
        )
        drawn = draw(Scene("", "", _fill(colours[0]), things, style=style), height, width)
        if style in ("watercolor", "clay"):
            off = [own - drawn[area].mean(axis=0) if area.any() else 0 for area, own in zip(areas, seen, strict=True)]
            colours = [np.clip(colour + error / 0.8, 0, 1) for colour, error in zip(colours, off, strict=True)]
    return drawn


def _fill(colour: Array) -> Fill:
    red, green, blue = colour.tolist()
    return Fill((red, green, blue))
