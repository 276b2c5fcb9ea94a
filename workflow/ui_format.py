"""Reading ComfyUI's UI format: a workflow as the canvas saves it (versions 0.4 and 1.0), turned into API format.

It does what the frontend does when it queues the canvas: subgraphs are unfolded (a node's id becomes
"instance:node"), reroutes and bypassed nodes are followed to where the link really comes from, muted and
frontend-only nodes are left out, and `widgets_values`, a bare list, is matched with the inputs that the node's class
declares. So it needs the catalog. Two things the frontend does at random or by patching the page are left alone:
"{a|b}" in a prompt stays as written, and links that an extension draws in while queueing are not there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from .catalog.catalog import Catalog, InputSpec, NodeClass
from .catalog.object_info import node_class
from .graph import WorkflowError

_MUTED, _BYPASSED = 2, 4
_REROUTES = frozenset({"Reroute", "Reroute (rgthree)"})
# They mute and bypass what is linked to them, and have done so when the canvas is saved.
_SWITCHES = frozenset({
    "Fast Muter (rgthree)", "Fast Bypasser (rgthree)", "Fast Groups Muter (rgthree)", "Fast Groups Bypasser (rgthree)",
    "Fast Actions Button (rgthree)", "Mute / Bypass Repeater (rgthree)", "Mute / Bypass Relay (rgthree)",
    "Random Unmuter (rgthree)", "Node Collector (rgthree)", "Node Combiner (rgthree)",
})  # fmt: skip
_VALUE_NODE = "PrimitiveNode"
_SET_NODES = {"GetNode": "SetNode", "easy getNode": "easy setNode"}  # of KJNodes, and of Easy-Use
_PASSING = _REROUTES | _SWITCHES | frozenset(_SET_NODES.values())  # the first input comes out
_NOTES = frozenset({"Note", "MarkdownNote"})
_FRONTEND_ONLY = _PASSING | _NOTES | frozenset(_SET_NODES) | {_VALUE_NODE}

# The widget that the frontend puts behind a seed; its value lies in widgets_values and goes nowhere else.
_CONTROL = frozenset({"fixed", "increment", "decrement", "randomize", "increment-wrap"})
_FORMER_WIDGETS = frozenset({"INT", "FLOAT", "STRING", "BOOLEAN"})


def api_from_ui(ui: Any, nodes: Catalog | Mapping[str, Any]) -> dict[str, Any]:
    """`ui` (parsed JSON in UI format) in API format. `nodes` is a catalog or an object_info.

    Nodes carry `_meta.title` where the user gave them one. Raises WorkflowError naming the node: not UI format, a
    class that `nodes` has not, a subgraph that is not there or holds itself, links that run in a circle.
    """
    if not isinstance(ui, dict) or not isinstance(ui.get("nodes"), list):
        hint = "; it is API format already" if _looks_like_api(ui) else ""
        raise WorkflowError(f'a workflow in UI format is an object with a list of "nodes"{hint}')
    try:
        return _Reader(ui, _classes(nodes)).read()
    except RecursionError as error:
        raise WorkflowError("subgraphs or reroutes are nested too deeply") from error


def widget_values(cls: NodeClass, node: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each widget of `cls` by API name, from a node's `widgets_values`: a list in the order of the
    widgets, or a record. What is not in it has its default; a widget without one is left out."""
    values = _named_values(node)
    if isinstance(values, Mapping):
        entries = [(name, spec, values.get(name)) for name, spec in _by_name(cls.inputs, values)]
    else:
        entries = list(_by_position(cls, list(values)))
    found = ((name, spec.initial if value is None else value) for name, spec, value in entries)
    return {name: value for name, value in found if value is not None}


def _named_values(node: Mapping[str, Any]) -> Mapping[str, Any] | Sequence[Any]:
    """The values by widget name where the file says the names, else as listed.

    Frontends from 1.58 on write `widgets_values_named` beside the list, in the same order. The names hold even where
    another version of the class has other inputs; the values are the list's, which is what the frontend reads and
    what people edit.
    """
    values = node.get("widgets_values") or ()
    named = node.get("widgets_values_named")
    if isinstance(values, list) and isinstance(named, Mapping) and len(named) == len(values):
        return dict(zip(named, values, strict=True))
    if not isinstance(values, list | tuple | Mapping):
        raise WorkflowError(f"node {_id(node)!r}: widgets_values is neither a list nor an object")
    return values


# ---- widgets -----------------------------------------------------------------------------------------------------


def _by_name(
    specs: Sequence[InputSpec], values: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, InputSpec]]:
    for spec in specs:
        name = prefix + spec.name
        if _has_slot(spec):
            yield name, spec
            yield from _by_name(_branch(spec, values.get(name)), values, f"{name}.")


def _by_position(cls: NodeClass, values: list[Any]) -> Iterator[tuple[str, InputSpec, Any]]:
    with_former = _written_with_former_widgets(cls, values)
    uploads = any(spec.upload and spec.required for spec in cls.inputs)
    waiting = deque((spec.name, spec) for spec in cls.inputs)
    position = 0
    while waiting:
        name, spec = waiting.popleft()
        if uploads and not spec.required and "." not in name:
            uploads = False
            position += 1  # the upload button comes after the required inputs and has a slot of its own
        if with_former and _former_widget(spec):
            position += 1
            continue
        if not _has_slot(spec):
            continue
        while position < len(values) and _is_control(values[position]) and not _takes_text(spec, values[position]):
            position += 1
        value = values[position] if position < len(values) else None
        position += 1
        yield name, spec, value
        if spec.seed and position < len(values) and _follows_seed(values[position]):
            position += 1
        chosen = spec.initial if value is None else value
        waiting.extendleft((f"{name}.{child.name}", child) for child in reversed(_branch(spec, chosen)))


