"""Convert ComfyUI's UI format, a workflow as the canvas saves it (versions 0.4 and 1.0), to API format.

The conversion does what the frontend does when it queues the canvas. Subgraphs and group nodes are unfolded (the id of
a node in one becomes "instance:node"), links are followed through reroutes and bypassed nodes to their real source,
muted and frontend-only nodes are left out, and `widgets_values` are matched with the inputs that the node's class
declares, which requires the catalog. Two things that the frontend does at random or by patching the page are not done:
"{a|b}" in a prompt stays unchanged, and links that an extension adds while queueing are missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .catalog.catalog import Catalog, InputSpec, NodeClass
from .catalog.object_info import CatalogError, node_class
from .graph import WorkflowError
from .group_nodes import GroupNode, group_nodes
from .pack_rows import pack_rows
from .problem import Problem
from .ui_graph import UiGraph, UiLink, entries, first_value, node_id, part, read_graph
from .widget_values import has_widget, named_values, placed_values

MOST_NODES = 20_000
"""Nodes that subgraphs may unfold into. Nested subgraphs grow by powers: 26 of them in 2 kB make 67 million nodes."""
_DEEPEST = 100
"""Subgraphs in subgraphs; ComfyUI's ids name all of them."""
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
_NOTES = frozenset({"Note", "MarkdownNote", "Label (rgthree)", "Bookmark (rgthree)"})
_FRONTEND_ONLY = _PASSING | _NOTES | frozenset(_SET_NODES) | {_VALUE_NODE}
_FORMER_NAMES = {
    "T2IAdapterLoader": "ControlNetLoader", "ConditioningAverage ": "ConditioningAverage",
    "SDV_img2vid_Conditioning": "SVD_img2vid_Conditioning", "Load3DAnimation": "Load3D",
    "Preview3DAnimation": "Preview3D",
}  # fmt: skip
"""Classes that have another name today, as the frontend's loadGraphData renames them."""
_COMMENTS = re.compile(r"/\*[\s\S]*?\*/|//[^\n\r\u2028\u2029]*")
_BRACES = re.compile(r"(?<!\\)(?:\\\\)*[{}]")


@dataclass(frozen=True)
class Reading:
    """A workflow that was read from UI format.

    Attributes:
        api: the workflow in API format, as far as it could be read. A node of a class that is not installed has its
            links and no values.
        problems: what keeps a part of the workflow from being read.
        notes: what was left out without keeping the workflow from running, for the person who reads it.
    """

    api: dict[str, Any]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def api_from_ui(ui: Any, nodes: Catalog | Mapping[str, Any]) -> dict[str, Any]:
    """Return a workflow in API format, with `_meta.title` on nodes that the user gave a title.

    Args:
        ui: parsed JSON in UI format.
        nodes: a catalog or an object_info.

    Raises:
        WorkflowError: naming every node that cannot be read: a class or a subgraph is missing; or the first fault of
            the document itself: it is not in UI format, a subgraph contains itself, or links form a circle.
    """
    reading = read_ui(ui, nodes)
    if reading.problems:
        raise WorkflowError("\n".join(map(_stated, reading.problems)))
    return reading.api


def read_ui(ui: Any, nodes: Catalog | Mapping[str, Any]) -> Reading:
    """Return a workflow in API format and what could not be read; see `api_from_ui`.

    Raises:
        WorkflowError: the document is not in UI format, a subgraph contains itself, subgraphs unfold into more than
            `MOST_NODES` nodes, or links form a circle.
    """
    if not isinstance(ui, dict) or not isinstance(ui.get("nodes"), list):
        hint = "; it is API format already" if _looks_like_api(ui) else ""
        raise WorkflowError(f'a workflow in UI format is an object with a list of "nodes"{hint}')
    return _Reader(ui, nodes).read()


# ---- the graph ---------------------------------------------------------------------------------------------------


