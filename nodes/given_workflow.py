"""The workflow that a node is about: given as text, or else the graph that the node itself runs in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..workflow.api_format import is_link
from ..workflow.as_script import AsScript, as_script
from ..workflow.catalog.catalog import Catalog
from ..workflow.graph import WorkflowError
from ..workflow.saved_picture import ancestors


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


def linked_part(graph: Any, node_id: str, name: str) -> tuple[dict[str, Any], Sequence[Any]]:
    """The nodes that make what is linked to an input of a running node, in API format, and that link. graph: the hidden
    dynprompt, which also has the nodes that others expanded into; the running node may be one of them. Raises
    WorkflowError."""
    link = graph.get_node(node_id)["inputs"].get(name)
    if not is_link(link):
        raise WorkflowError(f"{name}: no link says which node made it. Give the workflow that made it as a text")
    nodes = graph.get_original_prompt() | {key: graph.get_node(key) for key in sorted(graph.all_node_ids())}
    kept = ancestors(nodes, link[0])
    return {key: node for key, node in nodes.items() if key in kept}, link


def read_given(
    workflow: str, running: Any, catalog: Catalog, prompt: str, image: Sequence[Any] | None = None
) -> AsScript:
    """The given workflow as a script. image: as in `as_script`. Raises WorkflowError."""
    return as_script(given_document(workflow, running), catalog, prompt, image)


def looks_at_the_graph(workflow: str | None) -> bool:
    """Whether the running graph is meant: an empty text that is not linked. (A linked text is not known yet.)"""
    return workflow is not None and not workflow.strip()
