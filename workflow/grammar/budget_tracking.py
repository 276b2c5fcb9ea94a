"""A builder that tracks how many nodes are left and what the workflow must still contain (`node_budget.py`)."""

from __future__ import annotations

from ..catalog.catalog import Catalog
from ..script.builder import Frame
from ..script.slots import Slot
from .family_scope import FamilyScope
from .node_budget import NodeBudget, Table, bits, requirements
from .producers import LOADED_TYPES, MAIN, Producer
from .size_rules import PICTURE_TYPES
from .size_tracking import SizeTrackingBuilder


class BudgetTrackingBuilder(SizeTrackingBuilder):
    """Builds a workflow and tracks its nodes, its loaders, and the requirements that are still open.

    Attributes:
        node_budget: completion costs of the main model's scope, known after the first choice.
        loaded: bits of MODEL, CLIP and VAE that have been loaded.
        root_count: number of roots.
        required_roots: names of required output classes that are still to come.
    """

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self.node_budget: NodeBudget = None  # type: ignore[assignment]
        self.loaded = 0
        self.root_count = 0
        self.required_roots: list[str] = []

    def begin(self, scope: FamilyScope, node_budget: NodeBudget) -> None:
        """Set the scope of the chosen main model, and the requirements."""
        self.scope, self.node_budget = scope, node_budget
        self.pending, self.required_roots = requirements(scope)

    def _open(self, choice: str, parent: Frame | None) -> None:
        slot = parent.next_link() if parent else None
        limits = self.limits_of(parent, slot) if parent and slot else self.scope.sizes.widest
        pending_main = self.pending & MAIN
        super()._open(choice, parent)
        frame = self.stack[-1]
        self.limits[id(frame)] = limits
        assert frame.node_class is not None
        producer = self.node_budget.producers.of(
            frame.node_class, frame.output_slot if parent else -1, frame.output_type, False
        )
        self.pending &= ~producer.satisfies
        self.loaded |= producer.supplies
        if pending_main and not self.pending & MAIN:
            self.loaded |= bits(self.scope.main_model_parts())
        if parent is None:
            self.root_count += 1
            if frame.class_type in self.required_roots:
                self.required_roots.remove(frame.class_type)

    def missing_loaders(self, loaded: int, pending: int) -> int:
        """Return the largest number of loaders that the workflow still needs.

        Args:
            loaded: bits of MODEL, CLIP and VAE that have been loaded.
            pending: bits of the open requirements.
        """
        count = 0
        if pending & MAIN:
            count, loaded = 1, loaded | bits(self.scope.main_model_parts())
        for index, kind in enumerate(LOADED_TYPES):
            count += kind in self.node_budget.types and not loaded >> index & 1
        return count

    def remaining(self) -> tuple[Table, int]:
        """Return the costs of the open links other than the next one, and the number of nodes left for all links.

        Nodes that required roots will take are subtracted.
        """
        rest = self.node_budget.free
        available = {output.type for output in self.outputs} - PICTURE_TYPES
        frame = self.link_frame()
        for open_frame in self.stack:
            next_skipped = open_frame is not frame
            for slot in open_frame.slots:
                if slot.name in open_frame.values or slot.name in open_frame.absent:
                    continue
                if slot.role != "link" and slot.name not in open_frame.linked:
                    continue
                if not next_skipped:
                    next_skipped = True
                    continue
                rest = self.node_budget.combined(rest, self.link_cost(open_frame, slot, available))
        budget = self.scope.constraints.max_nodes - len(self.nodes) - len(self.stack)
        for name in self.required_roots:
            root = self.node_budget.producers.root(self.catalog.classes[name])
            budget -= self.node_budget.for_producer(root)[0]
        return rest, budget

    def link_cost(self, frame: Frame, slot: Slot, available: set[str]) -> Table:
        """Return the costs of one open link.

        Args:
            frame: the node of the link.
            slot: its input.
            available: types other than pictures that a finished node has, which can be linked without a new node.
        """
        types = self.link_types(frame, slot)
        table = self.node_budget.for_types(types)
        if not available.isdisjoint(types):
            table = (0, *table[1:])
        return table

    def completion_cost(self, rest: Table, frame: Frame | None) -> int:
        """Return the largest number of nodes that finishing takes, the next link included.

        Args:
            rest: costs of the other open links.
            frame: the node of the next link, None if no link is open.
        """
        loaders = self.missing_loaders(self.loaded, self.pending)
        if frame is None:
            return loaders + (rest[self.pending] if self.stack or self.root_count else 0)
        slot = frame.next_link()
        assert slot is not None
        available = {output.type for output in self.outputs} - PICTURE_TYPES
        return loaders + self.node_budget.combined(rest, self.link_cost(frame, slot, available))[self.pending]

    def affordable(self, producer: Producer, cost: Table, room: Table, loaders: int) -> bool:
        """Return whether a producer may fill the next link.

        Args:
            producer: the producer.
            cost: its costs.
            room: by subset of the requirements, the number of nodes that a producer may cost that meets the subset;
                negative for subsets that are not open.
            loaders: number of missing loaders, unless the producer is one.
        """
        if producer.loads_model and not producer.loads_main and self.pending & MAIN:
            return False  # the first model file is the main model, and this class is not its loader
        if producer.loads_model and not self.pending & MAIN and not self.scope.known:
            return False  # a model of unknown family goes with no other
        if producer.loads_main or producer.supplies:
            pending = self.pending & ~producer.satisfies
            loaded = self.loaded | producer.supplies
            if self.pending & MAIN and producer.loads_main:
                loaded |= bits(self.scope.main_model_parts())
            loaders = self.missing_loaders(loaded, pending)
        return any(cost[subset] + loaders <= space for subset, space in enumerate(room) if space >= 0)
