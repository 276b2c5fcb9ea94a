"""How many nodes it takes, at most, to fill a link: the cheapest completion over the type graph.

Filling a link is an AND/OR shortest path (Knuth 1977, "A generalization of Dijkstra's algorithm"): any producer of
the type will do, and it needs all of its own links filled. What a workflow must contain (`FamilyScope.satisfies` bits:
main model, prompt, required classes) may be fulfilled in any branch, so a cost is kept for every subset.

The bound is additive, hence consistent: following the cheapest producer lowers it by exactly one, so a state that
can be finished always has a choice after which it still can. Loaders would be counted once a branch though they are
shared, so MODEL, CLIP and VAE cost nothing here, and the loaders that are still missing are counted once beside it.
"""

from __future__ import annotations

from .family_scope import MAIN, PROMPT_TEXT, FamilyScope, Producer

INFINITE = 10**6
Table = tuple[int, ...]
"""Cost by subset of the requirements, indexed by bits."""


class NodeBudget:
    """Completion costs within one scope. `subsets` is the number of subsets of the requirements."""

    def __init__(self, scope: FamilyScope) -> None:
        self.scope = scope
        self.subsets = 4 << len(scope.constraints.required)
        self.splits = [
            [(part, whole & ~part) for part in range(self.subsets) if part & whole == part]
            for whole in range(self.subsets)
        ]
        self.nothing: Table = tuple(0 if subset == 0 else INFINITE for subset in range(self.subsets))
        self.never: Table = (INFINITE,) * self.subsets
        self._supplied = self._supplied_types()
        self.types: dict[str, Table] = {}
        self._relax()
        self.producers = {
            kind: tuple((producer, self.producer(producer)) for producer in producers)
            for kind, producers in scope.producers.items()
        }

    def _supplied_types(self) -> dict[str, Table]:
        """MODEL, CLIP and VAE, as far as loaders supply them; those that the main model's loader supplies may
        bring in the main model."""
        found = {}
        others = 0
        loadable = False
        for producers in self.scope.producers.values():
            for producer in producers:
                others |= producer.supplies
                loadable = loadable or producer.loads_main
        for index, (kind, main) in enumerate(zip(("MODEL", "CLIP", "VAE"), self.scope.loaded_elsewhere(), strict=True)):
            if main and loadable:
                found[kind] = tuple(0 if subset in (0, MAIN) else INFINITE for subset in range(self.subsets))
            elif others >> index & 1:
                found[kind] = self.nothing
        return found

    def together(self, left: Table, right: Table) -> Table:
        """Both: the cheapest way to share out each subset."""
        if right == self.nothing:
            return left
        return tuple(min(INFINITE, min(left[a] + right[b] for a, b in split)) for split in self.splits)

    def any_of(self, types: tuple[str, ...]) -> Table:
        """A link that takes any of `types`."""
        if len(types) == 1 and types[0] != "*":
            return self.types.get(types[0], self.never)
        tables = (
            list(self.types.values()) if "*" in types else [self.types[kind] for kind in types if kind in self.types]
        )
        return tuple(min(column) for column in zip(*tables, strict=True)) if tables else self.never

    def producer(self, producer: Producer) -> Table:
        """A new node of this producer with all of its links, itself included."""
        table = self.nothing
        for types in producer.links:
            table = self.together(table, self.any_of(types))
        return self._with(producer, table)

    def _with(self, producer: Producer, table: Table) -> Table:
        has = producer.satisfies
        return tuple(min(INFINITE, 1 + table[subset & ~has]) for subset in range(self.subsets))

    def _relax(self) -> None:
        """Sweeps until nothing gets cheaper. Producers that take what they make are no help in the first place, so a
        few sweeps are enough."""
        self.types = dict(self._supplied)
        # Producers that need the same links and fulfil the same requirements cost the same.
        shapes = {
            (kind, producer.links, producer.satisfies)
            for kind, producers in self.scope.producers.items()
            for producer in producers
            if producer.squares and producer.anywhere or producer.satisfies >= 4
        }
        changed = True
        while changed:
            changed = False
            sums: dict[tuple[tuple[str, ...], ...], Table] = {}
            for kind, links, satisfies in sorted(shapes):
                if links not in sums:
                    table = self.nothing
                    for types in links:
                        table = self.together(table, self.any_of(types))
                    sums[links] = table
                table = sums[links]
                old = self.types.get(kind, self.never)
                new = tuple(min(old[subset], 1 + table[subset & ~satisfies]) for subset in range(self.subsets))
                if new != old:
                    self.types[kind] = new
                    changed = True


def bits(flags: tuple[bool, ...]) -> int:
    """The flags as a number, the first as its lowest bit."""
    return sum(1 << index for index, flag in enumerate(flags) if flag)


def requirements(scope: FamilyScope) -> tuple[int, list[str]]:
    """What a workflow must contain: bits for classes inside it, names for classes that it must also end in."""
    bits, roots = MAIN | PROMPT_TEXT, []
    for index, name in enumerate(scope.constraints.required):
        if scope.catalog.classes[name].output_node:
            roots.append(name)
        else:
            bits |= 4 << index
    return bits, roots


def least_nodes(scope: FamilyScope, costs: NodeBudget) -> int:
    """Nodes that a workflow takes at most if it is kept as small as can be; INFINITE if there is none."""
    pending, required_roots = requirements(scope)
    state_loaders = 1 + sum(
        kind in costs.types and not have
        for kind, have in zip(("MODEL", "CLIP", "VAE"), scope.loaded_elsewhere(), strict=True)
    )
    roots = {cls.name: costs.producer(scope.producer(cls, -1, "", False)) for cls in (*scope.roots, *scope.more_roots)}
    least = min((roots[cls.name][pending] for cls in scope.roots), default=INFINITE)
    more = [name for name in required_roots if name not in {cls.name for cls in scope.roots}]
    least += sum(roots[name][0] if name in roots else INFINITE for name in more)
    return min(INFINITE, least + state_loaders)
