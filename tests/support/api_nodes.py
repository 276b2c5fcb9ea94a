"""Nodes in API format."""

from __future__ import annotations

from typing import Any


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    """Return a node in API format."""
    return {"class_type": class_type, "inputs": inputs}
