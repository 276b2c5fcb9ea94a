"""Rewrite a real workflow as the grammar could write it.

A real workflow contains what the grammar does not offer: texts of its own, odd numbers, seeds, a file prefix; and nodes
that make no picture: switches between two settings, calculators, previews, a language model that rewrites the prompt.
`simplified` removes these nodes: a switch becomes one of its two sides, a calculated number its result, and a text that
other nodes write stands for the prompt. `offered` replaces each value by the nearest that is offered; the first text is
taken as the prompt.
"""

from __future__ import annotations

from collections.abc import Iterable

from .catalog.catalog import Catalog, InputSpec
from .grammar.family_scope import trusted
from .graph import Link, Node, Text, Value, Workflow, WorkflowError
from .script.accepted import is_filled_in, seed_of
from .script.phrases import NEGATIVE, PHRASES
from .script.slots import class_slots
from .script.values import default_of, is_text, value_choices, write_value

_PRIMITIVES = frozenset(
    {"PrimitiveInt", "PrimitiveFloat", "PrimitiveString", "PrimitiveStringMultiline", "PrimitiveBoolean"}
)
_PASS_ON = {"PreviewAny": "source", "ComfyNumberConvert": "value", "ComfyMathExpression": "values.a"}
"""Nodes that return their input, and its name. The official templates' expressions only round sizes to multiples."""
_LONGEST = 100_000
"""Letters of a joined text that are kept; texts joined with themselves double each time."""
_SAVERS = ("SaveImage", "SaveImageAdvanced", "PreviewImage")
_SIDE_RATIOS = {"1:1": (1, 1), "2:3": (2, 3), "3:2": (3, 2), "3:4": (3, 4), "4:3": (4, 3), "9:16": (9, 16),
                "16:9": (16, 9), "21:9": (21, 9)}  # fmt: skip


def simplified(workflow: Workflow, catalog: Catalog, *, switched: bool = False) -> Workflow:
    """Return the part of a workflow that makes the saved picture.

    Nodes that only calculate, switch, preview or write texts are left out.

    Args:
        workflow: the workflow.
        catalog: the installation.
        switched: whether every switch is set to its other side.

    Raises:
        WorkflowError: no picture is saved, or a class is not installed.
    """
    return _Simplified(workflow, catalog, switched).workflow()


class _Simplified:
    """Copies nodes from the outputs back to the sources, passing over nodes that only pass values on.

    Nothing here calls itself: a workflow may have thousands of nodes in a row.
    """

    def __init__(self, workflow: Workflow, catalog: Catalog, switched: bool) -> None:
        self.old, self.catalog, self.switched = workflow, catalog, switched
        self.given: dict[Link, Value | Link] = {}
        """What each output that is linked to stands for: a link only where a node has to stay."""
        for node in workflow.nodes:
            for _, link in node.links():
                if link not in self.given:  # what it depends on comes before it, and is there already
                    self.given[link] = self._given(link)

    def workflow(self) -> Workflow:
        """Return the simplified workflow."""
        roots = [index for index, node in enumerate(self.old.nodes) if node.class_type in _SAVERS[:2]]
        if not roots:
            roots = [index for index, node in enumerate(self.old.nodes) if node.class_type in _SAVERS]
        if not roots:
            raise WorkflowError("the workflow saves no picture")
        pictures = [self._final(dict(self.old.nodes[index].inputs).get("images")) for index in roots]
        links = [picture for picture in pictures if isinstance(picture, Link)]
        nodes: list[Node] = []
        places: dict[int, int] = {}
        for link in links:
            self._copy(link.node, nodes, places)
            picture = Link(places[link.node], link.slot)
            nodes.append(Node("SaveImage", (("images", picture), ("filename_prefix", "ComfyUI"))))
        return Workflow(tuple(nodes))

    def _copy(self, root: int, nodes: list[Node], places: dict[int, int]) -> None:
        """Append copies of a node and of all that it depends on, each after what it depends on.

        Raises WorkflowError naming every class among them that is not installed.
        """
        missing: dict[str, None] = {}
        waiting = [root]
        while waiting:
            index = waiting[-1]
            node = self.old.nodes[index]
            if node.class_type not in self.catalog.classes:
                missing[node.class_type] = None
            inputs = [(name, self._final(value)) for name, value in node.inputs]
            unmade = [value.node for _, value in inputs if isinstance(value, Link) and value.node not in places]
            if index not in places and unmade:
                waiting += reversed(unmade)
                continue
            waiting.pop()
            if index not in places:
                places[index] = len(nodes)
                copied = ((n, Link(places[v.node], v.slot) if isinstance(v, Link) else v) for n, v in inputs)
                nodes.append(Node(node.class_type, tuple(copied)))
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            raise WorkflowError(f"{', '.join(missing)} {verb} not installed")

    def _final(self, value: Value | Link) -> Value | Link:
        """Return what an input's value stands for; None for the input's default."""
        return self.given[value] if isinstance(value, Link) else value

    def _given(self, link: Link) -> Value | Link:
        """Return what an output stands for, given what the outputs before it do."""
        node = self.old.nodes[link.node]
        given = dict(node.inputs)
        kind = node.class_type
        if kind in _PRIMITIVES:
            return self._final(given.get("value"))
        if kind in _PASS_ON:
            return self._final(given.get(_PASS_ON[kind]))
        if kind == "ComfySwitchNode":
            return self._final(given.get("on_true" if self._side(given.get("switch")) else "on_false"))
        if kind == "ResolutionSelector":
            return _selected(given, link.slot)
        if kind == "StringConcatenate":
            parts = [self._final(given.get(name)) for name in ("string_a", "string_b")]
            return str(given.get("delimiter") or "").join(part for part in parts if isinstance(part, str))[:_LONGEST]
        cls = self.catalog.classes.get(kind)
        output = cls.outputs[link.slot] if cls is not None and link.slot < len(cls.outputs) else ""
        if output in ("STRING", "INT", "FLOAT", "BOOLEAN"):
            return "" if output == "STRING" else None
        if cls is not None and not trusted(cls) and (same := self._same_type(given, output)) is not None:
            return self._final(same)
        return link

    def _side(self, switch: Value | Link) -> bool:
        return (self._final(switch) is True) != self.switched

    def _same_type(self, given: dict[str, Value | Link], output: str) -> Link | None:
        """Return the input that a patching node passes on: the first link of the type that the node returns."""
        for value in given.values():
            if isinstance(value, Link):
                source = self.catalog.classes.get(self.old.nodes[value.node].class_type)
                if source is not None and value.slot < len(source.outputs) and source.outputs[value.slot] == output:
                    return value
        return None


