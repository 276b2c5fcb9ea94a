"""All workflows that an installation can run under the user's constraints.

The grammar drives the same `Builder` that reads and writes scripts. At every state it offers only choices after which
the workflow can still be finished within the constraints: every link gets an output of a fitting type and of the
workflow's family, every value is one that this installation has, no dead node is written, and the remaining nodes
suffice (`node_budget.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property

from ..ask.words import STYLES
from ..catalog.catalog import Catalog, ModelFile
from ..catalog.good_at import good_at
from ..sense.base_sizes import base_sizes
from .constraints import Constraints
from .explanations import ConstraintError, NoModelError, explain, what_is_missing
from .failing_values import safe_values
from .family_scope import FamilyScope, main_models, main_slots
from .node_budget import INFINITE, NodeBudget, least_nodes
from .producers import Producer
from .state import ChoiceSet, DeadEndError, GrammarError, GrammarState
from .wishes import Wishes, first_size, wished_values

MAXIMUM_SETS = 20_000
"""Number of choice sets that a grammar caches."""


class Grammar:
    """All workflows that `catalog` can run under `constraints`.

    Attributes:
        catalog: the installation.
        constraints: the user's demands.
        mains: files that can be a workflow's main model.
        main_choices: their aliases.

    Raises:
        NoModelError: no model is installed from which a workflow can be made.
        ConstraintError: no workflow meets the constraints.
    """

    def __init__(self, catalog: Catalog, constraints: Constraints | None = None) -> None:
        self.catalog = catalog
        self.constraints = constraints or Constraints()
        self._sets: dict[object, ChoiceSet] = {}
        self._producers: dict[object, list[Producer]] = {}
        self._scopes: dict[object, tuple[FamilyScope, NodeBudget]] = {}
        self._least: dict[object, int] = {}
        self._values = {id(spec): (spec, offered) for spec, offered in safe_values(catalog)}
        wishes = self.constraints.wishes
        if wishes != Wishes():
            offered_for_wishes = wished_values(catalog, wishes, self._first_sizes())
            self._values |= {id(spec): (spec, offered) for spec, offered in offered_for_wishes}
        self._check_names()
        self.mains = self._mains()
        self.main_choices = tuple(file.alias for file in self.mains)

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Aliases of the files that a policy reads first: the main models, and the LoRAs that may be used on them."""
        wishes = self.constraints.wishes
        if wishes.only_loras:
            wished = {alias for alias, _ in wishes.loras}
            wished |= {alias for main in self.main_choices for alias, _ in wishes.fit(main).loras}
            return (*sorted(self.main_choices), *sorted(wished))
        scopes = {id(scope): scope for main in self.mains for scope, _ in [self.scope(main)]}.values()
        loras = {
            file.alias
            for file in self.catalog.models
            if file.folder == "loras" and any(scope.fits(file) for scope in scopes)
        }
        return (*sorted(self.main_choices), *sorted(loras - set(self.main_choices)))

    @cached_property
    def good_at(self) -> Mapping[str, tuple[str, ...]]:
        """What these files are good at, by alias, as words that a policy reads."""
        found = {alias: self.catalog.by_alias(alias) for alias in self.files}
        styles = {alias: good_at(file) for alias, file in found.items() if file is not None}
        return {alias: tuple(style for style in STYLES if style in own) for alias, own in styles.items() if own}

    def start(self) -> GrammarState:
        """Return the state before the first choice."""
        return GrammarState(self)

    def accept(self, script: Sequence[str]) -> None:
        """Check that a whole script can be written under this grammar.

        Args:
            script: its choices, from the main model to the end.

        Raises:
            GrammarError: naming the first choice that is not allowed, or where the script stops before its end.
        """
        self.allowed_counts(script)

    def allowed_counts(self, script: Sequence[str]) -> tuple[int, ...]:
        """Return the number of choices that the grammar allows at each place of a whole script.

        Raises:
            GrammarError: as `accept` does.
        """
        state, counts = self.start(), []
        for choice in script:
            counts.append(sum(len(offered.choices) for offered in state.choice_sets))
            state.choose(choice)
        if not state.done:
            raise GrammarError("the script stops before its end")
        return tuple(counts)

    def forced_choices(self, script: Sequence[str]) -> tuple[int, ...]:
        """Return the indices of a whole script's choices that were the only one allowed.

        Raises:
            GrammarError: as `accept` does.
        """
        return tuple(index for index, allowed in enumerate(self.allowed_counts(script)) if allowed == 1)

    def choice_set(self, key: object, make: Callable[[], tuple[str, ...]]) -> ChoiceSet:
        """Return the set cached under `key`, which is made if it does not exist."""
        found = self._sets.get(key)
        if found is None:
            if len(self._sets) >= MAXIMUM_SETS:
                del self._sets[next(iter(self._sets))]  # the oldest; a process may run for weeks
            found = self._sets[key] = ChoiceSet(make())
        return found

    def producers(self, key: object, make: Callable[[], list[Producer]]) -> list[Producer]:
        """Return the ways to fill a link cached under `key`, which are found if they are not known."""
        found = self._producers.get(key)
        if found is None:
            if len(self._producers) >= MAXIMUM_SETS:
                del self._producers[next(iter(self._producers))]
            found = self._producers[key] = make()
        return found

    def scope(self, main: ModelFile) -> tuple[FamilyScope, NodeBudget]:
        """Return what fits a main model. Models of one family and one kind of file share it."""
        key = self._scope_key(main)
        if key not in self._scopes:
            scope = FamilyScope(self.catalog, main, self.constraints, self._values)
            self._scopes[key] = (scope, NodeBudget(scope))
        return self._scopes[key]

    def _scope_key(self, main: ModelFile) -> object:
        """Return what the scope of a main model depends on; the lists that have it decide which loaders load it."""
        family = next(iter(main.families)) if len(main.families) == 1 else None
        listed = tuple(main.name in names for folder, names in self._main_lists if folder == main.folder)
        gguf = main.name.lower().endswith(".gguf")
        sizes = base_sizes(family or "", main.name)
        return (family, sizes, main.folder, main.role, main.parts, main.format, gguf, listed)

    @cached_property
    def _main_lists(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """The different lists of main models that loaders have, each with its folder."""
        lists = {
            (slot.spec.folder, id(slot.spec.options)): slot.spec
            for cls in self.catalog.classes.values()
            for slot in main_slots(cls)
        }
        return tuple((str(spec.folder), frozenset(map(str, spec.options))) for spec in lists.values())

    # -- what cannot be met ------------------------------------------------------------------------------------

    def _check_names(self) -> None:
        constraints = self.constraints
        for what, names in (("required", constraints.required), ("ends_in", constraints.ends_in)):
            for name in names:
                if name in self.catalog.left_out:
                    raise ConstraintError(f"{what}: {name!r} cannot be read. {self.catalog.left_out[name]}")
                if name not in self.catalog.classes:
                    close = get_close_matches(name, self.catalog.classes, 3)
                    hint = f" Similar: {', '.join(close)}." if close else ""
                    raise ConstraintError(f"{what}: the node class {name!r} is not installed.{hint}")
                if name in constraints.forbidden:
                    raise ConstraintError(f"{what}: {name!r} is also forbidden; drop one of the two.")
        if constraints.max_nodes < 1:
            raise ConstraintError(f"max_nodes: {constraints.max_nodes} leaves no room for any workflow.")
        if len(constraints.required) > 4:
            raise ConstraintError("required: at most 4 node classes can be required at once.")

    def _mains(self) -> tuple[ModelFile, ...]:
        """Return the main models that lead to a workflow. Raises as `Grammar` does."""
        mains = main_models(self.catalog, self.constraints)
        wished = tuple(file for file in mains if file.alias in self.constraints.wishes.mains)
        for among in (wished, mains):
            possible = tuple(file for file in among if self.least_nodes(file) <= self.constraints.max_nodes)
            if possible:
                return possible
        one_of_each = tuple({self._scope_key(main): main for main in mains}.values())
        raise explain(self.catalog, self.constraints, one_of_each, self._budget)

    def _first_sizes(self) -> frozenset[tuple[int, int]]:
        """Return the sizes of first pictures that the wishes ask for, one for each kind of main model."""
        limit = self.constraints.max_megapixels
        area = math.inf if limit is None else limit * 1e6
        kinds = {
            base_sizes(next(iter(file.families)) if len(file.families) == 1 else "", file.name)
            for file in main_models(self.catalog, self.constraints)
        }
        sizes = (first_size(kind, self.constraints.wishes, area) for kind in kinds)
        return frozenset(size for size in sizes if size is not None)

    def least_nodes(self, main: ModelFile) -> int:
        """Return the number of nodes that a workflow on this main model needs (an upper bound on the least)."""
        key = self._scope_key(main)
        if key not in self._least:
            scope, budget = self.scope(main)
            self._least[key] = least_nodes(budget) if scope.possible else INFINITE
        return self._least[key]

    def _budget(self, main: ModelFile, constraints: Constraints) -> NodeBudget:
        """Return the node budget of a main model under these constraints or others."""
        if constraints == self.constraints:
            return self.scope(main)[1]
        return NodeBudget(FamilyScope(self.catalog, main, constraints, self._values))

    def lacking(self) -> tuple[str, ...]:
        """Return a sentence for each main model from which no workflow can be made, with what it lacks."""
        mains = main_models(self.catalog, self.constraints)
        lacks = {self._scope_key(main): main for main in mains if self.least_nodes(main) >= INFINITE}
        texts = {key: what_is_missing(self.scope(main)[1]) for key, main in lacks.items()}
        found = ((main, self._scope_key(main)) for main in mains)
        return tuple(
            f"{main.name} ({self.scope(main)[0].family}) lacks {texts[key]}" for main, key in found if key in texts
        )


__all__ = [
    "ChoiceSet",
    "ConstraintError",
    "Constraints",
    "DeadEndError",
    "Grammar",
    "GrammarError",
    "GrammarState",
    "NoModelError",
]
