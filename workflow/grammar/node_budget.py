"""How many nodes it takes to fill a link: an upper bound from the cheapest completion over the type graph.

Filling a link is an AND/OR shortest path (Knuth 1977, "A generalization of Dijkstra's algorithm"): any producer of the
type will do, and it needs all of its own links filled. What a workflow must contain (`Producer.satisfies`: main model,
prompt, required classes) may occur in any branch, so a cost is kept for every subset of the requirements.

The bound is additive and therefore consistent: following the cheapest producer lowers it by exactly one, so a state
that can be finished always has a choice after which it still can. Loaders are shared but would be counted in each
branch; so MODEL, CLIP and VAE cost nothing here, and the loaders that are still missing are counted once, separately.
"""

from __future__ import annotations

from .family_scope import FamilyScope
from .producers import LOADED_TYPES, MAIN, PROMPT_TEXT, Producer, Producers

INFINITE = 10**6
"""Cost of what cannot be made."""
Table = tuple[int, ...]
"""Number of nodes by subset of the requirements, indexed by bits."""


class NodeBudget:
    """Completion costs within one scope.

    Attributes:
        scope: the scope.
        subsets: number of subsets of the requirements.
        splits: the ways to divide each subset in two.
        free: costs of what is there already.
        unreachable: costs of what cannot be made.
        types: costs of a link of each type.
        producers: the ways to fill a link.
        by_type: the same by type, each with its costs.
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
        self._supplied = self._supplied_types()
        self.types: dict[str, Table] = {}
        self._relax()
        self.by_type = {
            kind: tuple((producer, self.for_producer(producer)) for producer in producers)
            for kind, producers in self.producers.by_type.items()
        }

    def _supplied_types(self) -> dict[str, Table]:
        """Return the costs of MODEL, CLIP and VAE as far as loaders load them.

        What the main model's loader loads may bring in the main model.
        """
        found = {}
        others = 0
        loadable = False
        for producers in self.producers.by_type.values():
            for producer in producers:
                others |= producer.supplies
                loadable = loadable or producer.loads_main
        for index, (kind, main) in enumerate(zip(LOADED_TYPES, self.scope.main_model_parts(), strict=True)):
            if main and loadable:
                found[kind] = tuple(0 if subset in (0, MAIN) else INFINITE for subset in range(self.subsets))
            elif others >> index & 1:
                found[kind] = self.free
        return found

    def combined(self, left: Table, right: Table) -> Table:
        """Return the costs of two parts together: for each subset, the cheapest way to divide it between them."""
        if right == self.free:
            return left
        return tuple(min(INFINITE, min(left[a] + right[b] for a, b in split)) for split in self.splits)

    def for_types(self, types: tuple[str, ...]) -> Table:
        """Return the costs of a link that accepts any of `types`."""
        if len(types) == 1 and types[0] != "*":
            return self.types.get(types[0], self.unreachable)
        tables = (
            list(self.types.values()) if "*" in types else [self.types[kind] for kind in types if kind in self.types]
        )
        return tuple(min(column) for column in zip(*tables, strict=True)) if tables else self.unreachable

    def for_producer(self, producer: Producer) -> Table:
        """Return the costs of a new node of this producer with all of its links, itself included."""
        table = self.free
        for types in producer.links:
            table = self.combined(table, self.for_types(types))
        return self._with(producer, table)

    def _with(self, producer: Producer, table: Table) -> Table:
        has = producer.satisfies
        return tuple(min(INFINITE, 1 + table[subset & ~has]) for subset in range(self.subsets))

    def _relax(self) -> None:
        """Compute the costs of all types by sweeping over the producers until nothing gets cheaper.

        A producer that takes the type that it makes cannot be the first to make it, so a few sweeps suffice.
        """
        self.types = dict(self._supplied)
        # Producers that need the same links and meet the same requirements cost the same.
        shapes = {
            (kind, producer.links, producer.satisfies)
            for kind, producers in self.producers.by_type.items()
            for producer in producers
            if producer.makes_any_square and producer.goes_anywhere or producer.satisfies >= 4
        }
        changed = True
        while changed:
            changed = False
            sums: dict[tuple[tuple[str, ...], ...], Table] = {}
            for kind, links, satisfies in sorted(shapes):
                if links not in sums:
                    table = self.free
                    for types in links:
                        table = self.combined(table, self.for_types(types))
                    sums[links] = table
                table = sums[links]
                old = self.types.get(kind, self.unreachable)
                new = tuple(min(old[subset], 1 + table[subset & ~satisfies]) for subset in range(self.subsets))
                if new != old:
                    self.types[kind] = new
                    changed = True


def bits(flags: tuple[bool, ...]) -> int:
    """Return the flags as a number, the first flag as its lowest bit."""
    return sum(1 << index for index, flag in enumerate(flags) if flag)


def requirements(scope: FamilyScope) -> tuple[int, list[str]]:
    """Return what a workflow must contain: bits for classes inside it, names of classes that it must also end in."""
    bits, roots = MAIN | PROMPT_TEXT, []
    for index, name in enumerate(scope.constraints.required):
        if scope.catalog.classes[name].output_node:
            roots.append(name)
        else:
            bits |= 4 << index
    return bits, roots


def least_nodes(scope: FamilyScope, budget: NodeBudget) -> int:
    """Return the number of nodes of the smallest workflow, at most; INFINITE if there is none."""
    pending, required_roots = requirements(scope)
    missing_loaders = 1 + sum(
        kind in budget.types and not have for kind, have in zip(LOADED_TYPES, scope.main_model_parts(), strict=True)
    )
    roots = {cls.name: budget.for_producer(budget.producers.root(cls)) for cls in (*scope.roots, *scope.more_roots)}
    least = min((roots[cls.name][pending] for cls in scope.roots), default=INFINITE)
    more = [name for name in required_roots if name not in {cls.name for cls in scope.roots}]
    least += sum(roots[name][0] if name in roots else INFINITE for name in more)
    return min(INFINITE, least + missing_loaders)
