"""What makes no sense in a graph that a person wired, by those rules of `silly` that are not a matter of taste.

The grammar writes no second main model, no fourth sampling and no guidance against a zeroed prompt; people do that on
purpose, to refine one model's picture with another, or to compare two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ..catalog.catalog import Catalog
from ..saved_picture import ancestors
from ..sense.base_sizes import base_sizes
from ..sense.roles import is_empty_latent
from ..silly.models import joined_with_itself, lora_twice, patched_again, same_file_twice
from ..silly.pictures import unfit_first_size, upscaling_undone
from ..silly.reading import Finding, Reading
from ..silly.sampling import denoise_of_nothing, praise_in_negative, unread_negative
from .edits import SetValue, difference
from .findings import Change
from .repair import Repair

_RULES = (
    lora_twice, patched_again, joined_with_itself, denoise_of_nothing, unread_negative, praise_in_negative,
    upscaling_undone,
)  # fmt: skip
"""Rules that follow the links, and so find the same in a part of a workflow as in the whole."""
_MOST_NODES = 500
"""Nodes of a workflow for which this is looked at; some rules compare each node with all before it."""
_MOST_BRANCHES = 8
"""Pictures of one workflow that are looked at one by one."""


def senseless(
    api: dict[str, Any], reading: Reading, asked: Collection[tuple[int, int]] = ()
) -> Iterator[tuple[Finding, Change | None]]:
    """Yield what makes no sense in the making of each picture, with what mends it; nothing for videos and sounds.

    Args:
        api: the workflow, every node of which can be read (`legible`).
        reading: the same.
        asked: widths and heights that the user asked for.
    """
    if not reading.makes_pictures or len(api) > _MOST_NODES:
        return
    for rule in _RULES:
        for found in rule(reading):
            yield found, _change(rule.__name__, found, api, reading.catalog)
    several = len(reading.main_loaders) > 1 or any(True for _ in same_file_twice(reading))
    branches = _branches(api, reading) if several else []
    for kept in branches if len(branches) > 1 else [None]:
        one = reading
        if kept is not None:  # two pictures may be made to be compared
            one = Reading({key: node for key, node in api.items() if key in kept}, reading.catalog)
        yield from ((found, None) for found in same_file_twice(one))
        if not any(node_class.name.startswith("ConditioningSetArea") for _, _, node_class in one):
            for found in unfit_first_size(one, {*asked, *_off_the_grid_alone(one)}):
                yield found, _other_size(found, one)


def _branches(api: dict[str, Any], reading: Reading) -> list[set[str]]:
    """Return the nodes behind each output node, without those of which another has all and more."""
    outputs = (reading.ids[index] for index, _, node_class in reading if node_class.output_node)
    found = sorted((ancestors(api, key) for key in outputs), key=len, reverse=True)
    kept: list[set[str]] = []
    for one in found:
        if len(kept) < _MOST_BRANCHES and not any(len(one - other) <= 1 for other in kept):  # all but the output node
            kept.append(one)
    return kept


def _off_the_grid_alone(reading: Reading) -> Iterator[tuple[int, int]]:
    """Yield the sizes of first latents that are only off the grid of a family, which spoils no picture."""
    sizes = base_sizes(*reading.family)
    for index, _, node_class in reading:
        width, height = reading.number(index, "width"), reading.number(index, "height")
        if not is_empty_latent(node_class) or not width or not height or width % 8 or height % 8:
            continue
        if sizes.in_shape(width, height) and sizes.near_area(width, height):
            yield int(width), int(height)


def _change(rule: str, found: Finding, api: dict[str, Any], catalog: Catalog) -> Change | None:
    """Return what mends a finding of a rule, where that is one thing."""
    key = found.nodes[-1]
    if rule == "denoise_of_nothing" and isinstance(api[key]["inputs"].get("denoise"), int | float):
        title = f"denoise {api[key]['inputs']['denoise']:g} -> 1"
        return Change(title, found.message, (SetValue(key, "denoise", 1.0),))
    if rule in ("lora_twice", "patched_again"):
        repair = Repair(api, catalog)
        if repair.bypass(key):
            class_type = api[key]["class_type"]
            return Change(f"without the second {class_type}", found.message, difference(api, repair.api))
    return None


def _other_size(found: Finding, reading: Reading) -> Change | None:
    """Return the size of about the same shape that a model is made for."""
    key, sizes = found.nodes[-1], base_sizes(*reading.family)
    index = reading.ids.index(key)
    width, height = reading.number(index, "width"), reading.number(index, "height")
    new = None if not width or not height else sizes.nearest(width, height)
    if new is None or not sizes.fits(*new):
        return None
    edits = (SetValue(key, "width", new[0]), SetValue(key, "height", new[1]))
    return Change(f"size {width:g} x {height:g} -> {new[0]} x {new[1]}", found.message, edits)
