"""Cues in a prompt: the shape, styles and effort that it asks for. No torch.

    >>> sorted(cues("Phone wallpaper, anime girl, quick sketch"))
    ['anime', 'quick', 'tall']

What is read is what the product reads (`workflow/ask`), with a ratio or size as a shape.
"""

from __future__ import annotations

from ....workflow.ask.line import asked_shape
from ....workflow.ask.syntax import read_ask
from ....workflow.ask.words import EFFORTS, SHAPES

SIZE_CUES = SHAPES
STYLE_CUES = ("photo", "anime", "pixel_art", "painting", "logo", "text")
EFFORT_CUES = EFFORTS
CUES = (*SIZE_CUES, *STYLE_CUES, *EFFORT_CUES)


def cues(prompt: str) -> frozenset[str]:
    """Return the cues in a prompt: names of CUES, at most one of SIZE_CUES and at most one of EFFORT_CUES."""
    ask = read_ask(prompt)
    shape = asked_shape(ask)
    return frozenset(cue for cue in (shape, ask.effort, *ask.styles) if cue in CUES)
