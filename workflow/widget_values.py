"""A node's `widgets_values` in UI format, matched with the inputs that its class declares.

The frontend writes the values of a node's widgets as a bare list, in the order of the widgets, and reads them back by
position alone. Which widgets there are depends on the class, on the options chosen in dynamic combos and on the rows of
dynamic groups. The rules are those of frontend 1.58 (litegraphService.ts, LGraphNode.configure, dynamicWidgets.ts).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .catalog.catalog import InputSpec, NodeClass
from .graph import WorkflowError

_SEEDS = ("seed", "noise_seed")
_FORMER_WIDGETS = frozenset({"INT", "FLOAT", "STRING", "BOOLEAN"})
_DRAWN = frozenset({
    "MARKDOWN", "COLOR", "COLORS", "BOUNDING_BOX", "BOUNDING_BOXES", "CHART", "GALLERIA", "PAINTER", "COMPOSITOR",
    "TEXTAREA", "CURVE", "RANGE", "VIDEO_EDIT", "RESOLUTION_PREVIEW", "LIGHT_INFO_PREVIEW", "WEBCAM", "AUDIO_RECORD",
    "LOAD_3D", "LOAD_3D_ADVANCED", "PREVIEW_3D", "CAMERA_ANGLE_VIEW", "CAMERA_INFO_STATE",
})  # fmt: skip
"""Types for which the frontend itself has a widget, besides numbers, texts, switches and combos."""
_UNSAVED = frozenset({"IMAGECOMPARE", "AUDIO_UI"})
"""Types whose widget has no value in the list."""
_BUTTONS = {("Load3D", "model_file"): 3, ("Load3DAnimation", "model_file"): 3}
"""(class, input) -> buttons behind its widget, each of which has an entry in the list."""
_MOST_ROWS = 1000
"""More rows than this in a dynamic group are not read; ComfyUI's own limit is the class's `max`, 100 at most."""


@dataclass(frozen=True)
class PlacedValues:
    """The values of a node's widgets.

    Attributes:
        values: value of each widget, by its name in API format.
        unplaced: how many values were left over that are neither null nor empty.
    """

    values: dict[str, Any]
    unplaced: int = 0


def widget_values(cls: NodeClass, node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each widget of a node, by its name in API format; see `placed_values`."""
    return placed_values(cls, node).values


def placed_values(cls: NodeClass, node: Mapping[str, Any], produced: Collection[str] | None = None) -> PlacedValues:
    """Return the value of each widget of a node, by its name in API format.

    A value that is missing is the input's initial one; a widget without an initial value is left out.

    Args:
        cls: the node's class.
        node: the node in UI format. Its `widgets_values` are a list in the order of the widgets, or an object.
        produced: the types that some node class returns. An input of any other type has a widget that a pack draws,
            unless the file shows an input slot for it. None where the types are not known.

    Raises:
        WorkflowError: the values are neither a list nor an object.
    """
    values = named_values(node)
    drawn = _drawn_inputs(cls, node, values, produced)
    if isinstance(values, Mapping):
        return PlacedValues(dict(_by_name(cls.inputs, values, drawn)))
    placer = _Placer(cls, list(values), drawn)
    return PlacedValues(dict(placer.placed()), placer.left_over())


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


# ---- which inputs have a widget ----------------------------------------------------------------------------------


def has_widget(spec: InputSpec) -> bool:
    """Return whether the frontend itself draws a widget for an input, whose value stands in the list."""
    if spec.forced:
        return False
    return spec.widget or bool(spec.rows) or (len(spec.types) == 1 and spec.types[0] in _DRAWN)


def control_places(name: str, spec: InputSpec) -> int:
    """Return how many entries the widgets that change an input's value after each run have in the list.

    An INT has one: where the class asks for it, or is silent and the input is a seed by its whole name. A combo has
    two, where the class asks for it: how the value changes, and a filter of its options.
    """
    if spec.kind == "int":
        return int(name in _SEEDS if spec.control is None else spec.control)
    return 2 if spec.kind == "combo" and spec.control and not spec.multiselect else 0


def _drawn_inputs(
    cls: NodeClass, node: Mapping[str, Any], values: Mapping[str, Any] | Sequence[Any], produced: Collection[str] | None
) -> frozenset[str]:
    """Return the names of the inputs for which a pack draws a widget of its own, as far as the file shows it."""
    slots = {slot["name"]: slot for slot in node.get("inputs") or () if isinstance(slot, Mapping) and "name" in slot}
    sure, possible = [], []
    for spec in cls.inputs:
        if has_widget(spec) or spec.forced or _UNSAVED.intersection(spec.types):
            continue
        unlinkable = _unlinkable(spec, produced)
        if spec.kind != "other" and not unlinkable:
            continue
        slot = slots.get(spec.name)
        if slot is not None:
            if slot.get("widget"):
                sure.append(spec.name)
        elif spec.kind == "other":
            sure.append(spec.name)
        else:
            possible.append(spec.name)
    if isinstance(values, Mapping):
        possible = [name for name in possible if name in values]
    else:
        own = sum(1 + control_places(spec.name, spec) for spec in cls.inputs if has_widget(spec))
        if len(values) < own + len(sure) + len(possible):
            possible = []
    return frozenset((*sure, *possible))


