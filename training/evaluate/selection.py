"""Baselines that are chosen from the triplets' table: the best single workflow, and the best of each kind of prompt.

Chosen on train and validation prompts, never on those of the test. The table alone is noisy, because most of its
workflows were rendered once or twice; so the most promising ones, by the table and where there is an ensemble by what
it predicts of them on many train prompts, are rendered on validation prompts, and the best there is taken.
ComfyGen-IC (arXiv 2410.01731) has a table of workflows with their mean scores for categories of prompts, too.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ...store.triplets import Job
from ...workflow.grammar.grammar import Grammar, GrammarError
from ..common.prompt_file import PromptRecord
from .rendered import Outcomes, mean_score, worst
from .written import Judge

POOL = 4
"""How many times as many workflows as are wanted the table lets through to the ensemble."""
JUDGED_ON = 12
"""Train prompts on which the ensemble judges each of them."""
_SHRINK = 4.0
"""Renders that the prior (nothing special) weighs as much as."""

Script = tuple[str, ...]
Rows = Sequence[tuple[str, str, Script, float]]
"""Train triplets: prompt, kind, choices, score."""


@dataclass(frozen=True)
class Promising:
    """Candidates before they are validated: for all prompts, and beside these for each kind."""

    everywhere: tuple[Script, ...]
    kinds: Mapping[str, tuple[Script, ...]]

    def for_kind(self, kind: str) -> tuple[Script, ...]:
        """What may be chosen for a kind."""
        return tuple(dict.fromkeys([*self.kinds.get(kind, ()), *self.everywhere]))

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        kinds = {kind: [list(script) for script in scripts] for kind, scripts in self.kinds.items()}
        return {"everywhere": [list(script) for script in self.everywhere], "kinds": kinds}

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> Promising:
        """What `to_json` gave."""
        kinds = {kind: tuple(map(tuple, scripts)) for kind, scripts in content["kinds"].items()}
        return Promising(tuple(map(tuple, content["everywhere"])), kinds)


@dataclass(frozen=True)
class Chosen:
    """A validated choice. ranked: all candidates, the best first, by their mean score on the validation prompts; score:
    that of the best; prompts: how many these were."""

    ranked: tuple[Script, ...]
    score: float
    prompts: int

    @property
    def script(self) -> Script:
        """The best."""
        return self.ranked[0]


def promising(
    rows: Rows, grammar: Grammar, judge: Judge | None, count: int, kinds: Sequence[str], tell: Callable[[str], None]
) -> Promising:
    """The `count` most promising workflows, and as many for each kind."""
    everywhere = _best(rows, grammar, judge, count, "all")
    found = {}
    for kind in kinds:
        tell(f"looking for workflows for the kind {kind}")
        found[kind] = _best([row for row in rows if row[1] == kind], grammar, judge, count, kind)
    return Promising(everywhere, found)


def _best(rows: Rows, grammar: Grammar, judge: Judge | None, count: int, name: str) -> tuple[Script, ...]:
    pool = _table(rows, grammar, POOL * count if judge is not None else count)
    if judge is None or len(pool) <= count:
        return tuple(pool[:count])
    prompts = sorted({row[0] for row in rows})
    prompts = Random(name).sample(prompts, min(JUDGED_ON, len(prompts)))
    sums = [0.0] * len(pool)
    for prompt in prompts:
        for place, reward in enumerate(judge(prompt, pool)):
            sums[place] += reward.mean
    order = sorted(range(len(pool)), key=lambda place: -sums[place])
    return tuple(pool[place] for place in order[:count])


def _table(rows: Rows, grammar: Grammar, count: int) -> list[Script]:
    """The workflows of the best mean score over their triplets: in comparison with the mean of the prompt's kind, so
    that easy prompts do not make a workflow, and the nearer to it the fewer the triplets are."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    for _, kind, _, score in rows:
        by_kind[kind].append(score)
    means = {kind: statistics.fmean(scores) for kind, scores in by_kind.items()}
    gains: dict[Script, list[float]] = defaultdict(list)
    for _, kind, script, score in rows:
        gains[script].append(score - means[kind])
    ordered = sorted(gains, key=lambda script: (-sum(gains[script]) / (len(gains[script]) + _SHRINK), script))
    found = []
    for script in ordered:
        try:
            grammar.accept(script)
        except GrammarError:
            continue  # of another installation, or past the limits
        found.append(script)
        if len(found) == count:
            break
    return found


def validation_jobs(
    candidates: Promising,
    cases: Sequence[tuple[PromptRecord, Sequence[int]]],
    jobs: Callable[[PromptRecord, Iterable[Script], Sequence[int]], list[Job]],
) -> list[Job]:
    """What has to be rendered to choose. cases: validation prompts with their seeds."""
    return [job for asked, seeds in cases for job in jobs(asked, candidates.for_kind(asked.kind), seeds)]


def choose(
    candidates: Promising, cases: Sequence[tuple[PromptRecord, Sequence[int]]], found: Outcomes
) -> tuple[Chosen | None, dict[str, Chosen]]:
    """The best single workflow, and the best one of each kind; None and nothing while a render is missing."""
    everywhere = _chosen(candidates.everywhere, cases, found)
    kinds = {}
    for kind in candidates.kinds:
        best = _chosen(candidates.for_kind(kind), [case for case in cases if case[0].kind == kind], found)
        if best is not None:
            kinds[kind] = best
    return everywhere, kinds


def _chosen(
    scripts: Sequence[Script], cases: Sequence[tuple[PromptRecord, Sequence[int]]], found: Outcomes
) -> Chosen | None:
    floor = worst(found)
    scores = [(mean_score(found, cases, script, floor), script) for script in scripts]
    known = [(score, script) for score, script in scores if score is not None]
    if not known or len(known) < len(scores):
        return None
    known.sort(key=lambda pair: -pair[0])
    return Chosen(tuple(script for _, script in known), known[0][0], len(cases))
