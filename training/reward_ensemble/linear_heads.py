"""Ridge regression on weighted examples: the heads that members begin with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PENALTIES = (30.0, 100.0, 300.0, 1000.0, 10_000.0)
FOLDS = 5


@dataclass(frozen=True)
class LinearHead:
    """x -> sum((x - shift) * norm * weight) + bias. shift: the mean of each number; norm: 1 over its standard
    deviation."""

    shift: npt.NDArray[np.float32]
    norm: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]
    bias: float

    def __call__(self, known: Floats) -> Floats:
        found: Floats = (known - self.shift) @ (self.norm.astype(np.float64) * self.weight) + self.bias
        return found


def ridge(known: Floats, targets: Floats, weights: npt.NDArray[np.float32], penalty: float) -> LinearHead:
    """The least weighted squared error with a penalty on the squared weights of the standardised numbers (Hoerl and
    Kennard 1970). known (examples, numbers); targets, weights (examples,)."""
    shares = weights / weights.sum()
    means, offset = shares @ known, float(shares @ targets)
    deviations = np.sqrt(shares @ (known - means) ** 2)
    norm = 1 / np.maximum(deviations, 1e-3 * max(float(deviations.max()), 1e-12))
    scaled = (known - means) * norm
    product = (scaled * weights[:, None]).T @ scaled
    product[np.diag_indices_from(product)] += penalty
    found = np.linalg.solve(product, scaled.T @ (weights * (targets - offset)))
    return LinearHead(means.astype(np.float32), norm.astype(np.float32), found.astype(np.float32), offset)


def best_penalty(
    known: Floats, targets: Floats, weights: npt.NDArray[np.float32], folds: npt.NDArray[np.int64]
) -> float:
    """Of PENALTIES the one with the least error by cross-validation; the largest where there is nothing to tell it by.
    folds (examples,): each is predicted by what was learned from the others."""
    parts = [fold for fold in range(FOLDS) if (folds == fold).any() and weights[folds != fold].any()]
    if len(parts) < 2:
        return PENALTIES[-1]
    errors = dict.fromkeys(PENALTIES, 0.0)
    for fold in parts:
        inside = folds == fold
        for penalty in PENALTIES:
            head = ridge(known[~inside], targets[~inside], weights[~inside], penalty)
            errors[penalty] += float(np.sum((head(known[inside]) - targets[inside]) ** 2 * weights[inside]))
    return min(errors, key=lambda penalty: errors[penalty])
