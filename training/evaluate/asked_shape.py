"""Whether a workflow's picture has the shape that its prompt asks for: wide, tall or square."""

from __future__ import annotations

from collections.abc import Sequence

from ...workflow.ask.ask import Ratio
from ...workflow.ask.line import asked_shape, shape_of
from ...workflow.ask.syntax import read_ask
from ...workflow.catalog.catalog import Catalog
from ...workflow.script.script import read_script
from ...workflow.workflow_facts import workflow_facts


def keeps_shape(prompt: str, choices: Sequence[str], catalog: Catalog) -> bool | None:
    """Return whether a script's picture has the shape that is asked for.

    Returns:
        None where no shape is asked for, or the picture's size is not known.
    """
    wanted = asked_shape(read_ask(prompt))
    if wanted is None:
        return None
    final = workflow_facts(read_script(choices, catalog), catalog).final
    return None if final is None else shape_of(Ratio(final.width, final.height)) == wanted
