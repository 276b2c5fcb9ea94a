"""How large the picture or latent of each node of a workflow is, as far as its settings tell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .catalog.catalog import Catalog, NodeClass
from .grammar.size_rules import PICTURE_TYPES, UNKNOWN_SCALE, SizeRule, size_rule
from .graph import Link, Node, Value, Workflow


@dataclass(frozen=True)
class Size:
    """The size of a picture or latent, in pixels of the picture."""

    width: float
    height: float

    @property
    def megapixels(self) -> float:
        """Millions of pixels."""
        return self.width * self.height / 1e6


def picture_sizes(workflow: Workflow, catalog: Catalog) -> list[Size | None]:
    """Return the size of each node's picture or latent; None where there is none, or where it is not known."""
    sizes: list[Size | None] = []
    for node in workflow.nodes:
        incoming = next((size for size in _incoming(workflow, node, catalog, sizes) if size is not None), None)
        sizes.append(_size(workflow, node, catalog, incoming))
    return sizes


def given(node: Node, name: str) -> Value | Link:
    """Return the value or link of an input, None where it has none."""
    return next((value for key, value in node.inputs if key == name), None)


def number(value: Value | Link) -> float | None:
    """Return a value as a number, None where it is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _incoming(workflow: Workflow, node: Node, catalog: Catalog, sizes: Sequence[Size | None]) -> Iterator[Size | None]:
    for _, link in node.links():
        source = catalog.classes.get(workflow.nodes[link.node].class_type)
        if source is None or not 0 <= link.slot < len(source.outputs):
            continue
        kinds = set(source.outputs[link.slot].split(","))
        if kinds & PICTURE_TYPES or source.output_matches[link.slot] is not None:
            yield sizes[link.node]


def _size(workflow: Workflow, node: Node, catalog: Catalog, incoming: Size | None) -> Size | None:
    node_class = catalog.classes.get(node.class_type)
    if node_class is None:
        return None
    rule = size_rule(node_class)
    if rule.kind == "set":
        return _set_size(node, incoming)
    if rule.kind == "keep" or incoming is None:
        turned = incoming is not None and str(given(node, "rotation")).startswith(("90", "270"))
        return Size(incoming.height, incoming.width) if turned and incoming else incoming
    factor = _factor(workflow, node, node_class, rule, catalog, incoming)
    return None if factor is None else Size(incoming.width * factor, incoming.height * factor)


def _factor(
    workflow: Workflow, node: Node, node_class: NodeClass, rule: SizeRule, catalog: Catalog, incoming: Size
) -> float | None:
    """Return the factor by which a node multiplies each side, None where it is not known."""
    if rule.kind in ("grow", "cut"):
        return None
    if rule.kind == "model":
        return _model_scale(workflow, node, node_class, catalog)
    factor = number(given(node, rule.inputs[0]))
    if factor is None or not incoming.width * incoming.height:
        return None
    if rule.kind == "megapixels":
        return math.sqrt(factor * 1024 * 1024 / (incoming.width * incoming.height))
    return factor / max(incoming.width, incoming.height) if rule.kind == "longest" else factor


def _set_size(node: Node, incoming: Size | None) -> Size | None:
    """Return the size that a node sets. Nodes that scale take 0 for a side that follows from the other."""
    width, height = (number(given(node, name)) for name in ("width", "height"))
    if width is None or height is None:
        return None
    if width and height:
        return Size(width, height)
    if incoming is None or not (width or height):
        return incoming
    ratio = incoming.width / incoming.height
    return Size(width, width / ratio) if width else Size(height * ratio, height)


def _model_scale(workflow: Workflow, node: Node, node_class: NodeClass, catalog: Catalog) -> float:
    """Return the factor by which the linked upscale model enlarges a side."""
    for spec in node_class.inputs:
        link = given(node, spec.name)
        if "UPSCALE_MODEL" in spec.types and isinstance(link, Link):
            for _, value in workflow.nodes[link.node].inputs:
                file = catalog.file("upscale_models", str(value))
                if file is not None and file.scale:
                    return float(file.scale)
    return float(UNKNOWN_SCALE)
