"""How much of a score's variance is the seed's: renders of one prompt and workflow with several seeds."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class SeedNoise:
    """A one-way random-effects model of scores: variance between workflows, and between the seeds of one.

    Method of moments for groups of unequal size (Searle, Casella and McCulloch 1992, section 3.6).

    Attributes:
        groups: number of workflows (a prompt with a script) of at least two seeds.
        scores: number of their scores.
        mean: mean of these scores.
        within: variance between the seeds of a workflow.
        between: variance between workflows.
    """

    groups: int
    scores: int
    mean: float
    within: float
    between: float

    @property
    def share(self) -> float:
        """The seed's share of the variance, from 0 to 1; NaN where nothing varies.

        No predictor of one render that reads prompt and workflow alone has an R2 above 1 - share.
        """
        total = self.within + self.between
        return self.within / total if total > 0 else float("nan")


def seed_variance(groups: Iterable[Sequence[float]]) -> tuple[float, int]:
    """Return the variance of scores that differ in their seed alone, and the number of scores that it rests on.

    Args:
        groups: scores of each prompt and workflow; those with one score say nothing.

    Returns:
        (NaN, 0) where no group has two scores.
    """
    repeated = [group for group in groups if len(group) > 1]
    scores = sum(map(len, repeated))
    if not repeated:
        return float("nan"), 0
    squares = sum(statistics.variance(group) * (len(group) - 1) for group in repeated)
    return squares / (scores - len(repeated)), scores


def seed_noise(groups: Iterable[Sequence[float]]) -> SeedNoise | None:
    """Return the model of the scores of several workflows; None where fewer than two have several seeds.

    Args:
        groups: scores of each prompt and workflow.
    """
    repeated = [group for group in groups if len(group) > 1]
    if len(repeated) < 2:
        return None
    within, total = seed_variance(repeated)
    sizes = [len(group) for group in repeated]
    means = [statistics.fmean(group) for group in repeated]
    count = len(repeated)
    mean = sum(size * each for size, each in zip(sizes, means, strict=True)) / total
    outside = sum(size * (each - mean) ** 2 for size, each in zip(sizes, means, strict=True))
    typical_size = (total - sum(size**2 for size in sizes) / total) / (count - 1)
    between = max(0.0, (outside / (count - 1) - within) / typical_size)
    return SeedNoise(count, total, mean, within, between)
