"""Why no workflow is possible: the constraint in the way, or what the installed models lack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ..catalog.catalog import Catalog, ModelFile, NodeClass
from ..catalog.model_files import left_out
from ..catalog.models_folder import is_look_alike
from ..families.lookup import FAMILIES, TEXT_ENCODERS, class_families, encoder_loading, of_medium
from ..graph import WorkflowError
from ..script.slots import class_slots
from ..script.values import MAIN_FOLDERS
from .constraints import Constraints
from .family_scope import is_of_other_media, main_models, main_slots
from .loaders import LOADED_TYPES
from .node_budget import INFINITE, NodeBudget, least_nodes

Build = Callable[[ModelFile, Constraints], NodeBudget]
"""Returns the node budget of a main model under some constraints."""

_LONGEST_LIST = 5
_ADVICE = (
    "Put a checkpoint (SD 1.5, SDXL, SD 3.5, ...) into models/checkpoints, or a diffusion model (Flux, Qwen-Image, "
    "Z-Image, ...) into models/diffusion_models with its text encoder in models/text_encoders and its VAE in "
    "models/vae."
)


class ConstraintError(WorkflowError):
    """Constraints that no workflow on this installation can meet. The message names the constraint."""


class NoModelError(ConstraintError):
    """No installed model can be the base of a workflow. The message names the files that are missing."""


def explain(catalog: Catalog, constraints: Constraints, mains: Sequence[ModelFile], build: Build) -> ConstraintError:
    """Return the error that names what is in the way of every workflow.

    Args:
        catalog: the installation.
        constraints: the user's demands, under which no workflow is possible.
        mains: the main models that they leave; all models of one scope are alike, so one of each scope is enough.
        build: see `Build`.
    """
    if not main_models(catalog, constraints):
        return _no_main(catalog, constraints)
    return _Search(catalog, constraints, mains, build).error()


class _Search:
    """Finds the constraint in the way by dropping one after the other."""

    def __init__(self, catalog: Catalog, constraints: Constraints, mains: Sequence[ModelFile], build: Build) -> None:
        self._catalog = catalog
        self._constraints = constraints
        self._mains = mains
        self._build = build

    def error(self) -> ConstraintError:
        """Return the error."""
        constraints = self._constraints
        least = min(self._least(main, constraints) for main in self._mains)
        if constraints.max_nodes < least < INFINITE:
            return ConstraintError(
                f"max_nodes: {constraints.max_nodes} are too few; with the other constraints it takes {least}."
            )
        if not self._possible(max_megapixels=None, required=(), forbidden=frozenset(), ends_in=()):
            return NoModelError(self._missing_parts())
        if constraints.max_megapixels is not None and self._possible(max_megapixels=None):
            return ConstraintError(
                f"max_megapixels: {constraints.max_megapixels:g} is too small for any workflow that meets the "
                "other constraints."
            )
        for name in constraints.required:
            found = self._possible(required=tuple(other for other in constraints.required if other != name))
            if found is not None:
                reason = _why_not(self._catalog.classes[name], found)
                return ConstraintError(f"required: no workflow on the installed models can contain {name!r}{reason}.")
        for name in sorted(constraints.forbidden):
            if self._possible(forbidden=constraints.forbidden - {name}):
                return ConstraintError(f"forbidden: without {name!r} no workflow is possible.")
        if constraints.ends_in and self._possible(ends_in=()):
            return ConstraintError(f"ends_in: no workflow can end in {', '.join(constraints.ends_in)}.")
        return ConstraintError(
            "max_megapixels, required, forbidden and ends_in: no workflow meets all of them together."
        )

    def _least(self, main: ModelFile, constraints: Constraints) -> int:
        budget = self._build(main, constraints)
        return least_nodes(budget) if budget.scope.possible else INFINITE

    def _possible(self, **changes: object) -> NodeBudget | None:
        """Return the first budget with a workflow of any number of nodes when some constraints are changed."""
        constraints = replace(self._constraints, **changes)  # type: ignore[arg-type]
        for main in self._mains:
            if self._least(main, constraints) < INFINITE:
                return self._build(main, constraints)
        return None

    def _missing_parts(self) -> str:
        """Return a message that names what the installed models lack."""
        lacking: dict[tuple[str, str], list[str]] = {}
        alike = {id(self._build(main, self._constraints)): main for main in self._mains}
        budgets = [self._build(main, self._constraints) for main in alike.values()]
        lacks = {id(budget): (budget.scope.family, what_is_missing(budget)) for budget in budgets}
        for main in main_models(self._catalog, self._constraints):
            lacking.setdefault(lacks[id(self._build(main, self._constraints))], []).append(main.name)
        left = _left_out(self._catalog, "text_encoders", "vae")
        lines = [f"{_listed(names)} ({family}) lacks {what}" for (family, what), names in lacking.items()]
        return f"The installed models cannot make a picture yet: {'; '.join(lines)}.{left}"


def _no_main(catalog: Catalog, constraints: Constraints) -> ConstraintError:
    """Return the error that gives the reason why no file can be the main model."""
    named = frozenset(family for file in catalog.models for family in file.families)
    # Those of no known family, and those that are used only where their family is named.
    installed = main_models(catalog, Constraints()) + main_models(catalog, Constraints(families=named))
    have = ", ".join(sorted({family for file in installed for family in file.families}) or ["unknown"])
    if not installed:
        return NoModelError(
            f"No diffusion model is installed, so no picture can be made. {_ADVICE}{_left_out(catalog)}"
        )
    if not constraints.families:
        return NoModelError(
            f"The installed models are only of families that are used where they are named ({have}): video, sound, "
            f"meshes, or one part of making a picture. Name one of these families, or: {_ADVICE}{_left_out(catalog)}"
        )
    return ConstraintError(
        f"families: no model of {', '.join(sorted(constraints.families))} is installed; there are models of {have}."
        f"{_left_out(catalog)}"
    )


def _left_out(catalog: Catalog, *folders: str) -> str:
    """Return the sentence that names the files of main models' folders, and of `folders`, that cannot be used."""
    places = MAIN_FOLDERS.union(folders)
    reasons = left_out(file for file in catalog.models if file.folder in places or is_look_alike(file.folder))
    more = [f"and {len(reasons) - 4} more"] if len(reasons) > _LONGEST_LIST else []
    return " Left out: " + "; ".join((reasons[:4] if more else reasons) + more) + "." if reasons else ""


