"""Make a workflow run here: the nearest graph over what is installed, with the reason for every substitution.

fix(workflow, catalog)  # Proposal((Substitution("a.safetensors -> b.safetensors", "..."),), (SetValue(...),), ())
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..api_format import is_link, to_api
from ..catalog.catalog import Catalog, InputSpec
from ..documents import check_document, read_document
from ..families.lookup import FAMILIES
from ..graph import Workflow, WorkflowError
from ..script.values import MAIN_FOLDERS
from ..silly.reading import Reading
from .check import check, findings_of
from .edits import Edit, apply_edits, difference, edit_document
from .equivalents import replace_missing_classes
from .findings import Finding, finding_document
from .invalid import mend_invalid
from .legible import legible
from .nearest import nearest_file
from .origins import Origins, family_of
from .parts import cannot_be_loaded, misfits
from .repair import Repair, Substitution
from .rewiring import mend, suit_family, swap_main, without
from .substitutes import main_instead, other_instead

_ROUNDS = 25
"""Rounds of mending; one exchange brings others with it, but never many."""
_MOST_MISFITS = 40
"""Parts that are made to fit in one round."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The nearest graph that runs on an installation."""

    substitutions: tuple[Substitution, ...]
    """What stands in place of what, and why."""
    edits: tuple[Edit, ...]
    """The edits that make it of the given workflow (`apply_edits`)."""
    missing: tuple[Finding, ...]
    """What keeps even this from its picture; empty if nothing does."""


