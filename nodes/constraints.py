"""What the user demands of a workflow, read from widgets."""

from __future__ import annotations

import re

from ..workflow.grammar.constraints import Constraints


def read_constraints(
    families: str = "",
    max_nodes: int = 24,
    max_megapixels: float = 0.0,
    required: str = "",
    forbidden: str = "",
    ends_in: str = "",
) -> Constraints:
    """Lists are separated by commas or line ends; `max_megapixels` 0 is no bound. The grammar says what is wrong
    with them, since it knows what is installed."""
    return Constraints(
        families=frozenset(name.lower() for name in _names(families)),
        maximum_nodes=max_nodes,
        maximum_megapixels=max_megapixels or None,
        required=_names(required),
        forbidden=frozenset(_names(forbidden)),
        ends_in=_names(ends_in),
    )


def _names(text: str) -> tuple[str, ...]:
    """In order, each once."""
    return tuple(dict.fromkeys(name.strip() for name in re.split(r"[,\n]", text) if name.strip()))
