"""Reading JSON that others wrote: a value within stated limits, or one error that names the place.

Python's own reader raises RecursionError for deep nesting, ValueError for long numbers, takes NaN and a whole disk.
Whatever comes from a file, a server or a request is read with `parse_json` or `read_json` instead, and its form checked
with json_shapes.py.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any, NoReturn

from .opening import read_start

MEBIBYTE = 1 << 20
MAXIMUM_BYTES = 16 * MEBIBYTE
"""Largest size of a JSON text unless its reader states another."""
MAXIMUM_DEPTH = 200
"""Most objects and lists in each other: few enough for every function that calls itself for each."""
MAXIMUM_DIGITS = 308
"""Most digits of a whole number: each of these numbers has a float."""

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89abAB]|\\u[dD][c-fC-F]")


class JsonError(ValueError):
    """A text is no JSON, or has another form or size than its reader takes. The message names the place."""


def parse_json(
    text: str | bytes | bytearray,
    place: str,
    *,
    maximum_bytes: int = MAXIMUM_BYTES,
    non_finite: bool = False,
    unique_keys: bool = False,
    surrogates: bool = False,
) -> Any:
    """Return the value of a JSON text.

    Args:
        text: the text; as bytes in UTF-8, or in UTF-16 or UTF-32, with or without a byte order mark.
        place: what the text is, for messages: a file, a file and line, an address.
        maximum_bytes: the most bytes, or characters.
        non_finite: whether NaN, Infinity and numbers beyond a float's range are taken, as Python writes them.
        unique_keys: whether an object with the same key twice is refused; otherwise the last value counts.
        surrogates: whether halves of surrogate pairs are taken, which no file can be written with.

    Raises:
        JsonError: for anything that is not JSON within these limits, MAXIMUM_DEPTH and MAXIMUM_DIGITS.
    """
    if len(text) > maximum_bytes:
        raise JsonError(f"{place}: larger than {shown_size(maximum_bytes)}, the most that is read here")
    whole = text if isinstance(text, str) else _decoded(bytes(text), place)
    try:
        value = json.loads(
            whole.removeprefix("\ufeff"),
            parse_int=_integer,
            parse_float=float if non_finite else _finite,
            parse_constant=None if non_finite else _no_constant,
            object_pairs_hook=_unique if unique_keys else None,
        )
    except json.JSONDecodeError as error:
        raise JsonError(f"{place}: not JSON ({error})") from None
    except RecursionError:
        raise JsonError(_too_deep(place)) from None
    except ValueError as error:
        raise JsonError(f"{place}: {error}") from None
    _check_depth(value, place)
    if not surrogates and _ESCAPED_SURROGATE.search(whole):
        _check_text(value, place)
    elif not surrogates and isinstance(text, str):
        _check_text(whole, place)
    return value


def read_json(
    path: Path,
    *,
    maximum_bytes: int = MAXIMUM_BYTES,
    non_finite: bool = False,
    unique_keys: bool = False,
    surrogates: bool = False,
) -> Any:
    """Return the value of a JSON file, of which no more is read than `maximum_bytes`. Parameters as of `parse_json`.

    Raises:
        JsonError: naming the file, where it holds anything else.
        OSError: where it cannot be read.
    """
    return parse_json(
        read_bytes(path, maximum_bytes),
        str(path),
        maximum_bytes=maximum_bytes,
        non_finite=non_finite,
        unique_keys=unique_keys,
        surrogates=surrogates,
    )


def read_bytes(path: Path, maximum_bytes: int = MAXIMUM_BYTES) -> bytes:
    """Return the content of a file.

    Raises:
        JsonError: naming the file, where it is larger than `maximum_bytes`.
        OSError: where it cannot be read.
    """
    content = read_start(path, maximum_bytes + 1)  # not by its size, which says nothing for a device or a pipe
    if len(content) > maximum_bytes:
        raise JsonError(f"{path}: larger than {shown_size(maximum_bytes)}, the most that is read here")
    return content


def shown_size(count: int) -> str:
    """Return a number of bytes as people read it."""
    return f"{count // MEBIBYTE} MiB" if count >= MEBIBYTE else f"{count} bytes"


def _decoded(text: bytes, place: str) -> str:
    try:
        return text.decode(json.detect_encoding(text))
    except UnicodeDecodeError as error:
        raise JsonError(f"{place}: not UTF-8 text ({error.reason} at byte {error.start})") from None


def _integer(digits: str) -> int:
    if len(digits) > MAXIMUM_DIGITS + digits.startswith("-"):
        raise ValueError(f"a number of {len(digits)} digits; at most {MAXIMUM_DIGITS} are read")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"the number {digits[:40]} is too large")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice[:80]!r} stands twice in one object")
    return found


def _too_deep(place: str) -> str:
    return f"{place}: more than {MAXIMUM_DEPTH} objects and lists in each other"


def _check_depth(value: Any, place: str) -> None:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAXIMUM_DEPTH):
        if not level:
            return
        level = [
            child
            for container in level
            for child in (container.values() if isinstance(container, dict) else container)
            if isinstance(child, dict | list)
        ]
    if level:
        raise JsonError(_too_deep(place))


def _check_text(value: Any, place: str) -> None:
    """Raise JsonError for half of a surrogate pair in a value, which `_check_depth` has passed."""
    if isinstance(value, dict):
        for key, child in value.items():
            _check_text(key, place)
            _check_text(child, place)
    elif isinstance(value, list):
        for child in value:
            _check_text(child, place)
    elif isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise JsonError(f"{place}: text is not Unicode: half a surrogate pair at character {error.start}") from None
