"""A node's `widgets_values` in UI format, matched with the inputs that its class declares.

The frontend writes the values of a node's widgets as a bare list, in the order of the widgets. Which widgets there are
depends on the class, on the options chosen in dynamic combos, and on the version of the frontend that wrote the file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .catalog.catalog import InputSpec, NodeClass
from .graph import WorkflowError

# Values of the widget that the frontend adds after a seed. They occur in widgets_values and nowhere else.
_CONTROL = frozenset({"fixed", "increment", "decrement", "randomize", "increment-wrap"})
_FORMER_WIDGETS = frozenset({"INT", "FLOAT", "STRING", "BOOLEAN"})


def widget_values(cls: NodeClass, node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each widget of a node, by its name in API format.

    A value that is missing or null is the input's initial one; a widget without an initial value is left out.

    Args:
        cls: the node's class.
        node: the node in UI format. Its `widgets_values` are a list in the order of the widgets, or an object.

    Raises:
        WorkflowError: the values are neither a list nor an object.
    """
    values = named_values(node)
    if isinstance(values, Mapping):
        entries = [(name, spec, values.get(name)) for name, spec in _by_name(cls.inputs, values)]
    else:
        entries = list(_by_position(cls, list(values)))
    found = ((name, spec.initial if value is None else value) for name, spec, value in entries)
    return {name: value for name, value in found if value is not None}


def named_values(node: Mapping[str, Any]) -> Mapping[str, Any] | Sequence[Any]:
    """Return a node's values by widget name where the file has the names, otherwise as listed.

    Frontends from 1.58 on write `widgets_values_named` beside the list, in the same order. The names hold even where
    another version of the class has other inputs. The values are taken from the list, which is what the frontend reads
    and what people edit.

    Raises:
        WorkflowError: the values are neither a list nor an object.
    """
    values = node.get("widgets_values") or ()
    named = node.get("widgets_values_named")
    if isinstance(values, list) and isinstance(named, Mapping) and len(named) == len(values):
        return dict(zip(named, values, strict=True))
    if not isinstance(values, list | tuple | Mapping):
        raise WorkflowError(f"node {str(node['id'])!r}: widgets_values is neither a list nor an object")
    return values


def _by_name(
    specs: Sequence[InputSpec], values: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, InputSpec]]:
    """Yield the widgets of a node that has its values by name, as (name, declaration)."""
    for spec in specs:
        name = prefix + spec.name
        if _has_slot(spec):
            yield name, spec
            yield from _by_name(_branch(spec, values.get(name)), values, f"{name}.")


def _by_position(cls: NodeClass, values: list[Any]) -> Iterator[tuple[str, InputSpec, Any]]:
    """Yield the widgets of a node that has its values as a list, as (name, declaration, value or None)."""
    with_former = _written_with_former_widgets(cls, values)
    uploads = any(spec.upload and spec.required for spec in cls.inputs)
    waiting = deque((spec.name, spec) for spec in cls.inputs)
    position = 0
    while waiting:
        name, spec = waiting.popleft()
        if uploads and not spec.required and "." not in name:
            uploads = False
            position += 1  # the upload button follows the required inputs and has an entry of its own
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
    """Return whether an input had a dummy widget, and with it an entry in the list, until frontend 1.16.

    These are inputs that must be linked (forceInput).
    """
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
    return _is_control(value) or isinstance(value, bool)  # the widget was a switch until the middle of 2023


def _takes_text(spec: InputSpec, value: str) -> bool:
    return spec.kind in ("string", "other") or value in spec.options
