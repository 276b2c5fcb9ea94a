"""What a policy has to be better than: copying the training workflow of the nearest prompt, and drawing at random."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from random import Random

import numpy as np
import numpy.typing as npt

from ...workflow.grammar.grammar import Grammar, GrammarState
from .pairs import Pair, family_of

_WORD = re.compile(r"\w+")
_ALIAS = re.compile(r"[a-z0-9_]+/\w+")


def random_walk(grammar: Grammar, random: Random) -> tuple[str, ...]:
    """A script whose every choice is drawn uniformly from all that are allowed."""
    state = grammar.start()
    while not state.done:
        state.choose(random.choice(state.allowed()))
    return tuple(state.choices_made)


class Copying:
    """Answers a prompt with the script that the training data has for the nearest prompt.

    Near is the cosine of TF-IDF weights of the words. Training scripts name files that another installation does not
    have; each is replaced by the installed file of its family whose name is most alike.
    """

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._scripts = [pair.choices for pair in pairs]
        self._families = np.array([family_of(choices[0]) for choices in self._scripts], dtype=object)
        found: dict[str, tuple[array[int], array[float]]] = {}
        for index, pair in enumerate(pairs):
            for word, count in _words(pair.prompt).items():
                places, counts = found.setdefault(word, (array("l"), array("d")))
                places.append(index)
                counts.append(1 + np.log(count))
        squares = np.zeros(len(pairs))
        self._postings: dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]] = {}
        self._rarity: dict[str, float] = {}
        for word, (places, counts) in found.items():
            rarity = self._rarity[word] = float(np.log((1 + len(pairs)) / (1 + len(places)))) + 1
            at, weights = np.array(places, dtype=np.int64), np.array(counts) * rarity
            squares[at] += weights**2
            self._postings[word] = (at, weights)
        self._norms = np.sqrt(np.maximum(squares, 1e-12))

    def nearest(self, prompt: str) -> Iterator[int]:
        """Indices of the pairs, the nearest prompt first; of equally near ones the earlier first."""
        scores = np.zeros(len(self._scripts))
        for word, count in _words(prompt).items():
            if word in self._postings:
                at, weights = self._postings[word]
                scores[at] += (1 + np.log(count)) * self._rarity[word] * weights
        yield from (int(index) for index in np.argsort(-scores / self._norms, kind="stable"))

    def write(self, prompt: str, grammar: Grammar) -> tuple[str, ...] | None:
        """The script of the nearest prompt that the grammar allows; None if it allows none."""
        families = {family_of(alias) for alias in grammar.main_choices}
        for index in self.nearest(prompt):
            if self._families[index] in families:
                script = refitted(self._scripts[index], grammar)
                if script is not None:
                    return script
        return None


def refitted(choices: Sequence[str], grammar: Grammar) -> tuple[str, ...] | None:
    """A script with the files that are not there replaced by the installed ones of the same family whose names are
    most alike; None where the grammar does not allow it even so."""
    state = grammar.start()
    for wanted in choices:
        choice = _likest(wanted, state)
        if choice is None:
            return None
        state.choose(choice)
    return tuple(state.choices_made) if state.done else None


def _likest(wanted: str, state: GrammarState) -> str | None:
    allowed = state.choice_sets
    if any(wanted in choices.choices for choices in allowed):
        return wanted
    if not _ALIAS.fullmatch(wanted):
        return None
    alike = [
        choice
        for choices in allowed
        for choice in choices.choices
        if _ALIAS.fullmatch(choice) and family_of(choice) == family_of(wanted)
    ]
    return max(alike, key=lambda choice: (SequenceMatcher(None, wanted, choice).ratio(), choice), default=None)


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower()))
