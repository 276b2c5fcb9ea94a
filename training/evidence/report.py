"""How good evidence is at what no training saw: whole sources, and prompts, that were kept out.

Spearman's rank correlation over the models of a source says whether they are put into the right order; "shared" counts
only the models that another source has, which is what the baseline needs: the plain mean of the other sources' means,
each standardised.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

from .fit import Floats, Table, fit, fit_members
from .learned import SETTINGS_ONLY, Gathered
from .rows import DOCUMENTATION

Predictor = Callable[[Table, Floats], Floats]
"""From a table and weights of its rows, some of which are 0, to a score of every row."""
FEWEST_MODELS = 4
"""Models that a source has at least whose order is measured."""
FOLDS = 5


@dataclass(frozen=True)
class Ordered:
    """How the models of a source that was kept out are put into order."""

    source: str
    models: int
    all_models: float
    shared: float
    plain: float
    """The baseline over the shared models."""


@dataclass(frozen=True)
class Pairs:
    """How often two models are in the right order for one prompt that was kept out."""

    source: str
    pairs: int
    right: float
    possible: float
    """By the true means of the models in this source."""


@dataclass(frozen=True)
class Calibration:
    """Errors of the figures of sources kept out, against the ensemble's deviation."""

    figures: int
    within_one: float
    within_two: float
    correlation: float
    error: float
    deviation: float
    few_sources: float
    """Rank correlation of the error and of how few other sources have the model."""
    error_few: float
    """Mean error for models that at most one other source has."""
    error_more: float


@dataclass
class Report:
    """What was measured."""

    ordered: dict[str, list[Ordered]] = field(default_factory=dict)
    """By the name of what predicted."""
    pairs: dict[str, list[Pairs]] = field(default_factory=dict)
    calibration: Calibration | None = None


def linear(table: Table, weights: Floats) -> Floats:
    """Predict by the ridge regression that ships."""
    scores: Floats = table.matrix @ fit(table, weights)
    return scores


def measured(gathered: Gathered, predictors: Mapping[str, Predictor], members: int, seed: int) -> Report:
    """Return the figures of each predictor, and the calibration of an ensemble of this many members."""
    table, report = gathered.table, Report()
    means = source_means(table, table.scores)
    for name, predict in predictors.items():
        report.ordered[name] = ordered(table, means, predict)
        report.pairs[name] = right_order(table, predict)
    report.calibration = calibration(table, means, members, seed)
    return report


