"""Whether the main model of a workflow is among those for which the evidence speaks best.

For a prompt, each main model that is installed has the score that the reward ensemble of real families gives to a plain
workflow of it at documented settings, mean less deviation; what is wired around it makes no difference. A model of
which nothing is known has none, and a workflow that uses it is among the best of nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np

from ...models.reward.by_family import Judge, seeing
from ...models.reward.ensemble import lower_confidence_bound
from ...models.reward.evidence_ensemble import EvidenceEnsemble
from ...workflow.features.documented import documented_range
from ...workflow.features.plain_scripts import documented_settings, plain_script
from ...workflow.features.stated import stated_files
from ..common.any_main import with_any_main
from ..corpus.synthesis.wanted import wanted_of
from .cases import Case, Setup
from .measures import Work, share

KAPPA = 1.0
"""Deviations that are taken off the mean, as the product ranks."""
LEAST_MODELS = 3
"""Models with evidence on an installation, below which there is no third of them."""
_SAME = 1e-9


def case_with_any_main(case: Case) -> Case:
    """Return a case whose grammar leaves all main models, where the prompt names none."""
    _, grammar = wanted_of(with_any_main(case.asked), case.setup.catalog)
    return replace(case, grammar=grammar)


def evidence_scores(judge: Judge, prompt: str, setup: Setup) -> dict[str, float]:
    """Return the lower confidence bound of each main model at documented settings, by alias; none without evidence.

    Args:
        judge: the ensemble, which reads what the installation's files state.
        prompt: what the picture is to show.
        setup: the installation.
    """
    found, files = {}, stated_files(setup.catalog)
    for main in setup.main_models:
        family, _, name = main.alias.partition("/")
        stated = files.get(main.alias)
        ranges = (stated.sampling if stated is not None else None) or documented_range(family, name)
        if ranges is None:
            continue
        (reward,) = judge.score(prompt, [plain_script(main.alias, documented_settings(ranges, Random(0)))])
        if reward.mean is not None:
            found[main.alias] = lower_confidence_bound(reward, KAPPA)
    return found


def best_third(scores: Mapping[str, float]) -> frozenset[str]:
    """Return the third of the models with the highest scores, rounded up, and those that are as good as its last."""
    if not scores:
        return frozenset()
    least = sorted(scores.values(), reverse=True)[(len(scores) + 2) // 3 - 1]
    return frozenset(alias for alias, score in scores.items() if score >= least - _SAME)


def measure_best_evidence(cases: Sequence[Case], work: Work, ensemble: EvidenceEnsemble) -> dict[str, Any]:
    """Return how often the main model is in the best third, and how far below the best it is.

    Cases in which a model is named, or that have fewer than `LEAST_MODELS` models with evidence, are left out.

    Returns:
        The number of cases; the share of best thirds among main models drawn at random from those with evidence
        ("chance"), and among those that the grammar leaves ("left"); and for each writer its share, and of the
        workflows whose model has evidence the mean distance of the model below the best, and the mean score of the
        workflow itself, both in standard deviations of rated pictures.
    """
    chance: list[float] = []
    left: list[float] = []
    picked: dict[str, list[bool]] = {writer: [] for writer in work}
    below: dict[str, list[float]] = {writer: [] for writer in work}
    whole: dict[str, list[float]] = {writer: [] for writer in work}
    for index, case in enumerate(cases):
        judge = seeing(ensemble, case.setup.catalog)
        scores = evidence_scores(judge, case.wanted.text, case.setup)
        if len(scores) < LEAST_MODELS or any(one.sort == "model" for one in case.asked.ask.mentions):
            continue
        best = best_third(scores)
        chance.append(len(best) / len(scores))
        left.append(float(np.mean([alias in best for alias in case.grammar.main_choices])))
        for writer, done in work.items():
            written = done[index]
            if written is None:
                continue
            alias = written.facts.main.alias if written.facts.main is not None else ""
            picked[writer].append(alias in best)
            if alias in scores:
                below[writer].append(max(scores.values()) - scores[alias])
                (reward,) = judge.score(case.wanted.text, [written.choices])
                whole[writer].append(lower_confidence_bound(reward, KAPPA))
    return {
        "count": len(chance),
        "chance": _mean(chance),
        "left": _mean(left),
        "writers": {
            writer: {
                "in the best third": share(found),
                "below the best": _mean(below[writer]),
                "score": _mean(whole[writer]),
            }
            for writer, found in picked.items()
        },
    }


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
