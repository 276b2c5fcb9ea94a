"""A classifier of prompts by their words, for the baseline that retrieves a workflow by the prompt's kind."""

from __future__ import annotations

from collections.abc import Iterable

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

_SMOOTHING = 0.5


class KindClassifier:
    """Multinomial naive Bayes over the words of a prompt and their pairs: "two red" says more than "two" and "red".

    Args:
        examples: pairs of prompt and kind to learn from.

    Raises:
        ValueError: where there are no examples.
    """

    def __init__(self, examples: Iterable[tuple[str, str]]) -> None:
        learned = sorted(examples)
        if not learned:
            raise ValueError("no prompts with a kind to learn from")
        words = CountVectorizer(token_pattern=r"\w+", ngram_range=(1, 2))
        self._pipeline = make_pipeline(words, MultinomialNB(alpha=_SMOOTHING))
        self._pipeline.fit([prompt for prompt, _ in learned], [kind for _, kind in learned])

    def kind_of(self, prompt: str) -> str:
        """Return the most probable kind of a prompt."""
        return str(self._pipeline.predict([prompt])[0])
