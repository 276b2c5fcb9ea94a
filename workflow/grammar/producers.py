"""The ways to fill a link: each class that may be used, by the types of its outputs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..catalog.catalog import NodeClass
from ..script.slots import class_slots
from ..script.values import MAIN_FOLDERS, is_text, quote
from .family_scope import FamilyScope

MAIN, PROMPT_TEXT = 1, 2
"""Bits of what every workflow must contain: the main model, and a text with the prompt."""
LOADED_TYPES = ("MODEL", "CLIP", "VAE")
"""Types that loaders return, by the bits of `Producer.supplies`."""


@dataclass(frozen=True, slots=True)
class Producer:
    """One way to fill a link: a class, one of its outputs, and the links that it needs in turn.

    Attributes:
        choice: the choice in a script.
        node_class: the class.
        slot: index of the output, -1 for a root.
        type: type of the output.
        links: types that each required link accepts.
        satisfies: bits of the requirements that the class meets (MAIN, PROMPT_TEXT, required classes).
        supplies: bits of MODEL, CLIP and VAE that a loader loads; 0 for any other class.
        loads_model: whether the class takes a file that could be a main model.
        loads_main: whether the class takes the main model's file and returns every part of it.
        makes_any_square: whether the class makes or keeps square pictures of any size that may be required.
        goes_anywhere: whether the output may go to every input of its type.
    """

    choice: str
    node_class: NodeClass
    slot: int
    type: str
    links: tuple[tuple[str, ...], ...]
    satisfies: int
    supplies: int
    loads_model: bool
    loads_main: bool
    makes_any_square: bool
    goes_anywhere: bool


class Producers:
    """The ways to fill a link with the classes of one scope."""

    def __init__(self, scope: FamilyScope) -> None:
        self._scope = scope

    def root(self, node_class: NodeClass) -> Producer:
        """Return the class as a node that a workflow ends in."""
        return self.of(node_class, -1, "", False)

    def of(self, node_class: NodeClass, slot: int, kind: str, explicit: bool) -> Producer:
        """Return the class as a way to make `kind` at output `slot`.

        Args:
            node_class: the class.
            slot: index of the output, -1 for a root.
            kind: type of the output; a match type is bound to it.
            explicit: whether the choice names the output.
        """
        slots = class_slots(node_class)
        bound = node_class.output_matches[slot] if slot >= 0 else None
        links = tuple(
            (kind,) if bound and item.spec.match == bound else item.spec.types for item in slots if item.role == "link"
        )
        supplies = self._supplies(node_class)
        loads_model = any(item.spec.folder in MAIN_FOLDERS and item.role == "value" for item in slots)
        loads_main = loads_model and self._loads_main(node_class)
        satisfies = (MAIN if loads_main else 0) | (
            PROMPT_TEXT if any(is_text(item.spec) for item in slots if item.role == "value") else 0
        )
        for index, required in enumerate(self._scope.constraints.required):
            if required == node_class.name and slot >= 0:
                satisfies |= 4 << index
        return Producer(
            quote(node_class.name) + (f":{slot}" if explicit else ""),
            node_class,
            slot,
            kind,
            links,
            satisfies,
            supplies,
            loads_model,
            loads_main,
            self._scope.sizes.makes_any_square(node_class),
            self._scope.only_consumer(node_class) is None,
        )

    def _loads_main(self, node_class: NodeClass) -> bool:
        """Return whether the class is a plain loader of the main model.

        Its first input for a main model takes the file, it needs no link, and it returns every part of the file that a
        workflow uses.
        """
        slots = class_slots(node_class)
        first = next(slot for slot in slots if slot.spec.folder in MAIN_FOLDERS and slot.role == "value")
        parts = {kind for kind, has in zip(LOADED_TYPES, self._scope.main_model_parts(), strict=True) if has}
        return (
            first.spec.folder == self._scope.main.folder
            and self._scope.main.alias in self._scope.choices(first.spec)
            and parts <= set(node_class.outputs)
            and not any(slot.role == "link" for slot in slots)
        )

    def _supplies(self, node_class: NodeClass) -> int:
        """Return the bits of MODEL, CLIP and VAE that a loader loads from files other than the main model's."""
        folders = {slot.spec.folder for slot in class_slots(node_class) if slot.role == "value"}
        if any(slot.role == "link" for slot in class_slots(node_class)):
            return 0
        return sum(
            1 << index
            for index, (kind, folder) in enumerate(zip(LOADED_TYPES, ("", "text_encoders", "vae"), strict=True))
            if kind in node_class.outputs and folder in folders
        )

    @cached_property
    def by_type(self) -> dict[str, tuple[Producer, ...]]:
        """Every way to make each type.

        A class that matches types is listed under each type to which it can be bound.
        """
        everything = {kind for cls in self._scope.classes for kind in cls.outputs if kind != "*"}
        found: dict[str, list[Producer]] = {}
        for cls in self._scope.classes:
            if cls.output_node:
                continue
            seen: set[str] = set()
            for slot, output in enumerate(cls.outputs):
                for kind in self._bindings(cls, slot, output, everything):
                    found.setdefault(kind, []).append(self.of(cls, slot, kind, kind in seen))
                    seen.add(kind)
        return {kind: tuple(producers) for kind, producers in found.items()}

    def _bindings(self, cls: NodeClass, slot: int, output: str, everything: set[str]) -> tuple[str, ...]:
        """Return the types that an output can have."""
        template = cls.output_matches[slot]
        if template is None:
            return (output,) if output != "*" else ()
        allowed = {kind for item in class_slots(cls) if item.spec.match == template for kind in item.spec.types}
        return tuple(sorted(everything if "*" in allowed else allowed & everything))