# ---- what a model lacks ------------------------------------------------------------------------------------------


def what_is_missing(budget: NodeBudget) -> str:
    """Return what a scope's main model lacks to make a picture, as a list in words."""
    what = {"MODEL": _missing_loader, "CLIP": _missing_encoders, "VAE": _missing_vae}
    lacks = [what[kind](budget) for kind in LOADED_TYPES if kind not in budget.costs.types]
    return " and ".join(lacks) or "nodes that lead from it to a picture"


def _missing_loader(budget: NodeBudget) -> str:
    main = budget.scope.main
    if "MODEL" not in budget.scope.main_parts:
        return "the diffusion model itself"
    if main.name.lower().endswith(".gguf"):
        return "a node that loads it (install the pack ComfyUI-GGUF)"
    return "a node that loads it"


def _missing_encoders(budget: NodeBudget) -> str:
    scope = budget.scope
    loadings = encoder_loading(scope.family)
    if not loadings:
        return "its text encoder (models/text_encoders), which only whole checkpoints of its family have"
    have = {file.encoder: file.name for file in scope.catalog.models if file.encoder and scope.fits(file)}
    nearest = min(loadings, key=lambda loading: sum(encoder not in have for encoder in loading.encoders))
    missing = [encoder for encoder in nearest.encoders if encoder not in have]
    if missing:
        names = [_usual_file(encoder) for encoder in missing]
        return f"its text encoder (models/text_encoders, such as {' and '.join(names)})"
    files = [have[encoder] for encoder in nearest.encoders]
    loader = nearest.loader + ("GGUF" if any(name.lower().endswith(".gguf") for name in files) else "")
    return f"a node that loads its text encoder {' and '.join(files)} ({loader} with the type {nearest.type})"


