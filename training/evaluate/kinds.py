"""Telling a prompt's kind from its words: naive Bayes, as plain as can be."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"\w+")
_SMOOTHING = 0.5


class Kinds:
    """A multinomial classifier with Laplace smoothing, trained on (prompt, kind).

    Raises ValueError where there is nothing to learn from.
    """

    def __init__(self, examples: Iterable[tuple[str, str]]) -> None:
        self._words: dict[str, Counter[str]] = {}
        prompts: Counter[str] = Counter()
        for prompt, kind in examples:
            self._words.setdefault(kind, Counter()).update(words(prompt))
            prompts[kind] += 1
        if not prompts:
            raise ValueError("no prompts with a kind to learn from")
        vocabulary = len({word for counts in self._words.values() for word in counts}) + 1
        self._rates = {kind: counts.total() + _SMOOTHING * vocabulary for kind, counts in self._words.items()}
        self._priors = {kind: math.log(count / prompts.total()) for kind, count in sorted(prompts.items())}

    def kind_of(self, prompt: str) -> str:
        """The likeliest kind."""
        found = list(words(prompt))

        def likelihood(kind: str) -> float:
            counts, rate = self._words[kind], self._rates[kind]
            return self._priors[kind] + sum(math.log((counts[word] + _SMOOTHING) / rate) for word in found)

        return max(self._priors, key=likelihood)


def words(prompt: str) -> Iterable[str]:
    """The words of a prompt and their neighbours in pairs: "two red" says more than "two" and "red"."""
    plain: list[str] = _WORD.findall(prompt.lower())
    return [*plain, *(f"{first} {second}" for first, second in zip(plain, plain[1:], strict=False))]
