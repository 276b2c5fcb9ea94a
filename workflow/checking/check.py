"""Check a workflow before it runs.

check(workflow, catalog)  # [Finding("4", "KSampler", "cfg", "settings", "warning", "cfg 7 burns the picture"), ...]
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from ..api_format import to_api
from ..catalog.catalog import Catalog, InputSpec, expanded_inputs
from ..documents import Document, check_document
from ..graph import Workflow, WorkflowError
from ..problem import Problem
from ..silly.reading import Reading
from .edits import SetValue, difference
from .findings import Change, Finding
from .legible import legible
from .nearest import nearest_file
from .origins import Origins
from .parts import Misfit, misfits
from .repair import Repair
from .rewiring import mend
from .senseless import senseless
from .settings import OffSetting, off_settings

_MOST_MENDED = 12
"""Parts that do not fit for which a change is looked for."""


def check(workflow: Any, catalog: Catalog, asked: Collection[tuple[int, int]] = ()) -> list[Finding]:
    """Return what is wrong with a workflow, errors first; an empty list if nothing is.

    Families and ranges that are not known give no finding.

    Args:
        workflow: a Workflow, or parsed JSON in API or UI format, also in a wrapper (`documents.unwrapped`). Nodes are
            named by their ids in API format.
        catalog: the installation.
        asked: widths and heights that the user asked for, which are fine whatever the model.
    """
    given = to_api(workflow, prompt="", seed=0) if isinstance(workflow, Workflow) else workflow
    document = check_document(given, catalog)
    return findings_of(document, catalog, asked)


def findings_of(document: Document, catalog: Catalog, asked: Collection[tuple[int, int]] = ()) -> list[Finding]:
    """Return what is wrong with a workflow that `check_document` read."""
    found = [_of_problem(problem, document.api, catalog) for problem in document.problems]
    readable = legible(document.api)
    refused = {(each.node_id, each.input) for each in found}
    if readable:
        found += [
            each
            for each in _of_reading(readable, catalog, asked, document.api)
            if (each.node_id, each.input) not in refused
        ]
    once = {(each.node_id, each.input, each.kind, each.message): each for each in reversed(found)}
    return sorted(reversed(once.values()), key=lambda finding: finding.severity != "error")


def _of_reading(
    api: dict[str, Any], catalog: Catalog, asked: Collection[tuple[int, int]], taken: Iterable[Any]
) -> Iterator[Finding]:
    """Yield what runs and fails, or spoils the picture; `taken` are the ids of all nodes, unreadable ones too."""
    try:
        reading = Reading(api, catalog)
    except WorkflowError:
        return  # what ComfyUI would refuse, and `validate` reports
    origins = Origins(reading)
    for count, misfit in enumerate(misfits(origins)):
        yield Finding(
            reading.ids[misfit.index], reading.node(misfit.index).class_type, misfit.input, "does_not_fit",
            misfit.severity, misfit.message, _mended(api, origins, misfit, taken) if count < _MOST_MENDED else None,
        )  # fmt: skip
    for off in off_settings(origins):
        yield _of_setting(off, reading)
    for each, change in senseless(api, reading, asked):
        node = each.nodes[-1]
        yield Finding(node, api[node]["class_type"], None, "silly", "warning", each.message, change)


def _mended(api: dict[str, Any], origins: Origins, misfit: Misfit, taken: Iterable[Any]) -> Change | None:
    """Return the change that makes a part fit, None where nothing that is installed does."""
    repair = Repair(api, origins.reading.catalog, taken)
    if not mend(repair, origins, misfit):
        return None
    repair.prune()
    titles = "; ".join(each.title for each in repair.substitutions)
    reasons = "; ".join(each.reason for each in repair.substitutions)
    return Change(titles, reasons, difference(api, repair.api))


def _of_setting(off: OffSetting, reading: Reading) -> Finding:
    node_id = reading.ids[off.index]
    shown = f"{off.value:g}" if isinstance(off.value, float) else str(off.value)
    better = f"{off.better:g}" if isinstance(off.better, float) else str(off.better)
    title = f"{off.input.replace('_name', '')} {shown} -> {better}"
    change = Change(title, off.message, (SetValue(node_id, off.input, off.better),))
    class_type = reading.node(off.index).class_type
    return Finding(node_id, class_type, off.input, "settings", "warning", off.message, change)


# ---- what ComfyUI would refuse -------------------------------------------------------------------------------------


def _of_problem(problem: Problem, api: Any, catalog: Catalog) -> Finding:
    """Return a problem of `validate` as a finding, with the kind of thing that is missing."""
    class_type, name = problem.class_type, problem.input
    if class_type is not None and class_type not in catalog.classes and name is None:
        message = problem.message + "; install the pack that has it, or take the node out"
        return Finding(problem.node_id, class_type, None, "missing_class", "error", message)
    node = api.get(problem.node_id) if isinstance(api, dict) else None
    inputs = node.get("inputs") if isinstance(node, dict) else None
    value = inputs.get(name) if isinstance(inputs, dict) and isinstance(name, str) else None
    spec = _spec(class_type, name, inputs, catalog) if isinstance(value, str) else None
    if spec is None or problem.node_id is None or not isinstance(value, str) or value in spec.options:
        return Finding(problem.node_id, class_type, name, "invalid", "error", problem.message)
    if spec.own_files:
        message = f"{value} is not in the input folder: choose another picture, or put the file there"
        return Finding(problem.node_id, class_type, name, "missing_file", "error", message)
    if not spec.folder:
        return Finding(problem.node_id, class_type, name, "invalid", "error", problem.message)
    return _missing_file(problem.node_id, str(class_type), spec, str(name), value, catalog)


def _missing_file(node_id: str, class_type: str, spec: InputSpec, name: str, value: str, catalog: Catalog) -> Finding:
    """Return the finding of a model file that is not installed, with the nearest one that is."""
    found = nearest_file(value, spec, catalog)
    shown = value[:200]
    if found is None:
        there = "there is no file like it" if spec.options else "there is none"
        message = f"{shown} is not installed, and {there}: put it into models/{spec.folder}, or choose another file"
        return Finding(node_id, class_type, name, "missing_file", "error", message)
    message = (
        f"{shown} is not installed; the nearest file is {found}: choose it, or put {shown} into models/{spec.folder}"
    )
    change = Change(
        f"{shown} -> {found}", f"{found} is the installed file nearest by name", (SetValue(node_id, name, found),)
    )
    return Finding(node_id, class_type, name, "missing_file", "error", message, change)


def _spec(
    class_type: str | None, name: str | None, inputs: dict[str, Any] | None, catalog: Catalog
) -> InputSpec | None:
    node_class = catalog.classes.get(class_type or "")
    if node_class is None or inputs is None:
        return None
    return next((spec for key, spec, _ in expanded_inputs(node_class.inputs, inputs) if key == name), None)
