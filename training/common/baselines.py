"""Workflows without a model: random walks of the grammar, and scripts of the corpus fitted to an installation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from rapidfuzz.distance import Indel

from ...workflow.grammar.grammar import Grammar, GrammarState
from .pairs import family_of

_ALIAS = re.compile(r"[a-z0-9_]+/\w+")


def random_walk(grammar: Grammar, random: Random) -> tuple[str, ...]:
    """Return a script whose every choice is drawn uniformly from all that the grammar allows."""
    state = grammar.start()
    while not state.done:
        state.choose(random.choice(state.allowed()))
    return tuple(state.choices_made)


def refitted(choices: Sequence[str], grammar: Grammar) -> tuple[str, ...] | None:
    """Fit a script to another installation.

    A file that is not installed is replaced by the installed file of its family whose name is most alike (normalised
    Indel similarity).

    Returns:
        The fitted script, None where the grammar does not allow it with any such file.
    """
    state = grammar.start()
    for wanted in choices:
        choice = _most_alike(wanted, state)
        if choice is None:
            return None
        state.choose(choice)
    return tuple(state.choices_made) if state.done else None


def _most_alike(wanted: str, state: GrammarState) -> str | None:
    """Return the choice itself where it is allowed, else the allowed file of its family that is most alike."""
    allowed = state.choice_sets
    if any(wanted in choices.choices for choices in allowed):
        return wanted
    if not _ALIAS.fullmatch(wanted):
        return None
    candidates = [
        choice
        for choices in allowed
        for choice in choices.choices
        if _ALIAS.fullmatch(choice) and family_of(choice) == family_of(wanted)
    ]
    return max(candidates, key=lambda choice: (Indel.normalized_similarity(wanted, choice), choice), default=None)
