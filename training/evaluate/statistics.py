"""Means with bootstrap intervals over prompts, paired where two arms are compared.

Percentile intervals (Efron and Tibshirani 1993, chapters 13 and 16). Prompts are resampled: all renders of a prompt
stand in a resample together, since they are not independent of each other.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

RESAMPLES = 10_000
LEVEL = 0.95

Scores = npt.NDArray[np.float64]
"""(prompts,): the mean over the renders of each prompt."""


@dataclass(frozen=True)
class Estimate:
    """A value with its interval.

    Attributes:
        value: the estimate.
        low, high: the ends of the interval.
    """

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """Return value, low and high by name."""
        return asdict(self)


@dataclass(frozen=True)
class Comparison:
    """One arm against another on the prompts that both have.

    Attributes:
        difference: of the means.
        relative: the difference over the other's mean; None where the scores have no zero.
        wins: share of the prompts on which the arm scores higher; a tie is half a win.
        prompts: number of these prompts.
    """

    difference: Estimate
    relative: Estimate | None
    wins: Estimate
    prompts: int

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as plain data."""
        return asdict(self)


class Bootstrap:
    """Bootstrap intervals over prompts. All estimates use the same resamples, so that differences are paired.

    Args:
        seed: of the resampling.
        resamples: number of resamples.
    """

    def __init__(self, seed: int = 0, resamples: int = RESAMPLES) -> None:
        self._seed, self._resamples = seed, resamples
        self._drawn: dict[int, npt.NDArray[np.float64]] = {}

    def mean(self, scores: Scores) -> Estimate:
        """Return the mean of scores (prompts,) with its interval. Raises ValueError without prompts."""
        return self._estimate(float(scores.mean()), self._means(scores))

    def compare(self, scores: Scores, other: Scores, *, ratio: bool) -> Comparison:
        """Compare the scores of two arms, on the prompts that both begin with.

        Args:
            scores: (prompts,), of the arm.
            other: (prompts,), of the other arm.
            ratio: whether the scores have a zero.
        """
        common = min(len(scores), len(other))
        scores, other = scores[:common], other[:common]
        wins = np.where(scores == other, 0.5, (scores > other).astype(np.float64))
        mean, base = self._means(scores), self._means(other)
        relative = None
        if ratio and other.mean() > 0 and base.min() > 0:
            relative = self._estimate(float(scores.mean() / other.mean() - 1), mean / base - 1)
        difference = self._estimate(float(scores.mean() - other.mean()), mean - base)
        return Comparison(difference, relative, self.mean(wins), common)

    def _means(self, scores: Scores) -> npt.NDArray[np.float64]:
        """Return the mean of each resample, (resamples,)."""
        count = len(scores)
        if count == 0:
            raise ValueError("no prompts to take a mean of")
        if count not in self._drawn:
            generator = np.random.default_rng([self._seed, count])
            self._drawn[count] = generator.multinomial(count, np.full(count, 1 / count), self._resamples) / count
        found: npt.NDArray[np.float64] = self._drawn[count] @ scores
        return found

    @staticmethod
    def _estimate(value: float, resampled: npt.NDArray[np.float64]) -> Estimate:
        low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return Estimate(value, float(low), float(high))
