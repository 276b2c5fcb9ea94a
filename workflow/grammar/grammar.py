"""All workflows that an installation can run under the user's constraints.

The grammar drives the same `Builder` that reads and writes scripts. At every state it offers only choices after which
the workflow can still be finished within the constraints: every link gets an output of a fitting type and of the
workflow's family, every value is one that this installation has, no dead node is written, and the remaining nodes
suffice (`node_budget.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property

from ..catalog.catalog import Catalog, InputSpec, ModelFile
from ..graph import WorkflowError
from .constraints import Constraints
from .family_scope import FamilyScope, main_models
from .node_budget import INFINITE, NodeBudget, least_nodes
from .state import ChoiceSet, GrammarError, GrammarState

MAXIMUM_SETS = 20_000
"""Number of choice sets that a grammar caches."""


class ConstraintError(WorkflowError):
    """Constraints that no workflow on this installation can meet. The message names the constraint."""


class NoModelError(ConstraintError):
    """No installed model can be the base of a workflow. The message names the files that are missing."""


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
        self._scopes: dict[object, tuple[FamilyScope, NodeBudget]] = {}
        self._values: dict[int, tuple[InputSpec, tuple[str, ...]]] = {}
        self._check_names()
        self.mains = self._mains()
        self.main_choices = tuple(file.alias for file in self.mains)

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Aliases of the files that a policy reads first: the main models, and the LoRAs that fit one of them."""
        scopes = {id(scope): scope for main in self.mains for scope, _ in [self.scope(main)]}.values()
        loras = {
            file.alias
            for file in self.catalog.models
            if file.folder == "loras" and any(scope.fits(file) for scope in scopes)
        }
        return (*sorted(self.main_choices), *sorted(loras - set(self.main_choices)))

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

    def scope(self, main: ModelFile) -> tuple[FamilyScope, NodeBudget]:
        """Return what fits a main model. Models of one family and one kind of file share it."""
        family = next(iter(main.families)) if len(main.families) == 1 else None
        key = (family, main.folder, main.role, main.parts, main.name.lower().endswith(".gguf"))
        if key not in self._scopes:
            scope = FamilyScope(self.catalog, main, self.constraints, self._values)
            self._scopes[key] = (scope, NodeBudget(scope))
        return self._scopes[key]

    # -- what cannot be met ------------------------------------------------------------------------------------

    def _check_names(self) -> None:
        constraints = self.constraints
        for what, names in (("required", constraints.required), ("ends_in", constraints.ends_in)):
            for name in names:
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
        possible = tuple(file for file in mains if self.least_nodes(file) <= self.constraints.max_nodes)
        if not possible:
            self._explain(mains)
        return possible

    def least_nodes(self, main: ModelFile) -> int:
        """Return the number of nodes that a workflow on this main model needs (an upper bound on the least)."""
        scope, budget = self.scope(main)
        return least_nodes(scope, budget) if scope.possible else INFINITE

    def _explain(self, mains: tuple[ModelFile, ...]) -> None:
        """Raise the error that names the constraint in the way, which is found by dropping one after the other."""
        constraints = self.constraints
        if not mains:
            self._explain_mains()
        least = min(self.least_nodes(file) for file in mains)
        if constraints.max_nodes < least < INFINITE:
            raise ConstraintError(
                f"max_nodes: {constraints.max_nodes} are too few; with the other constraints it takes {least}."
            )
        if constraints.max_megapixels is not None and self._possible(mains, max_megapixels=None):
            raise ConstraintError(
                f"max_megapixels: {constraints.max_megapixels:g} is too small for any workflow that meets the "
                "other constraints."
            )
        for name in constraints.required:
            if self._possible(mains, required=tuple(other for other in constraints.required if other != name)):
                raise ConstraintError(f"required: no workflow on the installed models can contain {name!r}.")
        for name in sorted(constraints.forbidden):
            if self._possible(mains, forbidden=constraints.forbidden - {name}):
                raise ConstraintError(f"forbidden: without {name!r} no workflow is possible.")
        if constraints.ends_in and self._possible(mains, ends_in=()):
            raise ConstraintError(f"ends_in: no workflow can end in {', '.join(constraints.ends_in)}.")
        if any((constraints.required, constraints.forbidden, constraints.ends_in)) and self._possible(
            mains, required=(), forbidden=frozenset(), ends_in=()
        ):
            raise ConstraintError("required, forbidden and ends_in: no workflow meets all of them together.")
        raise NoModelError(self._missing_parts(mains))

    def _explain_mains(self) -> None:
        """Raise the error that gives the reason why no file can be the main model."""
        families = self.constraints.families
        named = frozenset(family for file in self.catalog.models for family in file.families)
        # Those of no known family, and those that are used only where their family is named.
        installed = main_models(self.catalog, Constraints()) + main_models(self.catalog, Constraints(families=named))
        have = ", ".join(sorted({family for file in installed for family in file.families}) or ["unknown"])
        advice = (
            "Put a checkpoint (SD 1.5, SDXL, SD 3.5, ...) into models/checkpoints, or a diffusion model (Flux, "
            "Qwen-Image, Z-Image, ...) into models/diffusion_models with its text encoder in models/text_encoders and "
            "its VAE in models/vae."
        )
        if not installed:
            raise NoModelError(f"No diffusion model is installed, so no picture can be made. {advice}")
        if not families:
            raise NoModelError(
                f"The installed models are only of families that are used where they are named ({have}): video, sound, "
                f"meshes, or one part of making a picture. Name one of these families, or: {advice}"
            )
        raise ConstraintError(
            f"families: no model of {', '.join(sorted(families))} is installed; there are models of {have}."
        )

    def _possible(self, mains: tuple[ModelFile, ...], **changes: object) -> bool:
        """Return whether a workflow exists with some constraints changed and any number of nodes."""
        constraints = replace(self.constraints, **changes)  # type: ignore[arg-type]
        for main in mains:
            scope = FamilyScope(self.catalog, main, constraints, self._values)
            if scope.possible and least_nodes(scope, NodeBudget(scope)) < INFINITE:
                return True
        return False

    def _missing_parts(self, mains: tuple[ModelFile, ...]) -> str:
        """Return a message that names what the installed models lack."""
        lines = []
        for main in mains[:5]:
            scope, budget = self.scope(main)
            lacks = [kind for kind in ("MODEL", "CLIP", "VAE") if kind not in budget.types]
            what = {
                "MODEL": "a node that loads it",
                "CLIP": "its text encoder (models/text_encoders)",
                "VAE": "its VAE (models/vae)",
            }
            lines.append(
                f"{main.name} ({scope.family}) lacks "
                + (" and ".join(what[kind] for kind in lacks) or "nodes that lead from it to a picture")
            )
        return "The installed models cannot make a picture yet: " + "; ".join(lines) + "."


__all__ = [
    "ChoiceSet",
    "ConstraintError",
    "Constraints",
    "Grammar",
    "GrammarError",
    "GrammarState",
    "NoModelError",
]
