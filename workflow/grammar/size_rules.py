"""What nodes do to the size of pictures and to their channels, so that the grammar can tell before they run.

A node either keeps the size of its picture, sets it, or multiplies it. Nodes are known by their inputs rather than
by name, so that packs nobody has seen are covered: INT width and height set a size (and with x and y cut it out of a
larger one), FLOAT scale_by multiplies it, an UPSCALE_MODEL multiplies it by the model's scale. Classes whose names say
that they cut pieces off in some other way are not offered at all, those that enlarge not while a limit is set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ..catalog.catalog import NodeClass

PICTURE_TYPES = frozenset({"IMAGE", "LATENT", "MASK"})
MINIMUM_SIDE = 64
"""Pixels that each side of a picture has at least. Smaller ones make filters, encoders and upscalers fail."""
MOST_STRETCHED = 4
"""How many times longer than the other a side may be. It bounds the short side where only the longer one, or the area,
is set."""
UNKNOWN_SCALE = 4
"""Scale taken for an upscale model whose file does not tell."""

Kind = Literal["keep", "set", "scale", "model", "megapixels", "longest", "grow", "cut"]
_SCALES = ("scale_by", "upscale_by", "rescale_factor", "scale_factor")
_LONGEST = ("longer_edge", "longest_side", "largest_size", "longer_size")
_GROWS = re.compile(
    r"upscale|resize|rescale|scale|pad|outpaint|stitch|concat|grid|canvas|extend|tile(?!d)|composit", re.I
)
_CUTS = re.compile(r"cut(?!e)|crop|trim|slice|shrink|downscale|thumbnail", re.I)


@dataclass(frozen=True, slots=True)
class AreaRule:
    """What a class does to the size: `kind`, the inputs that say how much, and those that say from where on."""

    kind: Kind
    inputs: tuple[str, ...] = ()
    corner: tuple[str, ...] = ()


@lru_cache(maxsize=16384)
def area_rule(node_class: NodeClass) -> AreaRule:
    """The rule of a class."""
    if PICTURE_TYPES.isdisjoint(node_class.outputs) and not any(node_class.output_matches):
        return AreaRule("keep")
    numbers = {spec.name for spec in node_class.inputs if spec.kind in ("int", "float")}
    if any("UPSCALE_MODEL" in spec.types for spec in node_class.inputs):
        return AreaRule("model")
    takes = any(
        not PICTURE_TYPES.isdisjoint(spec.types) or spec.match or spec.kind == "autogrow" for spec in node_class.inputs
    )
    if {"width", "height"} <= numbers:
        return AreaRule("set", ("width", "height"), ("x", "y") if takes and {"x", "y"} <= numbers else ())
    for name in _SCALES:
        if name in numbers:
            return AreaRule("scale", (name,))
    if "megapixels" in numbers:
        return AreaRule("megapixels", ("megapixels",))
    for name in _LONGEST:
        if name in numbers:
            return AreaRule("longest", (name,))
    if takes and _CUTS.search(node_class.name):
        return AreaRule("cut")
    return AreaRule("grow") if takes and _GROWS.search(node_class.name) else AreaRule("keep")


@lru_cache(maxsize=16384)
def makes_transparent(node_class: NodeClass) -> bool:
    """Whether a class joins a picture and a mask to a picture of four channels. Few nodes take more than three."""
    return (
        "IMAGE" in node_class.outputs
        and "MASK" not in node_class.outputs
        and any("alpha" in spec.name.lower() and "MASK" in spec.types for spec in node_class.inputs)
    )


@lru_cache(maxsize=16384)
def changes_batch(node_class: NodeClass) -> bool:
    """Whether a class changes how many pictures go on together. That is the user's choice, as batch_size is, and two
    batches of different length cannot be joined."""
    return not PICTURE_TYPES.isdisjoint(node_class.outputs) and bool(re.search("batch", node_class.name, re.I))
