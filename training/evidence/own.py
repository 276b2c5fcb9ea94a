"""Go on from an ensemble of real families with a user's own ratings: `nodewright train evidence --ratings STORE`.

What the ensemble says stays; on top of it each member gets coefficients for what public ratings say nothing of
(`workflow/features/own.py`), by a ridge regression on what it leaves unexplained. Its strength is chosen on prompts
that were held out, and what the ratings are worth is measured on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from ...models.preference.learning import RatingsError, check_enough
from ...models.reward.evidence_ensemble import EvidenceEnsemble, counted
from ...store.triplets import TripletStore
from ...workflow.features.own import OWN, own_features
from ...workflow.features.script_settings import read_settings
from ..common.errors import TrainingError
from .fit import Floats

SOURCE = "your ratings"
PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
FOLDS = 5
_BEST = 10.0
"""The best rating in a store."""
_FEWEST = 2
"""Ratings that have a column at least: of what is rated once nothing is learned for others."""


@dataclass(frozen=True, slots=True)
class OwnRating:
    """One rated picture."""

    prompt: str
    script: tuple[str, ...]
    rating: float
    """From 0 to 1."""


@dataclass(frozen=True)
class Learned:
    """What was learned from a user's ratings, and what it is worth on prompts that were held out."""

    ensemble: EvidenceEnsemble
    ratings: int
    pairs: int
    """Pairs of a better and a worse rating, of one part of the prompts each."""
    before: float
    """Share of them in the right order by the ensemble that it went on from."""
    after: float
    penalty: float

    @property
    def words(self) -> str:
        """The figures in words."""
        return (
            f"{self.ratings} ratings. Of {self.pairs:,} pairs of pictures for prompts that were held out, "
            f"{self.after:.1%} are in the right order; before it were {self.before:.1%}"
        )


def read_ratings_of(store: Path) -> list[OwnRating]:
    """Return the ratings of a store of triplets. Raises TrainingError where they are too few or all alike."""
    if not store.is_file():
        raise TrainingError(f"{store}: no such store. The panel keeps ratings in ComfyUI/user/nodewright/triplets.db")
    with TripletStore(store) as opened:
        triplets = [each for each in opened.triplets() if each.rating is not None and each.split != "test"]
    found = [OwnRating(each.prompt, each.choices, (each.rating or 0.0) / _BEST) for each in triplets if each.choices]
    try:
        check_enough([one.rating for one in found])
    except RatingsError as error:
        raise TrainingError(f"{store}: {error}") from error
    return found


def with_ratings(start: EvidenceEnsemble, ratings: Sequence[OwnRating], seed: int) -> Learned:
    """Return an ensemble that goes on from `start` with a user's ratings, and what was measured.

    What `start` has from earlier ratings is forgotten: a store holds those as well.
    """
    start = _without_ratings(start)
    read = [read_settings(one.script) for one in ratings]
    shown = [own_features(one.prompt, settings) for one, settings in zip(ratings, read, strict=True)]
    before = np.array([start.members_scores(one.prompt, each) for one, each in zip(ratings, read, strict=True)])
    names = _columns(shown)
    rows = np.array([[each.get(name, 0.0) for name in names] for each in shown])
    rated = np.array([one.rating for one in ratings])
    scores = (rated - rated.mean()) / rated.std()
    folds = _folds([one.prompt for one in ratings], seed)
    rest = scores - before.mean(1)
    held_out = {penalty: _held_out(rows, rest, folds, penalty) for penalty in PENALTIES}
    penalty = min(PENALTIES, key=lambda each: float(((rest - held_out[each]) ** 2).mean()))
    pairs, first = _right(before.mean(1), rated, folds)
    _, then = _right(before.mean(1) + held_out[penalty], rated, folds)
    own = _members(rows, scores[:, None] - before, [one.prompt for one in ratings], penalty, seed)
    ensemble = EvidenceEnsemble(
        (*start.names, *names),
        np.hstack([start.weights, own]).astype(np.float32),
        replace(
            start.knowledge,
            evidence=_with_counts(start.knowledge.evidence, [one.script[0] for one in ratings]),
            training={**start.knowledge.training, SOURCE: len(ratings)},
        ),
    )
    return Learned(ensemble, len(ratings), pairs, first, then, penalty)


