"""The baseline that copies: the training workflow of the nearest training prompt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from ...workflow.grammar.grammar import Grammar
from ..common.baselines import refitted
from ..common.pairs import Pair, family_of


class Copying:
    """Write for a prompt the script that the training data has for the nearest prompt.

    The nearest prompt is that of the highest cosine between TF-IDF weights of the words (sublinear term frequency). The
    files that a script names are replaced by installed ones, see `refitted`.
    """

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._scripts = [pair.choices for pair in pairs]
        self._families = [family_of(choices[0]) for choices in self._scripts]
        self._vectorizer = TfidfVectorizer(token_pattern=r"\w+", sublinear_tf=True)
        self._prompts = self._vectorizer.fit_transform(pair.prompt for pair in pairs)
        """(pairs, words), sparse; each row has length 1."""

    def nearest(self, prompt: str) -> Iterator[int]:
        """Yield the indices of the pairs, the nearest prompt first; of equally near ones the earlier first."""
        cosines = (self._prompts @ self._vectorizer.transform([prompt]).T).toarray()[:, 0]
        yield from (int(index) for index in np.argsort(-cosines, kind="stable"))

    def write(self, prompt: str, grammar: Grammar) -> tuple[str, ...] | None:
        """Return the script of the nearest prompt that the grammar allows; None if it allows none."""
        families = {family_of(alias) for alias in grammar.main_choices}
        for index in self.nearest(prompt):
            if self._families[index] in families:
                script = refitted(self._scripts[index], grammar)
                if script is not None:
                    return script
        return None
