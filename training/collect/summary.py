"""What is in a store of triplets, and how much of its scores is the seed's."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...store.triplets import DONE, FAILED, WAITING, Triplet, TripletStore


@dataclass(frozen=True)
class Noise:
    """A one-way random-effects model of scores: between workflows (a prompt with a script), and within one, between its
    seeds. Method of moments for groups of unequal size (Searle, Casella and McCulloch 1992, section 3.6).

    groups, scores: how many there are of at least two seeds. within, between: variances. mean: of all these scores.
    """

    groups: int
    scores: int
    mean: float
    within: float
    between: float

    @property
    def share(self) -> float:
        """The part of the variance that is the seed's, from 0 to 1; no predictor of one render that knows prompt and
        workflow alone has an R2 above 1 - share. NaN where nothing varies."""
        total = self.within + self.between
        return self.within / total if total > 0 else float("nan")


def noise(groups: Iterable[Sequence[float]]) -> Noise | None:
    """Of scores of the same prompt and workflow with several seeds; None where fewer than two groups have two."""
    repeated = [group for group in groups if len(group) > 1]
    if len(repeated) < 2:
        return None
    sizes = [len(group) for group in repeated]
    total, count = sum(sizes), len(repeated)
    means = [statistics.fmean(group) for group in repeated]
    mean = sum(size * each for size, each in zip(sizes, means, strict=True)) / total
    inside = sum((score - each) ** 2 for group, each in zip(repeated, means, strict=True) for score in group)
    outside = sum(size * (each - mean) ** 2 for size, each in zip(sizes, means, strict=True))
    within = inside / (total - count)
    typical = (total - sum(size**2 for size in sizes) / total) / (count - 1)
    between = max(0.0, (outside / (count - 1) - within) / typical)
    return Noise(count, total, mean, within, between)


def noises(triplets: Iterable[Triplet]) -> dict[str, Noise | None]:
    """The noise of every scorer's raw scores."""
    groups: dict[str, dict[tuple[str, str], list[float]]] = {}
    for triplet in triplets:
        # The script leaves out the seed, and says what the API format says.
        script = json.dumps(triplet.choices)
        for scorer, score in triplet.scores.items():
            groups.setdefault(scorer, {}).setdefault((triplet.prompt, script), []).append(score)
    return {scorer: noise(found.values()) for scorer, found in sorted(groups.items())}


def summary(store: TripletStore) -> str:
    """Tables of what is in a store."""
    counted = store.counts()
    lines = ["| source | split | kind | waiting | done | failed | seconds a render |"]
    lines.append("|---|---|---|---:|---:|---:|---:|")
    rows: dict[tuple[str, str, str], dict[str, tuple[int, float]]] = {}
    for each in counted:
        rows.setdefault((each.source, each.split, each.kind), {})[each.state] = (each.jobs, each.seconds)
    lines += [_row(" | ".join(names), states) for names, states in rows.items()]
    total: dict[str, tuple[int, float]] = {}
    for each in counted:
        jobs, seconds = total.get(each.state, (0, 0.0))
        total[each.state] = (jobs + each.jobs, seconds + each.seconds)
    lines.append(_row("all | | ", total))
    lines += _scores(store)
    return "\n".join(lines)


def _row(names: str, states: Mapping[str, tuple[int, float]]) -> str:
    jobs = [states.get(state, (0, 0.0))[0] for state in (WAITING, DONE, FAILED)]
    done, seconds = states.get(DONE, (0, 0.0))
    each = f"{seconds / done:.3f}" if done else "-"
    return f"| {names} | {jobs[0]} | {jobs[1]} | {jobs[2]} | {each} |"


def _scores(store: TripletStore) -> list[str]:
    scorers, ratings = store.scorers(), _ratings(store)
    if not scorers:
        return ["", *(ratings or ["Nothing has been scored or rated."])]
    found = noises(store.triplets())
    lines = ["", "| scorer | judged | not judged | repeated workflows | their renders | mean | the seed's variance |"]
    lines.append("|---|---:|---:|---:|---:|---:|---:|")
    for scorer, (judged, not_judged) in scorers.items():
        one = found.get(scorer)
        told = "0 | 0 | - | -" if one is None else f"{one.groups} | {one.scores} | {one.mean:.4g} | {one.share:.1%}"
        lines.append(f"| {scorer} | {judged} | {not_judged} | {told} |")
    return [*lines, "", *ratings] if ratings else lines


def _ratings(store: TripletStore) -> list[str]:
    """What a user said of pictures, in a line; none where nothing was said."""
    if not store.ratings():
        return []  # most stores: their triplets are not read for this
    found = [triplet.rating for triplet in store.triplets() if triplet.rating is not None]
    spread = f", from {min(found):g} to {max(found):g} (deviation {statistics.pstdev(found):.2f})"
    return [f"Rated by the user: {len(found)}, {statistics.fmean(found):.2f} in the mean{spread if found[1:] else ''}"]
