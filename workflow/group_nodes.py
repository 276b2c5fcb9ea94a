"""Group nodes, the predecessors of subgraphs, read as subgraphs.

A file holds them in `extra.groupNodes`: name -> nodes, links between them by position, links from outside. The node
that stands for a group shows the inputs and widgets that nothing inside is linked to, under names that the frontend
makes (groupNode.ts of frontend 1.32, whose order and names are followed here).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .catalog.catalog import NodeClass
from .graph import WorkflowError
from .ui_graph import UiGraph, entries, part, read_graph
from .widget_values import control_places, has_widget

_PREFIXES = ("workflow>", "workflow/")
_INPUT, _OUTPUT = "-10", "-20"

Classes = Callable[[str], NodeClass | None]


@dataclass(frozen=True)
class GroupNode:
    """One group node.

    Attributes:
        graph: its nodes, with ids "0", "1", ..., as the definition of a subgraph.
        widgets: the widgets that its node shows, in order: (node inside, widget), and the number of values of each.
    """

    graph: UiGraph
    widgets: tuple[tuple[str, str, int], ...]

    def inner_values(self, host: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
        """Return the values that the node `host` holds for the widgets inside, by (node, widget)."""
        values = host.get("widgets_values")
        if not isinstance(values, list):
            return {}
        found = {}
        position = 0
        for inside, name, places in self.widgets:
            if position < len(values):
                found[inside, name] = values[position]
            position += places
        return found


def group_nodes(extra: Mapping[str, Any], classes: Classes, renamed: Callable[[str], str]) -> dict[str, GroupNode]:
    """Return the group nodes of a file by the type of the nodes that stand for them.

    Args:
        extra: the file's `extra`.
        classes: finds a node class by name.
        renamed: returns the present name of a node's type.

    Raises:
        WorkflowError: nodes or links of a group that cannot be read.
    """
    found: dict[str, GroupNode] = {}
    for name, data in part(extra, "groupNodes", dict).items():
        group = _read(data, classes, renamed)
        found |= {f"{prefix}{name}": group for prefix in _PREFIXES}
    return found


def _read(data: Any, classes: Classes, renamed: Callable[[str], str]) -> GroupNode:
    if not isinstance(data, dict):
        raise WorkflowError("a group node is an object of nodes and links")
    nodes = [dict(node) | {"id": index} for index, node in enumerate(entries(data, "nodes"))]
    inner = _inner_links(part(data, "links", list))
    links: list[list[Any]] = []
    reader = _Group(nodes, inner, classes)
    inputs, widgets = reader.shown()
    for number, (source, slot, target, target_slot) in enumerate(inner, start=1):
        _set_link(nodes, target, target_slot, number)
        links.append([number, source, slot, target, target_slot, "*"])
    for position, (target, name, _) in enumerate(inputs):
        number = len(links) + 1
        _set_named_link(nodes, target, name, number)
        links.append([number, _INPUT, position, target, 0, "*"])
    for position, (source, slot) in enumerate(reader.outputs(data)):
        links.append([len(links) + 1, source, slot, _OUTPUT, position, "*"])
    slots = [{"name": shown} for _, _, shown in inputs]
    graph = read_graph({"nodes": nodes, "links": links, "inputs": slots}, renamed)
    return GroupNode(graph, tuple(widgets))


def _inner_links(links: list[Any]) -> list[tuple[int, int, int, int]]:
    """Return the links between nodes of a group as (source, its output, target, its input), by position."""
    found = []
    for link in links:
        try:
            source, slot, target, target_slot = link[:4]
            if source is not None:
                found.append((int(source), int(slot), int(target), int(target_slot)))
        except (TypeError, ValueError, KeyError, OverflowError) as error:
            raise WorkflowError(f"a link of a group node cannot be read: {link!r:.80}") from error
    return found


def _set_link(nodes: list[dict[str, Any]], target: int, slot: int, number: int) -> None:
    """Link an input by its position, where the file has the input."""
    slots = list(nodes[target].get("inputs") or ()) if 0 <= target < len(nodes) else []
    if 0 <= slot < len(slots) and isinstance(slots[slot], dict):
        slots[slot] = slots[slot] | {"link": number}
        nodes[target]["inputs"] = slots


def _set_named_link(nodes: list[dict[str, Any]], target: int, name: str, number: int) -> None:
    """Link an input by its name, which is added where the file lacks it."""
    slots = list(nodes[target].get("inputs") or ())
    for position, slot in enumerate(slots):
        if isinstance(slot, dict) and slot.get("name") == name:
            slots[position] = slot | {"link": number}
            break
    else:
        slots.append({"name": name, "type": "*", "link": number})
    nodes[target]["inputs"] = slots


class _Group:
    """Names what the node of a group shows, as the frontend does."""

    def __init__(self, nodes: list[dict[str, Any]], links: list[tuple[int, int, int, int]], classes: Classes) -> None:
        self._nodes, self._classes = nodes, classes
        self._into = {(target, slot) for _, _, target, slot in links}
        self._from = {(source, slot) for source, slot, _, _ in links}
        self._seen: dict[str, int] = {}
        for node in nodes:
            node["inputs"] = [
                slot | {"link": None} for slot in entries(node, "inputs") if isinstance(slot.get("name"), str)
            ]

    def shown(self) -> tuple[list[tuple[int, str, str]], list[tuple[str, str, int]]]:
        """Return the inputs as (node, its input, name on the group's node), and the widgets as in `GroupNode`."""
        inputs: list[tuple[int, str, str]] = []
        converted: list[tuple[int, str]] = []
        widgets: list[tuple[str, str, int]] = []
        for index, node in enumerate(self._nodes):
            cls = self._classes(str(node.get("type")))
            if cls is None:
                continue
            saved = [slot["name"] for slot in node["inputs"] if slot.get("widget")]
            names = {slot["name"]: position for position, slot in enumerate(node["inputs"])}
            for spec in cls.inputs:
                if has_widget(spec) and spec.name in saved:
                    converted.append((index, spec.name))
                elif has_widget(spec):
                    self._name(index, spec.name)
                    widgets.append((str(index), spec.name, 1 + control_places(spec.name, spec)))
            for spec in cls.inputs:
                if not has_widget(spec) and (index, names.get(spec.name, -1)) not in self._into:
                    inputs.append((index, spec.name, self._name(index, spec.name)))
        for index, name in converted:
            position = next(i for i, slot in enumerate(self._nodes[index]["inputs"]) if slot["name"] == name)
            if (index, position) not in self._into:
                inputs.append((index, name, self._name(index, name)))
        return inputs, widgets

    def _name(self, index: int, name: str) -> str:
        """Return the name of an input on the group's node, which is unique."""
        node = self._nodes[index]
        label = next((slot.get("label") for slot in node["inputs"] if slot["name"] == name), None)
        shown = key = str(label or name)
        if shown in self._seen:
            prefix = f"{node.get('title') or node.get('type')} "
            shown = key = f"{prefix}{name}"
            if shown in self._seen:
                shown = f"{prefix}{self._seen[shown]} {name}"
        self._seen[key] = self._seen.get(key, 1) + 1
        return shown

    def outputs(self, data: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
        """Yield (node, output) of each output that the group's node shows: those that no link inside uses up."""
        listed = (entry for entry in part(data, "external", list) if isinstance(entry, list))
        external = {tuple(entry[:2]) for entry in listed if all(isinstance(each, int) for each in entry[:2])}
        settings = part(data, "config", dict)
        for index, node in enumerate(self._nodes):
            cls = self._classes(str(node.get("type")))
            for slot in range(len(cls.outputs) if cls is not None else 0):
                hidden = (index, slot) in self._from and (index, slot) not in external
                if _visible(settings, index, slot, not hidden):
                    yield index, slot


def _visible(settings: Mapping[str, Any], index: int, slot: int, otherwise: bool) -> bool:
    """Return whether an output is shown: the user may say so, or `otherwise`."""
    found: Any = settings
    for key in (str(index), "output", str(slot), "visible"):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, bool) else otherwise