def _usual_file(encoder: str) -> str:
    known = TEXT_ENCODERS.get(encoder)
    return known.files[0] if known and known.files else encoder


def _missing_vae(budget: NodeBudget) -> str:
    scope = budget.scope
    here = next((file.name for file in scope.catalog.models if file.role == "vae" and scope.fits(file)), None)
    if here is not None:
        return f"a node that loads its VAE {here} (VAELoader)"
    family = FAMILIES.get(scope.family)
    files = family.latent_space.files if family and family.latent_space else ()
    return f"its VAE (models/vae{f', such as {files[0]}' if files else ''})"


# ---- why a class cannot be used ----------------------------------------------------------------------------------


def _why_not(node_class: NodeClass, budget: NodeBudget) -> str:
    """Return why no workflow of a scope can contain a class, as ": reason"; nothing where it is not known."""
    reason = _reason(node_class, budget)
    return f": {reason}" if reason else ""


def _reason(node_class: NodeClass, budget: NodeBudget) -> str:
    scope = budget.scope
    if node_class not in scope.classes:
        return _not_offered(node_class, budget)
    short = scope.short_of((*scope.constraints.required, node_class.name))
    if short and scope.constraints.required:
        return f"the required classes load more different files of models/{min(short)} than there are that fit"
    if main_slots(node_class):
        return f"a workflow loads one main model, and {scope.main.name} needs nothing that it could load"
    for slot in class_slots(node_class):
        if slot.role == "link" and budget.costs.for_types(slot.spec.types)[0] >= INFINITE:
            kinds = " or ".join(slot.spec.types)
            makers = [cls for cls in scope.catalog.classes.values() if not set(slot.spec.types).isdisjoint(cls.outputs)]
            reasons = [f"{maker.name}: {why}" for maker in makers if (why := _not_offered(maker, budget))]
            return f"nothing that is installed fills its input {slot.name!r}, which takes {kinds}" + (
                f" ({'; '.join(reasons[:3])})" if reasons else ""
            )
    return f"nothing that leads to a picture takes its {', '.join(dict.fromkeys(node_class.outputs)) or 'output'}"


def _not_offered(node_class: NodeClass, budget: NodeBudget) -> str:
    """Return why a class is not used with the main model at all; nothing where it is, or where that is not known."""
    scope = budget.scope
    if node_class in scope.classes:
        return ""
    if node_class.api_node:
        return "it calls a paid service"
    if is_of_other_media(node_class) and scope.family not in of_medium("video"):
        return "it is for video, sound or 3D"
    families = class_families(node_class.name)
    if families is not None and scope.family not in families:
        return f"it is meant for {', '.join(sorted(families))}, not for {scope.family}"
    for slot in class_slots(node_class):
        if slot.role != "link" and slot.required and slot.spec.own_files:
            return f"its input {slot.name!r} takes a file of your own"
    if (reason := scope.without_value(node_class)) is not None:
        return reason
    if any(slot.spec.folder == "text_encoders" for slot in class_slots(node_class)):
        return f"models/text_encoders has no files that it could load for {scope.family}"
    if node_class.input_is_list or any(node_class.output_is_list):
        return "it works on lists"
    return ""


def _listed(names: Iterable[str]) -> str:
    """Return names with commas, the first few of many."""
    every = list(names)
    more = f" and {len(every) - _LONGEST_LIST} more" if len(every) > _LONGEST_LIST else ""
    return ", ".join(every[:_LONGEST_LIST]) + more
