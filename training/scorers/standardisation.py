"""One number from the scores of several scorers.

ComfyGen (arXiv 2410.01731, section 3, training data) scored its renders with LAION's aesthetic predictor, ImageReward,
HPS v2.1 and PickScore, standardised the scores over all its renders, and summed them. It names no weights. Here all
scorers weigh the same unless weights are given; the weights add up to 1, which changes the sum by a constant factor
and keeps its scale when a scorer is left out.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ...guarded_json import JsonError
from ...json_shapes import Number, Object, TableOf, check

_PARTS = ("mean", "deviation", "weight")


@dataclass(frozen=True)
class Standardisation:
    """How raw scores become one number: the sum over scorers of weight * (score - mean) / deviation.

    All three mappings have the same scorers as keys.

    Attributes:
        means: mean of each scorer over the scores that the standardisation was fitted on, normally the training split.
        deviations: population standard deviation of each scorer over the same scores.
        weights: weight of each scorer in the sum.
    """

    means: Mapping[str, float]
    deviations: Mapping[str, float]
    weights: Mapping[str, float]

    def __post_init__(self) -> None:
        if not self.means or not self.means.keys() == self.deviations.keys() == self.weights.keys():
            raise ValueError("means, deviations and weights have to be of the same scorers, at least one")
        for part, values in asdict(self).items():
            for name, value in values.items():
                if not math.isfinite(value) or (part == "deviations" and value <= 0):
                    raise ValueError(f"{part} of {name}: {value} cannot be used")

    @classmethod
    def fit(cls, scores: Sequence[Mapping[str, float]], weights: Mapping[str, float] | None = None) -> Standardisation:
        """Return the standardisation of raw scores.

        Args:
            scores: raw scores by scorer, one mapping for each picture.
            weights: weight by scorer; scorers without a weight are left out. None: all weigh the same, 1 in sum.

        Raises:
            ValueError: where there are fewer than two pictures, a score is missing or not finite, or a scorer gives
                all pictures the same score.
        """
        if len(scores) < 2:
            raise ValueError(f"scores of {len(scores)} pictures: a standard deviation takes at least two")
        if weights is None:
            weights = {name: 1 / len(scores[0]) for name in scores[0]}
        means, deviations = {}, {}
        for name in weights:
            values = [_finite(row, name) for row in scores]
            means[name] = statistics.fmean(values)
            deviations[name] = statistics.pstdev(values, means[name])
            if deviations[name] <= 1e-9 * max(1.0, abs(means[name])):
                raise ValueError(f"{name} gives {means[name]:g} to all {len(values)} pictures: nothing to standardise")
        return cls(means, deviations, dict(weights))

    def standardised(self, scores: Mapping[str, float]) -> dict[str, float]:
        """Return one picture's scores in standard deviations from the mean. Raises ValueError when one is missing."""
        return {name: (_finite(scores, name) - mean) / self.deviations[name] for name, mean in self.means.items()}

    def weighted(self, scores: Mapping[str, float]) -> float:
        """Return one picture's raw scores as one number. Raises ValueError when one is missing."""
        return sum(self.weights[name] * value for name, value in self.standardised(scores).items())

    def to_json(self) -> dict[str, Any]:
        """Return mean, deviation and weight by scorer, as plain data."""
        return {
            name: {"mean": mean, "deviation": self.deviations[name], "weight": self.weights[name]}
            for name, mean in self.means.items()
        }

    @classmethod
    def from_json(cls, content: Any) -> Standardisation:
        """Return the standardisation that `to_json` wrote. Raises ValueError for any other content."""
        try:
            check(content, TableOf(Object(dict.fromkeys(_PARTS, Number()))), "by scorer")
        except JsonError as error:
            raise ValueError(f"not a standardisation, mean, deviation and weight by scorer: {error}") from error
        return cls(*({name: float(numbers[part]) for name, numbers in content.items()} for part in _PARTS))


def _finite(scores: Mapping[str, float], name: str) -> float:
    value = scores.get(name)
    if value is None:
        raise ValueError(f"no score by {name} (there are {', '.join(scores) or 'none'})")
    if not math.isfinite(value):
        raise ValueError(f"{name}: the score {value} is not a finite number")
    return value
