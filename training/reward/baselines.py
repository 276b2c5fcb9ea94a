"""What a reward ensemble has to beat: linear models of words and choices, and inputs that show only a part.

The baseline that shares nothing with the policy is in encoders.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, PredefinedSplit

from ...models.policy.policy import Policy
from .data import Encoded, Example

Floats = npt.NDArray[np.float64]
Features = Callable[[Example], "set[str]"]

PENALTIES = (1.0, 10.0, 100.0, 1000.0)
"""Penalties on squared weights to choose from."""
_CROSSES = 4096
"""Weights that pairs of a word and a choice are hashed onto."""
_LEAST = 3
"""Examples in which a word or choice must stand to have a weight of its own."""
_WORD = re.compile(r"\w+")


def words(example: Example) -> set[str]:
    """Return the words of the prompt in lower case."""
    return set(_WORD.findall(example.prompt.lower()))


def choices(example: Example) -> set[str]:
    """Return the choices of the script; the value of a setting stands together with its name."""
    pairs = zip(("", *example.choices), example.choices, strict=False)
    return {before + choice if before.endswith("=") else choice for before, choice in pairs}


def words_and_choices(example: Example) -> set[str]:
    """Return the words of the prompt and the choices of the script."""
    return {"word " + word for word in words(example)} | choices(example)


@dataclass(frozen=True)
class LinearBaseline:
    """Ridge regression on the presence of features (scikit-learn).

    Attributes:
        features: the features of an example.
        index: the column of each feature.
        crosses: whether pairs of a word and a choice are features, too, hashed onto a fixed number of columns.
        model: the regression.
    """

    features: Features
    index: dict[str, int]
    crosses: bool
    model: Any

    @staticmethod
    def fit(examples: Sequence[Example], features: Features, crosses: bool = False) -> LinearBaseline:
        """Fit a baseline, with the penalty that has the least squared error on a tenth of the prompts."""
        counts = Counter(name for example in examples for name in features(example))
        names = sorted(name for name, count in counts.items() if count >= _LEAST)
        empty = LinearBaseline(features, {name: column for column, name in enumerate(names, 1)}, crosses, None)
        matrix, targets = empty._matrix(examples), np.array([example.score for example in examples])
        left = np.array([crc32(example.prompt.encode("utf-8", "replace")) % 10 == 0 for example in examples])
        model: Any = Ridge(alpha=PENALTIES[0], solver="cholesky")
        if left.any() and not left.all():
            split = PredefinedSplit(np.where(left, 0, -1))
            model = GridSearchCV(model, {"alpha": PENALTIES}, scoring="neg_mean_squared_error", cv=split)
        return replace(empty, model=model.fit(matrix, targets))

    def predict(self, examples: Sequence[Example]) -> Floats:
        """Return the predicted scores, (examples,)."""
        found: Floats = self.model.predict(self._matrix(examples))
        return found

    def _matrix(self, examples: Sequence[Example]) -> Floats:
        """Return the features, (examples, columns); column 0 is empty, since scikit-learn needs one column."""
        plain = 1 + len(self.index)
        matrix = np.zeros((len(examples), plain + (_CROSSES if self.crosses else 0)))
        for row, example in enumerate(examples):
            matrix[row, [self.index[name] for name in self.features(example) if name in self.index]] = 1
            if self.crosses:
                chosen = choices(example)
                for word in words(example):
                    for choice in chosen:
                        matrix[row, plain + crc32(f"{word} {choice}".encode("utf-8", "replace")) % _CROSSES] += 1
        return matrix


def linear_models(crosses: bool) -> Iterator[tuple[str, Features, bool]]:
    """Yield the name of each linear baseline, its features, and whether it has crosses."""
    yield "ridge: prompt", words, False
    yield "ridge: choices", choices, False
    yield "ridge: both", words_and_choices, False
    if crosses:
        yield "ridge: both and pairs", words_and_choices, True


def without_script(policy: Policy, encoded: Sequence[Encoded]) -> list[Encoded]:
    """Return the examples with their prompts alone."""
    return [replace(each, script=(policy.vocabulary.end_id,)) for each in encoded]


def without_prompt(policy: Policy, encoded: Sequence[Encoded]) -> list[Encoded]:
    """Return the examples with their scripts alone."""
    context = tuple(policy.context("").ids)
    return [replace(each, context=context) for each in encoded]
