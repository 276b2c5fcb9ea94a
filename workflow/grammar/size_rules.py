"""What node classes do to the size and the channels of pictures, so that sizes are known before anything runs.

A node keeps the size of its picture, sets it, or multiplies it. Classes are recognised by their inputs rather than by
name, so that unknown packs are covered: INT width and height set a size (with x and y they cut it out of a larger
picture), FLOAT scale_by multiplies it, an UPSCALE_MODEL multiplies it by the model's scale. Classes whose names say
that they cut pieces off in another way are not offered at all, and those that enlarge are not offered under a size
limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ..catalog.catalog import NodeClass

PICTURE_TYPES = frozenset({"IMAGE", "LATENT", "MASK"})
MINIMUM_SIDE = 64
"""Smallest side of a picture, in pixels. Smaller ones make filters, encoders and upscalers fail."""
MAXIMUM_ASPECT_RATIO = 4
"""Largest ratio of the longer to the shorter side.

It bounds the shorter side where only the longer one or the area is set.
"""
_SMALL_SIDE = 96
"""A side that is offered for models of 64 x 64 pixels, whose pictures would all be square without it."""
UNKNOWN_SCALE = 4
"""Scale assumed for an upscale model whose file does not show it."""

Kind = Literal["keep", "set", "scale", "model", "megapixels", "longest", "grow", "cut"]
_SCALES = ("scale_by", "upscale_by", "rescale_factor", "scale_factor")
_LONGEST = ("longer_edge", "longest_side", "largest_size", "longer_size")
_GROWS = re.compile(
    r"upscale|resize|rescale|scale|pad|outpaint|stitch|concat|grid|canvas|extend|tile(?!d)|composit", re.I
)
_CUTS = re.compile(r"cut(?!e)|crop|trim|slice|shrink|downscale|thumbnail", re.I)


def certain_sides(largest: int) -> tuple[int, ...]:
    """Return the sides up to `largest` pixels that every installation can set, in order."""
    return tuple(sorted({_SMALL_SIDE, *range(MINIMUM_SIDE, largest + 1, 64)}))


@dataclass(frozen=True, slots=True)
class SizeRule:
    """What a class does to the size of its picture.

    Attributes:
        kind: the kind of change.
        inputs: names of the inputs that set or multiply the size.
        corner: names of the inputs that set the corner of a piece that is cut out.
    """

    kind: Kind
    inputs: tuple[str, ...] = ()
    corner: tuple[str, ...] = ()


@lru_cache(maxsize=16384)
def size_rule(node_class: NodeClass) -> SizeRule:
    """Return the rule of a class."""
    if PICTURE_TYPES.isdisjoint(node_class.outputs) and not any(node_class.output_matches):
        return SizeRule("keep")
    numbers = {spec.name for spec in node_class.inputs if spec.kind in ("int", "float")}
    if any("UPSCALE_MODEL" in spec.types for spec in node_class.inputs):
        return SizeRule("model")
    takes = any(
        not PICTURE_TYPES.isdisjoint(spec.types) or spec.match or spec.kind == "autogrow" for spec in node_class.inputs
    )
    if {"width", "height"} <= numbers:
        return SizeRule("set", ("width", "height"), ("x", "y") if takes and {"x", "y"} <= numbers else ())
    for name in _SCALES:
        if name in numbers:
            return SizeRule("scale", (name,))
    if "megapixels" in numbers:
        return SizeRule("megapixels", ("megapixels",))
    for name in _LONGEST:
        if name in numbers:
            return SizeRule("longest", (name,))
    if takes and _CUTS.search(node_class.name):
        return SizeRule("cut")
    return SizeRule("grow") if takes and _GROWS.search(node_class.name) else SizeRule("keep")


@lru_cache(maxsize=16384)
def takes_pictures(node_class: NodeClass) -> bool:
    """Return whether a class takes a picture, a latent or a mask."""
    return any(
        not PICTURE_TYPES.isdisjoint(spec.types) or spec.match or spec.kind == "autogrow" for spec in node_class.inputs
    )


@lru_cache(maxsize=16384)
def makes_transparent(node_class: NodeClass) -> bool:
    """Return whether a class joins a picture and a mask to a picture with four channels.

    Few nodes take more than three.
    """
    return (
        "IMAGE" in node_class.outputs
        and "MASK" not in node_class.outputs
        and any("alpha" in spec.name.lower() and "MASK" in spec.types for spec in node_class.inputs)
    )


@lru_cache(maxsize=16384)
def changes_batch(node_class: NodeClass) -> bool:
    """Return whether a class changes how many pictures are processed together.

    That is the user's choice, as batch_size is, and two batches of different length cannot be joined.
    """
    return not PICTURE_TYPES.isdisjoint(node_class.outputs) and bool(re.search("batch", node_class.name, re.I))
