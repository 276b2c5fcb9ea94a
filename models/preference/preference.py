"""A user's preference: how likely the user is to like a workflow's picture, and how workflows are ranked by it.

Several heads were fitted to bootstrap samples of the ratings; their mean is the score and their deviation says how
little the ratings tell. Scores are log-odds: 0 is the average of the rated pictures, 1 raises even odds to 73 %.

**Ranking.** Without a reward ensemble, workflows were ranked by the mean log-probability of their choices; with one, by
its mean - kappa * deviation. The preference, less kappa of its own deviations, is added to that. A log-probability and
log-odds are both logarithms of probabilities, so that the sum is Bayes' rule with the policy as the prior. A reward in
standard deviations becomes log-odds by `REWARD_LOG_ODDS`: of two pictures one deviation apart, each with an error of
one deviation, the better one is preferred with probability 0.76 (Thurstone's law of comparative judgment, case V).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...workflow.ask.ask import Ask
from ...workflow.catalog.catalog import Catalog
from ...workflow.graph import Workflow
from .columns import Columns, Matrix
from .features import features_of
from .reasons import Reason, reasons_of

REWARD_LOG_ODDS = 1.15
"""Log-odds of being preferred for a picture that is one standard deviation of the reward better."""


@dataclass(frozen=True)
class Liking:
    """How much a user is likely to like one workflow's picture.

    Attributes:
        mean: log-odds, 0 for the average of the rated pictures.
        deviation: the standard deviation over the heads.
        reasons: what speaks for it most, from the ratings.
    """

    mean: float
    deviation: float
    reasons: tuple[Reason, ...] = ()

    def bound(self, kappa: float) -> float:
        """Return mean - kappa * deviation."""
        return self.mean - kappa * self.deviation


@dataclass(frozen=True, eq=False)
class Preference:
    """What was learned from a user's ratings.

    Attributes:
        columns: what each column of the heads stands for.
        heads: (heads, columns).
        liked: for each name of a column, how many of the pictures that have it were liked, and how many there are.
        report: what it was learned from, and how well it ordered ratings that were held out (`learning.Report`).
    """

    columns: Columns
    heads: Matrix
    liked: Mapping[str, tuple[int, int]]
    report: Mapping[str, Any]

    @property
    def used(self) -> bool:
        """Whether it orders held-out ratings better than the ranking without it, so that it ranks workflows."""
        return bool(self.report["better"])

    def likings(self, ask: Ask, workflows: Sequence[Workflow], catalog: Catalog) -> list[Liking]:
        """Return how much the user is likely to like each of several workflows for one prompt.

        Raises:
            WorkflowError: a class of a workflow is not installed.
        """
        rows = self.columns.matrix([features_of(ask, workflow, catalog) for workflow in workflows])
        odds = rows @ self.heads.T
        parts = rows * self.heads.mean(axis=0)
        titles = self.columns.titles
        found = []
        for each, part, row in zip(odds, parts, rows, strict=True):
            reasons = reasons_of(_titled(titles, part), _titled(titles, row), self.liked)
            found.append(Liking(float(each.mean()), float(each.std()), reasons))
        return found


def _titled(titles: Sequence[str], row: Matrix) -> dict[str, float]:
    return dict(zip(titles, row.tolist(), strict=True))


def order_by_liking(
    likings: Sequence[Liking], before: Sequence[float], kappa: float, deviation: float | None = None
) -> list[int]:
    """Return the indices of workflows, the best first; equal ones stay in order.

    Args:
        likings: of each workflow.
        before: what each was ranked by without them.
        kappa: how many deviations are taken off a liking's mean.
        deviation: one standard deviation of `before` where that is a reward; None where it is a log-probability.
    """
    scale = 1.0 if deviation is None else REWARD_LOG_ODDS / max(abs(deviation), 1e-9)
    values = [liking.bound(kappa) + scale * base for liking, base in zip(likings, before, strict=True)]
    return [int(index) for index in np.argsort([-value for value in values], kind="stable")]
