"""Real workflows in the grammar's own words: official templates and saved workflows as training examples.

A real workflow says things that the grammar does not offer: its own texts, odd numbers, seeds, a file prefix. Here
each such value becomes the nearest one that is offered; the first text is taken as the prompt. What still cannot be
written under the grammar (an input picture, a node that is not trusted) is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..workflow.api_format import from_api
from ..workflow.catalog import (
    Catalog,
    InputSpec,
    ModelFile,
    catalog_from_object_info,
    input_folder,
    is_model_name,
    model_files,
)
from ..workflow.grammar import ConstraintError, Grammar
from ..workflow.graph import Link, Node, Seed, Text, Value, Workflow, WorkflowError
from ..workflow.identify import identify
from ..workflow.phrases import NEGATIVE, PHRASES
from ..workflow.scope import Constraints
from ..workflow.script import write_script
from ..workflow.slots import class_slots
from ..workflow.values import default_of, is_text, value_choices, write_value

_PRIMITIVES = frozenset(
    {"PrimitiveInt", "PrimitiveFloat", "PrimitiveString", "PrimitiveStringMultiline", "PrimitiveBoolean"}
)


def files_of(api: dict[str, Any]) -> tuple[ModelFile, ...]:
    """The model files that a workflow names, as an installation that has just these."""
    found = set()
    for node in api.values():
        for name, value in node["inputs"].items():
            folder = input_folder(node["class_type"], name)
            if folder and is_model_name(value):
                found.add((folder, value))
    return model_files((folder, name, identify(folder, name)) for folder, name in found)


def example(api: dict[str, Any], object_info: dict[str, Any]) -> tuple[list[str] | None, str]:
    """The script under the grammar of an installation that has the workflow's own files; or None and the reason."""
    catalog = catalog_from_object_info(object_info, files_of(api), options_from_models=True)
    ends = {
        node["class_type"]
        for node in api.values()
        if (cls := catalog.classes.get(node["class_type"])) and cls.output_node
    }
    try:
        grammar = Grammar(catalog, Constraints(maximum_nodes=40, ends_in=tuple(sorted(ends))))
        choices = write_script(offered(from_api(api), catalog), catalog)
        state = grammar.start()
        for choice in choices:
            state.choose(choice)
    except (ConstraintError, WorkflowError) as error:
        return None, str(error)
    return choices, ""


def offered(workflow: Workflow, catalog: Catalog) -> Workflow:
    """The workflow with every value replaced by the nearest that the grammar offers."""
    nodes: list[Node] = []
    places: dict[int, int] = {}
    first = first_text(workflow, catalog)
    for index, node in enumerate(_reachable(workflow, catalog)):
        if node is None or node.class_type in _PRIMITIVES:
            continue
        node_class = catalog.classes.get(node.class_type)
        if node_class is None:
            raise WorkflowError(f"{node.class_type} is not installed")
        given = dict(node.inputs)
        chosen = {
            slot.name: str(given.get(slot.name, default_of(slot.spec)))
            for slot in class_slots(node_class)
            if slot.spec.kind == "dynamic_combo"
        }
        values: dict[str, Value | Link] = {}
        for slot in class_slots(node_class, tuple(sorted(chosen.items()))):
            value = _inlined(given.get(slot.name), workflow)
            if isinstance(value, Link):
                values[slot.name] = Link(places[value.node], value.slot)
            elif is_text(slot.spec):
                values[slot.name] = _text(value, (index, slot.name) == first)
            elif slot.spec.widget:
                values[slot.name] = nearest(value, slot.spec, catalog) if slot.name in given else default_of(slot.spec)
        places[index] = len(nodes)
        nodes.append(Node(node.class_type, tuple(values.items())))
    return Workflow(tuple(nodes))


def _reachable(workflow: Workflow, catalog: Catalog) -> Iterator[Node | None]:
    """Each node, or None for one that no output depends on."""
    alive: set[int] = set()
    for index in reversed(range(len(workflow.nodes))):
        node = workflow.nodes[index]
        node_class = catalog.classes.get(node.class_type)
        if index in alive or (node_class is not None and node_class.output_node):
            alive.add(index)
            alive.update(link.node for _, link in node.links())
    return (node if index in alive else None for index, node in enumerate(workflow.nodes))


def _inlined(value: Value | Link, workflow: Workflow) -> Value | Link:
    """The value itself where it comes from a primitive node."""
    if isinstance(value, Link) and workflow.nodes[value.node].class_type in _PRIMITIVES:
        return _inlined(workflow.nodes[value.node].input("value"), workflow)
    return value


def first_text(workflow: Workflow, catalog: Catalog) -> tuple[int, str] | None:
    """(node, input) of the text that a script would name first: it stands for the prompt."""
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


def _text(value: Value | Link, is_prompt: bool) -> Text:
    """The prompt, or what of a negative prompt is in the phrase table."""
    if is_prompt:
        return Text(True)
    words = [part.strip().lower() for part in value.split(",")] if isinstance(value, str) else []
    return Text(False, tuple(dict.fromkeys(word for word in words if word in NEGATIVE and word in PHRASES))[:6])


def nearest(value: Value | Link, spec: InputSpec, catalog: Catalog) -> Value:
    """The value that the grammar offers nearest to `value`; the default where nothing is near."""
    default = default_of(spec)
    if spec.name == "batch_size":
        return default
    if spec.seed:
        return Seed()
    if spec.kind in ("int", "float") and isinstance(value, int | float) and not isinstance(value, bool):
        numbers: Iterable[float] = (float(choice) for choice in value_choices(spec, catalog))
        best = min(numbers, key=lambda number: abs(number - value), default=None)
        return default if best is None else int(best) if spec.kind == "int" else best
    if spec.kind in ("combo", "dynamic_combo", "boolean") and not isinstance(value, Link):
        return value if write_value(value, spec, catalog) in value_choices(spec, catalog) else default
    return default
