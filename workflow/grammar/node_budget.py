"""How many nodes it takes to fill a link: an upper bound from the cheapest completion over the type graph.

Filling a link is an AND/OR shortest path (Knuth 1977, "A generalization of Dijkstra's algorithm"): any producer of the
type will do, and it needs all of its own links filled. What a workflow must contain (`Producer.satisfies`: main model,
prompt, required classes) may occur in any branch, so a cost is kept for every subset of the requirements.

Loaders are shared but would be counted in each branch. So MODEL, CLIP and VAE cost nothing here, and each of them that
is not loaded yet is counted once, separately (`BudgetTrackingBuilder.missing_loaders`).

Why a state that can be finished always has a choice after which it still can: The bound of a state is the number of
missing loaders plus, for the best division of the open requirements among the open links, the sum of the links' costs.
Take a link whose share of that sum is c. If c comes from a producer, its class is offered, because the grammar offers
every producer of this table whose cost fits; taking it replaces c by the costs of its own links, which sum to c - 1,
and uses one node. If c is 0 because the type is loaded or a finished node returns it, that output can be linked, and
nothing changes. If c is 0 because its loader is counted as missing, the loader is offered, and one fewer is missing. So
some choice lowers bound and remaining nodes alike, and bound <= remaining nodes is kept until the end. Four facts carry
this, and each has its place:

- A source counts only for what its files hold, and stays usable until it is used: the loaders that may stand in are
  listed once (`Loaders`), and a type is loaded once unless the user requires another of its loaders.
- A required loader of a type goes before all others of that type, so that it is the one that was counted as missing
  (`NodeBudget.required_loaders`). Then it costs nothing beyond that.
- A checkpoint that lends a part may only be loaded after the main model, since a script's first model file is the main
  model. Where a type comes from lenders alone it is *late*: until the main model is loaded, links count by a second
  table (`held`), in which late types cannot be made, and in which a link either takes in the main model before any late
  link, or does without late types.
- A required upscaler whose picture is too large wherever it stands is scaled down right after. The node that does so is
  counted once and separately, as a missing loader is (`BudgetTrackingBuilder.missing_shrinks`).
- Sizes are kept apart: the tables use only dependable producers, which can fill a link under any valid limits
  (`Producer.dependable`), and every open link has valid limits (`size_limits.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from .family_scope import FamilyScope
from .loaders import LOADED_TYPES
from .producers import MAIN, PROMPT_TEXT, Producer, Producers

INFINITE = 10**6
"""Cost of what cannot be made."""
Table = tuple[int, ...]
"""Number of nodes by subset of the requirements, indexed by bits."""


class Costs:
    """Completion costs, either once the main model is loaded and where nothing is late, or until then (`held`).

    Attributes:
        types: costs of a link of each type.
        by_type: the ways to fill a link of each type, each with its costs.
    """

    def __init__(
        self,
        budget: NodeBudget,
        given: dict[str, Table],
        after: Costs | None = None,
        late: frozenset[str] = frozenset(),
    ) -> None:
        """Compute all costs.

        Args:
            budget: the node budget that they belong to.
            given: costs of MODEL, CLIP and VAE as far as they can be loaded.
            after: costs that hold once the main model is loaded, where these here hold only until then.
            late: types whose loaders may not be used yet.
        """
        self._budget = budget
        self._after = after
        self._late = late
        self._sums: dict[tuple[tuple[str, ...], ...], Table] = {}  # by the links of a producer
        self.types = dict(given)
        self._relax()
        self.by_type = {
            kind: tuple((producer, self.of(producer)) for producer in producers)
            for kind, producers in budget.producers.by_type.items()
        }

    def for_types(self, types: tuple[str, ...]) -> Table:
        """Return the costs of a link that accepts any of `types`."""
        unreachable = self._budget.unreachable
        if len(types) == 1 and types[0] != "*":
            return self.types.get(types[0], unreachable)
        tables = (
            list(self.types.values()) if "*" in types else [self.types[kind] for kind in types if kind in self.types]
        )
        return tuple(min(column) for column in zip(*tables, strict=True)) if tables else unreachable

    def of(self, producer: Producer) -> Table:
        """Return the costs of a new node of this producer with all of its links, itself included."""
        if producer.source is not None and producer.type in self._late:
            return self._budget.unreachable
        table = self._sums.get(producer.links)
        if table is None:
            table = self._sums[producer.links] = self._links(producer.links)
        return self._with(producer.satisfies, table)

    def _links(self, links: Sequence[tuple[str, ...]]) -> Table:
        """Return the costs of all links of a producer together."""
        budget = self._budget
        if self._after is None:
            table = budget.free
            for types in links:
                table = budget.combined(table, self.for_types(types))
            return table
        held, after = budget.free, budget.free
        for types in reversed(links):
            held = budget.in_order(self.for_types(types), held, after)
            after = budget.combined(self._after.for_types(types), after)
        return held

    def _with(self, satisfies: int, table: Table) -> Table:
        """Return the costs of a node with links of these costs."""
        costs = [min(INFINITE, 1 + table[subset & ~satisfies]) for subset in range(self._budget.subsets)]
        if self._after is not None and satisfies & MAIN:  # it loads the main model, and no later link does
            costs = [cost if subset & MAIN else INFINITE for subset, cost in enumerate(costs)]
        return tuple(costs)

    def _relax(self) -> None:
        """Compute the costs of all types by sweeping over the producers until nothing gets cheaper.

        A producer that takes the type that it makes cannot be the first to make it, so a few sweeps suffice.
        """
        # Producers that need the same links and meet the same requirements cost the same.
        shapes = sorted(
            {
                (kind, producer.links, producer.satisfies)
                for kind, producers in self._budget.producers.by_type.items()
                for producer in producers
                if producer.dependable and not (producer.source is not None and kind in self._late)
            }
        )
        changed = True
        while changed:
            changed = False
            sums: dict[tuple[tuple[str, ...], ...], Table] = {}
            for kind, links, satisfies in shapes:
                if links not in sums:
                    sums[links] = self._links(links)
                old = self.types.get(kind, self._budget.unreachable)
                new = tuple(map(min, old, self._with(satisfies, sums[links])))
                if new != old:
                    self.types[kind] = new
                    changed = True


class NodeBudget:
    """Completion costs within one scope.

    Attributes:
        scope: the scope.
        producers: the ways to fill a link.
        subsets: number of subsets of the requirements.
        splits: the ways to divide each subset in two.
        free: costs of what is there already.
        unreachable: costs of what cannot be made.
        loadable: bits of MODEL, CLIP and VAE that can be loaded.
        required_loaders: by loaded type, the bits of the required classes that load it from other files than the main
            model's.
        costs: the costs once the main model is loaded.
        held: the costs until then; the same as `costs` where no type is late.
    """

    def __init__(self, scope: FamilyScope) -> None:
        self.scope = scope
        self.producers = Producers(scope)
        self.subsets = 4 << len(scope.constraints.required)
        self.splits = [
            [(part, whole & ~part) for part in range(self.subsets) if part & whole == part]
            for whole in range(self.subsets)
        ]
        self.free: Table = tuple(0 if subset == 0 else INFINITE for subset in range(self.subsets))
        self.unreachable: Table = (INFINITE,) * self.subsets
        self.loadable = 0
        self.required_loaders: dict[str, int] = {}
        given, held, late = self._loaded_types()
        self.costs = Costs(self, given)
        self.held = Costs(self, held, self.costs, late) if late else self.costs

    def _loaded_types(self) -> tuple[dict[str, Table], dict[str, Table], frozenset[str]]:
        """Return the costs of MODEL, CLIP and VAE as far as loaders load them, the same until then, and what is late.

        What the main model's loader loads may bring in the main model.
        """
        after: dict[str, Table] = {}
        held: dict[str, Table] = {}
        late = set()
        parts = self.producers.loaders.parts
        for index, kind in enumerate(LOADED_TYPES):
            sources = [each for each in self.producers.by_type.get(kind, ()) if each.source is not None]
            own = [each for each in sources if each.source == "main"]
            others = [each for each in sources if each.source != "main"]
            required = [each for each in others if each.satisfies >= 4]
            self.required_loaders[kind] = 0
            for each in required:
                self.required_loaders[kind] |= each.satisfies & ~3
            if parts >> index & 1:
                if own:
                    self.loadable |= 1 << index
                    after[kind] = self._table({0, MAIN})
                    held[kind] = self._table({MAIN})
            elif others:
                self.loadable |= 1 << index
                bits = self.required_loaders[kind]
                after[kind] = self._table({0, bits} if bits.bit_count() == 1 else {0})
                if any(each.source == "lender" for each in required) or all(each.source == "lender" for each in others):
                    late.add(kind)
                else:
                    held[kind] = after[kind]
        return after, held, frozenset(late)

    def _table(self, free: set[int]) -> Table:
        """Return costs that are 0 for these subsets and infinite for all others."""
        return tuple(0 if subset in free else INFINITE for subset in range(self.subsets))

    def combined(self, left: Table, right: Table) -> Table:
        """Return the costs of two parts together: for each subset, the cheapest way to divide it between them."""
        if right == self.free:
            return left
        if left == self.free:
            return right
        return tuple(min(INFINITE, min(left[a] + right[b] for a, b in split)) for split in self.splits)

    def in_order(self, first: Table, held: Table, after: Table) -> Table:
        """Return the held costs of a part that is filled before another.

        Args:
            first: held costs of the first part.
            held: those of the second part, where the main model is still to be loaded after the first.
            after: costs of the second part once the main model is loaded.
        """
        return tuple(
            min(INFINITE, min(first[a] + (after if a & MAIN else held)[b] for a, b in split)) for split in self.splits
        )


def requirements(budget: NodeBudget) -> tuple[int, list[str]]:
    """Return what a workflow must contain: bits for classes inside it, names of classes that it must also end in.

    The loader of the main model has no bit of its own, since it is met with the main model.
    """
    scope = budget.scope
    bits, roots = MAIN | PROMPT_TEXT, []
    for index, name in enumerate(scope.constraints.required):
        if scope.catalog.classes[name].output_node:
            roots.append(name)
        elif name not in budget.producers.loaders.main:
            bits |= 4 << index
    return bits, roots


def least_nodes(budget: NodeBudget) -> int:
    """Return the number of nodes of the smallest workflow, at most; INFINITE if there is none."""
    scope, producers = budget.scope, budget.producers
    pending, required_roots = requirements(budget)
    loaders = 1 + (budget.loadable & ~producers.loaders.parts).bit_count()
    later = {cls.name: budget.costs.of(producers.root(cls))[0] for cls in (*scope.roots, *scope.more_roots)}
    total = sum(later.get(name, INFINITE) for name in required_roots)
    least = min(
        (
            budget.held.of(producers.root(cls))[pending] - (later[cls.name] if cls.name in required_roots else 0)
            for cls in scope.roots
        ),
        default=INFINITE,
    )
    return min(INFINITE, least + total + loaders + len(scope.shrunk))
