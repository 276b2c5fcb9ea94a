"""Convert ComfyUI's UI format, a workflow as the canvas saves it (versions 0.4 and 1.0), to API format.

The conversion does what the frontend does when it queues the canvas. Subgraphs are unfolded (the id of a node in one
becomes "instance:node"), links are followed through reroutes and bypassed nodes to their real source, muted and
frontend-only nodes are left out, and `widgets_values` are matched with the inputs that the node's class declares, which
requires the catalog. Two things that the frontend does at random or by patching the page are not done: "{a|b}" in a
prompt stays unchanged, and links that an extension adds while queueing are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from .catalog.catalog import Catalog, NodeClass
from .catalog.object_info import node_class
from .graph import WorkflowError
from .widget_values import named_values, widget_values

_MUTED, _BYPASSED = 2, 4
_REROUTES = frozenset({"Reroute", "Reroute (rgthree)"})
# They mute and bypass what is linked to them; in a saved canvas this is already done.
_SWITCHES = frozenset({
    "Fast Muter (rgthree)", "Fast Bypasser (rgthree)", "Fast Groups Muter (rgthree)", "Fast Groups Bypasser (rgthree)",
    "Fast Actions Button (rgthree)", "Mute / Bypass Repeater (rgthree)", "Mute / Bypass Relay (rgthree)",
    "Random Unmuter (rgthree)", "Node Collector (rgthree)", "Node Combiner (rgthree)",
})  # fmt: skip
_VALUE_NODE = "PrimitiveNode"
_SET_NODES = {"GetNode": "SetNode", "easy getNode": "easy setNode"}  # of KJNodes, and of Easy-Use
_PASSING = _REROUTES | _SWITCHES | frozenset(_SET_NODES.values())  # their output is their first input
_NOTES = frozenset({"Note", "MarkdownNote"})
_FRONTEND_ONLY = _PASSING | _NOTES | frozenset(_SET_NODES) | {_VALUE_NODE}


def api_from_ui(ui: Any, nodes: Catalog | Mapping[str, Any]) -> dict[str, Any]:
    """Return a workflow in API format, with `_meta.title` on nodes that the user gave a title.

    Args:
        ui: parsed JSON in UI format.
        nodes: a catalog or an object_info.

    Raises:
        WorkflowError: naming the node: the document is not in UI format, a class or a subgraph is missing, a subgraph
            contains itself, or links form a circle.
    """
    if not isinstance(ui, dict) or not isinstance(ui.get("nodes"), list):
        hint = "; it is API format already" if _looks_like_api(ui) else ""
        raise WorkflowError(f'a workflow in UI format is an object with a list of "nodes"{hint}')
    try:
        return _Reader(ui, _classes(nodes)).read()
    except RecursionError as error:
        raise WorkflowError("subgraphs or reroutes are nested too deeply") from error


# ---- the graph ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Link:
    """A link between two nodes of one graph."""

    id: str
    source: str
    slot: int
    target: str
    target_slot: int


@dataclass(frozen=True)
class _Graph:
    """The canvas, or the definition of one subgraph.

    Attributes:
        nodes: nodes by id.
        links: links by id.
        inputs: names of a subgraph's inputs.
        input_node: id that stands for the outside in links that enter the subgraph.
        output_node: id that stands for the outside in links that leave the subgraph.
    """

    nodes: Mapping[str, dict[str, Any]]
    links: Mapping[str, _Link]
    inputs: tuple[str, ...] = ()
    input_node: str = ""
    output_node: str = ""


@dataclass(frozen=True)
class _Instance:
    """A graph in its place: the canvas, or a subgraph at the node that stands for it.

    Attributes:
        graph: the graph.
        path: ids of the nodes that lead to the graph from the canvas.
        definitions: ids of the subgraphs on that path.
        host: the node that stands for the subgraph; None for the canvas.
        parent: the instance that contains the host.
        host_values: values of the widgets that the subgraph shows on its node, by input.
        inner_values: values of widgets inside that the node shows, by (node, widget).
    """

    graph: _Graph
    path: tuple[str, ...]
    definitions: tuple[str, ...]
    host: dict[str, Any] | None
    parent: _Instance | None
    host_values: Mapping[str, Any]
    inner_values: Mapping[tuple[str, str], Any]

    def id_of(self, node: dict[str, Any]) -> str:
        """Return the id in API format of a node of the graph."""
        return ":".join((*self.path, _id(node)))


@dataclass(frozen=True, slots=True)
class _Source:
    """The output of a node in API format."""

    id: str
    slot: int


@dataclass(frozen=True, slots=True)
class _Constant:
    """A value that stands for a link."""

    value: Any


_Resolved = _Source | _Constant | None
_Seen = frozenset[tuple[tuple[str, ...], str]]


class _Reader:
    """Converts one workflow."""

    def __init__(self, ui: dict[str, Any], classes: Callable[[str], NodeClass | None]) -> None:
        self._classes = classes
        subgraphs = _entries(_part(ui, "definitions", dict), "subgraphs")
        self._definitions = {str(definition.get("id")): _graph(definition) for definition in subgraphs}
        self._canvas = _Instance(_graph(ui), (), (), None, None, {}, {})

    def read(self) -> dict[str, Any]:
        """Return the workflow in API format."""
        api: dict[str, Any] = {}
        self._emit(self._canvas, api)
        return api

    def _emit(self, instance: _Instance, api: dict[str, Any]) -> None:
        """Add the nodes of an instance, and of the subgraphs in it, to `api`."""
        for node in instance.graph.nodes.values():
            if node.get("mode") in (_MUTED, _BYPASSED) or node["type"] in _FRONTEND_ONLY:
                continue
            if node["type"] in self._definitions:
                self._emit(self._enter(instance, node), api)
                continue
            cls = self._classes(node["type"])
            if cls is not None:
                api[instance.id_of(node)] = self._node(instance, node, cls)
            elif _connected(node):
                raise WorkflowError(_unknown(instance.id_of(node), node["type"]))

    def _node(self, instance: _Instance, node: dict[str, Any], cls: NodeClass) -> dict[str, Any]:
        """Return one node in API format."""
        inputs = {name: _wrapped(value) for name, value in widget_values(cls, node).items()}
        for (owner, name), value in instance.inner_values.items():
            if owner == _id(node) and name in inputs:
                inputs[name] = _wrapped(value)
        for slot in node.get("inputs") or ():
            found = self._resolve_input(instance, slot, None, frozenset())
            if isinstance(found, _Source):
                inputs[slot["name"]] = [found.id, found.slot]
            elif isinstance(found, _Constant):
                inputs[slot["name"]] = _wrapped(found.value)
        entry: dict[str, Any] = {"inputs": inputs, "class_type": node["type"]}
        if isinstance(node.get("title"), str):
            entry["_meta"] = {"title": node["title"]}
        return entry

    def _enter(self, instance: _Instance, node: dict[str, Any]) -> _Instance:
        """Return the instance of the subgraph that `node` stands for.

        Raises WorkflowError for one that contains itself.
        """
        definition = node["type"]
        if definition in instance.definitions:
            raise WorkflowError(f"node {instance.id_of(node)!r}: the subgraph {definition} contains itself")
        graph = self._definitions[definition]
        host_values, inner_values = self._shown_values(graph, node)
        for (owner, name), value in instance.inner_values.items():
            if owner == _id(node):
                host_values[name] = value
        path = (*instance.path, _id(node))
        return _Instance(graph, path, (*instance.definitions, definition), node, instance, host_values, inner_values)

    def _shown_values(self, graph: _Graph, node: dict[str, Any]) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
        """Return the values that a subgraph's node holds, for its inputs and for widgets inside.

        Files list the widgets in `properties.proxyWidgets` as (node, widget) or ("-1", input). A later frontend takes
        all inputs that lead to a widget, in order. An empty list leaves the values to the nodes inside.
        """
        values = named_values(node)
        if isinstance(values, Mapping):
            return dict(values), {}
        shown = _part(_part(node, "properties", dict), "proxyWidgets", list)
        if not shown:
            return dict(zip(self._widget_inputs(graph), values, strict=False)), {}
        if not all(isinstance(entry, list) and len(entry) >= 2 for entry in shown):
            raise WorkflowError(f"node {_id(node)!r}: proxyWidgets is not a list of pairs of node and widget")
        pairs = [((str(entry[0]), str(entry[1])), value) for entry, value in zip(shown, values, strict=False)]
        return (
            {name: value for (owner, name), value in pairs if owner == "-1"},
            {key: value for key, value in pairs if key[0] != "-1"},
        )

    def _widget_inputs(self, graph: _Graph) -> list[str]:
        """Return the names of the inputs of a subgraph that lead to a widget inside, in order."""
        leads: set[int] = set()
        for link in graph.links.values():
            target = graph.nodes.get(link.target)
            if link.source == graph.input_node and target is not None:
                slots = target.get("inputs") or ()
                slot: dict[str, Any] = next((slot for slot in slots if str(slot.get("link")) == link.id), {})
                inner = self._definitions.get(target["type"])
                if slot.get("widget") or (inner is not None and slot.get("name") in self._widget_inputs(inner)):
                    leads.add(link.slot)
        return [name for position, name in enumerate(graph.inputs) if position in leads]

    def _resolve_input(self, instance: _Instance, slot: dict[str, Any], wanted: str | None, seen: _Seen) -> _Resolved:
        """Return the real source of an input, or None if the input is not linked.

        Args:
            instance: the graph of the input.
            slot: the input in UI format.
            wanted: type of the input at which the search started, which bypassed nodes need; None at its start.
            seen: (path, link) of the links followed so far.
        """
        link = instance.graph.links.get(str(slot.get("link")))
        if link is None:
            return None
        if (instance.path, link.id) in seen:
            raise WorkflowError(f"link {link.id} of {_place(instance)} leads back to itself")
        seen |= {(instance.path, link.id)}
        wanted = wanted or str(slot.get("type") or "*")
        if instance.host is not None and link.source == instance.graph.input_node:
            return self._resolve_outside(instance, link, seen)
        node = instance.graph.nodes.get(link.source)
        return None if node is None else self._resolve_output(instance, node, link.slot, wanted, seen)

    def _resolve_outside(self, instance: _Instance, link: _Link, seen: _Seen) -> _Resolved:
        """Return the real source of a subgraph's input, or the value of the input on the subgraph's node."""
        assert instance.host is not None and instance.parent is not None
        if not 0 <= link.slot < len(instance.graph.inputs):
            raise WorkflowError(f"link {link.id} of {_place(instance)} starts at an input that is not there")
        name = instance.graph.inputs[link.slot]
        slot = next((slot for slot in instance.host.get("inputs") or () if slot.get("name") == name), None)
        found = None if slot is None else self._resolve_input(instance.parent, slot, None, seen)
        if found is None and instance.host_values.get(name) is not None:
            return _Constant(instance.host_values[name])
        return found

    def _resolve_output(
        self, instance: _Instance, node: dict[str, Any], slot: int, wanted: str, seen: _Seen
    ) -> _Resolved:
        """Return the real source of output `slot` of a node; see `_resolve_input`."""
        kind, inputs = node["type"], node.get("inputs") or ()
        if node.get("mode") == _MUTED or kind in _NOTES:
            return None
        if node.get("mode") == _BYPASSED:
            through = _bypass(node, slot, wanted)
            return None if through is None else self._resolve_input(instance, through, wanted, seen)
        if kind in _PASSING:
            return self._resolve_input(instance, inputs[0], wanted, seen) if inputs else None
        if kind == _VALUE_NODE:
            value = _first_value(node)
            return None if value is None else _Constant(value)
        if kind in _SET_NODES:
            place, setter = _setter(instance, node)
            return self._resolve_output(place, setter, 0, wanted, seen)
        if kind in self._definitions:
            inside = self._enter(instance, node)
            for link in inside.graph.links.values():
                if link.target == inside.graph.output_node and link.target_slot == slot:
                    return self._resolve_input(inside, {"link": link.id, "type": wanted}, wanted, seen)
            return None
        return _Source(instance.id_of(node), slot)


def _setter(instance: _Instance, node: dict[str, Any]) -> tuple[_Instance, dict[str, Any]]:
    """Return the SetNode that a GetNode reads from: the one of its name, in its own graph or in one around it."""
    kind, name = _SET_NODES[node["type"]], _first_value(node)
    place: _Instance | None = instance
    while place is not None:
        for other in place.graph.nodes.values():
            if other["type"] == kind and _first_value(other) == name:
                return place, other
        place = place.parent
    raise WorkflowError(f"node {instance.id_of(node)!r} ({node['type']}): no {kind} is named {name!r}")


def _first_value(node: dict[str, Any]) -> Any:
    values = node.get("widgets_values")
    return values[0] if isinstance(values, list) and values else None


def _bypass(node: dict[str, Any], slot: int, wanted: str) -> dict[str, Any] | None:
    """Return the input that a bypassed node passes on at output `slot`, by the frontend's rule.

    That is the input at the same position if it fits, else the first of exactly this type, else the first that fits.
    """
    inputs, outputs = node.get("inputs") or (), node.get("outputs") or ()
    if wanted in ("*", ""):
        return inputs[slot if 0 <= slot < len(inputs) else 0] if inputs else None
    gives = str(outputs[slot].get("type") or "*") if 0 <= slot < len(outputs) else wanted
    fits = [one for one in inputs if _compatible(one.get("type"), gives) and _compatible(one.get("type"), wanted)]
    if 0 <= slot < len(inputs) and inputs[slot] in fits:
        return inputs[slot]
    return next((entry for entry in inputs if entry.get("type") == wanted), fits[0] if fits else None)


def _compatible(one: Any, other: Any) -> bool:
    if one in (None, "", "*", 0) or other in (None, "", "*", 0):
        return True
    return not set(str(one).lower().split(",")).isdisjoint(str(other).lower().split(","))


# ---- reading the file --------------------------------------------------------------------------------------------


def _graph(data: Any) -> _Graph:
    """Return a graph of the file. Raises WorkflowError for nodes without an id, a type or names of their inputs."""
    if not isinstance(data, dict) or not isinstance(data.get("nodes"), list):
        raise WorkflowError('a graph in UI format is an object with a list of "nodes"')
    nodes: dict[str, dict[str, Any]] = {}
    for node in data["nodes"]:
        if not isinstance(node, dict) or node.get("id") is None or not isinstance(node.get("type"), str):
            raise WorkflowError(f"a node of the workflow has no id or no type: {node!r:.80}")
        if not all(isinstance(slot.get("name"), str) for key in ("inputs", "outputs") for slot in _entries(node, key)):
            raise WorkflowError(f"node {_id(node)!r} ({node['type']}): an input or output has no name")
        nodes[_id(node)] = node
    links = (_link(link) for link in _part(data, "links", list))
    return _Graph(
        nodes,
        {link.id: link for link in links if link is not None},
        tuple(str(entry.get("name")) for entry in _entries(data, "inputs")),
        str(_part(data, "inputNode", dict).get("id", -10)),
        str(_part(data, "outputNode", dict).get("id", -20)),
    )


_Part = TypeVar("_Part", list[Any], dict[str, Any])


def _part(data: Mapping[str, Any], key: str, kind: type[_Part]) -> _Part:
    """Return a part of the file; one that is missing or null is empty.

    Raises WorkflowError for another kind of value.
    """
    value = data.get(key)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        place = f"node {_id(data)!r}: " if "type" in data else ""
        raise WorkflowError(f"{place}{key!r} must be {'a list' if kind is list else 'an object'}, not {value!r:.40}")
    return value


def _entries(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return a part of the file that is a list of objects. Raises WorkflowError for anything else."""
    value = _part(data, key, list)
    if not all(isinstance(entry, dict) for entry in value):
        place = f"node {_id(data)!r}: " if "type" in data else ""
        raise WorkflowError(f"{place}{key!r} must be a list of objects")
    return value


