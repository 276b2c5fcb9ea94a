"""The workflow that a node is about: given as text, or else the graph that the node itself runs in."""

from __future__ import annotations

import json
from typing import Any

from ..workflow.as_script import AsScript, as_script
from ..workflow.catalog import Catalog
from ..workflow.graph import WorkflowError


def given_document(workflow: str, running: Any) -> Any:
    """JSON of API or UI format; the text of a script; or `running`, the hidden prompt, where `workflow` is empty."""
    text = workflow.strip()
    if not text:
        return running
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WorkflowError(f"workflow: is not JSON: {error}") from error


def read_given(workflow: str, running: Any, catalog: Catalog, prompt: str) -> AsScript:
    """The given workflow as a script. Raises WorkflowError."""
    return as_script(given_document(workflow, running), catalog, prompt)


def looks_at_the_graph(workflow: str | None) -> bool:
    """Whether the running graph is meant: an empty text that is not linked. (A linked text is not known yet.)"""
    return workflow is not None and not workflow.strip()