def _selected(given: dict[str, Value | Link], slot: int) -> int:
    """Return the width (slot 0) or the height of a ResolutionSelector, in pixels."""
    ratio, megapixels, multiple = (given.get(name) for name in ("aspect_ratio", "megapixels", "multiple"))
    wide, high = _SIDE_RATIOS.get(str(ratio).split(" ")[0], (1, 1))
    area = (megapixels if isinstance(megapixels, int | float) and 0 < megapixels < 1000 else 1.0) * 1024 * 1024
    side = (area * wide / high) ** 0.5 if slot == 0 else (area * high / wide) ** 0.5
    grid = multiple if isinstance(multiple, int) and multiple > 0 else 8
    return round(side / grid) * grid


def offered(workflow: Workflow, catalog: Catalog) -> Workflow:
    """Return a simplified workflow with every value replaced by the nearest that the grammar offers."""
    nodes: list[Node] = []
    first = first_text(workflow, catalog)
    for index, node in enumerate(workflow.nodes):
        given = dict(node.inputs)
        node_class = catalog.classes[node.class_type]
        chosen = {
            slot.name: str(given.get(slot.name, default_of(slot.spec)))
            for slot in class_slots(node_class)
            if slot.spec.kind == "dynamic_combo"
        }
        values: dict[str, Value | Link] = {}
        for slot in class_slots(node_class, tuple(sorted(chosen.items()))):
            value = given.get(slot.name)
            if isinstance(value, Link):
                values[slot.name] = value
            elif is_text(slot.spec):
                values[slot.name] = Text(True) if (index, slot.name) == first else negative_text(value)
            elif slot.spec.widget and (value is not None or is_filled_in(slot.spec)):
                values[slot.name] = default_of(slot.spec) if value is None else nearest(value, slot.spec, catalog)
        nodes.append(Node(node.class_type, tuple(values.items())))
    return Workflow(tuple(nodes))


def first_text(workflow: Workflow, catalog: Catalog) -> tuple[int, str] | None:
    """Return (node, input) of the text that a script writes first, which stands for the prompt, or None."""
    consumed = workflow.consumed()
    stack = [index for index in reversed(range(len(workflow.nodes))) if index not in consumed]
    seen: set[int] = set()
    while stack:
        index = stack.pop()
        if index in seen:
            continue
        seen.add(index)
        node = workflow.nodes[index]
        node_class = catalog.classes.get(node.class_type)
        if node_class is None or (index not in consumed and not node_class.output_node):
            continue
        given = dict(node.inputs)
        slots = class_slots(node_class)
        for slot in slots:
            if is_text(slot.spec) and slot.role == "value":
                return index, slot.name
        links = [given[slot.name] for slot in slots if isinstance(given.get(slot.name), Link)]
        stack.extend(link.node for link in reversed(links) if isinstance(link, Link))
    return None


def negative_text(value: Value | Link) -> Text:
    """Return the phrases of the table that a negative prompt contains, at most six."""
    words = [part.strip().lower() for part in value.split(",")] if isinstance(value, str) else []
    return Text(False, tuple(dict.fromkeys(word for word in words if word in NEGATIVE and word in PHRASES))[:6])


def nearest(value: Value | Link, spec: InputSpec, catalog: Catalog) -> Value:
    """Return the value nearest to `value` that the grammar offers; the default where nothing is near."""
    default = default_of(spec)
    if spec.name == "batch_size":
        return default
    if spec.seed:
        return seed_of(spec)
    if spec.kind in ("int", "float") and isinstance(value, int | float) and not isinstance(value, bool):
        numbers: Iterable[float] = (float(choice) for choice in value_choices(spec, catalog))
        best = min(numbers, key=lambda number: abs(number - value), default=None)
        return default if best is None else int(best) if spec.kind == "int" else best
    if spec.kind in ("combo", "dynamic_combo", "boolean") and not isinstance(value, Link):
        return value if write_value(value, spec, catalog) in value_choices(spec, catalog) else default
    return default
