"""Learn a preference from ratings, and measure on ratings that were held out whether it orders pictures better.

The strength of the penalty is chosen by cross-validation, inside of the folds on which the order is measured, so that
what is measured has never been seen. Ratings of one prompt are held out together where there are prompts enough.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...json_shapes import Flag, Maybe, Number, Object, Shape, Whole
from .columns import Columns, Matrix
from .features import Features
from .logistic import Array, cross_entropy, fit, predict
from .preference import Preference
from .reasons import less_of, more_of

FEWEST = 20
"""Fewest ratings to learn from."""
FEWEST_OF_A_KIND = 3
"""Fewest pictures that were liked, and that were not."""
MOST = 1000
"""Most ratings that are learned from, so that it ends in two minutes; of more, the latest."""
HEADS = 16
FOLDS = 5
_INNER_FOLDS = 4
PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
_CERTAIN = 1.64
"""Standard errors by which held-out pairs must be ordered better than by chance: 5 % of random orders are."""
_LIKED = 0.5
Indices = npt.NDArray[np.int64]

REPORT_SHAPE: Shape = Object(
    {
        "ratings": Whole(0, 10_000_000),
        "liked": Whole(0, 10_000_000),
        "prompts": Whole(0, 10_000_000),
        "left_out": Whole(0, 10_000_000),
        "pairs": Whole(0),
        "after": Number(0, 1),
        "before": Number(0, 1),
        "error": Number(0, 1),
        "better": Flag(),
        "penalty": Number(0),
        "seconds": Number(0),
    },
    {"compared": Flag(), "when": Maybe(Number(0))},
)
"""The form of `Report.document`."""


class RatingsError(ValueError):
    """There is nothing to learn from these ratings. The message says why, and what to do."""


@dataclass(frozen=True)
class Rated:
    """One picture that a user rated.

    Attributes:
        features: of the prompt and the workflow that made it.
        rating: from 0 to 1.
        prompt: the prompt, which tells the ratings that are held out together.
        before: what its workflow is ranked by without a preference; None where that is not known.
    """

    features: Features
    rating: float
    prompt: str
    before: float | None = None


@dataclass(frozen=True)
class Report:
    """What a preference was learned from, and what it is worth.

    Attributes:
        ratings: number of ratings that it was learned from.
        liked: how many of these are good ones.
        prompts: number of different prompts.
        left_out: ratings that could not be read, such as those of workflows whose nodes are not installed any more.
        pairs: held-out pairs of a better and a worse rating.
        after: share of them in the right order by the preference and the ranking before it together.
        before: the same by the ranking before alone; 0.5 where that is not known.
        compared: whether the ranking before is known.
        error: standard error of `after` for an order that knows nothing.
        better: whether `after` is better than `before`, and than chance by `_CERTAIN` errors.
        penalty: strength of the penalty.
        seconds: how long it took.
        when: when it was learned, in seconds since 1970.
    """

    ratings: int
    liked: int
    prompts: int
    left_out: int
    pairs: int
    after: float
    before: float
    compared: bool
    error: float
    better: bool
    penalty: float
    seconds: float
    when: float | None = None

    def document(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return asdict(self)

    @property
    def words(self) -> str:
        """The result for the person who rated."""
        return in_words(self.document())


def in_words(report: dict[str, Any]) -> str:
    """Return a report for the person who rated."""
    learned = f"Learned from {report['ratings']} ratings ({report['liked']} liked) of {report['prompts']} prompts"
    if report["left_out"]:
        learned += f"; {report['left_out']} more are of workflows that cannot be read here any more"
    after, before = (f"{100 * report[name]:.0f} %" for name in ("after", "before"))
    than = f"before it were {before}" if report.get("compared") else "chance is 50 %"
    held_out = f"Of {report['pairs']} pairs of pictures that it had not seen, {after} are in the right order; {than}"
    if report["better"]:
        return f"{learned}. {held_out}. It has become better, and ranks your workflows from now on."
    return f"{learned}. {held_out}. That is not clearly better, so nothing is ranked by it: rate more pictures."


def learn(
    rated: Sequence[Rated], *, left_out: int = 0, progress: Callable[[int, int], None] | None = None
) -> Preference:
    """Learn a preference; the same ratings give the same one.

    Args:
        rated: the ratings, the earliest first.
        left_out: number of ratings that could not be read, for the report.
        progress: called with the number of steps done and of all steps.

    Raises:
        RatingsError: there are too few ratings, or they are all alike.
    """
    start = time.perf_counter()
    rated = rated[-MOST:]
    check_enough([one.rating for one in rated], left_out)
    columns = Columns.of([one.features for one in rated])
    rows = columns.matrix([one.features for one in rated])
    targets = np.array([one.rating for one in rated])
    # The penalty looks the same from all sides: the fits are made in the few dimensions that the rows span.
    basis = _basis(rows)
    fitting = _Fitting(rows @ basis, targets, [one.prompt for one in rated], progress)
    held_out = fitting.held_out()
    penalty = fitting.best_penalty(fitting.everything)
    heads = fitting.heads(penalty) @ basis.T
    report = _report(rated, targets, fitting.folds, held_out, left_out, penalty)
    report |= {"seconds": time.perf_counter() - start, "when": time.time()}
    return Preference(columns, heads, _liked(rated, columns), Report(**report).document())


def check_enough(ratings: Sequence[float], left_out: int = 0) -> None:
    """Raise RatingsError where there is nothing to learn from ratings from 0 to 1."""
    liked = sum(rating > _LIKED for rating in ratings)
    beside = f" ({left_out} more are of workflows that cannot be read here any more)" if left_out else ""
    if len(ratings) < FEWEST:
        so_far = "1 rating" if len(ratings) == 1 else f"{len(ratings)} ratings"
        raise RatingsError(f"{so_far} so far{beside}; from {FEWEST} on, something can be learned")
    fewest = min(liked, len(ratings) - liked)
    if fewest < FEWEST_OF_A_KIND:
        kind = "liked" if liked > fewest else "disliked"
        raise RatingsError(
            f"{len(ratings) - fewest} of {len(ratings)} ratings are alike: {kind}. To learn what you like, it takes at "
            f"least {FEWEST_OF_A_KIND} of each kind"
        )


class _Fitting:
    """Fits on parts of the ratings.

    Attributes:
        everything: indices of all ratings.
        folds: the parts that are held out, one after the other.
    """

    def __init__(
        self, rows: Matrix, targets: Array, prompts: Sequence[str], progress: Callable[[int, int], None] | None
    ) -> None:
        self._rows, self._targets, self._prompts = rows, targets, prompts
        self.everything = np.arange(len(targets))
        self.folds = _folds(self.everything, targets, prompts, FOLDS)
        self._progress, self._done = progress, 0
        self._steps = len(self.folds) * (len(PENALTIES) * _INNER_FOLDS + 1) + len(PENALTIES) * _INNER_FOLDS + HEADS

    def held_out(self) -> Array:
        """Return the log-odds of each rating by a fit that has not seen it, (ratings,)."""
        found = np.zeros(len(self._targets))
        for fold in self.folds:
            rest = np.setdiff1d(self.everything, fold)
            found[fold] = predict(self._rows[fold], self._fit(rest, self.best_penalty(rest)))
        return found

    def best_penalty(self, among: Indices) -> float:
        """Return the penalty whose fits to parts of these ratings predict the other parts best."""
        folds = _folds(among, self._targets, self._prompts, _INNER_FOLDS)
        losses = {}
        for penalty in PENALTIES:
            found = np.zeros(len(self._targets))
            for fold in folds:
                found[fold] = predict(self._rows[fold], self._fit(np.setdiff1d(among, fold), penalty))
            losses[penalty] = cross_entropy(found[among], self._targets[among])
        return min(losses, key=lambda penalty: losses[penalty])

    def heads(self, penalty: float) -> Matrix:
        """Return the coefficients of fits to bootstrap samples of the prompts' ratings, (heads, columns)."""
        draw = np.random.default_rng(0)
        heads = []
        for _ in range(HEADS):
            weights = np.bincount(
                draw.integers(0, len(self.everything), len(self.everything)), minlength=len(self.everything)
            )
            heads.append(self._fit(self.everything, penalty, weights.astype(np.float64))[:-1])
        return np.array(heads)

    def _fit(self, among: Indices, penalty: float, weights: Array | None = None) -> Array:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._steps)
        return fit(self._rows[among], self._targets[among], penalty, weights)


