"""The inputs of a node as a script sees them, and the outputs that fit them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ..catalog.catalog import InputSpec, NodeClass, expanded_inputs
from .values import is_text


@dataclass(frozen=True, slots=True)
class Slot:
    """One input of a node.

    Attributes:
        name: its name in API format.
        spec: its declaration.
        required: whether ComfyUI refuses the node without it.
        role: how a script writes it: a "value" always, in order; a "setting" only where it differs from the default; a
            "link" by the node that fills it.
    """

    name: str
    spec: InputSpec
    required: bool
    role: Literal["value", "setting", "link"]


def slot(name: str, spec: InputSpec, required: bool) -> Slot:
    """Return the slot of an input, with its role."""
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
    """Return the slots of a class, cached because a class is looked up far more often than it changes."""
    return tuple(slots_of(node_class.inputs, dict(chosen)))


_BOUNDS = (
    ("low", "high"), ("lower", "upper"), ("min", "max"), ("minimum", "maximum"), ("start", "end"), ("start", "stop"),
)  # fmt: skip


@lru_cache(maxsize=8192)
def bounds(node_class: NodeClass, chosen: tuple[tuple[str, str], ...] = ()) -> dict[str, tuple[str, bool]]:
    """Return the numbers of a class that are one bound of a range, such as start_percent and end_percent.

    Returns:
        name of each such input -> (name of the other bound, whether the input is the lower bound).
    """
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
    """Return whether an output of type `output` may be linked to an input of `types`.

    Either may be a union with commas.
    """
    if "*" in types or output == "*":
        return True
    return output in types or ("," in output and not set(output.split(",")).isdisjoint(types))


def gives(node_class: NodeClass, slot: int, types: tuple[str, ...]) -> bool:
    """Return whether an output can have one of `types`.

    An output of a match type can have any type that the inputs of its group accept.
    """
    if slot >= len(node_class.outputs):
        return False
    template = node_class.output_matches[slot]
    if template is None:
        return matches(types, node_class.outputs[slot])
    return any(matches(types, kind) for spec in node_class.inputs if spec.match == template for kind in spec.types)


def first_slot(node_class: NodeClass | None, types: tuple[str, ...]) -> int:
    """Return the first output that fits: the one that a class without a slot number stands for."""
    if node_class is not None:
        for index in range(len(node_class.outputs)):
            if gives(node_class, index, types):
                return index
    return 0