def _without_ratings(ensemble: EvidenceEnsemble) -> EvidenceEnsemble:
    public = [place for place, name in enumerate(ensemble.names) if not name.startswith(OWN)]
    return replace(
        ensemble, names=tuple(ensemble.names[place] for place in public), weights=ensemble.weights[:, public]
    )


def _columns(shown: Sequence[Mapping[str, float]]) -> list[str]:
    """Return the features that some of the ratings have and that are not the same for all."""
    names = sorted({name for each in shown for name in each})
    values = {name: [each.get(name, 0.0) for each in shown] for name in names}
    return [name for name in names if np.count_nonzero(values[name]) >= _FEWEST and np.ptp(values[name]) > 0]


def _folds(prompts: Sequence[str], seed: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the part of each rating; a prompt's ratings are in one part."""
    names, numbers = np.unique(prompts, return_inverse=True)
    turns = np.random.default_rng(seed).permutation(len(names)) % FOLDS
    found: np.ndarray[tuple[int], np.dtype[np.int64]] = turns[numbers]
    return found


def _ridge(rows: Floats, scores: Floats, penalty: float, weights: Floats) -> Floats:
    """Return the coefficients, (columns + 1,), of which the last is the mean, about which nothing is assumed."""
    wide = np.hstack([rows, np.ones((len(rows), 1))])
    penalties = np.full(wide.shape[1], penalty)
    penalties[-1] = 1e-6
    found: Floats = np.linalg.solve(
        wide.T @ (wide * weights[:, None]) + np.diag(penalties), wide.T @ (weights * scores)
    )
    return found


def _held_out(
    rows: Floats, scores: Floats, folds: np.ndarray[tuple[int], np.dtype[np.int64]], penalty: float
) -> Floats:
    """Return what fits to the other parts say of each rating."""
    found = np.zeros(len(scores))
    for part in range(FOLDS):
        out = folds == part
        if out.any() and not out.all():
            fitted = _ridge(rows, scores, penalty, (~out).astype(float))
            found[out] = rows[out] @ fitted[:-1] + fitted[-1]
    return found


def _members(rows: Floats, scores: Floats, prompts: Sequence[str], penalty: float, seed: int) -> Floats:
    """Return each member's coefficients, (members, columns): each weighs the prompts anew (a smooth bootstrap)."""
    random = np.random.default_rng(seed)
    names, numbers = np.unique(prompts, return_inverse=True)
    shares = random.exponential(size=(scores.shape[1], len(names)))
    return np.array([_ridge(rows, scores[:, each], penalty, shares[each][numbers])[:-1] for each in range(len(shares))])


def _right(order: Floats, rated: Floats, folds: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[int, float]:
    """Return the number of pairs of one part that were rated differently, and the share of them in the right order."""
    right = [
        0.5 if order[one] == order[other] else float((order[one] > order[other]) == (rated[one] > rated[other]))
        for part in range(FOLDS)
        for one, other in combinations(np.flatnonzero(folds == part), 2)
        if rated[one] != rated[other]
    ]
    return len(right), float(np.mean(right)) if right else 0.5


def _with_counts(
    known: Mapping[str, Mapping[str, Mapping[str, int]]], mains: Sequence[str]
) -> dict[str, dict[str, dict[str, int]]]:
    """Return the rows by name, sort and source with a user's ratings of these main models."""
    found = {key: {sort: dict(sources) for sort, sources in sorts.items()} for key, sorts in known.items()}
    for key, sorts in counted([(alias, "per picture", SOURCE) for alias in mains if "/" in alias]).items():
        for sort, sources in sorts.items():
            found.setdefault(key, {}).setdefault(sort, {}).update(sources)
    return found