@dataclass
class _Instance:
    """A graph in its place: the canvas, or a subgraph at the node that stands for it.

    Attributes:
        graph: the graph.
        path: ids of the nodes that lead to the graph from the canvas.
        definitions: types of the subgraphs on that path.
        host: the node that stands for the subgraph; None for the canvas.
        parent: the instance that contains the host.
        host_values: values of the widgets that the subgraph shows on its node, by input.
        inner_values: values of widgets inside that the node shows, by (node, widget).
        inside: the instances of the subgraphs in the graph, by their node's id.
    """

    graph: UiGraph
    path: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    host: dict[str, Any] | None = None
    parent: _Instance | None = None
    host_values: Mapping[str, Any] = field(default_factory=dict)
    inner_values: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    inside: dict[str, _Instance] = field(default_factory=dict)

    def id_of(self, node: dict[str, Any]) -> str:
        """Return the id in API format of a node of the graph."""
        return ":".join((*self.path, node_id(node)))


@dataclass(frozen=True, slots=True)
class _Source:
    """The output of a node in API format."""

    id: str
    slot: int


@dataclass(frozen=True, slots=True)
class _Constant:
    """A value that stands for a link, and whether a primitive gives it."""

    value: Any
    primitive: bool = False


@dataclass(frozen=True, slots=True)
class _Slot:
    """An input of a node as the canvas has it: its type, and the id of its link."""

    type: str
    link: Any

    @classmethod
    def of(cls, slot: Mapping[str, Any]) -> _Slot:
        """Return an input as the file has it."""
        return cls(str(slot.get("type") or "*"), slot.get("link"))


_Resolved = _Source | _Constant | None
_Step = tuple[_Instance, _Slot, str | None]
"""The input at which the search for a source goes on, and the type that is wanted; None for the input's own."""


