"""Read the workflow that a node works on: given as text, or else the graph that the node itself runs in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..guarded_json import JsonError, parse_json
from ..workflow.api_format import is_link
from ..workflow.graph import WorkflowError
from ..workflow.saved_picture import ancestors

if TYPE_CHECKING:
    from ..workflow.as_script import AsScript
    from ..workflow.catalog.catalog import Catalog


def given_document(workflow: str, running: Any) -> Any:
    """Return the workflow as JSON of API or UI format, or as a script's text; `running` where `workflow` is empty.

    running: the hidden prompt of the node.
    Raises WorkflowError for a text that begins as JSON and is none.
    """
    text = workflow.strip()
    if not text:
        return running
    return document_of(text) if text.startswith(("{", "[")) else text


def document_of(text: str) -> Any:
    """Return the value of a JSON text; of what is posted to ComfyUI's /prompt, the workflow in it.

    Raises WorkflowError, naming the place, for what is no JSON.
    """
    try:
        value = parse_json(text, "workflow")
    except JsonError as error:
        raise WorkflowError(str(error)) from error
    inside = value.get("prompt") if isinstance(value, dict) else None
    posted = isinstance(inside, dict) and "class_type" not in inside and "nodes" not in value
    return inside if posted else value


def linked_part(graph: Any, node_id: str, name: str) -> tuple[dict[str, Any], Sequence[Any]]:
    """Return the nodes that an input of a running node depends on, in API format, and the input's link.

    Parameters:
        graph: the hidden dynprompt, which also has the nodes that others expanded into.
        node_id: id of the running node, which may be one of those.
        name: the input.

    Raises WorkflowError where the input is not linked.
    """
    link = graph.get_node(node_id)["inputs"].get(name)
    if not is_link(link):
        raise WorkflowError(f"{name}: is not linked to the node that made it. Give the workflow that made it as a text")
    nodes = graph.get_original_prompt() | {key: graph.get_node(key) for key in sorted(graph.all_node_ids())}
    kept = ancestors(nodes, link[0])
    return {key: node for key, node in nodes.items() if key in kept}, link


def read_given(
    workflow: str, running: Any, catalog: Catalog, prompt: str, image: Sequence[Any] | None = None
) -> AsScript:
    """Return the given workflow as a script; `image` is a link as in `as_script`. Raises WorkflowError."""
    from ..workflow.as_script import as_script  # the grammar, which ComfyUI's start need not wait for

    return as_script(given_document(workflow, running), catalog, prompt, image)


def looks_at_the_graph(workflow: str | None) -> bool:
    """Return whether the node works on the running graph: its text is empty and not linked.

    workflow: the text, None for a link, whose text is not known yet.
    """
    return workflow is not None and not workflow.strip()
