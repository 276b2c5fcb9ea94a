"""What a store of triplets holds, and how much of its scores is the seed's."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence

from ...store.triplets import DONE, FAILED, WAITING, Triplet, TripletStore
from ..common.report_table import markdown_table
from ..common.seed_noise import SeedNoise, seed_noise


def noise_by_scorer(triplets: Iterable[Triplet]) -> dict[str, SeedNoise | None]:
    """Return the seed's noise in every scorer's raw scores."""
    groups: dict[str, dict[tuple[str, str], list[float]]] = {}
    for triplet in triplets:
        script = json.dumps(triplet.choices)  # it determines the workflow but for the seed
        for scorer, score in triplet.scores.items():
            groups.setdefault(scorer, {}).setdefault((triplet.prompt, script), []).append(score)
    return {scorer: seed_noise(found.values()) for scorer, found in sorted(groups.items())}


def summary(store: TripletStore) -> str:
    """Return tables of a store's jobs, scores and ratings, in Markdown."""
    rows: dict[tuple[str, str, str], dict[str, tuple[int, float]]] = {}
    total: dict[str, tuple[int, float]] = {}
    for each in store.counts():
        rows.setdefault((each.source, each.split, each.kind), {})[each.state] = (each.jobs, each.seconds)
        jobs, seconds = total.get(each.state, (0, 0.0))
        total[each.state] = (jobs + each.jobs, seconds + each.seconds)
    head = ["source", "split", "kind", "waiting", "done", "failed", "seconds a render"]
    lines = [_row(names, states) for names, states in rows.items()] + [_row(("all", "", ""), total)]
    return "\n\n".join([markdown_table(head, lines, left=3), *_scores(store)])


def _row(names: Sequence[str], states: Mapping[str, tuple[int, float]]) -> list[str]:
    jobs = [states.get(state, (0, 0.0))[0] for state in (WAITING, DONE, FAILED)]
    done, seconds = states.get(DONE, (0, 0.0))
    return [*names, *map(str, jobs), f"{seconds / done:.3f}" if done else "-"]


def _scores(store: TripletStore) -> list[str]:
    scorers, ratings = store.scorers(), _ratings(store)
    if not scorers:
        return ratings or ["Nothing has been scored or rated."]
    noise = noise_by_scorer(store.triplets())
    rows = []
    for scorer, (scored, not_scored) in scorers.items():
        one = noise.get(scorer)
        repeats = ["0", "0", "-", "-"] if one is None else [
            str(one.groups), str(one.scores), f"{one.mean:.4g}", f"{one.share:.1%}"
        ]  # fmt: skip
        rows.append([scorer, str(scored), str(not_scored), *repeats])
    head = ["scorer", "scored", "not scored", "repeated workflows", "their renders", "mean", "the seed's variance"]
    return [markdown_table(head, rows), *ratings]


def _ratings(store: TripletStore) -> list[str]:
    """Return a line on the user's ratings; nothing where there are none."""
    if not store.ratings():
        return []  # most stores: their triplets are not read for this
    found = [triplet.rating for triplet in store.triplets() if triplet.rating is not None]
    spread = f", from {min(found):g} to {max(found):g} (deviation {statistics.pstdev(found):.2f})"
    return [f"Rated by the user: {len(found)}, {statistics.fmean(found):.2f} in the mean{spread if found[1:] else ''}"]