def _has_slot(spec: InputSpec) -> bool:
    return spec.widget or spec.kind == "other"


def _former_widget(spec: InputSpec) -> bool:
    """Inputs that must be linked (forceInput) had a dummy widget until frontend 1.16, and a slot for its value."""
    return spec.kind == "link" and len(spec.types) == 1 and spec.types[0] in _FORMER_WIDGETS and spec.match is None


def _written_with_former_widgets(cls: NodeClass, values: list[Any]) -> bool:
    former = sum(_former_widget(spec) for spec in cls.inputs)
    slots = sum(_has_slot(spec) for spec in cls.inputs) + sum(spec.seed for spec in cls.inputs)
    return former > 0 and len(values) == slots + former


def _branch(spec: InputSpec, value: Any) -> tuple[InputSpec, ...]:
    return next((inputs for option, inputs in spec.branches if option == value), ())


def _is_control(value: Any) -> bool:
    return isinstance(value, str) and value in _CONTROL


def _follows_seed(value: Any) -> bool:
    return _is_control(value) or isinstance(value, bool)  # a switch, until the middle of 2023


def _takes_text(spec: InputSpec, value: str) -> bool:
    return spec.kind in ("string", "other") or value in spec.options


# ---- the graph ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Link:
    id: str
    source: str
    slot: int
    target: str
    target_slot: int


@dataclass(frozen=True)
class _Graph:
    """The canvas, or the definition of one subgraph."""

    nodes: Mapping[str, dict[str, Any]]
    links: Mapping[str, _Link]
    inputs: tuple[str, ...] = ()  # names of a subgraph's inputs
    input_node: str = ""  # what stands for the outside in `links`
    output_node: str = ""


@dataclass(frozen=True)
class _Instance:
    """A graph in its place: the canvas, or a subgraph where a node stands for it."""

    graph: _Graph
    path: tuple[str, ...]
    definitions: tuple[str, ...]
    host: dict[str, Any] | None
    parent: _Instance | None
    host_values: Mapping[str, Any]  # of the widgets that the subgraph shows on its node, by input
    inner_values: Mapping[tuple[str, str], Any]  # of widgets inside that the node shows, by (node, widget)

    def id_of(self, node: dict[str, Any]) -> str:
        return ":".join((*self.path, _id(node)))


@dataclass(frozen=True, slots=True)
class _Source:
    id: str
    slot: int


@dataclass(frozen=True, slots=True)
class _Constant:
    value: Any


_Resolved = _Source | _Constant | None
_Seen = frozenset[tuple[tuple[str, ...], str]]


class _Reader:
    """One conversion."""

    def __init__(self, ui: dict[str, Any], classes: Callable[[str], NodeClass | None]) -> None:
        self._classes = classes
        subgraphs = _entries(_part(ui, "definitions", dict), "subgraphs")
        self._definitions = {str(definition.get("id")): _graph(definition) for definition in subgraphs}
        self._canvas = _Instance(_graph(ui), (), (), None, None, {}, {})

    def read(self) -> dict[str, Any]:
        api: dict[str, Any] = {}
        self._emit(self._canvas, api)
        return api

    def _emit(self, instance: _Instance, api: dict[str, Any]) -> None:
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
        definition = node["type"]
        if definition in instance.definitions:
            raise WorkflowError(f"node {instance.id_of(node)!r}: the subgraph {definition} holds itself")
        graph = self._definitions[definition]
        host_values, inner_values = self._shown_values(graph, node)
        for (owner, name), value in instance.inner_values.items():
            if owner == _id(node):
                host_values[name] = value
        path = (*instance.path, _id(node))
        return _Instance(graph, path, (*instance.definitions, definition), node, instance, host_values, inner_values)

    def _shown_values(self, graph: _Graph, node: dict[str, Any]) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
        """Values that a subgraph's node holds for its inputs, and for widgets inside.

        Files list the widgets in `properties.proxyWidgets` as (node, widget) or ("-1", input); a later frontend
        takes all inputs that lead to a widget, in order. An empty list leaves the values to the nodes inside.
        """
        values = _named_values(node)
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
        """Names of the inputs of a subgraph that lead to a widget inside, in order."""
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

    # Following links. `wanted` is the type of the input that the search started from; bypassed nodes need it.

    def _resolve_input(self, instance: _Instance, slot: dict[str, Any], wanted: str | None, seen: _Seen) -> _Resolved:
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
    """The node that a GetNode reads from: its pack's SetNode of the same name, in its own graph or one around it."""
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
    """The input that a bypassed node passes on at output `slot`, as the frontend picks it: the one at the same
    place if it fits, else the first of the very type, else the first that fits."""
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


# ---- what the file says ------------------------------------------------------------------------------------------


def _graph(data: Any) -> _Graph:
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
    """A part of the file that may be missing or null, which reads as an empty one."""
    value = data.get(key)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        place = f"node {_id(data)!r}: " if "type" in data else ""
        raise WorkflowError(f"{place}{key!r} must be {'a list' if kind is list else 'an object'}, not {value!r:.40}")
    return value


def _entries(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """A part that is a list of objects."""
    value = _part(data, key, list)
    if not all(isinstance(entry, dict) for entry in value):
        place = f"node {_id(data)!r}: " if "type" in data else ""
        raise WorkflowError(f"{place}{key!r} must be a list of objects")
    return value


def _link(link: Any) -> _Link | None:
    """A link of version 0.4 (a list) or of version 1.0 and of subgraphs (an object). Old files hold null for a link
    that was removed."""
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
