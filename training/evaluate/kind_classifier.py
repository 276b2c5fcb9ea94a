"""A classifier of prompts by their words, for the baseline that retrieves a workflow by the prompt's kind."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MultiLabelBinarizer

from ...miniature.scenes import kinds_of

_SMOOTHING = 0.5
_STEPS = 300


class KindClassifier:
    """Recognises the kinds of a prompt by its words and their pairs: "two red" says more than "two" and "red".

    Where every example is of one kind, multinomial naive Bayes; where some are combined, a logistic regression for each
    kind, so that kinds are recognised together that no example has together.

    Args:
        examples: pairs of prompt and kind to learn from; a combined kind is written with "+".

    Raises:
        ValueError: where there are no examples.
    """

    def __init__(self, examples: Iterable[tuple[str, str]]) -> None:
        learned = sorted(examples)
        if not learned:
            raise ValueError("no prompts with a kind to learn from")
        words = CountVectorizer(token_pattern=r"\w+", ngram_range=(1, 2))
        sets = [kinds_of(kind) for _, kind in learned]
        self._combined = any(len(kinds) > 1 for kinds in sets)
        self._labels = MultiLabelBinarizer().fit(sets)
        if self._combined:
            each = OneVsRestClassifier(LogisticRegression(max_iter=_STEPS))
            self._pipeline = make_pipeline(words, each)
            self._pipeline.fit([prompt for prompt, _ in learned], self._labels.transform(sets))
        else:
            self._pipeline = make_pipeline(words, MultinomialNB(alpha=_SMOOTHING))
            self._pipeline.fit([prompt for prompt, _ in learned], [kind for _, kind in learned])

    def kinds_of(self, prompt: str) -> frozenset[str]:
        """Return the kinds of a prompt: those that are likelier than not, or the likeliest."""
        if not self._combined:
            return frozenset([str(self._pipeline.predict([prompt])[0])])
        shares = self._pipeline.predict_proba([prompt])[0]
        likely = np.flatnonzero(shares > 0.5) if (shares > 0.5).any() else [int(shares.argmax())]
        return frozenset(str(self._labels.classes_[index]) for index in likely)


def closest(kinds: frozenset[str], known: Iterable[str]) -> str:
    """Return the known kind that shares most with a set of kinds (Jaccard index), the first where several do.

    Args:
        kinds: the set.
        known: kinds, combined ones written with "+"; at least one.
    """
    return max(sorted(known), key=lambda kind: len(kinds & kinds_of(kind)) / len(kinds | kinds_of(kind)))