class _Reader:
    """Converts one workflow."""

    def __init__(self, ui: dict[str, Any], nodes: Catalog | Mapping[str, Any]) -> None:
        self._classes, self._names, self._produced = _classes(nodes)
        self._problems: list[Problem] = []
        self._unnamed: set[Problem] = set()
        self._notes: list[str] = []
        self._unfolded = 0
        self._resolved: dict[tuple[int, str, str], _Resolved] = {}
        self._widgets: dict[str, tuple[str, ...]] = {}
        subgraphs = entries(part(ui, "definitions", dict), "subgraphs")
        self._definitions = {str(one.get("id")): read_graph(one, self._present_name) for one in subgraphs}
        self._groups: dict[str, GroupNode] = group_nodes(part(ui, "extra", dict), self._classes, self._present_name)
        self._definitions |= {name: group.graph for name, group in self._groups.items()}
        self._canvas = _Instance(read_graph(ui, self._present_name))

    def read(self) -> Reading:
        """Return the workflow in API format."""
        api: dict[str, Any] = {}
        waiting = [iter([(self._canvas, node) for node in self._canvas.graph.nodes.values()])]
        while waiting:
            instance, node = next(waiting[-1], (None, None))
            if instance is None or node is None:
                waiting.pop()
            elif node.get("mode") in (_MUTED, _BYPASSED) or node["type"] in _FRONTEND_ONLY:
                continue
            elif node["type"] in self._definitions:
                inside = self._enter(instance, node)
                self._count(len(inside.graph.nodes) + 1)
                waiting.append(iter([(inside, inner) for inner in inside.graph.nodes.values()]))
            else:
                self._emit(instance, node, api)
        return Reading(api, tuple(self._problems), tuple(self._notes))

    def _present_name(self, name: str) -> str:
        present = _FORMER_NAMES.get(name)
        return present if present is not None and present in self._names else name

    def _count(self, nodes: int) -> None:
        """Count nodes of subgraphs. Raises WorkflowError where they are too many."""
        self._unfolded += nodes
        if self._unfolded > MOST_NODES:
            raise WorkflowError(
                f"the subgraphs of the workflow unfold into more than {MOST_NODES} nodes; it is not read"
            )

    # ---- nodes ---------------------------------------------------------------------------------------------------

    def _emit(self, instance: _Instance, node: dict[str, Any], api: dict[str, Any]) -> None:
        """Add a node to `api`."""
        cls = self._classes(node["type"])
        if cls is None:
            if not _connected(node):
                return  # of the page alone, as labels and bookmarks are
            self._problems.append(self._unknown(instance.id_of(node), node["type"]))
            inputs: dict[str, Any] = {}
        else:
            inputs = self._values(instance, node, cls)
        inputs |= dict(self._links(instance, node, cls))
        entry: dict[str, Any] = {"inputs": inputs, "class_type": node["type"]}
        if isinstance(node.get("title"), str):
            entry["_meta"] = {"title": node["title"]}
        api[instance.id_of(node)] = entry

    def _values(self, instance: _Instance, node: dict[str, Any], cls: NodeClass) -> dict[str, Any]:
        """Return the values of a node's widgets."""
        rows = pack_rows(cls.name, node)
        if rows is not None:
            return {name: _wrapped(value) for name, value in rows.items()}
        placed = placed_values(cls, node, self._produced)
        values = placed.values | {
            name: value
            for (owner, name), value in instance.inner_values.items()
            if owner == node_id(node) and name in placed.values
        }
        if placed.unplaced:
            self._notes.append(
                f"node {instance.id_of(node)!r} ({cls.name}): {placed.unplaced} of its values belong to no input that "
                "the class declares; they are left out"
            )
        specs = {spec.name: spec for spec in cls.inputs}
        return {name: _wrapped(_sent(cls.name, name, specs.get(name), value)) for name, value in values.items()}

    def _links(self, instance: _Instance, node: dict[str, Any], cls: NodeClass | None) -> Iterator[tuple[str, Any]]:
        """Yield (name, link or value) of each input of a node that is linked."""
        forced = {spec.name for spec in cls.inputs if not has_widget(spec)} if cls is not None else frozenset()
        for slot in node.get("inputs") or ():
            if slot.get("link") is None:
                continue
            found = self._resolve(instance, _Slot.of(slot))
            if isinstance(found, _Source):
                yield slot["name"], [found.id, found.slot]
            elif isinstance(found, _Constant) and not (found.primitive and slot["name"] in forced):
                yield slot["name"], _wrapped(found.value)

    def _unknown(self, place: str, name: str) -> Problem:
        """Return the problem of a node whose class is not installed."""
        if name.startswith(("workflow/", "workflow>")):
            return Problem(
                place, name, None, f"{name!r} is a group node whose nodes are not in the file; open it in ComfyUI and "
                "convert it to a subgraph"
            )  # fmt: skip
        if len(name) == 36 and name.count("-") == 4:
            return Problem(place, None, None, f"its subgraph {name} is not in the file")
        message = f"there is no node class {name!r} here; update ComfyUI, or install the pack that has it"
        return Problem(place, name, None, message)

    # ---- subgraphs -----------------------------------------------------------------------------------------------

    def _enter(self, instance: _Instance, node: dict[str, Any]) -> _Instance:
        """Return the instance of the subgraph that `node` stands for.

        Raises WorkflowError for one that contains itself, and for one that lies too deep.
        """
        number, definition = node_id(node), node["type"]
        if number in instance.inside:
            return instance.inside[number]
        if definition in instance.definitions:
            raise WorkflowError(f"node {instance.id_of(node)!r}: the subgraph {definition} contains itself")
        if len(instance.path) >= _DEEPEST:
            raise WorkflowError(f"subgraphs are nested more than {_DEEPEST} deep; the workflow is not read")
        graph = self._definitions[definition]
        host_values: dict[str, Any] = {}
        if definition in self._groups:
            inner_values = self._groups[definition].inner_values(node)
        else:
            host_values, inner_values = self._shown_values(definition, node)
        for (owner, name), value in instance.inner_values.items():
            if owner == number:
                host_values[name] = value
        path = (*instance.path, number)
        inside = _Instance(graph, path, (*instance.definitions, definition), node, instance, host_values, inner_values)
        instance.inside[number] = inside
        return inside

    def _shown_values(self, definition: str, node: dict[str, Any]) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
        """Return the values that a subgraph's node holds, for its inputs and for widgets inside.

        Files list the widgets in `properties.proxyWidgets` as (node, widget) or ("-1", input). A later frontend takes
        all inputs that lead to a widget, in order. An empty list leaves the values to the nodes inside.
        """
        values = named_values(node)
        if isinstance(values, Mapping):
            return dict(values), {}
        shown = part(part(node, "properties", dict), "proxyWidgets", list)
        if not shown:
            return dict(zip(self._widget_inputs(definition), values, strict=False)), {}
        if not all(isinstance(entry, list) and len(entry) >= 2 for entry in shown):
            raise WorkflowError(f"node {node_id(node)!r}: proxyWidgets is not a list of pairs of node and widget")
        pairs = [((str(entry[0]), str(entry[1])), value) for entry, value in zip(shown, values, strict=False)]
        return (
            {name: value for (owner, name), value in pairs if owner == "-1"},
            {key: value for key, value in pairs if key[0] != "-1"},
        )

    def _widget_inputs(self, definition: str) -> tuple[str, ...]:
        """Return the names of the inputs of a subgraph that lead to a widget inside, in order."""
        waiting = [definition]
        while waiting:
            current = waiting[-1]
            graph = self._definitions[current]
            inner = {graph.nodes[link.target]["type"] for link in graph.entering if link.target in graph.nodes}
            unread = [name for name in inner if name in self._definitions and name not in self._widgets]
            unread = [name for name in unread if name not in waiting]  # one that contains itself is reported elsewhere
            if unread:
                waiting += unread
            else:
                self._widgets[current] = self._read_widget_inputs(graph)
                waiting.pop()
        return self._widgets[definition]

    def _read_widget_inputs(self, graph: UiGraph) -> tuple[str, ...]:
        leads: set[int] = set()
        for link in graph.entering:
            target = graph.nodes.get(link.target)
            if target is not None:
                slots = target.get("inputs") or ()
                slot: dict[str, Any] = next((slot for slot in slots if str(slot.get("link")) == link.id), {})
                if slot.get("widget") or slot.get("name") in self._widgets.get(target["type"], ()):
                    leads.add(link.slot)
        return tuple(name for position, name in enumerate(graph.inputs) if position in leads)

    # ---- links ---------------------------------------------------------------------------------------------------

    def _resolve(self, instance: _Instance, slot: _Slot) -> _Resolved:
        """Return the real source of an input, or None if the input is not linked.

        Raises WorkflowError for links that lead in a circle.
        """
        steps: dict[tuple[int, str, str], _Constant | None] = {}  # with what stands for a link that leads nowhere
        found: _Resolved = None
        wanted: str | None = None  # the type of the input at which the search for an output started
        while True:
            link = instance.graph.links.get(str(slot.link)) if slot.link is not None else None
            if link is None:
                break
            wanted = wanted or slot.type
            key = (id(instance), link.id, wanted)
            if key in self._resolved:
                found = self._resolved[key]
                break
            if key in steps:
                raise WorkflowError(f"link {link.id} of {_place(instance)} leads back to itself")
            steps[key] = self._shown_value(instance, link)
            result = self._follow(instance, link, wanted)
            if not isinstance(result, tuple):
                found = result
                break
            instance, slot, wanted = result
        for key in reversed(steps):
            found = steps[key] if found is None else found
            self._resolved[key] = found
        return found

    def _shown_value(self, instance: _Instance, link: UiLink) -> _Constant | None:
        """Return the value that a subgraph's node has for the input that a link starts from, or None."""
        if instance.host is None or link.source != instance.graph.input_node:
            return None
        if not 0 <= link.slot < len(instance.graph.inputs):
            raise WorkflowError(f"link {link.id} of {_place(instance)} starts at an input that is not there")
        value = instance.host_values.get(instance.graph.inputs[link.slot])
        return None if value is None else _Constant(value)

    def _follow(self, instance: _Instance, link: UiLink, wanted: str) -> _Resolved | _Step:
        """Return what a link starts from: a source, or the input at which the search goes on."""
        if instance.host is not None and link.source == instance.graph.input_node:
            return self._outside(instance, link)
        node = instance.graph.nodes.get(link.source)
        return None if node is None else self._output(instance, node, link.slot, wanted)

    def _outside(self, instance: _Instance, link: UiLink) -> _Step | None:
        """Return the input of a subgraph's node that a link inside starts from, if that input is linked."""
        assert instance.host is not None and instance.parent is not None
        name = instance.graph.inputs[link.slot]
        slot = next((slot for slot in instance.host.get("inputs") or () if slot.get("name") == name), None)
        return None if slot is None else (instance.parent, _Slot.of(slot), None)

    def _output(self, instance: _Instance, node: dict[str, Any], slot: int, wanted: str) -> _Resolved | _Step:
        """Return what output `slot` of a node is, or the input that it passes on.

        A reroute passes its link on and a primitive gives its value whether they are muted or not, as in frontend 1.32.
        """
        kind = node["type"]
        if kind == _VALUE_NODE:
            value = first_value(node)
            return None if value is None else _Constant(value, primitive=True)
        if node.get("mode") == _BYPASSED:
            through = self._bypass(node, slot, wanted)
            return None if through is None else (instance, through, None)
        if kind in _PASSING:
            inputs = node.get("inputs") or ()
            return (
                (instance, _Slot(str(inputs[0].get("type") or "*"), inputs[0].get("link")), wanted) if inputs else None
            )
        if kind in _SET_NODES:
            return self._setter(instance, node, wanted)
        if node.get("mode") == _MUTED or kind in _NOTES:
            return None
        if kind in self._definitions:
            inside = self._enter(instance, node)
            link = inside.graph.leaving.get(slot)
            return None if link is None else (inside, _Slot(wanted, link.id), wanted)
        return _Source(instance.id_of(node), slot)

    def _setter(self, instance: _Instance, node: dict[str, Any], wanted: str) -> _Step | None:
        """Return the input of the SetNode that a GetNode reads from, in its own graph or in one around it.

        Note a problem where there is none.
        """
        kind, name = _SET_NODES[node["type"]], first_value(node)
        place: _Instance | None = instance
        while place is not None:
            setter = place.graph.named.get((kind, name)) if isinstance(name, str) else None
            if setter is not None:
                slot: dict[str, Any] = next(iter(setter.get("inputs") or ()), {})
                return place, _Slot.of(slot), wanted
            place = place.parent
        problem = Problem(instance.id_of(node), node["type"], None, f"no {kind} is named {name!r}")
        if problem not in self._unnamed:
            self._unnamed.add(problem)
            self._problems.append(problem)
        return None

    def _bypass(self, node: dict[str, Any], slot: int, wanted: str) -> _Slot | None:
        """Return the input that a bypassed node passes on at output `slot`, by the frontend's rule.

        That is the input at the same position if it fits, else the first of exactly this type, else the first that
        fits.
        """
        inputs = self._slots(node)
        if not inputs or slot < 0:
            return None
        if wanted in ("*", ""):
            return inputs[slot if slot < len(inputs) else 0]
        gives = self._output_type(node, slot, wanted)
        fits = [one for one in inputs if _compatible(one.type, gives) and _compatible(one.type, wanted)]
        if slot < len(inputs) and inputs[slot] in fits:
            return inputs[slot]
        return next((one for one in inputs if one.type == wanted), fits[0] if fits else None)

    def _slots(self, node: dict[str, Any]) -> list[_Slot]:
        """Return the inputs of a node in the order in which the canvas has them.

        The class decides on the order: inputs that are linked, then those of widgets, then any that the file adds.
        """
        saved = {slot["name"]: slot for slot in node.get("inputs") or ()}
        cls = self._classes(node["type"])
        if node["type"] in self._definitions and node["type"] not in self._groups:
            graph = self._definitions[node["type"]]
            declared = {
                name: kind or str(saved.get(name, {}).get("type") or "*")
                for name, kind in zip(graph.inputs, graph.input_types, strict=True)
            }
        elif cls is not None:
            plain = [spec for spec in cls.inputs if spec.kind != "autogrow" and not spec.rows]
            ordered = [*(s for s in plain if not has_widget(s)), *(s for s in plain if has_widget(s))]
            declared = {spec.name: ",".join(spec.types) for spec in ordered}
        else:
            declared = {}
        extra = {name: str(slot.get("type") or "*") for name, slot in saved.items() if name not in declared}
        return [_Slot(kind, saved.get(name, {}).get("link")) for name, kind in (declared | extra).items()]

    def _output_type(self, node: dict[str, Any], slot: int, wanted: str) -> str:
        cls = self._classes(node["type"])
        if cls is not None and 0 <= slot < len(cls.outputs):
            return cls.outputs[slot]
        outputs = node.get("outputs") or ()
        return str(outputs[slot].get("type") or "*") if 0 <= slot < len(outputs) else wanted


