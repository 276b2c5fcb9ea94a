"""Put a user's negative text and number of pictures into a workflow in API format.

The policy writes neither: it chooses negative phrases of its table, to which the user's text is added.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from .api_format import is_link
from .catalog.catalog import Catalog
from .script.values import is_text
from .sense.roles import is_empty_latent, side_of, zeroes

_FAULTS = re.compile(
    r".*\bquality|low ?res\w*|(?:bad|extra|missing|fused|poorly|mutated?|deformed|ugly|worst)\b.*|"
    r"(?:jpe?g )?artifacts?|blurry|cropped|error|username|out of frame|duplicate|disfigured|embedding:.*|\(.*|.*:\d.*",
    re.I,
)
_MOST_PARTS = 6
"""What is longer is a list for models with a negative prompt."""


def in_words(negative: str) -> str:
    """Return "without X or Y" for a negative text, for a model that reads sentences and no negative text.

    Returns:
        The words; empty where nothing but faults of pictures are listed, which no sentence keeps away.
    """
    parts = [part.strip(" .") for part in re.split(r"[,;\n]", negative)]
    shown = [part for part in dict.fromkeys(parts) if part and not _FAULTS.fullmatch(part)]
    if not shown or len(shown) > _MOST_PARTS:
        return ""
    return "without " + " or ".join((", ".join(shown[:-1]), shown[-1]) if len(shown) > 1 else shown)


def with_negative(api: dict[str, Any], negative: str, catalog: Catalog) -> dict[str, Any] | None:
    """Return a workflow with a text added to what its samplings are led away from.

    Returns:
        The workflow; None where no text leads a sampling away from anything, as with models that need no guidance.
    """
    positive, away = (set(_texts(api, catalog, side)) for side in ("positive", "negative"))
    places = away - positive
    if not places:
        return None
    changed = copy.deepcopy(api)
    for key, name in places:
        own = changed[key]["inputs"][name]
        changed[key]["inputs"][name] = f"{negative}, {own}" if own else negative
    return changed


def with_batch(api: dict[str, Any], count: int, catalog: Catalog) -> dict[str, Any]:
    """Return a workflow whose empty latents hold `count` pictures, where their classes can."""
    changed = copy.deepcopy(api)
    for node in changed.values():
        node_class = catalog.classes.get(node["class_type"])
        if node_class is not None and is_empty_latent(node_class) and "batch_size" in node["inputs"]:
            node["inputs"]["batch_size"] = count
    return changed


def _unguided(node: dict[str, Any]) -> bool:
    """Return whether a sampling ignores what it is to be led away from."""
    cfg = node["inputs"].get("cfg")
    return isinstance(cfg, int | float) and cfg <= 1


def _ends(node: dict[str, Any], catalog: Catalog) -> bool:
    """Return whether a node passes no conditioning on, as BasicGuider, so that what it takes is the prompt."""
    node_class = catalog.classes.get(node["class_type"])
    return node_class is not None and "CONDITIONING" not in node_class.outputs


def _texts(api: dict[str, Any], catalog: Catalog, side: str) -> Iterator[tuple[str, str]]:
    """Yield node id and input of every text on one side of a sampling."""
    waiting = [
        (value[0], value[1])
        for node in api.values()
        for name, value in node["inputs"].items()
        if is_link(value) and (name == side or (side == "positive" and name == "conditioning" and _ends(node, catalog)))
        if side == "positive" or not _unguided(node)
    ]
    seen: set[tuple[str, int]] = set()
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        key, slot = place
        node = api[key]
        node_class = catalog.classes.get(node["class_type"])
        if node_class is None or (side == "negative" and zeroes(node_class)):
            continue
        own = side_of(node_class, slot)
        for spec in node_class.inputs:
            value = node["inputs"].get(spec.name)
            if own and {"positive": "negative", "negative": "positive"}[own] in spec.name:
                continue
            if is_text(spec) and isinstance(value, str):
                yield key, spec.name
            elif "CONDITIONING" in spec.types and is_link(value):
                waiting.append((value[0], value[1]))
