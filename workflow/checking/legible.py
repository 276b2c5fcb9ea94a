"""The part of a workflow in API format that can be read, whatever else stands in it."""

from __future__ import annotations

from typing import Any

from ..api_format import is_link
from ..graph import WorkflowError, check_text, literal, topological

MOST_NODES = 1000
"""Nodes of a workflow that is read; the largest that people share have some hundreds."""
_MOST_OUTPUTS = 5000


def legible(api: Any) -> dict[str, Any]:
    """Return the nodes that can be read, without the inputs that cannot; empty where nothing can.

    Every link of the result leads to a node of it, and no node depends on itself, so that `from_api` reads it. What is
    left out is what `validate` reports.

    Args:
        api: parsed JSON.
    """
    if not isinstance(api, dict) or len(api) > MOST_NODES:
        return {}
    nodes = {key: node for key, node in api.items() if _is_node(key, node)}
    kept = {
        key: node | {"inputs": {name: value for name, value in node["inputs"].items() if _reads(name, value, nodes)}}
        for key, node in nodes.items()
    }
    try:
        topological({key: _sources(node) for key, node in kept.items()})
    except WorkflowError:
        return {}  # a cycle: there is no order in which its parts come together
    return kept


def _is_node(key: Any, node: Any) -> bool:
    if not isinstance(key, str) or not isinstance(node, dict):
        return False
    class_type, meta = node.get("class_type"), node.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    if not isinstance(class_type, str) or not class_type or not isinstance(node.get("inputs"), dict):
        return False
    return all(map(_is_text, (key, class_type, title if isinstance(title, str) else "")))


def _reads(name: Any, value: Any, nodes: dict[str, Any]) -> bool:
    if not isinstance(name, str) or not _is_text(name):
        return False
    if is_link(value):
        source, slot = value
        return source in nodes and 0 <= slot < _MOST_OUTPUTS and int(slot) == slot
    try:
        literal(value["__value__"] if isinstance(value, dict) and "__value__" in value else value)
    except WorkflowError:
        return False
    return True


def _is_text(text: str) -> bool:
    try:
        check_text(text)
    except WorkflowError:
        return False
    return True


def _sources(node: dict[str, Any]) -> list[str]:
    return [value[0] for value in node["inputs"].values() if is_link(value)]
