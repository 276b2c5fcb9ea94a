"""How large pictures get inside a workflow, so that "maximum megapixels" is part of the grammar.

A node either keeps the size of its picture, sets it, or multiplies it. Nodes are known by their inputs rather than
by name, so that packs nobody has seen are covered: INT width and height set a size, FLOAT scale_by multiplies it, an
UPSCALE_MODEL multiplies it by the model's scale. Classes whose names say that they enlarge in some other way are not
offered at all while a limit is set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .catalog import NodeClass

PICTURE_TYPES = frozenset({"IMAGE", "LATENT", "MASK"})
MINIMUM_AREA = 64 * 64
"""Pixels that every open branch keeps at least, so that some picture always fits."""
UNKNOWN_SCALE = 4
"""Scale taken for an upscale model whose file does not tell."""

Kind = Literal["keep", "set", "scale", "model", "megapixels", "longest", "grow"]
_SCALES = ("scale_by", "upscale_by", "multiplier", "rescale_factor", "scale_factor")
_LONGEST = ("longer_edge", "longest_side", "largest_size", "longer_size")
_GROWS = re.compile(
    r"upscale|resize|rescale|scale|pad|outpaint|stitch|concat|grid|canvas|extend|tile(?!d)|composit", re.I
)


@dataclass(frozen=True, slots=True)
class AreaRule:
    """What a class does to the size: `kind`, and the inputs that say how much."""

    kind: Kind
    inputs: tuple[str, ...] = ()


@lru_cache(maxsize=16384)
def area_rule(node_class: NodeClass) -> AreaRule:
    """The rule of a class."""
    if PICTURE_TYPES.isdisjoint(node_class.outputs) and not any(node_class.output_matches):
        return AreaRule("keep")
    numbers = {spec.name for spec in node_class.inputs if spec.kind in ("int", "float")}
    if any("UPSCALE_MODEL" in spec.types for spec in node_class.inputs):
        return AreaRule("model")
    if {"width", "height"} <= numbers:
        return AreaRule("set", ("width", "height"))
    for name in _SCALES:
        if name in numbers:
            return AreaRule("scale", (name,))
    if "megapixels" in numbers:
        return AreaRule("megapixels", ("megapixels",))
    for name in _LONGEST:
        if name in numbers:
            return AreaRule("longest", (name,))
    takes = any(
        not PICTURE_TYPES.isdisjoint(spec.types) or spec.match or spec.kind == "autogrow" for spec in node_class.inputs
    )
    return AreaRule("grow") if takes and _GROWS.search(node_class.name) else AreaRule("keep")
