"""The picture that a workflow in API format is made for, and the nodes that lead to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .api_format import is_link
from .graph import WorkflowError

if TYPE_CHECKING:
    from .catalog.catalog import Catalog


def ancestors(api: dict[str, Any], key: str) -> set[str]:
    """Return the node and every node that it depends on."""
    seen = {key}
    stack = [key]
    while stack:
        for value in api[stack.pop()]["inputs"].values():
            if is_link(value) and value[0] in api and value[0] not in seen:
                seen.add(value[0])
                stack.append(value[0])
    return seen


def last_image(api: dict[str, Any], catalog: Catalog) -> list[Any]:
    """Return the link to the picture that goes into the last output node.

    The last output node is the one that depends on the most nodes; of several, the last in the text. Nodes of classes
    that the catalog does not have save nothing.

    Raises:
        WorkflowError: no output node takes a picture.
    """
    found = list(_saved_images(api, catalog))
    if not found:
        raise WorkflowError("workflow: makes no picture: none of its nodes saves or shows one, as SaveImage does")
    depths = {key: len(ancestors(api, key)) for key, _ in found}
    deepest = max(depths.values())
    return [link for key, link in found if depths[key] == deepest][-1]


def _saved_images(api: dict[str, Any], catalog: Catalog) -> Iterator[tuple[str, list[Any]]]:
    for key, node in api.items():
        node_class = catalog.classes.get(node["class_type"])
        for spec in node_class.inputs if node_class is not None and node_class.output_node else ():
            link = node["inputs"].get(spec.name)
            if "IMAGE" in spec.types and is_link(link) and link[0] in api:
                yield key, link
