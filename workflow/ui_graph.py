"""The nodes and links of a workflow in UI format, checked for their form.

A file holds the canvas and, in `definitions`, the subgraphs. Links are lists in version 0.4, objects in version 1.0
and in subgraphs. The reroutes that belong to links (`extra.reroutes`, `parentId`) only change how these are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from .graph import WorkflowError


@dataclass(frozen=True, slots=True)
class UiLink:
    """A link between two nodes of one graph."""

    id: str
    source: str
    slot: int
    target: str
    target_slot: int


@dataclass(frozen=True)
class UiGraph:
    """The canvas, or the definition of one subgraph.

    Attributes:
        nodes: nodes by id.
        links: links by id.
        inputs: names of a subgraph's inputs.
        input_types: their types, empty where the file does not say.
        input_node: id that stands for the outside in links that enter the subgraph.
        output_node: id that stands for the outside in links that leave the subgraph.
    """

    nodes: Mapping[str, dict[str, Any]]
    links: Mapping[str, UiLink]
    inputs: tuple[str, ...] = ()
    input_types: tuple[str, ...] = ()
    input_node: str = ""
    output_node: str = ""

    @cached_property
    def leaving(self) -> Mapping[int, UiLink]:
        """The first link to each output of a subgraph, by the output's position."""
        found: dict[int, UiLink] = {}
        for link in self.links.values():
            if link.target == self.output_node:
                found.setdefault(link.target_slot, link)
        return found

    @cached_property
    def entering(self) -> tuple[UiLink, ...]:
        """The links that come from a subgraph's inputs."""
        return tuple(link for link in self.links.values() if link.source == self.input_node)

    @cached_property
    def named(self) -> Mapping[tuple[str, str], dict[str, Any]]:
        """The first node of each (type, first value), for nodes that are found by a name."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for node in self.nodes.values():
            value = first_value(node)
            if isinstance(value, str):
                found.setdefault((node["type"], value), node)
        return found


def read_graph(data: Any, renamed: Callable[[str], str]) -> UiGraph:
    """Return a graph of a file.

    Args:
        data: the canvas or the definition of a subgraph, as parsed JSON.
        renamed: returns the present name of a node's type.

    Raises:
        WorkflowError: nodes without an id, a type or names of their inputs, or links that cannot be read.
    """
    if not isinstance(data, dict) or not isinstance(data.get("nodes"), list):
        raise WorkflowError('a graph in UI format is an object with a list of "nodes"')
    nodes: dict[str, dict[str, Any]] = {}
    for node in data["nodes"]:
        if not isinstance(node, dict) or node.get("id") is None or not isinstance(node.get("type"), str):
            raise WorkflowError(f"a node of the workflow has no id or no type: {node!r:.80}")
        if isinstance(node["id"], dict | list):
            raise WorkflowError(f"the id of a node is neither a number nor a text: {node['id']!r:.80}")
        if not all(isinstance(slot.get("name"), str) for key in ("inputs", "outputs") for slot in entries(node, key)):
            raise WorkflowError(f"node {node_id(node)!r} ({node['type']}): an input or output has no name")
        name = renamed(node["type"])
        nodes[node_id(node)] = node if name == node["type"] else node | {"type": name}
    links = (_link(link) for link in part(data, "links", list))
    slots = entries(data, "inputs")
    return UiGraph(
        nodes,
        {link.id: link for link in links if link is not None},
        tuple(str(slot.get("name")) for slot in slots),
        tuple(str(slot.get("type") or "") for slot in slots),
        str(part(data, "inputNode", dict).get("id", -10)),
        str(part(data, "outputNode", dict).get("id", -20)),
    )


Part = TypeVar("Part", list[Any], dict[str, Any])


def part(data: Mapping[str, Any], key: str, kind: type[Part]) -> Part:
    """Return a part of the file; one that is missing or null is empty.

    Raises WorkflowError for another kind of value.
    """
    value = data.get(key)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        place = f"node {node_id(data)!r}: " if "type" in data and "id" in data else ""
        raise WorkflowError(f"{place}{key!r} must be {'a list' if kind is list else 'an object'}, not {value!r:.40}")
    return value


def entries(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return a part of the file that is a list of objects. Raises WorkflowError for anything else."""
    value = part(data, key, list)
    if not all(isinstance(entry, dict) for entry in value):
        place = f"node {node_id(data)!r}: " if "type" in data and "id" in data else ""
        raise WorkflowError(f"{place}{key!r} must be a list of objects")
    return value


def _link(link: Any) -> UiLink | None:
    """Return a link of version 0.4 (a list) or of version 1.0 and of subgraphs (an object).

    Old files hold null for a link that was removed.
    """
    if link is None:
        return None
    try:
        if isinstance(link, dict):
            keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
            link = [link[key] for key in keys]
        number, source, slot, target, target_slot = link[:5]
        return UiLink(str(number), str(source), int(slot), str(target), int(target_slot))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise WorkflowError(f"a link of the workflow cannot be read: {link!r:.80}") from error


def node_id(node: Mapping[str, Any]) -> str:
    """Return a node's id as text; files hold numbers and texts."""
    return str(node["id"])


def first_value(node: Mapping[str, Any]) -> Any:
    """Return the first of a node's values, or None."""
    values = node.get("widgets_values")
    return values[0] if isinstance(values, list) and values else None
