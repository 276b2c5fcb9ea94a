"""Report every problem that keeps a workflow from running on an installation, without a ComfyUI.

The verdict follows ComfyUI's own `execution.validate_prompt`: a node counts if an output node needs it, values are
converted as ComfyUI converts them, and inputs that a class does not declare are ignored. It is stricter where ComfyUI
accepts what then fails while running: a value where only a link works, a negative output slot, NaN, a combo of a V3
node (0.3.75 checks only the older kind), an error behind one of several output nodes. It cannot know what a node class
checks in code of its own, except for the files that LoadImage and similar nodes find in the input folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from .api_format import is_link, looks_like_ui, to_api
from .catalog.catalog import Catalog, InputSpec, NodeClass, expanded_inputs
from .graph import Workflow
from .problem import Problem, closest

_MOST_HINTS = 50
"""Missing classes for which similar names are looked for; each takes milliseconds."""
_TYPED_IN = frozenset({"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", "*"})


def validate(workflow: Workflow | Any, catalog: Catalog) -> list[Problem]:
    """Return the problems that keep a workflow from running, an empty list if there are none.

    Args:
        workflow: a Workflow, whose nodes are named by their ids in API format ("1", "2", ... in order), or parsed JSON
            in API format.
        catalog: the installation.
    """
    api = to_api(workflow, prompt="", seed=0) if isinstance(workflow, Workflow) else workflow
    problems = list(_outline(api, catalog))
    if any(problem.node_id is None for problem in problems):
        return problems
    unread = {problem.node_id for problem in problems}
    nodes = {key: node for key, node in api.items() if str(key) not in unread}
    outputs = [key for key, node in nodes.items() if catalog.classes[node["class_type"]].output_node]
    if not outputs and not problems:
        return [Problem(None, None, None, "no node of the workflow saves or shows anything, so ComfyUI would run none")]
    needed, cycle = _needed(nodes, outputs)
    checker = _Checker(nodes, unread, catalog)
    problems += [problem for key in needed for problem in checker.node(key)]
    if cycle is not None:
        problems.append(_problem(nodes, cycle, None, "the node depends on itself; ComfyUI runs no cycles"))
    return problems


def _outline(api: Any, catalog: Catalog) -> Iterator[Problem]:
    """Yield the problems of nodes that cannot be read at all."""
    if looks_like_ui(api):
        yield Problem(None, None, None, "this is UI format, as the canvas saves it; validate takes API format")
        return
    if not isinstance(api, dict) or not api:
        yield Problem(None, None, None, "a workflow in API format is an object of at least one node")
        return
    hints: dict[str, str] = {}
    for key, node in api.items():
        class_type = node.get("class_type") if isinstance(node, dict) else None
        if not isinstance(class_type, str):
            yield Problem(str(key), None, None, "a node is an object with a class_type and inputs")
        elif class_type not in catalog.classes:
            if class_type not in hints and len(hints) < _MOST_HINTS:
                hints[class_type] = closest(class_type, catalog.classes)
            hint = hints.get(class_type, "")
            yield Problem(str(key), class_type, None, f"there is no node class {class_type!r} here{hint}")
        elif not isinstance(node.get("inputs"), dict):
            yield Problem(str(key), class_type, None, "its inputs are missing or not an object")


def _needed(api: dict[str, Any], outputs: list[str]) -> tuple[list[str], str | None]:
    """Return the nodes that the output nodes depend on, themselves included, and a node on a cycle, if there is one.

    Each node follows its sources, so that the types of the sources are known before they are needed and `_types` does
    not recurse deeply.
    """
    order: list[str] = []
    state: dict[str, bool] = {}  # False while what it depends on is being visited, then True
    cycle: str | None = None
    for root in outputs:
        if root in state:
            continue
        state[root] = False
        stack = [(root, iter(_sources(api, root)))]
        while stack:
            key, rest = stack[-1]
            source = next(rest, None)
            if source is None:
                state[key] = True
                order.append(key)
                stack.pop()
            elif source not in state:
                state[source] = False
                stack.append((source, iter(_sources(api, source))))
            elif not state[source]:
                cycle = cycle or source
    return order, cycle


def _sources(api: dict[str, Any], key: str) -> list[str]:
    return [value[0] for value in api[key]["inputs"].values() if is_link(value) and value[0] in api]


class _Checker:
    """Checks the nodes of a workflow that can be read, of which others may be links to what cannot be read."""

    def __init__(self, api: dict[str, Any], unread: Collection[str | None], catalog: Catalog) -> None:
        self._api = api
        self._unread = unread
        self._catalog = catalog
        self._found: dict[tuple[str, int], frozenset[str]] = {}

    def node(self, key: str) -> Iterator[Problem]:
        """Yield the problems of one node."""
        inputs = self._api[key]["inputs"]
        for name, spec, required in _with_rows(
            expanded_inputs(self._class(key).inputs, _all_unwrapped(inputs)), inputs
        ):
            if name not in inputs:
                if required and not (_unknown_dynamic(spec) and any(other.startswith(f"{name}.") for other in inputs)):
                    yield _problem(self._api, key, name, f"is missing; {self._expected(spec)} is needed")
                continue
            value = inputs[name]
            message = self._link(spec, value) if isinstance(value, list) else self._value(spec, _unwrapped(value))
            if message:
                yield _problem(self._api, key, name, message)

    def _value(self, spec: InputSpec, value: Any) -> str | None:
        """Return the problem of a value that is not a link, or None."""
        if spec.kind != "link":
            return _value(spec, value)
        entered = not _TYPED_IN.isdisjoint(spec.types) or self._catalog.produced.isdisjoint(spec.types)
        return None if entered else f"must be linked to {_types(spec.types)}; {_shown(value)} is a value"

    def _expected(self, spec: InputSpec) -> str:
        if _unknown_dynamic(spec):
            return f"what its type {spec.types[0]} stands for, which this version does not know,"
        linked = spec.kind == "link" and not self._catalog.produced.isdisjoint(spec.types)
        return f"a link to {_types(spec.types)}" if linked or "*" in spec.types else "a value"

    def _class(self, key: str) -> NodeClass:
        return self._catalog.classes[self._api[key]["class_type"]]

    def _link(self, spec: InputSpec, link: list[Any]) -> str | None:
        """Return the problem of a link, or None."""
        if not is_link(link) or not isinstance(link[1], int):
            return f"{_shown(link)} is not a link ([node id, output slot]); a list is written as {{'__value__': [...]}}"
        source, slot = link
        if source in self._unread:
            return None  # what it gives is not known
        if source not in self._api:
            return f"links to node {source!r}, which is not there"
        outputs = self._class(source).outputs
        if not 0 <= slot < len(outputs):
            there = f"has {len(outputs)} outputs, counted from 0" if outputs else "has no outputs"
            return f"links to output slot {slot} of node {source!r} ({self._class(source).name}), which {there}"
        given = self._types(source, slot, frozenset())
        if _overlap(given, spec.types):
            return None
        return f"takes {_types(spec.types)}, but node {source!r} ({self._class(source).name}) gives {_types(given)}"

    def _types(self, key: str, slot: int, seen: frozenset[str]) -> frozenset[str]:
        """Return the types that an output may have.

        An output of a match type has the type of what is linked to the inputs of its group.
        """
        if (key, slot) in self._found:
            return self._found[key, slot]
        cls = self._class(key)
        group = cls.output_matches[slot] if slot < len(cls.output_matches) else None
        found = frozenset(part.strip() for part in cls.outputs[slot].split(","))
        if group is not None:
            found = frozenset("*")
            for name, spec, _ in expanded_inputs(cls.inputs, _all_unwrapped(self._api[key]["inputs"])):
                if spec.match == group:
                    found = _common(found, frozenset(spec.types))
                    found = _common(found, self._linked_types(self._api[key]["inputs"].get(name), seen | {key}))
        self._found[key, slot] = found
        return found

    def _linked_types(self, value: Any, seen: frozenset[str]) -> frozenset[str]:
        if is_link(value) and value[0] in self._api and value[0] not in seen and isinstance(value[1], int):
            outputs = self._class(value[0]).outputs
            if 0 <= value[1] < len(outputs):
                return self._types(value[0], value[1], seen)
        return frozenset("*")


# ---- values ------------------------------------------------------------------------------------------------------


def _value(spec: InputSpec, value: Any) -> str | None:
    """Return the problem of a widget's value, or None."""
    if spec.kind in ("combo", "dynamic_combo"):
        return _option(spec, value)
    if spec.kind not in _CONVERTERS:
        return None
    try:
        converted = _CONVERTERS[spec.kind](value)
    except (TypeError, ValueError, OverflowError):
        return f"{_shown(value)} is not {_NAMES[spec.kind]}"
    if converted != converted:
        return "NaN is not a number"
    if spec.minimum is not None and converted < spec.minimum:
        return f"{_shown(value)} is smaller than the least allowed, {spec.minimum}"
    if spec.maximum is not None and converted > spec.maximum:
        return f"{_shown(value)} is greater than the most allowed, {spec.maximum}"
    return None