def _unlinkable(spec: InputSpec, produced: Collection[str] | None) -> bool:
    """Return whether no node class returns the type of an input, so that its value can only come from a widget."""
    if produced is None or spec.kind != "link" or spec.match is not None or len(spec.types) != 1:
        return False
    return spec.types[0] != "*" and spec.types[0] not in produced and spec.types[0] not in _FORMER_WIDGETS


# ---- values by name and by position ------------------------------------------------------------------------------


def _by_name(
    specs: Sequence[InputSpec], values: Mapping[str, Any], drawn: frozenset[str], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    """Yield the widgets of a node that has its values by name, as (name, value)."""
    for spec in specs:
        name = prefix + spec.name
        if spec.rows:
            for row in range(_row_count(spec, values, name)):
                yield from _by_name(spec.rows, values, drawn, f"{name}.{row}.")
        elif has_widget(spec) or name in drawn:
            value = _entered(spec, values[name]) if name in values else _initial(spec)
            if value is not None or name in values:
                yield name, value
            yield from _by_name(_branch(spec, value), values, drawn, f"{name}.")


def _row_count(spec: InputSpec, values: Mapping[str, Any], name: str) -> int:
    """Return the number of rows of a dynamic group whose values are known by name."""
    rows = 0
    while rows < _MOST_ROWS and any(key.startswith(f"{name}.{rows}.") for key in values):
        rows += 1
    return max(rows, spec.grow_minimum)


class _Placer:
    """Lays the values of a list out on the widgets of a class."""

    def __init__(self, cls: NodeClass, values: list[Any], drawn: frozenset[str]) -> None:
        self._cls, self._values, self._drawn = cls, values, drawn
        self._position = 0
        self._former = _written_with_former_widgets(cls, values, drawn)
        # The upload button stands behind the last input, or the last required one in a class without an input_order.
        self._uploads = any(spec.upload and spec.required for spec in cls.inputs)

    def placed(self) -> Iterator[tuple[str, Any]]:
        """Yield (name, value) of each widget that has a value."""
        waiting = deque((spec.name, spec) for spec in self._cls.inputs)
        while waiting:
            name, spec = waiting.popleft()
            if self._uploads and not spec.required and not self._cls.ordered and "." not in name:
                self._uploads = False
                self._position += 1
            if self._former and _former_widget(spec):
                self._position += 1
                continue
            if not (has_widget(spec) or name in self._drawn):
                continue
            value = self._next(spec)
            if spec.rows:
                rows = min(max(_whole(value), spec.grow_minimum), _MOST_ROWS)
                inner = [(f"{name}.{row}.{one.name}", one) for row in range(rows) for one in spec.rows]
                waiting.extendleft(reversed(inner))
                continue
            if value is not _NOTHING:
                yield name, value
            self._position += control_places(name, spec) + _BUTTONS.get((self._cls.name, name), 0)
            waiting.extendleft((f"{name}.{child.name}", child) for child in reversed(_branch(spec, value)))

    def left_over(self) -> int:
        """Return how many values behind the last widget are neither null nor empty."""
        first = self._position + int(self._uploads)
        return sum(value not in (None, "", [], {}) for value in self._values[first:])

    def _next(self, spec: InputSpec) -> Any:
        """Return the next value, or the initial one behind the end of the list."""
        self._position += 1
        if self._position <= len(self._values):
            return _entered(spec, self._values[self._position - 1])
        initial = _initial(spec)
        return _NOTHING if initial is None else initial


_NOTHING = object()
"""Stands for the value of a widget that has none."""


def _initial(spec: InputSpec) -> Any:
    """Return the value of a widget that the file has no value for, or None."""
    return "#000000" if spec.initial is None and spec.types == ("COLOR",) else spec.initial


def _entered(spec: InputSpec, value: Any) -> Any:
    """Return a saved value as its widget holds it: a combo has always an option, and an area of text always a text."""
    if value is None and spec.kind in ("combo", "dynamic_combo"):
        return _initial(spec)
    if spec.multiline and not isinstance(value, str):
        return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return value


def _whole(value: Any) -> int:
    """Return the number of rows that a list states, 0 where it states none."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST_ROWS:
        return int(value)
    return 0


def _former_widget(spec: InputSpec) -> bool:
    """Return whether an input had a dummy widget, and with it an entry in the list, until frontend 1.16.

    These are inputs that must be linked (forceInput).
    """
    return spec.forced and (spec.widget or spec.types[0] in _FORMER_WIDGETS)


def _written_with_former_widgets(cls: NodeClass, values: list[Any], drawn: frozenset[str]) -> bool:
    former = sum(_former_widget(spec) for spec in cls.inputs)
    slots = sum(1 + control_places(spec.name, spec) for spec in cls.inputs if has_widget(spec) or spec.name in drawn)
    return former > 0 and len(values) == slots + former


def _branch(spec: InputSpec, value: Any) -> tuple[InputSpec, ...]:
    return next((inputs for option, inputs in spec.branches if option == value), ())
