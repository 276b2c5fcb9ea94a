"""The ways to fill a link: each class that may be used, by the types of its outputs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..catalog.catalog import NodeClass
from ..script.options import quote_class
from ..script.slots import class_slots, first_slot
from ..script.values import is_text
from .family_scope import FamilyScope, main_slots
from .loaders import LOADED_TYPES, Loaders, Source, kind_bits, separate_parts, takes_links

MAIN, PROMPT_TEXT = 1, 2
"""Bits of what every workflow must contain: the main model, and a text with the prompt."""


@dataclass(frozen=True, slots=True)
class Producer:
    """One way to fill a link: a class, one of its outputs, and the links that it needs in turn.

    Attributes:
        choice: the choice in a script.
        node_class: the class.
        slot: index of the output, -1 for a root.
        type: type of the output.
        links: types that each required link accepts, in the order in which a script fills them.
        satisfies: bits of the requirements that the class meets (MAIN, PROMPT_TEXT, required classes).
        source: where MODEL, CLIP or VAE come from, None for a class that does not load them.
        supplies: bits of MODEL, CLIP and VAE that are loaded as soon as the class is chosen; 0 without a source.
        dependable: whether it can fill any link of its type, whatever size is demanded there while the requirements
            that it meets are open.
    """

    choice: str
    node_class: NodeClass
    slot: int
    type: str
    links: tuple[tuple[str, ...], ...]
    satisfies: int
    source: Source | None
    supplies: int
    dependable: bool


def choice_of(node_class: NodeClass, slot: int, types: tuple[str, ...]) -> str:
    """Return the choice that opens a class whose output `slot` fills a link of `types`; a root has slot -1."""
    explicit = slot >= 0 and slot != first_slot(node_class, types)
    return quote_class(node_class.name) + (f":{slot}" if explicit else "")


class Producers:
    """The ways to fill a link with the classes of one scope."""

    def __init__(self, scope: FamilyScope) -> None:
        self._scope = scope
        self.loaders = Loaders(scope)
        self._made: dict[tuple[str, int, str], Producer] = {}

    def root(self, node_class: NodeClass) -> Producer:
        """Return the class as a node that a workflow ends in."""
        return self.of(node_class, -1, "")

    def of(self, node_class: NodeClass, slot: int, kind: str) -> Producer:
        """Return the class as a way to make `kind` at output `slot`.

        Args:
            node_class: the class.
            slot: index of the output, -1 for a root.
            kind: type of the output; a match type is bound to it.
        """
        key = (node_class.name, slot, kind)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._make(node_class, slot, kind)
        return found

    def _make(self, node_class: NodeClass, slot: int, kind: str) -> Producer:
        slots = class_slots(node_class)
        bound = node_class.output_matches[slot] if slot >= 0 else None
        links = tuple(
            (kind,) if bound and item.spec.match == bound else item.spec.types for item in slots if item.role == "link"
        )
        source = self.loaders.source(node_class, kind) if kind in LOADED_TYPES and not links else None
        satisfies = MAIN if source == "main" else 0
        if any(is_text(item.spec) for item in slots if item.role == "value"):
            satisfies |= PROMPT_TEXT
        if slot >= 0:
            satisfies |= self._required_bits(node_class)
        sizes = self._scope.sizes
        return Producer(
            choice_of(node_class, slot, (kind,)),
            node_class,
            slot,
            kind,
            links,
            satisfies,
            source,
            self._supplies(node_class, kind, source),
            satisfies >= 4
            or any(carrier is node_class for carrier in self._scope.carriers.values())
            or (sizes.makes_any_square(node_class) and self._scope.only_consumer(node_class) is None),
        )

    def _required_bits(self, node_class: NodeClass) -> int:
        required = self._scope.constraints.required
        return sum(4 << index for index, name in enumerate(required) if name == node_class.name)

    def _supplies(self, node_class: NodeClass, kind: str, source: Source | None) -> int:
        match source:
            case "main":
                return self.loaders.parts
            case "files":
                return separate_parts(node_class)
            case "lender":
                return kind_bits({kind})  # of the other parts the chosen file decides
        return 0

    @cached_property
    def by_type(self) -> dict[str, tuple[Producer, ...]]:
        """Every way to make each type.

        A class that matches types is listed under each type to which it can be bound. What a loader returns beside
        MODEL, CLIP and VAE is only linked from a loader that is there already.
        """
        found: dict[str, list[Producer]] = {}
        for cls in self._scope.classes:
            if cls.output_node:
                continue
            loads = main_slots(cls) or separate_parts(cls)
            for slot, output in enumerate(cls.outputs):
                for kind in self._bindings(cls, slot, output):
                    producer = self.of(cls, slot, kind)
                    unknown = kind in LOADED_TYPES and not takes_links(cls)
                    if producer.source is not None or not (loads or unknown):
                        found.setdefault(kind, []).append(producer)
        return {kind: tuple(producers) for kind, producers in found.items()}

    @cached_property
    def _everything(self) -> frozenset[str]:
        return frozenset(kind for cls in self._scope.classes for kind in cls.outputs if kind != "*")

    def _bindings(self, cls: NodeClass, slot: int, output: str) -> tuple[str, ...]:
        """Return the types that an output can have."""
        template = cls.output_matches[slot]
        if template is None:
            return (output,) if output != "*" else ()
        allowed = {kind for item in class_slots(cls) if item.spec.match == template for kind in item.spec.types}
        return tuple(sorted(self._everything if "*" in allowed else allowed & self._everything))