def _stated(problem: Problem) -> str:
    """Return a problem as a line that names the class once."""
    named = problem.class_type is None or problem.class_type in problem.message
    return f"node {problem.node_id!r}: {problem.message}" if named else str(problem)


def _compatible(one: str, other: str) -> bool:
    if one in ("", "*", "0") or other in ("", "*", "0"):
        return True
    return not set(one.lower().split(",")).isdisjoint(other.lower().split(","))


def _sent(class_type: str, name: str, spec: InputSpec | None, value: Any) -> Any:
    """Return a widget's value as the frontend sends it."""
    if class_type in ("KSampler", "KSamplerAdvanced") and name == "sampler_name" and isinstance(value, str):
        return value[7:] if value.startswith("sample_") else value  # as files of early 2023 have it
    if spec is not None and spec.dynamic_prompts and isinstance(value, str):
        text = _COMMENTS.sub("", value)
        return text if _BRACES.search(text) else re.sub(r"\\([{}|])", r"\1", text)
    return value


def _classes(
    nodes: Catalog | Mapping[str, Any],
) -> tuple[Callable[[str], NodeClass | None], Collection[str], Collection[str]]:
    """Return a function that finds a class by name, or None; the names of all; and the types that they return."""
    if isinstance(nodes, Catalog):
        return nodes.classes.get, nodes.classes, nodes.produced
    read: dict[str, NodeClass | None] = {}

    def find(name: str) -> NodeClass | None:
        if name not in read:
            try:
                read[name] = node_class(name, nodes[name]) if name in nodes else None
            except CatalogError:
                read[name] = None
        return read[name]

    produced: set[str] = set()
    for info in nodes.values():
        declared = info.get("output") if isinstance(info, Mapping) else None
        for output in declared if isinstance(declared, list | tuple) else ():
            produced.update(str(output).split(",") if isinstance(output, str) else ("COMBO",))
    return find, nodes, produced


def _place(instance: _Instance) -> str:
    return f"the subgraph at node {':'.join(instance.path)!r}" if instance.path else "the workflow"


def _connected(node: dict[str, Any]) -> bool:
    return any(slot.get("link") is not None for slot in node.get("inputs") or ()) or any(
        slot.get("links") for slot in node.get("outputs") or ()
    )


def _wrapped(value: Any) -> Any:
    return {"__value__": value} if isinstance(value, list) else value


def _looks_like_api(data: Any) -> bool:
    return isinstance(data, dict) and any(isinstance(node, dict) and "class_type" in node for node in data.values())
