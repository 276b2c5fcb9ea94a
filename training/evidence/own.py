"""Go on from an ensemble of real families with a user's own ratings: `nodewright train evidence --ratings STORE`.

What the ensemble says of settings stays, and what it says of models counts for as much as the ratings bear out. On top
of it each member gets coefficients for what public ratings say nothing of (`workflow/features/own.py`), by a ridge
regression on what it leaves unexplained. Both strengths are chosen on prompts that were held out, and what the ratings
are worth is measured on them.
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
SHARES = (1.0, 0.5, 0.25, 0.125)
"""How much may be kept of what the ensemble says of models. Some always is: of what was never rated, it is all that is
known. Powers of two, so that it can be undone to the last bit."""
KEPT = "share of the evidence for models that is kept"
"""The entry of `EvidenceKnowledge.training` that says which."""
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
    share: float
    """How much of what that ensemble says of models is kept."""
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
    asked = [(one.prompt, each) for one, each in zip(ratings, read, strict=True)]
    kept = {share: _kept(start, share) for share in SHARES}
    by_share = {share: np.array([one.members_scores(*each) for each in asked]) for share, one in kept.items()}
    names = _columns(shown)
    rows = np.array([[each.get(name, 0.0) for name in names] for each in shown])
    rated = np.array([one.rating for one in ratings])
    scores = (rated - rated.mean()) / rated.std()
    folds = _folds([one.prompt for one in ratings], seed)
    held_out = {
        (share, penalty): before.mean(1) + _held_out(rows, scores - before.mean(1), folds, penalty)
        for share, before in by_share.items()
        for penalty in PENALTIES
    }
    share, penalty = min(held_out, key=lambda each: float(((scores - held_out[each]) ** 2).mean()))
    pairs, first = _right(by_share[1.0].mean(1), rated, folds)
    _, then = _right(held_out[share, penalty], rated, folds)
    own = _members(rows, scores[:, None] - by_share[share], [one.prompt for one in ratings], penalty, seed)
    ensemble = EvidenceEnsemble(
        (*start.names, *names),
        np.hstack([kept[share].weights, own]).astype(np.float32),
        replace(
            start.knowledge,
            evidence=_with_counts(start.knowledge.evidence, [one.script[0] for one in ratings]),
            training={**start.knowledge.training, SOURCE: len(ratings), KEPT: share},
        ),
    )
    return Learned(ensemble, len(ratings), pairs, first, then, share, penalty)


def _kept(ensemble: EvidenceEnsemble, share: float) -> EvidenceEnsemble:
    """Return an ensemble with a share of what it says of models."""
    return replace(ensemble, weights=np.where(ensemble.of_settings, ensemble.weights, share * ensemble.weights))


def _without_ratings(ensemble: EvidenceEnsemble) -> EvidenceEnsemble:
    share = ensemble.knowledge.training.get(KEPT)
    ensemble = _kept(ensemble, 1 / share if share in SHARES else 1.0)
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