def source_means(table: Table, scores: Floats) -> dict[str, dict[str, float]]:
    """Return the mean score of each model in each source that compares models."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row, score in zip(table.rows, scores, strict=True):
        if row.source != DOCUMENTATION and row.source not in SETTINGS_ONLY:
            found[row.source][row.script[0]].append(float(score))
    return {
        source: {model: float(np.mean(values)) for model, values in sorted(models.items())}
        for source, models in sorted(found.items())
    }


def ordered(table: Table, means: Mapping[str, Mapping[str, float]], predict: Predictor) -> list[Ordered]:
    """Return how the models of each source are ordered by what is learned without it."""
    sources = np.array([row.source for row in table.rows])
    found = []
    for source, truth in means.items():
        if len(truth) < FEWEST_MODELS:
            continue
        scores = predict(table, table.weights * (sources != source))
        predicted = source_means(table, scores)[source]
        others = {name: theirs for name, theirs in means.items() if name != source}
        shared = [model for model in truth if any(model in theirs for theirs in others.values())]
        plain = {model: _plain_mean(others, model) for model in shared}
        found.append(
            Ordered(
                source,
                len(truth),
                _rank_correlation(predicted, truth, list(truth)),
                _rank_correlation(predicted, truth, shared),
                _rank_correlation(plain, truth, shared),
            )
        )
    return found


def _plain_mean(means: Mapping[str, Mapping[str, float]], model: str) -> float:
    found = []
    for theirs in means.values():
        if model in theirs:
            values = np.array(list(theirs.values()))
            found.append((theirs[model] - values.mean()) / (values.std() or 1.0))
    return float(np.mean(found))


def _rank_correlation(predicted: Mapping[str, float], truth: Mapping[str, float], models: Sequence[str]) -> float:
    if len(models) < 3:
        return float("nan")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of equal predictions there is no correlation
        found = spearmanr([predicted[model] for model in models], [truth[model] for model in models]).statistic
    return float(found) if np.isfinite(found) else 0.0


def right_order(table: Table, predict: Predictor) -> list[Pairs]:
    """Return how often two models are in the right order for prompts kept out, a fifth of them at a time."""
    names = [f"{row.source} {row.group}" for row in table.rows]
    groups = np.unique(names, return_inverse=True)[1]
    turns = np.random.default_rng(0).integers(FOLDS, size=groups.max() + 1)[groups]
    rated = np.array([row.sort == "per picture" and row.source not in SETTINGS_ONLY for row in table.rows])
    predicted = np.zeros(len(names))
    for turn in range(FOLDS):
        out = rated & (turns == turn)
        predicted[out] = predict(table, table.weights * ~out)[out]
    truth = source_means(table, table.scores)
    by_prompt: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index in np.flatnonzero(rated):
        row = table.rows[int(index)]
        by_prompt[row.source, row.group].append(int(index))
    counts: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for (source, _), indices in by_prompt.items():
        for first, second in combinations(indices, 2):
            one, other = table.rows[first].script[0], table.rows[second].script[0]
            wanted = table.scores[first] - table.scores[second]
            if one == other or wanted == 0:
                continue
            count = counts[source]
            count[0] += 1
            count[1] += _agrees(predicted[first] - predicted[second], wanted)
            count[2] += _agrees(truth[source][one] - truth[source][other], wanted)
    return [
        Pairs(source, int(pairs), right / pairs, possible / pairs)
        for source, (pairs, right, possible) in sorted(counts.items())
    ]


def _agrees(difference: float, wanted: float) -> float:
    return 0.5 if difference == 0 else float((difference > 0) == (wanted > 0))


def calibration(table: Table, means: Mapping[str, Mapping[str, float]], members: int, seed: int) -> Calibration:
    """Return how the errors over models of sources kept out stand to the deviations of ensembles without these.

    A source's mean is its own affair, so errors and deviations are of what differs from it.
    """
    errors: list[float] = []
    deviations: list[float] = []
    others: list[int] = []
    for source, truth in means.items():
        if len(truth) < 3:
            continue
        scores = table.matrix @ fit_members(table, members, seed, [source]).T
        each = [source_means(table, scores[:, member])[source] for member in range(members)]
        predicted = np.array([[one[model] for model in truth] for one in each])
        predicted -= predicted.mean(1, keepdims=True)
        wanted = np.array(list(truth.values()))
        errors += list(np.abs(wanted - wanted.mean() - predicted.mean(0)))
        deviations += list(predicted.std(0, ddof=1))
        others += [sum(model in theirs for name, theirs in means.items() if name != source) for model in truth]
    error, deviation, count = np.array(errors), np.array(deviations), np.array(others)
    return Calibration(
        len(error),
        float((error < deviation).mean()),
        float((error < 2 * deviation).mean()),
        float(spearmanr(error, deviation).statistic),
        float(error.mean()),
        float(deviation.mean()),
        float(spearmanr(error, -count).statistic),
        float(error[count <= 1].mean()),
        float(error[count > 1].mean()),
    )


def families(gathered: Gathered) -> dict[str, dict[str, int]]:
    """Return the number of rows of each sort that each family has."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in gathered.rows:
        sort = "settings" if row.source in SETTINGS_ONLY else row.sort
        found[row.script[0].partition("/")[0]][sort] += 1
    return {family: dict(sorts) for family, sorts in sorted(found.items())}


def median(values: Sequence[float]) -> float:
    """Return the median of what is a number."""
    kept: npt.NDArray[np.float64] = np.array([value for value in values if np.isfinite(value)])
    return float(np.median(kept)) if len(kept) else float("nan")
