"""One thing that is wrong with a workflow, and the hint at what was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_MOST_OPTIONS = 5000
"""Options that a hint is looked for among; comparing more takes seconds."""
_LONGEST = 200
"""Letters of a name that are compared."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        node_id: id of the node; None where the problem concerns more than one node.
        class_type: class of the node, None where it is unknown.
        input: name of the input; None where the problem concerns more than one input.
        message: the problem.
    """

    node_id: str | None
    class_type: str | None
    input: str | None
    message: str

    def __str__(self) -> str:
        parts = []
        if self.node_id is not None:
            parts.append(f"node {self.node_id!r} ({self.class_type})" if self.class_type else f"node {self.node_id!r}")
        if self.input is not None:
            parts.append(f"input {self.input!r}")
        return f"{', '.join(parts)}: {self.message}" if parts else self.message


def closest(value: Any, options: Iterable[Any]) -> str:
    """Return a hint at the options most similar to `value`, ignoring case, or an empty string."""
    names: dict[str, str] = {}
    for option in options:
        names.setdefault(str(option)[:_LONGEST].lower(), str(option))
        if len(names) >= _MOST_OPTIONS:
            break
    found = difflib.get_close_matches(str(value)[:_LONGEST].lower().strip(), names, n=3, cutoff=0.6)
    return "; did you mean " + " or ".join(repr(names[name]) for name in found) + "?" if found else ""
