"""Put what a prompt orders beside one sampling into a workflow that was written for it."""

from __future__ import annotations

from .ask.ask import Ask
from .catalog.catalog import Catalog
from .graph import Workflow
from .regions import with_regions
from .restyling import with_restyle


def with_orders(
    workflow: Workflow, ask: Ask, catalog: Catalog, *, text: str | None = None, most_nodes: int | None = None
) -> tuple[Workflow, tuple[str, ...]]:
    """Return a workflow that does what a prompt orders, and notes on what could not be done.

    Args:
        workflow: a workflow that was written for the ask.
        ask: what was read.
        catalog: the installation.
        text: what fills its texts that contain the prompt, the ask's own text in it; None for that alone.
        most_nodes: the most nodes that it may have; None for any number.
    """
    prompt = ask.text if text is None else text
    notes = []
    for one, change in (("Regions of their own", _regional), ("Turning the picture into another", _restyled)):
        changed = change(workflow, ask, catalog, prompt)
        if isinstance(changed, str):
            notes.append(changed)
        elif most_nodes is not None and len(changed.nodes) > max(most_nodes, len(workflow.nodes)):
            notes.append(f"{one} would take {len(changed.nodes)} nodes; raise max_nodes, which is {most_nodes}")
        else:
            workflow = changed
    if ask.placements:
        places = " and ".join(ask.placements)
        notes.append(f"{places[:1].upper()}{places[1:]} are only said in the text; no node places anything by depth")
    return workflow, tuple(notes)


def _regional(workflow: Workflow, ask: Ask, catalog: Catalog, prompt: str) -> Workflow | str:
    """Return a workflow with the regions that are asked for, or why there are none."""
    if not ask.regions:
        return workflow
    changed = with_regions(workflow, catalog, ask.regions, prompt, ask.text)
    return changed or "Where things are to be is only said in the text: this workflow cannot be guided region by region"


def _restyled(workflow: Workflow, ask: Ask, catalog: Catalog, prompt: str) -> Workflow | str:
    """Return a workflow that turns its picture into what is asked for, or why it does not."""
    if not ask.restyle:
        return workflow
    said = (ask.text, *(region.text for region in ask.regions))
    changed = with_restyle(workflow, catalog, ask.restyle, prompt, said)
    return changed or f"The picture is not turned into {ask.restyle!r}: this workflow has no room for another sampling"
