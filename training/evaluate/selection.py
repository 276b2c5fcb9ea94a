"""Baselines that are chosen from the triplets' table: the best single workflow, and the best of each kind of prompt.

They are chosen on train and validation prompts, never on those of the test. The table alone is noisy, because most of
its workflows were rendered once or twice. So the most promising ones, by the table and, where there is an ensemble, by
its predictions on many train prompts, are rendered on validation prompts, and the best of these is taken. ComfyGen-IC
(arXiv 2410.01731) has a table of workflows with their mean scores for categories of prompts, too.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ...json_shapes import ListOf, Object, TableOf, Text
from ...store.triplets import Job
from ...workflow.grammar.grammar import DeadEndError, Grammar, GrammarError
from ..common.prompt_file import PromptRecord
from .rendered import Outcomes, mean_score, worst
from .written import Ranker

POOL = 4
"""Number of workflows that the ensemble predicts for each one that is wanted."""
RANKED_ON = 12
"""Number of train prompts that the ensemble predicts each of them for."""
_SHRINK = 4.0
"""Number of renders that the prior, the mean of the prompts' kinds, weighs as much as."""

Script = tuple[str, ...]
Rows = Sequence[tuple[str, str, Script, float]]
"""Train triplets as prompt, kind, choices and score."""

_SCRIPTS = ListOf(ListOf(Text()))
CANDIDATES = Object({"of": TableOf(), "candidates": Object({"everywhere": _SCRIPTS, "kinds": TableOf(_SCRIPTS)})})
"""The form of the file that keeps candidates beside what they depend on."""


@dataclass(frozen=True)
class Promising:
    """Candidates before they are validated.

    Attributes:
        everywhere: for all prompts.
        kinds: further ones for each kind.
    """

    everywhere: tuple[Script, ...]
    kinds: Mapping[str, tuple[Script, ...]]

    def for_kind(self, kind: str) -> tuple[Script, ...]:
        """Return what may be chosen for a kind."""
        return tuple(dict.fromkeys([*self.kinds.get(kind, ()), *self.everywhere]))

    def to_json(self) -> dict[str, Any]:
        """Return the candidates as plain data."""
        kinds = {kind: [list(script) for script in scripts] for kind, scripts in self.kinds.items()}
        return {"everywhere": [list(script) for script in self.everywhere], "kinds": kinds}

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> Promising:
        """Return the candidates of what `to_json` returned."""
        kinds = {kind: tuple(map(tuple, scripts)) for kind, scripts in content["kinds"].items()}
        return Promising(tuple(map(tuple, content["everywhere"])), kinds)


@dataclass(frozen=True)
class Chosen:
    """A validated choice.

    Attributes:
        ranked: all candidates, the best first, by their mean score on the validation prompts.
        score: mean score of the best.
        prompts: number of validation prompts.
    """

    ranked: tuple[Script, ...]
    score: float
    prompts: int

    @property
    def script(self) -> Script:
        """The best workflow."""
        return self.ranked[0]


def promising(
    rows: Rows,
    grammar: Grammar,
    ranker: Ranker | None,
    count: int,
    kinds: Sequence[str],
    message: Callable[[str], None],
) -> Promising:
    """Return the most promising workflows.

    Args:
        rows: train triplets.
        grammar: workflows that it does not allow are left out.
        ranker: the reward ensemble; None ranks by the table alone.
        count: number of workflows for all prompts, and for each kind.
        kinds: the kinds.
        message: called with news.
    """
    everywhere = _best(rows, grammar, ranker, count, "all")
    found = {}
    for kind in kinds:
        message(f"looking for workflows for the kind {kind}")
        found[kind] = _best([row for row in rows if row[1] == kind], grammar, ranker, count, kind)
    return Promising(everywhere, found)


def _best(rows: Rows, grammar: Grammar, ranker: Ranker | None, count: int, name: str) -> tuple[Script, ...]:
    pool = _table(rows, grammar, POOL * count if ranker is not None else count)
    if ranker is None or len(pool) <= count:
        return tuple(pool[:count])
    prompts = sorted({row[0] for row in rows})
    prompts = Random(name).sample(prompts, min(RANKED_ON, len(prompts)))
    sums = [0.0] * len(pool)
    for prompt in prompts:
        rewards = ranker(prompt, pool)
        if all(reward.mean is None for reward in rewards):
            continue
        for place, reward in enumerate(rewards):
            sums[place] += -math.inf if reward.mean is None else reward.mean
    order = sorted(range(len(pool)), key=lambda place: -sums[place])
    return tuple(pool[place] for place in order[:count])


def _table(rows: Rows, grammar: Grammar, count: int) -> list[Script]:
    """Return the workflows with the highest mean score over their triplets.

    Scores are taken relative to the mean of the prompt's kind, so that easy prompts do not make a workflow look good,
    and shrunk towards it where the triplets are few.
    """
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
        if allows(grammar, script):
            found.append(script)
        if len(found) == count:
            break
    return found


def allows(grammar: Grammar, script: Script) -> bool:
    """Return whether a script can be written: one of another installation, or past the limits, cannot."""
    try:
        grammar.accept(script)
    except DeadEndError:
        raise
    except GrammarError:
        return False
    return True


def validation_jobs(
    candidates: Promising,
    cases: Sequence[tuple[PromptRecord, Sequence[int]]],
    jobs: Callable[[PromptRecord, Iterable[Script], Sequence[int]], list[Job]],
) -> list[Job]:
    """Return what has to be rendered for the choice; `cases` are validation prompts with their seeds."""
    return [job for record, seeds in cases for job in jobs(record, candidates.for_kind(record.kind), seeds)]


def choose(
    candidates: Promising, cases: Sequence[tuple[PromptRecord, Sequence[int]]], found: Outcomes
) -> tuple[Chosen | None, dict[str, Chosen]]:
    """Return the best single workflow and the best one of each kind; None and {} while a render is missing."""
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