_CONVERTERS: dict[str, Callable[[Any], Any]] = {"int": int, "float": float}  # every value converts to str and bool
_NAMES = {"int": "a whole number", "float": "a number"}


def _option(spec: InputSpec, value: Any) -> str | None:
    """Return the problem of a combo's value, or None."""
    if spec.remote or (spec.own_files and isinstance(value, str) and ("/" in value or value.endswith("]"))):
        return None  # a server has the options, or they do not list a file in a subfolder or "name [output]"
    values = value if spec.multiselect and isinstance(value, list) else [value]
    for one in values:
        if one not in spec.options:
            if not spec.options:
                return f"{_shown(one)} is not available: there is nothing to choose from{_folder(spec)}"
            hint = closest(one, spec.options) or _folder(spec)
            return f"{_shown(one)} is not among its {len(spec.options)} options{hint}"
    return None


def _folder(spec: InputSpec) -> str:
    return f"; model files of this kind go into models/{spec.folder}" if spec.folder else ""


def _with_rows(
    inputs: Iterable[tuple[str, InputSpec, bool]], given: Collection[str]
) -> Iterator[tuple[str, InputSpec, bool]]:
    """Yield the inputs with each dynamic group replaced by the inputs of its rows: those given, and those required."""
    for name, spec, required in inputs:
        if not spec.rows:
            yield name, spec, required
            continue
        row = 0
        while row < spec.grow_minimum or any(f"{name}.{row}.{one.name}" in given for one in spec.rows):
            for one in spec.rows:
                yield f"{name}.{row}.{one.name}", one, required and one.required
            row += 1


def _unknown_dynamic(spec: InputSpec) -> bool:
    """Return whether an input's type is one of ComfyUI's own that stand for several inputs, and is not known here."""
    return spec.kind == "link" and spec.match is None and re.fullmatch(r"COMFY_\w+_V\d+", spec.types[0]) is not None


# ---- types -------------------------------------------------------------------------------------------------------


def _overlap(given: frozenset[str], taken: tuple[str, ...]) -> bool:
    return "*" in given or "*" in taken or not given.isdisjoint(taken)


def _common(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Return the common types, or the second set where there are none, so that the clash is reported there."""
    if "*" in one:
        return other
    return one if "*" in other else (one & other or other)


def _types(types: Any) -> str:
    return " or ".join("anything" if name == "*" else name for name in sorted(types))


def _unwrapped(value: Any) -> Any:
    return value["__value__"] if isinstance(value, dict) and "__value__" in value else value


def _all_unwrapped(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _unwrapped(value) for name, value in inputs.items()}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _problem(api: dict[str, Any], key: str, name: str | None, message: str) -> Problem:
    return Problem(key, api[key]["class_type"], name, message)