def _basis(rows: Matrix) -> Matrix:
    """Return orthonormal directions that span the rows, (columns, directions)."""
    if rows.shape[1] <= rows.shape[0]:
        return np.eye(rows.shape[1])
    _, sizes, directions = np.linalg.svd(rows, full_matrices=False)
    return directions[sizes > 1e-9 * max(1.0, float(sizes.max(initial=0.0)))].T


def _folds(among: Indices, targets: Array, prompts: Sequence[str], count: int) -> list[Indices]:
    """Return the ratings in `count` parts that have about as many good ones each.

    A prompt's ratings are in one part where there are twice as many prompts as parts.
    """
    by_prompt: dict[str, list[int]] = defaultdict(list)
    for index in among.tolist():
        by_prompt[prompts[index]].append(index)
    groups = list(by_prompt.values()) if len(by_prompt) >= 2 * count else [[index] for index in among.tolist()]
    random.Random(0).shuffle(groups)
    groups.sort(key=lambda group: float(np.mean(targets[group])))
    parts: list[list[int]] = [[] for _ in range(count)]
    for place, group in enumerate(groups):
        parts[place % count] += group
    return [np.array(sorted(part), dtype=np.int64) for part in parts if part]


def _report(
    rated: Sequence[Rated], targets: Array, folds: Sequence[Indices], held_out: Array, left_out: int, penalty: float
) -> dict[str, Any]:
    """Return the parts of a `Report` that measure held-out ratings."""
    known = [one.before for one in rated if one.before is not None]
    middle = float(np.mean(known)) if known else 0.0
    before = np.array([middle if one.before is None else one.before for one in rated])
    pairs, right_before, right_after = 0, 0.0, 0.0
    for fold in folds:
        for better in fold:
            for worse in fold[targets[fold] < targets[better] - 1e-6]:
                pairs += 1
                right_before += _right(before[better] - before[worse])
                right_after += _right(before[better] + held_out[better] - before[worse] - held_out[worse])
    liked = int((targets > _LIKED).sum())
    error = min(1.0, chance_error(liked, len(targets) - liked))
    after, than = (right_after / pairs, right_before / pairs) if pairs else (0.5, 0.5)
    return {
        "ratings": len(rated), "liked": liked, "prompts": len({one.prompt for one in rated}), "left_out": left_out,
        "pairs": pairs, "after": after, "before": than, "compared": bool(known), "error": error,
        "better": after > than and after > 0.5 + _CERTAIN * error, "penalty": penalty,
    }  # fmt: skip


def _right(difference: float) -> float:
    """Return how much of a pair is in the right order: equal scores are right in half of all cases."""
    return 0.5 if abs(difference) < 1e-12 else float(difference > 0)


def chance_error(liked: int, disliked: int) -> float:
    """Return the standard error of the share of pairs that an order without knowledge puts right.

    That share is Mann and Whitney's U over the number of pairs, whose variance they give (Annals of Mathematical
    Statistics 18, 1947).
    """
    return float(np.sqrt((liked + disliked + 1) / (12 * liked * disliked))) if liked and disliked else 1.0


def _liked(rated: Sequence[Rated], columns: Columns) -> dict[str, tuple[int, int]]:
    """Return how many pictures of each name, and of each half of each number, were liked, and how many there are."""
    found: dict[str, tuple[int, int]] = {}
    wanted = set(columns.names)
    for one in rated:
        names = set(one.features.names & wanted)
        for name, (mean, _) in columns.numbers.items():
            if name in one.features.numbers and one.features.numbers[name] != mean:
                names.add(more_of(name) if one.features.numbers[name] > mean else less_of(name))
        for name in names:
            good, of = found.get(name, (0, 0))
            found[name] = (good + (one.rating > _LIKED), of + 1)
    return dict(sorted(found.items()))
