"""The inputs of a node as a script sees them, and which outputs fit them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ..catalog.catalog import InputSpec, NodeClass, expanded_inputs
from .values import is_text


@dataclass(frozen=True, slots=True)
class Slot:
    """One input of a node as the API format names it. `role` says how a script has it: "value" is always written, in
    order; "setting" is written if it is not the default; "link"."""

    name: str
    spec: InputSpec
    required: bool
    role: Literal["value", "setting", "link"]


def slot(name: str, spec: InputSpec, required: bool) -> Slot:
    """The slot of an input, with its role."""
    if spec.kind == "dynamic_combo" or is_text(spec) or (spec.kind == "combo" and spec.folder):
        return Slot(name, spec, required, "value" if required else "setting")
    return Slot(name, spec, required, "setting" if spec.widget or not required else "link")


def slots_of(inputs: Iterable[InputSpec], chosen: Mapping[str, str]) -> Iterator[Slot]:
    """Yield the inputs as slots, in order.

    Args:
        inputs: declared inputs.
        chosen: the chosen option of each dynamic combo, by its name in API format. The inputs of an option that is
            chosen follow the combo.
    """
    for name, spec, required in expanded_inputs(inputs, chosen):
        yield slot(name, spec, required)


@lru_cache(maxsize=8192)
def class_slots(node_class: NodeClass, chosen: tuple[tuple[str, str], ...] = ()) -> tuple[Slot, ...]:
    """`slots_of` a class, cached: a class is looked at far more often than it changes."""
    return tuple(slots_of(node_class.inputs, dict(chosen)))


_BOUNDS = (
    ("low", "high"), ("lower", "upper"), ("min", "max"), ("minimum", "maximum"), ("start", "end"), ("start", "stop"),
)  # fmt: skip


@lru_cache(maxsize=8192)
def bounds(node_class: NodeClass, chosen: tuple[tuple[str, str], ...] = ()) -> dict[str, tuple[str, bool]]:
    """Numbers of a class that are the lower and the upper bound of one thing (low_threshold and high_threshold,
    start_percent and end_percent): by the name of each, the name of the other, and whether it is the lower itself."""
    slots = class_slots(node_class, chosen)
    names = {slot.name for slot in slots if slot.role == "setting" and slot.spec.kind in ("int", "float")}
    found: dict[str, tuple[str, bool]] = {}
    for name in sorted(names):
        words = name.split("_")
        for lower, upper in _BOUNDS:
            other = "_".join(upper if word == lower else word for word in words)
            if lower in words and other in names:
                found[name], found[other] = (other, True), (name, False)
    return found


def matches(types: tuple[str, ...], output: str) -> bool:
    """True if an output of type `output` may be linked to an input of `types` (comma unions on either side)."""
    if "*" in types or output == "*":
        return True
    return output in types or ("," in output and not set(output.split(",")).isdisjoint(types))


def gives(node_class: NodeClass, slot: int, types: tuple[str, ...]) -> bool:
    """Whether an output can be of one of `types`; one that matches types can be of any that its inputs take."""
    if slot >= len(node_class.outputs):
        return False
    template = node_class.output_matches[slot]
    if template is None:
        return matches(types, node_class.outputs[slot])
    return any(matches(types, kind) for spec in node_class.inputs if spec.match == template for kind in spec.types)


def first_slot(node_class: NodeClass | None, types: tuple[str, ...]) -> int:
    """The first output that fits: the one meant when a class stands without a slot."""
    if node_class is not None:
        for index in range(len(node_class.outputs)):
            if gives(node_class, index, types):
                return index
    return 0
