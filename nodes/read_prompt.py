"""What a client that shows what is read while somebody types is answered."""

from __future__ import annotations

from typing import Any

from ..guarded_json import parse_json

MAXIMUM_BYTES = 1024 * 1024
"""Most bytes of a request; the longest prompt takes less than half of them."""


def read_sent(body: bytes) -> dict[str, Any]:
    """Return what a prompt says, at once: from the last look at the installation, which another thread renews.

    Parameters:
        body: {"prompt": text}, with inputs of Prompt to Workflow beside it, as JSON.

    Raises ValueError for a body of another form.
    """
    from ..workflow.ask.corrections import read_corrections
    from ..workflow.cards.read import read_document
    from ..workflow.grammar.constraints import read_constraints
    from .live_catalog import known_catalog

    sent = parse_json(body, "the body", maximum_bytes=MAXIMUM_BYTES)
    if not isinstance(sent, dict) or not isinstance(sent.get("prompt"), str):
        raise ValueError('the body must be {"prompt": text}, with the inputs of Prompt to Workflow beside it')
    try:
        constraints = read_constraints({name: sent.get(name) for name in ("families", "max_nodes", "max_megapixels")})
    except TypeError as error:
        raise ValueError(f"max_nodes, max_megapixels: {error}") from error
    return read_document(sent["prompt"], known_catalog(), constraints, read_corrections(sent))