def proposal_document(proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as JSON data."""
    return {
        "substitutions": [{"title": each.title, "reason": each.reason} for each in proposal.substitutions],
        "edits": [edit_document(edit) for edit in proposal.edits],
        "missing": [finding_document(finding) for finding in proposal.missing],
    }


def fix(workflow: Any, catalog: Catalog) -> Proposal:
    """Return the nearest graph to a workflow that runs on an installation, as edits; nothing is changed.

    Args:
        workflow: as for `check`.
        catalog: the installation.
    """
    given = to_api(workflow, prompt="", seed=0) if isinstance(workflow, Workflow) else workflow
    try:
        api = read_document(given, catalog).api
    except WorkflowError:
        api = None
    readable = legible(api)
    if not readable:
        return Proposal((), (), tuple(each for each in check(given, catalog) if each.severity == "error"))
    repair = Repair(readable, catalog, api)
    steps: tuple[Callable[[Repair], bool], ...] = (
        replace_missing_classes, _missing_mains, _missing_files, mend_invalid, _misfits, _suited,
    )  # fmt: skip
    for _ in range(_ROUNDS):
        if not any([step(repair) for step in steps]):  # every step in each round
            break
    repair.prune()
    if not repair.api:
        return Proposal((), (), tuple(each for each in check(given, catalog) if each.severity == "error"))
    _renew(repair, api)
    edits = difference(api, repair.api)
    found = findings_of(check_document(apply_edits(api, edits), catalog), catalog)
    return Proposal(tuple(repair.substitutions), edits, tuple(each for each in found if each.severity == "error"))


def _renew(repair: Repair, api: Mapping[str, Any]) -> None:
    """Replace the nodes that lost an input: no edit takes one away, but for a link to a node that is removed."""
    readable = legible(api)
    for key, node in api.items():
        if key not in repair.api:
            if key not in readable:
                repair.note(f"without node {str(key)[:60]}", "it is no node that can be read")
            continue
        lost = [value for name, value in node["inputs"].items() if name not in repair.inputs(key)]
        if any(not (is_link(value) and value[0] in api and value[0] not in repair.api) for value in lost):
            new = repair.copy(key)
            for consumer, name, slot in repair.consumers(key):
                repair.link(consumer, name, (new, slot))
            repair.remove(key)


def _reading(repair: Repair) -> Reading | None:
    try:
        return Reading(repair.api, repair.catalog)
    except WorkflowError:
        return None


# ---- files ---------------------------------------------------------------------------------------------------------


def _missing(repair: Repair) -> list[tuple[str, str, InputSpec, str]]:
    """Return node, input, declaration and name of each model file that is not installed or cannot be used."""
    found = []
    for key in repair.api:
        for name, spec in repair.specs(key).items():
            value = repair.inputs(key).get(name)
            if not isinstance(value, str) or not spec.folder or spec.own_files or spec.remote:
                continue
            file = repair.catalog.file(spec.folder, value)
            if value not in spec.options or (file is not None and cannot_be_loaded(file)):
                found.append((key, name, spec, value))
    return found


def _missing_mains(repair: Repair) -> bool:
    """Replace main models that are missing."""
    done = False
    for key, name, spec, value in _missing(repair):
        if spec.folder not in MAIN_FOLDERS or key not in repair.api:
            continue
        near = nearest_file(value, spec, repair.catalog)
        if near is not None and near != value:
            repair.set(key, name, near)
            repair.note(f"{value} -> {near}", f"{value} is not installed; {near} is the installed file nearest by name")
            done = True
            continue
        choice = main_instead(value, str(spec.folder), repair.catalog, _family_around(repair, key))
        alike = choice is not None and choice.near in ("name", "variant")
        if choice is None or not swap_main(repair, key, name, choice.file, alike=alike):
            continue
        family = family_of(choice.file)
        shown = FAMILIES[family].shown_name if family is not None else "of unknown family"
        why = {
            "name": "is the installed file nearest by name", "variant": f"is {shown} and of the same kind",
            "family": f"is {shown}, too", "other": f"is {shown}, of which all parts are installed",
        }[choice.near]  # fmt: skip
        repair.note(f"{value} -> {choice.file.name}", f"{value} is not installed; {choice.file.name} {why}")
        done = True
    return done


def _family_around(repair: Repair, key: str) -> str | None:
    """Return the family of which the LoRAs and VAEs around a main model show it to be; None where they do not."""
    served: set[str] | None = None
    for other in repair.api:
        for name, spec in repair.specs(other).items():
            file = repair.catalog.file(spec.folder, str(repair.inputs(other).get(name)))
            if other != key and file is not None and spec.folder in ("loras", "controlnet") and file.families:
                served = set(file.families) if served is None else served & file.families
    return served.pop() if served is not None and len(served) == 1 else None


def _missing_files(repair: Repair) -> bool:
    """Replace other files that are missing, or do without them."""
    done = False
    for key, name, spec, value in _missing(repair):
        if spec.folder in MAIN_FOLDERS or key not in repair.api:
            continue
        family = _family_beside(repair, key)
        near = nearest_file(value, spec, repair.catalog) or other_instead(value, spec, repair.catalog, family)
        if near is not None and near != value:
            repair.set(key, name, near)
            repair.note(f"{value} -> {near}", f"{value} is not installed; {near} does the same")
            done = True
        elif spec.folder in ("vae", "text_encoders") and _any_part(repair, key, name, spec):
            done = True
        elif spec.folder not in ("vae", "text_encoders"):
            done = without(repair, key, f"{value} is not installed, and nothing that does the same is") or done
    return done


def _any_part(repair: Repair, key: str, name: str, spec: InputSpec) -> bool:
    """Load any file that is there, which the rules of parts that fit then replace by the right one."""
    if not spec.options:
        return _from_main(repair, key)
    file = next((each for each in spec.options if repair.catalog.file(spec.folder, str(each)) is not None), None)
    if file is None:
        return _from_main(repair, key)
    repair.set(key, name, file)
    return True


def _from_main(repair: Repair, key: str) -> bool:
    """Take a part from a checkpoint of the workflow, in place of a loader that has no file to load."""
    node_class = repair.class_of(key)
    if node_class is None or len(node_class.outputs) != 1:
        return False
    for other in repair.api:
        found = repair.output(other, node_class.outputs[0])
        if other != key and found is not None and any(
            spec.folder == "checkpoints" for spec in repair.specs(other).values()
        ):  # fmt: skip
            repair.relink((key, 0), found)
            repair.remove(key)
            repair.note(f"{node_class.name} -> {repair.api[other]['class_type']}", "no file of its kind is installed")
            return True
    return False


def _family_beside(repair: Repair, key: str) -> str | None:
    """Return the family of the only main model of a workflow, or of that which a node is put on."""
    reading = _reading(repair)
    if reading is None or key not in reading.ids:
        return None
    origins, index = Origins(reading), reading.ids.index(key)
    own = origins.family_of(origins.into(index, "MODEL"))
    families = {family_of(file) for file in reading.main_loaders.values()}
    return own or (next(iter(families)) if len(families) == 1 else None)


# ---- parts ---------------------------------------------------------------------------------------------------------


def _misfits(repair: Repair) -> bool:
    """Make parts fit one by one; the next is looked for in the graph that comes of it."""
    for count in range(_MOST_MISFITS):
        reading = _reading(repair)
        origins = None if reading is None else Origins(reading)
        if origins is None or not any(mend(repair, origins, misfit) for misfit in misfits(origins)):
            return count > 0
    return True


def _suited(repair: Repair) -> bool:
    reading = _reading(repair) if repair.changed_mains else None
    return reading is not None and suit_family(repair, reading, Origins(reading))
