"""A builder that tracks how many nodes are left and what the workflow must still contain (`node_budget.py`)."""

from __future__ import annotations

from dataclasses import dataclass

from ..catalog.catalog import Catalog, NodeClass
from ..script.builder import Frame
from ..script.slots import Slot
from ..script.values import MAIN_FOLDERS
from .family_scope import FamilyScope
from .loaders import FILE_PARTS, LOADED_TYPES, holds, kind_bits
from .node_budget import Costs, NodeBudget, Table, requirements
from .producers import MAIN, Producer
from .size_rules import PICTURE_TYPES, size_rule
from .size_tracking import SizeTrackingBuilder
from .wishes import NO_FIT

_BUDGET_CAP = 99
"""More nodes than any producer needs. Budgets above it are treated alike, so that they share choice sets."""


def _may_shrink(node_class: NodeClass) -> bool:
    """Return whether a class can scale a picture down by a factor."""
    return "IMAGE" in node_class.outputs and size_rule(node_class).kind == "scale"


@dataclass(frozen=True, slots=True)
class OpenLinks:
    """Costs of open links that are filled one after the other.

    Attributes:
        after: their costs once the main model is loaded.
        held: their costs until then.
    """

    after: Table
    held: Table


class BudgetTrackingBuilder(SizeTrackingBuilder):
    """Builds a workflow and tracks its nodes, its loaders, and the requirements that are still open.

    Attributes:
        node_budget: completion costs of the main model's scope, known after the first choice.
        loaded: bits of MODEL, CLIP and VAE that have been loaded.
        separate: those of them that were loaded from other files than the main model's because a link asked for them.
        fit: what goes with the main model.
        root_count: number of roots.
        required_roots: names of required output classes that are still to come.
    """

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self.node_budget: NodeBudget = None  # type: ignore[assignment]
        self.fit = NO_FIT
        self.loaded = 0
        self.separate = 0
        self.root_count = 0
        self.required_roots: list[str] = []
        self._available: set[str] = set()  # types other than pictures that finished nodes return

    def begin(self, scope: FamilyScope, node_budget: NodeBudget) -> None:
        """Set the scope of the chosen main model, and the requirements."""
        self.scope, self.node_budget = scope, node_budget
        self.pending, self.required_roots = requirements(node_budget)

    # -- what has been loaded ----------------------------------------------------------------------------------

    def _open(self, choice: str, parent: Frame | None) -> None:
        slot = parent.next_link() if parent else None
        limits = self.limits_of(parent, slot) if parent and slot else self.scope.sizes.widest
        super()._open(choice, parent)
        frame = self.stack[-1]
        self.limits[id(frame)] = limits
        producer = self._producer(frame)
        self.pending &= ~producer.satisfies
        self.loaded |= producer.supplies
        if producer.source == "main":
            self.withheld[id(frame)] = FILE_PARTS - self.scope.main_parts
        elif producer.source is not None:
            self.separate |= producer.supplies
        if parent is None:
            self.root_count += 1
            if frame.class_type in self.required_roots:
                self.required_roots.remove(frame.class_type)

    def _producer(self, frame: Frame) -> Producer:
        """Return the way to fill a link that a frame is."""
        assert frame.node_class is not None
        if frame.parent is None:
            return self.node_budget.producers.root(frame.node_class)
        bound = frame.node_class.output_matches[frame.output_slot] is not None
        kind = frame.output_type if bound else frame.node_class.outputs[frame.output_slot]
        return self.node_budget.producers.of(frame.node_class, frame.output_slot, kind)

    def _choose_value(self, choice: str) -> None:
        frame, slot = self.stack[-1], self.slot
        super()._choose_value(choice)
        if slot is not None and slot.spec.folder in MAIN_FOLDERS:
            self._borrow(frame, choice)

    def _borrow(self, frame: Frame, alias: str) -> None:
        """Note what a checkpoint lends: the part that was asked for, and those that nothing else loads."""
        file = self.catalog.by_alias(alias)
        asked = self._producer(frame)
        wanted = self.pending_loaders()
        lent = {asked.type}
        for index, kind in enumerate(LOADED_TYPES[1:], 1):
            free = not self.loaded >> index & 1 and kind not in wanted and kind not in self.scope.main_parts
            if free and file is not None and holds(file, kind):
                lent.add(kind)
        self.loaded |= kind_bits(lent)
        self.withheld[id(frame)] = FILE_PARTS - lent

    def pending_loaders(self) -> frozenset[str]:
        """Return the types for which a required loader of other files than the main model's is still to come."""
        required = self.node_budget.required_loaders
        return frozenset(kind for kind, bits in required.items() if bits & self.pending)

    def _close(self) -> None:
        before = len(self.outputs)
        super()._close()
        finished = self.finished[-1]
        if not finished.ends:
            self._available |= {output.type for output in self.outputs[before:]} - PICTURE_TYPES - finished.missing

    def may_load(self, producer: Producer) -> bool:
        """Return whether a loader may be used now: the first file is the main model's, and nothing is loaded twice.

        A required loader goes before all others of its type.
        """
        if producer.source is None:
            return True
        if producer.source == "main":
            return bool(self.pending & MAIN)
        if producer.source == "lender" and self.pending & MAIN:
            return False
        required = self.node_budget.required_loaders[producer.type] & self.pending
        if required:
            return bool(required & producer.satisfies)
        loaded = self.separate if producer.source == "files" else self.loaded
        return not loaded & kind_bits({producer.type})

    # -- costs -------------------------------------------------------------------------------------------------

    @property
    def costs(self) -> Costs:
        """The costs of new nodes in this state."""
        return self.node_budget.held if self.pending & MAIN else self.node_budget.costs

    def missing_loaders(self, loaded: int, pending: int) -> int:
        """Return the largest number of loaders that the workflow still needs.

        Args:
            loaded: bits of MODEL, CLIP and VAE that have been loaded.
            pending: bits of the open requirements.
        """
        missing = self.node_budget.loadable & ~loaded
        if pending & MAIN:
            return 1 + (missing & ~self.node_budget.producers.loaders.parts).bit_count()
        return missing.bit_count()

    def missing_shrinks(self, pending: int) -> int:
        """Return the number of nodes still needed that scale a required upscaler's picture down right after.

        Args:
            pending: bits of the open requirements.
        """
        upscalers = [bits for bits in self.scope.shrunk if pending >> 2 & bits]
        return len(upscalers) - (bool(upscalers) and self._is_shrinking())

    def _is_shrinking(self) -> bool:
        """Return whether the picture that comes next is scaled down, or the upscaler being written has been."""
        last = len(self.stack) - 1
        if last > 0 and (cls := self.stack[last].node_class) is not None and size_rule(cls).kind == "model":
            last -= 1
        frame = self.stack[last] if self.stack else None
        if frame is None or frame.node_class is None or not _may_shrink(frame.node_class):
            return False
        name = size_rule(frame.node_class).inputs[0]
        if name in frame.values or frame.linking:
            return 0 < self.number(frame, name) < 1
        slot = next(slot for slot in frame.slots if slot.name == name)
        factors = self.size_choices(frame, slot, self.scope.choices(slot.spec))
        return any(0 < float(factor) < 1 for factor in factors)

    def missing_nodes(self, loaded: int, pending: int) -> int:
        """Return the number of nodes that are counted apart from the links: missing loaders and shrinking nodes."""
        return self.missing_loaders(loaded, pending) + self.missing_shrinks(pending)

    def remaining(self) -> tuple[OpenLinks, int]:
        """Return the costs of the open links other than the next one, and the number of nodes left for all links.

        Nodes that required roots will take are subtracted.
        """
        rest = OpenLinks(self.node_budget.free, self.node_budget.free)
        frame = self.link_frame()
        for open_frame in self.stack:  # links of the last frame are filled first
            slots = [
                slot
                for slot in open_frame.slots
                if slot.name not in open_frame.values
                and slot.name not in open_frame.absent
                and (slot.role == "link" or slot.name in open_frame.linked)
            ]
            for slot in reversed(slots[1:] if open_frame is frame else slots):
                rest = self._preceded(rest, self.link_types(open_frame, slot))
        budget = self.scope.constraints.max_nodes - len(self.nodes) - len(self.stack)
        for name in self.required_roots:
            root = self.node_budget.producers.root(self.catalog.classes[name])
            budget -= self.node_budget.costs.of(root)[0]
        return rest, budget

    def _preceded(self, rest: OpenLinks, types: tuple[str, ...]) -> OpenLinks:
        """Return the costs of open links with a link of `types` before them."""
        budget = self.node_budget
        after = budget.combined(self._link_cost(budget.costs, types), rest.after)
        if self.costs is budget.costs:
            return OpenLinks(after, after)
        return OpenLinks(after, budget.in_order(self._link_cost(budget.held, types), rest.held, rest.after))

    def _link_cost(self, costs: Costs, types: tuple[str, ...]) -> Table:
        """Return the costs of one open link; none where a finished node's output can be linked instead."""
        table = costs.for_types(types)
        if not self._available.isdisjoint(types):
            table = (0, *table[1:])
        return table

    def completion_cost(self, rest: OpenLinks, frame: Frame | None) -> int:
        """Return the largest number of nodes that finishing takes, the next link included.

        Args:
            rest: costs of the other open links.
            frame: the node of the next link, None if no link is open.
        """
        missing = self.missing_nodes(self.loaded, self.pending)
        if frame is None:
            return missing + (rest.held[self.pending] if self.stack or self.root_count else 0)
        slot = frame.next_link()
        assert slot is not None
        return missing + self._preceded(rest, self.link_types(frame, slot)).held[self.pending]

    def optional_cost(self, types: tuple[str, ...]) -> int:
        """Return the number of nodes that an optional link of `types` takes at most."""
        return self.costs.for_types(types)[0]

    def leaves_room(self, rest: OpenLinks, budget: int) -> bool:
        """Return whether the workflow can be finished if a finished output fills the next link."""
        return rest.held[self.pending] + self.missing_nodes(self.loaded, self.pending) <= budget

    def room(self, rest: OpenLinks, budget: int) -> Table:
        """Return by subset of the requirements how many nodes a producer may cost that meets it with all of its links.

        Negative for subsets that are not open. What `missing_nodes` counts is not subtracted.
        """
        held = self.costs is not self.node_budget.costs
        return tuple(
            min(_BUDGET_CAP, budget - (rest.held if held and not subset & MAIN else rest.after)[self.pending & ~subset])
            if subset & ~self.pending == 0
            else -1
            for subset in range(self.node_budget.subsets)
        )

    def affordable(self, producer: Producer, cost: Table, room: Table, missing: int) -> bool:
        """Return whether a producer may fill the next link.

        Args:
            producer: the producer.
            cost: its costs.
            room: what `room` returned.
            missing: what `missing_nodes` returned; it is less where the producer is one of these nodes.
        """
        if producer.source is not None:
            if not self.may_load(producer):
                return False
            missing = self.missing_nodes(self.loaded | producer.supplies, self.pending & ~producer.satisfies)
        shrinks = _may_shrink(producer.node_class) and self.missing_shrinks(self.pending) > 0
        upscalers = sum(self.scope.shrunk) << 2 if shrinks else 0
        return any(
            cost[subset] + missing - bool(subset & upscalers) <= space
            for subset, space in enumerate(room)
            if space >= 0
        )

    def file_choices(self, frame: Frame, slot: Slot) -> tuple[str, ...]:
        """Return the aliases of the files that may be chosen for a value: those that hold what the node is there for.

        The main model's file is never chosen here.
        """
        if slot.spec.folder in MAIN_FOLDERS:
            assert frame.node_class is not None
            return self.node_budget.producers.loaders.lent(frame.node_class, self._producer(frame).type)
        return self.scope.choices(slot.spec)
