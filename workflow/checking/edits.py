"""Edits of a workflow in API format: a value set, a link made, a node added or removed."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..api_format import is_link
from ..graph import JSON, WorkflowError


@dataclass(frozen=True, slots=True)
class SetValue:
    """Give an input a value."""

    node_id: str
    input: str
    value: JSON


@dataclass(frozen=True, slots=True)
class SetLink:
    """Link an input to an output."""

    node_id: str
    input: str
    source: str
    """The node that the output belongs to."""
    slot: int
    """The output's number, from 0."""


@dataclass(frozen=True, slots=True)
class AddNode:
    """Add a node."""

    node_id: str
    """Its id, which is new."""
    class_type: str
    inputs: Mapping[str, Any] = field(hash=False)
    """Its values and links, as in API format."""
    title: str | None = None


@dataclass(frozen=True, slots=True)
class RemoveNode:
    """Remove a node with all its links."""

    node_id: str


Edit = SetValue | SetLink | AddNode | RemoveNode


def edit_document(edit: Edit) -> dict[str, Any]:
    """Return an edit as JSON data."""
    match edit:
        case SetValue():
            return {"edit": "set", "node_id": edit.node_id, "input": edit.input, "value": edit.value}
        case SetLink():
            return {"edit": "link", "node_id": edit.node_id, "input": edit.input, "from": [edit.source, edit.slot]}
        case AddNode():
            added = {"class_type": edit.class_type, "inputs": dict(edit.inputs), "title": edit.title}
            return {"edit": "add", "node_id": edit.node_id, **added}
    return {"edit": "remove", "node_id": edit.node_id}


def apply_edits(api: Mapping[str, Any], edits: Iterable[Edit]) -> dict[str, Any]:
    """Return a workflow with edits applied one after the other; the given one is not changed.

    Removing a node removes the links to it as well.

    Args:
        api: the workflow in API format.
        edits: what to change.

    Raises:
        WorkflowError: an edit names a node that is not there, or adds one that is there already.
    """
    changed = copy.deepcopy(dict(api))
    for edit in edits:
        there = edit.node_id in changed
        if there == isinstance(edit, AddNode):
            state = "there already" if there else "not there"
            raise WorkflowError(f"edit {edit_document(edit)['edit']!r}: node {edit.node_id!r} is {state}")
        match edit:
            case SetValue():
                value = copy.deepcopy(edit.value)
                _inputs(changed, edit.node_id)[edit.input] = {"__value__": value} if isinstance(value, list) else value
            case SetLink():
                _inputs(changed, edit.node_id)[edit.input] = [edit.source, edit.slot]
            case AddNode():
                changed[edit.node_id] = _node(edit)
            case RemoveNode():
                del changed[edit.node_id]
                _unlink(changed, edit.node_id)
    return changed


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Edit, ...]:
    """Return the fewest edits that make one workflow in API format of another.

    An id has one class in both. Nodes are added before they are linked to, and removed last.

    Args:
        before: the workflow that is to be edited.
        after: what it becomes.
    """
    edits: list[Edit] = []
    for key, node in after.items():
        if key not in before:
            title = node.get("_meta", {}).get("title")
            edits.append(AddNode(key, node["class_type"], copy.deepcopy(node["inputs"]), title))
    for key, node in after.items():
        if key not in before:
            continue
        old = before[key]["inputs"]
        for name, value in node["inputs"].items():
            if name not in old or old[name] != value or isinstance(old[name], bool) != isinstance(value, bool):
                edits.append(_edit(key, name, value))
    edits += [RemoveNode(key) for key in before if key not in after]
    return tuple(edits)


def _edit(key: str, name: str, value: Any) -> Edit:
    if is_link(value):
        return SetLink(key, name, value[0], int(value[1]))
    return SetValue(key, name, value["__value__"] if isinstance(value, dict) and "__value__" in value else value)


def _node(edit: AddNode) -> dict[str, Any]:
    node = {"class_type": edit.class_type, "inputs": copy.deepcopy(dict(edit.inputs))}
    return node if edit.title is None else node | {"_meta": {"title": edit.title}}


def _inputs(api: dict[str, Any], key: str) -> dict[str, Any]:
    if not isinstance(api[key], dict):
        raise WorkflowError(
            f"node {key!r} is not an object with class_type and inputs, so that it has no inputs to edit"
        )
    inputs = api[key].get("inputs")
    if not isinstance(inputs, dict):
        inputs = api[key]["inputs"] = {}
    return inputs


def _unlink(api: dict[str, Any], removed: str) -> None:
    for node in api.values():
        inputs = node.get("inputs") if isinstance(node, dict) else None
        if isinstance(inputs, dict):
            for name in [name for name, value in inputs.items() if is_link(value) and value[0] == removed]:
                del inputs[name]
