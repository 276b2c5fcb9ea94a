"""What a prompt asks for, without the choice of main models that is made for it: the policy's own choice is seen."""

from __future__ import annotations

from dataclasses import replace

from ...workflow.asked import Asked
from ...workflow.grammar.wishes import GUIDANCE_CLASS

_OF_THE_CHOSEN = frozenset({GUIDANCE_CLASS, "CLIPSetLastLayer"})
"""Classes that are required because of which main models were chosen, unless the prompt or the caller names them."""


def with_any_main(asked: Asked) -> Asked:
    """Return the same with every installed main model to choose from, at any settings that are not asked for.

    Where a main model is named, nothing changes.
    """
    ask, constraints = asked.ask, asked.constraints
    if ask.model or any(one.sort == "model" and not one.missing for one in ask.mentions):
        return asked
    skips = ask.clip_skip is not None and ask.clip_skip > 1
    wishes = replace(
        constraints.wishes,
        mains=frozenset(),
        fits=(),
        only_loras=False,
        last_clip_layer=constraints.wishes.last_clip_layer if skips else None,
    )
    kept = {*asked.given.required, *(["CLIPSetLastLayer"] if skips else [])}
    required = tuple(name for name in constraints.required if name in kept or name not in _OF_THE_CHOSEN)
    return replace(asked, constraints=replace(constraints, required=required, wishes=wishes))
