"""Titles for the nodes of a written workflow, so that whoever opens it sees which text and which sampling is which."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..graph import Link
from ..script.values import is_text
from ..silly.reading import Reading
from .sampling import samplings
from .stages import Kind, Stage

_STAGES: dict[Kind, str] = {
    "base": "First picture",
    "second_pass": "Second pass",
    "restyle": "Another style",
    "upscale": "Upscale",
    "scale": "Size",
}


def titled(api: dict[str, Any], reading: Reading, passed: tuple[Stage, ...]) -> dict[str, Any]:
    """Return a workflow with titles in `_meta` for its texts and, where there are several, its samplings.

    Args:
        api: the workflow in API format, which stays as it is.
        reading: the same workflow.
        passed: its stages.
    """
    titles = _stage_titles(passed)
    for index, title in _text_titles(reading).items():
        titles.setdefault(reading.ids[index], title)
    return {
        key: node if key not in titles else {**node, "_meta": {**node.get("_meta", {}), "title": titles[key]}}
        for key, node in api.items()
    }


def _stage_titles(passed: tuple[Stage, ...]) -> dict[str, str]:
    """Return the titles of the nodes of stages; a picture that is made in one needs none."""
    shown = [stage for stage in passed if stage.kind in _STAGES]
    return {node: _STAGES[stage.kind] for stage in shown for node in stage.nodes} if len(shown) > 1 else {}


def _text_titles(reading: Reading) -> dict[int, str]:
    """Return the titles of the nodes that hold the texts of the samplings, by what they are to a sampling."""
    found: dict[int, str] = {}
    for number, one in enumerate(samplings(reading)):
        behind = "" if number == 0 else ", later pass"
        for index in (one.node, *reading.above(one.node, "GUIDER")):
            for name, title in (("positive", "Prompt"), ("conditioning", "Prompt"), ("negative", "Must not show")):
                link = reading.link(index, name)
                for text in _texts(reading, link) if link is not None else ():
                    found.setdefault(text, title + behind)
    return found


def _texts(reading: Reading, link: Link) -> Collection[int]:
    """Return the nodes whose texts reach a conditioning, or the one that it comes from, whose text is empty."""
    texts = reading.texts(link)
    node_class = reading.class_of(link.node)
    empty = node_class is not None and any(is_text(spec) for spec in node_class.inputs)
    return texts or ([link.node] if empty else [])
