"""The stages that a picture passes, in words: "832x1216, 28 steps, dpmpp_2m karras, cfg 5", "4x with 4x-UltraSharp"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..families.names import stem_of
from ..grammar.size_rules import size_rule
from ..picture_sizes import Size
from ..regions import AREA, MASKING
from ..sense.roles import is_empty_latent
from ..silly.reading import Reading
from ..silly.sampling import partial
from .sampling import Sampling, samplings

Kind = Literal["base", "regions", "second_pass", "restyle", "upscale", "scale", "finish"]
_SAME = 1.02  # sides that differ by less are the same
_PICTURES = frozenset({"IMAGE", "LATENT"})
_LIMITING = frozenset({AREA, MASKING[0]})
_ONE_REGION = "one part of the picture has a text of its own"
_PASSING = re.compile(r"^(?:VAEDecode|VAEEncode|.*Batch|.*FromBatch)")
"""Classes that change the form of a picture, and nothing that is to be seen."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage."""

    kind: Kind
    """What is done."""
    words: str
    """How, for a person."""
    nodes: tuple[str, ...]
    """Ids of its nodes in API format."""


def stages(reading: Reading, *, restyled: bool = False) -> tuple[Stage, ...]:
    """Return the stages of a workflow, in its order.

    Args:
        reading: the workflow.
        restyled: whether the picture was to be turned into another, so that a second sampling at the same size does so.
    """
    return tuple(_stages(reading, restyled))


def _stages(reading: Reading, restyled: bool) -> Iterator[Stage]:
    known = {one.node: one for one in samplings(reading)}
    first = True
    for index, node, node_class in reading:
        if index in known:
            yield _sampling(reading, known[index], first, restyled)
            regions = _regions(reading, index) if first else []
            if regions:
                words = f"{len(regions)} parts of the picture have texts of their own"
                yield Stage("regions", words if len(regions) > 1 else _ONE_REGION, reading.named(*regions))
            first = False
        elif _PICTURES.isdisjoint(node_class.outputs) or node_class.output_node or is_empty_latent(node_class):
            continue
        elif size_rule(node_class).kind == "model":
            yield Stage("upscale", _by_model(reading, index), reading.named(index))
        elif _resized(reading, index):
            if "IMAGE" in node_class.outputs:  # a latent is enlarged for the sampling that follows
                yield Stage("scale", f"to {_size(reading.sizes[index])}", reading.named(index))
        elif not _PASSING.match(node.class_type):
            yield Stage("finish", _spaced(node.class_type), reading.named(index))


def _regions(reading: Reading, sampling: int) -> list[int]:
    """Return the nodes that limit a text of a sampling to a part of the picture."""
    return [index for index in sorted(reading.all_above(sampling)) if reading.node(index).class_type in _LIMITING]


def _sampling(reading: Reading, sampling: Sampling, first: bool, restyled: bool) -> Stage:
    size, before = reading.sizes[sampling.node], _before(reading, sampling.node)
    words = ", ".join(filter(None, (_size(size), sampling.words)))
    if first:
        kind: Kind = "base"
    elif restyled and partial(reading, sampling.node) and not _larger(before, size):
        kind = "restyle"
    else:
        kind = "second_pass"
    return Stage(kind, words, reading.named(sampling.node))


def _before(reading: Reading, index: int) -> Size | None:
    """Return the size of the picture that the sampling before this one made."""
    samplers = set(reading.samplers)
    above = [one for one in reading.above(index, "LATENT") if one in samplers]
    return reading.sizes[above[0]] if above else None


def _larger(before: Size | None, size: Size | None) -> bool:
    return before is not None and size is not None and size.width > before.width * _SAME


def _resized(reading: Reading, index: int) -> bool:
    """Return whether a node changes the size of its picture."""
    incoming = [reading.sizes[link.node] for _, link in reading.links_of_type(index, *_PICTURES)]
    old, new = next((size for size in incoming if size is not None), None), reading.sizes[index]
    if old is None or new is None:
        return False
    return not all(1 / _SAME < one < _SAME for one in (new.width / old.width, new.height / old.height))


def _by_model(reading: Reading, index: int) -> str:
    """Return how much an upscale model enlarges, which, and to what."""
    node = reading.node(index)
    loaders = [link.node for _, link in node.links() if reading.type_of(link) == "UPSCALE_MODEL"]
    file = next((found for loader in loaders for _, _, found in reading.files(loader)), None)
    name = f" with {stem_of(file.name)}" if file is not None else ""
    times = f"{file.scale:g}x" if file is not None and file.scale else "enlarged"
    size = _size(reading.sizes[index])
    return f"{times}{name}" + (f", to {size}" if size else "")


def _size(size: Size | None) -> str:
    return "" if size is None else f"{round(size.width)}x{round(size.height)}"


def _spaced(name: str) -> str:
    """Return the name of a class as words: "Image Sharpen"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
