"""Files and values as damage, another program or malice makes them, drawn from good ones by a seeded generator."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 3, 2**31, 2**63, 2**64, 10**30, -(10**300), 0.5, -1e-300, 1e308, "", "x", "0", "null",
    "x" * 5000, "\0", "../../x", "a\nb", "\N{CAT FACE}", [], {}, [None], [[]], [1, 2, 3], ["1", 0], ["1", -1],
    ["1", 1e300], {"a": None}, {"": ""}, {"__value__": []}, list(range(300)),
    {str(number): [] for number in range(300)},
)  # fmt: skip
"""Values that may stand anywhere in JSON that somebody else wrote."""
RAW = (
    "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 4301, "-" + "9" * 400, "[" * 2000 + "]" * 2000,
    '{"a":' * 2000 + "1" + "}" * 2000, "[" * 150 + "]" * 150, '"\\ud800"', '"\\udfff x"', "[" * 100_000,
    '{"a":1,"a":2}', "01", "'x'", "//", "",
)  # fmt: skip
"""Texts in the place of a JSON value that Python cannot write, or JSON does not have."""
_MARK = "\N{WHITE SQUARE}mark\N{WHITE SQUARE}"


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each list or object within a value with a key of it."""
    stack = [value]
    while stack:
        container = stack.pop()
        for key in container if isinstance(container, dict) else range(len(container)):
            yield container, key
            if isinstance(container[key], dict | list):
                stack.append(container[key])


def changed_value(value: Any, draw: Random) -> Any:
    """A copy of a JSON value with some of its parts exchanged, removed, moved or repeated."""
    copied = copy.deepcopy(value)
    for _ in range(draw.choice((1, 1, 1, 2, 5))):
        places = list(_places(copied)) if isinstance(copied, dict | list) else []
        if not places or draw.random() < 0.02:
            return draw.choice(ODD)
        container, key = draw.choice(places)
        match draw.randrange(6):
            case 0:
                del container[key]
            case 1:
                other, place = draw.choice(places)
                container[key] = copy.deepcopy(other[place]) if _has(other, place) else None
            case 2 if isinstance(container, dict):
                container[draw.choice(("", "x", "__proto__", "\0", "a" * 300))] = container.pop(key)
            case 3 if isinstance(container, list):
                container.insert(key, copy.deepcopy(container[key]))
            case _:
                container[key] = copy.deepcopy(draw.choice(ODD))
    return copied


def _has(container: Any, key: Any) -> bool:
    return key in container if isinstance(container, dict) else key < len(container)


def changed_json(value: Any, draw: Random) -> bytes:
    """The text of a JSON value that is changed as a value, or as a text."""
    if draw.random() < 0.7:
        return json.dumps(changed_value(value, draw), ensure_ascii=draw.random() < 0.5).encode("utf-8", "replace")
    places = list(_places(copied := copy.deepcopy(value))) if isinstance(value, dict | list) else []
    if places and draw.random() < 0.7:
        container, key = draw.choice(places)
        container[key] = _MARK
        text = json.dumps(copied, ensure_ascii=False).replace(f'"{_MARK}"', draw.choice(RAW))
        return text.encode("utf-8", "replace")
    return changed_bytes(json.dumps(value).encode(), draw)


def changed_bytes(data: bytes, draw: Random) -> bytes:
    """The content of a file that is cut, or in which bytes are others, missing, repeated or added."""
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 3, 20))):
        at = draw.randrange(len(changed) + 1)
        match draw.randrange(6):
            case 0:
                del changed[at:]
            case 1 if at < len(changed):
                changed[at] = draw.randrange(256)
            case 2:
                changed[at:at] = draw.randbytes(draw.choice((1, 8, 300)))
            case 3:
                del changed[at : at + draw.choice((1, 8, 300))]
            case 4:
                changed[at:at] = changed[at : at + 300] * draw.choice((1, 50))
            case _:
                changed[at : at + 8] = draw.choice((bytes(8), b"\xff" * 8, b"[" * 3000, b"9" * 5000, b"\xef\xbb\xbf"))
    return bytes(changed)


def changed_text(text: str, draw: Random) -> str:
    """A text as `changed_bytes` makes it, read as UTF-8."""
    return changed_bytes(text.encode("utf-8"), draw).decode("utf-8", "replace")
