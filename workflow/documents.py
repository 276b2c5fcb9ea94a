"""A workflow in whatever document it comes: API format, UI format, or one of these in a wrapper.

People paste what they posted to /prompt, what a saved picture holds, an entry of /history, or what a service around
ComfyUI takes. In each the workflow stands under a key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..guarded_json import JsonError, parse_json
from .api_format import looks_like_ui
from .catalog.catalog import Catalog
from .graph import WorkflowError
from .problem import Problem
from .ui_format import read_ui
from .validate import validate

_WRAPPERS = ("prompt", "output", "input", "workflow")
"""Keys under which a workflow stands: of /prompt and of pictures, of what the canvas exports, and of services."""
_DEEPEST = 4


@dataclass(frozen=True)
class Document:
    """A workflow that was read from a document.

    Attributes:
        api: the workflow in API format, as far as it could be read; checked no further.
        from_canvas: whether it was in UI format.
        problems: what kept a part of it from being read.
        notes: what was left out without keeping the workflow from running.
    """

    api: Any
    from_canvas: bool = False
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def read_document(document: Any, catalog: Catalog) -> Document:
    """Return the workflow in a document.

    Args:
        document: parsed JSON.
        catalog: the installation.

    Raises:
        WorkflowError: a workflow in UI format whose graph cannot be read.
    """
    workflow = unwrapped(document)
    if not looks_like_ui(workflow):
        return Document(workflow)
    reading = read_ui(workflow, catalog)
    return Document(reading.api, True, reading.problems, reading.notes)


def check_document(document: Any, catalog: Catalog) -> Document:
    """Return the workflow in a document with everything that keeps it from running, which is nothing if it runs.

    Args:
        document: parsed JSON.
        catalog: the installation.
    """
    try:
        read = read_document(document, catalog)
    except WorkflowError as error:
        return Document(None, True, (Problem(None, None, None, str(error)),))
    found = validate(read.api, catalog) if read.api or not read.problems else []
    named = {problem.node_id for problem in found if problem.input is None}
    unread = (problem for problem in read.problems if problem.node_id not in named)
    return replace(read, problems=(*unread, *found))


def unwrapped(document: Any) -> Any:
    """Return the workflow that stands in a wrapper; a document that is none is returned unchanged.

    Where a wrapper has the workflow in both formats, API format is taken, because it is what ran.
    """
    workflow = document
    for _ in range(_DEEPEST):
        if isinstance(workflow, str):
            workflow = _parsed(workflow)
        if isinstance(workflow, list) and len(workflow) >= 3 and isinstance(workflow[2], dict):
            workflow = workflow[2]  # of /history and /queue: number, id, workflow
        if not isinstance(workflow, dict) or _is_workflow(workflow):
            break
        inner = next((workflow[key] for key in _WRAPPERS if isinstance(workflow.get(key), dict | list | str)), None)
        if inner is None:
            break
        workflow = inner
    return workflow if isinstance(workflow, dict) and _is_workflow(workflow) else document


def _is_workflow(document: dict[str, Any]) -> bool:
    return looks_like_ui(document) or any(isinstance(node, dict) and "class_type" in node for node in document.values())


def _parsed(text: str) -> Any:
    try:
        return parse_json(text, "workflow")
    except JsonError:
        return None
