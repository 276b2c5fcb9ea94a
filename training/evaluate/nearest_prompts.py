"""The triplets' prompts that are most like another one, for the baseline that copies what was best for them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from ...workflow.grammar.grammar import Grammar
from .selection import Rows, Script, allows


class NearestPrompts:
    """Finds the prompts that share most with another one, and the workflow that scored best for each of them.

    Prompts are compared by the cosine of their words and pairs of words, weighed by how rare each is (tf-idf).

    Args:
        rows: train triplets.
        grammar: workflows that it does not allow are left out.

    Attributes:
        digest: of all that is known.

    Raises:
        ValueError: where no workflow is left.
    """

    def __init__(self, rows: Rows, grammar: Grammar) -> None:
        best: dict[str, tuple[float, Script]] = {}
        for prompt, _, script, score in rows:
            if (prompt not in best or score > best[prompt][0]) and allows(grammar, script):
                best[prompt] = (score, script)
        if not best:
            raise ValueError("no triplet's workflow can be written for this installation")
        self.digest = hashlib.sha256(json.dumps(best).encode()).hexdigest()
        self._scripts = [script for _, script in best.values()]
        self._words = TfidfVectorizer(token_pattern=r"\w+", ngram_range=(1, 2))
        self._known = self._words.fit_transform(best)

    def scripts_for(self, prompt: str, count: int) -> list[Sequence[str]]:
        """Return different workflows, those of the most similar prompts first, at most `count`."""
        similar = (self._known @ self._words.transform([prompt]).T).toarray()[:, 0]
        ordered = (self._scripts[place] for place in np.argsort(-similar, kind="stable"))
        found: dict[Script, None] = {}
        for script in ordered:
            found[script] = None
            if len(found) == count:
                break
        return list(found)
