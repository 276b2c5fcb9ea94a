"""The schema of a node for whichever ComfyUI is installed."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from comfy_api.latest import io

_KNOWN = frozenset(field.name for field in fields(io.Schema))


def schema(**values: Any) -> io.Schema:
    """Return the schema without the fields that the installed ComfyUI does not know: 0.3.75 has no `search_aliases`."""
    return io.Schema(**{name: value for name, value in values.items() if name in _KNOWN})
