"""Whether a workflow's picture has the shape that its prompt asks for: wide, tall or square."""

from __future__ import annotations

from collections.abc import Sequence

from ...workflow.ask.syntax import read_ask
from ...workflow.catalog.catalog import Catalog
from ...workflow.script.script import read_script
from ...workflow.workflow_facts import workflow_facts


def asked_shape(prompt: str) -> str | None:
    """Return the shape that a prompt asks for in words, as a ratio or as a size; None where it asks for none."""
    ask = read_ask(prompt)
    return ask.shape if ask.ratio is None else shape_of(ask.ratio.value, 1.0)


def shape_of(width: float, height: float) -> str:
    """Return the shape of a picture."""
    return "square" if width == height else "wide" if width > height else "tall"


def keeps_shape(prompt: str, choices: Sequence[str], catalog: Catalog) -> bool | None:
    """Return whether a script's picture has the shape that is asked for.

    Returns:
        None where no shape is asked for, or the picture's size is not known.
    """
    wanted = asked_shape(prompt)
    if wanted is None:
        return None
    final = workflow_facts(read_script(choices, catalog), catalog).final
    return None if final is None else shape_of(final.width, final.height) == wanted