def _link(link: Any) -> _Link | None:
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
        return _Link(str(number), str(source), int(slot), str(target), int(target_slot))
    except (KeyError, TypeError, ValueError) as error:
        raise WorkflowError(f"a link of the workflow cannot be read: {link!r:.80}") from error


def _classes(nodes: Catalog | Mapping[str, Any]) -> Callable[[str], NodeClass | None]:
    """Return a function that finds a class by name, or None."""
    if isinstance(nodes, Catalog):
        return nodes.classes.get
    read: dict[str, NodeClass | None] = {}

    def find(name: str) -> NodeClass | None:
        if name not in read:
            read[name] = node_class(name, nodes[name]) if name in nodes else None
        return read[name]

    return find


def _id(node: Mapping[str, Any]) -> str:
    return str(node["id"])


def _place(instance: _Instance) -> str:
    return f"the subgraph at node {':'.join(instance.path)!r}" if instance.path else "the workflow"


def _connected(node: dict[str, Any]) -> bool:
    return any(slot.get("link") is not None for slot in node.get("inputs") or ()) or any(
        slot.get("links") for slot in node.get("outputs") or ()
    )


def _unknown(node_id: str, name: str) -> str:
    if name.startswith(("workflow/", "workflow>")):
        return f"node {node_id!r}: {name!r} is a group node; open it in ComfyUI and convert it to a subgraph"
    if len(name) == 36 and name.count("-") == 4:
        return f"node {node_id!r}: its subgraph {name} is not in the file"
    return f"node {node_id!r}: there is no node class {name!r} here; update ComfyUI, or install the pack that has it"


def _wrapped(value: Any) -> Any:
    return {"__value__": value} if isinstance(value, list) else value


def _looks_like_api(data: Any) -> bool:
    return isinstance(data, dict) and any(isinstance(node, dict) and "class_type" in node for node in data.values())
