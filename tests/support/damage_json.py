"""Damage to JSON data: a value replaced, a key renamed, something taken out or put in."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

_GARBAGE: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2.5, 1e308, 10**300, float("nan"), float("inf"), "", "x", "IMAGE", "MODEL", "*", "a,b",
    "INT", "COMBO", "\ud800", [], {}, [1], [[]], ["a"], {"a": 1}, ["COMBO", {}], ["INT", {"min": 5, "max": 1}],
    "COMFY_MATCHTYPE_V3", "COMFY_AUTOGROW_V3", [["a", "b"], {"default": "c"}], ["IMAGE"], "required", ":1", "@end",
)  # fmt: skip


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to each value inside `value`."""
    inner = value.items() if isinstance(value, dict) else enumerate(value[:30]) if isinstance(value, list) else ()
    for key, child in inner:
        yield (*place, key)
        yield from _places(child, (*place, key))


def damaged(data: Any, draw: random.Random) -> Any:
    """Return a copy of JSON data with one to three things wrong."""
    found = copy.deepcopy(data)
    for _ in range(draw.randint(1, 3)):
        *way, last = draw.choice(list(_places(found)))
        holder = found
        for key in way:
            holder = holder[key]
        what = draw.random()
        if what < 0.65:
            holder[last] = copy.deepcopy(draw.choice(_GARBAGE))
        elif isinstance(holder, list):
            holder.insert(last, copy.deepcopy(draw.choice(_GARBAGE)))
        elif what < 0.8:
            holder[str(draw.choice(_GARBAGE))] = holder.pop(last)
        else:
            del holder[last]
    return found
