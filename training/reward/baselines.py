"""What a reward ensemble has to beat: linear models of the words and choices, and what networks read that see only a
part. Those that share nothing with the policy are in encoders.py."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
import numpy.typing as npt

from ...models.policy.policy import Policy
from .data import Encoded, Example

Floats = npt.NDArray[np.float64]

PENALTIES = (1.0, 10.0, 100.0, 1000.0)
_CROSSES = 4096
_LEAST = 3
"""Examples that a word or choice must stand in to have a weight of its own."""
_WORD = re.compile(r"\w+")


def words(example: Example) -> set[str]:
    """Of the prompt, lower case."""
    return set(_WORD.findall(example.prompt.lower()))


def choices(example: Example) -> set[str]:
    """Of the script; the value of a setting together with its name."""
    pairs = zip(("", *example.choices), example.choices, strict=False)
    return {before + choice if before.endswith("=") else choice for before, choice in pairs}


def words_and_choices(example: Example) -> set[str]:
    return {"word " + word for word in words(example)} | choices(example)


Features = Callable[[Example], "set[str]"]


@dataclass(frozen=True)
class Ridge:
    """Linear regression on the presence of features, with a penalty on squared weights (Hoerl and Kennard 1970); with
    `crosses` also on the presence of each pair of a word and a choice, hashed onto a fixed number of weights."""

    features: Features
    index: dict[str, int]
    crosses: bool
    weights: Floats
    offset: float

    @staticmethod
    def fit(examples: Sequence[Example], features: Features, crosses: bool = False) -> Ridge:
        """The penalty is the one that does best on a tenth of the prompts."""
        counts = Counter(name for example in examples for name in features(example))
        index = {name: place for place, name in enumerate(sorted(n for n, c in counts.items() if c >= _LEAST))}
        empty = Ridge(features, index, crosses, np.zeros(0), 0.0)
        matrix, targets = empty._matrix(examples), np.array([example.score for example in examples])
        left = np.array([crc32(example.prompt.encode("utf-8", "replace")) % 10 == 0 for example in examples])
        best = PENALTIES[0]
        if left.any() and not left.all():
            errors = {}
            for penalty in PENALTIES:
                weights, offset = _solve(matrix[~left], targets[~left], penalty)
                errors[penalty] = float(np.mean((matrix[left] @ weights + offset - targets[left]) ** 2))
            best = min(errors, key=lambda penalty: errors[penalty])
        weights, offset = _solve(matrix, targets, best)
        return replace(empty, weights=weights, offset=offset)

    def predict(self, examples: Sequence[Example]) -> Floats:
        """(examples,) scores."""
        found: Floats = self._matrix(examples) @ self.weights + self.offset
        return found

    def _matrix(self, examples: Sequence[Example]) -> Floats:
        plain = len(self.index)
        matrix = np.zeros((len(examples), plain + (_CROSSES if self.crosses else 0)))
        for row, example in enumerate(examples):
            matrix[row, [self.index[name] for name in self.features(example) if name in self.index]] = 1
            if self.crosses:
                mine = choices(example)
                for word in words(example):
                    for choice in mine:
                        matrix[row, plain + crc32(f"{word} {choice}".encode("utf-8", "replace")) % _CROSSES] += 1
        return matrix


def _solve(matrix: Floats, targets: Floats, penalty: float) -> tuple[Floats, float]:
    """Weights and offset. By whichever of both products is the smaller one: they give the same."""
    means, offset = matrix.mean(0), float(targets.mean())
    centred = matrix - means
    wide = matrix.shape[1] > matrix.shape[0]
    product = centred @ centred.T if wide else centred.T @ centred
    product[np.diag_indices_from(product)] += penalty
    weights: Floats
    if wide:
        weights = centred.T @ np.linalg.solve(product, targets - offset)
    else:
        weights = np.linalg.solve(product, centred.T @ (targets - offset))
    return weights, offset - float(means @ weights)


def without_script(policy: Policy, encoded: Sequence[Encoded]) -> list[Encoded]:
    """The same with the prompts alone."""
    return [replace(each, script=(policy.vocabulary.end_id,)) for each in encoded]


def without_prompt(policy: Policy, encoded: Sequence[Encoded]) -> list[Encoded]:
    """The same with the scripts alone."""
    context = tuple(policy.context("").ids)
    return [replace(each, context=context) for each in encoded]


def linear_models(crosses: bool) -> Iterator[tuple[str, Features, bool]]:
    """Names of the linear baselines, and what they see."""
    yield "ridge: prompt", words, False
    yield "ridge: choices", choices, False
    yield "ridge: both", words_and_choices, False
    if crosses:
        yield "ridge: both and pairs", words_and_choices, True
