"""Logistic regression with a penalty on the squares of its coefficients, by Newton's method."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_STEPS = 50
_ENOUGH = 1e-7


def fit(rows: Array, targets: Array, penalty: float, weights: Array | None = None) -> Array:
    """Return the coefficients, (columns + 1,), the last of which is the intercept, which is not penalised.

    Minimises the sum of the weighted cross entropies plus penalty / 2 times the coefficients' sum of squares
    (Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 4.4).

    Args:
        rows: (rows, columns).
        targets: (rows,), from 0 to 1.
        penalty: above 0.
        weights: (rows,), how often each row counts; None for once.
    """
    count = np.ones(len(rows)) if weights is None else weights
    wide = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
    penalties = np.full(wide.shape[1], penalty)
    penalties[-1] = 1e-6  # an intercept for rows that are all alike would run away
    found = np.zeros(wide.shape[1])
    for _ in range(_STEPS):
        likely = sigmoid(wide @ found)
        gradient = wide.T @ (count * (likely - targets)) + penalties * found
        curvature = (wide * (count * likely * (1 - likely))[:, None]).T @ wide
        curvature[np.diag_indices_from(curvature)] += penalties
        step = np.linalg.solve(curvature, gradient)
        longest = np.abs(step).max()
        found -= step / max(1.0, longest / 4)  # far from the optimum Newton's steps overshoot
        if longest < _ENOUGH:
            break
    return found


def predict(rows: Array, coefficients: Array) -> Array:
    """Return the log-odds of rows, (rows,)."""
    result: Array = rows @ coefficients[:-1] + coefficients[-1]
    return result


def cross_entropy(log_odds: Array, targets: Array) -> float:
    """Return the mean cross entropy."""
    return float(np.mean(np.logaddexp(0.0, log_odds) - targets * log_odds))


def sigmoid(log_odds: Array) -> Array:
    """Return the probabilities of log-odds."""
    result: Array = 0.5 * (1.0 + np.tanh(0.5 * log_odds))
    return result
