"""Values from the rows of a store: SQLite takes any value in any column, and the file may come from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..guarded_json import MEBIBYTE, JsonError, parse_json
from ..json_shapes import ListOf, Maybe, Shape, TableOf, Text, check, shown
from .durable_file import StoreError

LARGEST_TEXT = 64 * MEBIBYTE
"""Largest size of a workflow or a script in a store."""


class StoredValues:
    """Reads the values of the store in the file `path`. All methods raise StoreError for a value of another type."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def damaged(self, what: str) -> StoreError:
        """Return the error for a value that no store holds."""
        return StoreError(f"{self.path}: damaged: {what}. Take the store from a backup, or collect into another file")

    def json(self, place: str, text: Any, shape: Shape) -> Any:
        """Return the value of a JSON text, which must have a form."""
        try:
            return check(parse_json(self.text(text), place, maximum_bytes=LARGEST_TEXT), shape, place)
        except JsonError as error:
            raise self.damaged(str(error)) from error

    def script(self, text: Any) -> tuple[str, ...]:
        """Return the choices of a script from a JSON text."""
        return tuple(self.json("choices", text, ListOf(Text())))

    def graph(self, text: Any) -> dict[str, Any]:
        """Return a workflow in API format from a JSON text."""
        found: dict[str, Any] = self.json("api", text, TableOf(TableOf()))
        return found

    def meaning(self, text: Any) -> dict[str, Any] | None:
        """Return what a prompt says from a JSON text, None where there is none."""
        found: dict[str, Any] | None = None if text is None else self.json("meaning", text, Maybe(TableOf()))
        return found

    def text(self, value: Any) -> str:
        """Return a text."""
        if not isinstance(value, str):
            raise self.damaged(f"{shown(value)} where a text belongs")
        return value

    def whole(self, value: Any) -> int:
        """Return a whole number, which may be a text."""
        try:
            return int(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise self.damaged(f"{shown(value)} where a whole number belongs") from error

    def number(self, value: Any) -> float:
        """Return a number."""
        if not isinstance(value, int | float):
            raise self.damaged(f"{shown(value)} where a number belongs")
        return float(value)
