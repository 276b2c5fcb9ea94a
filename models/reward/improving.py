"""Which single changes of a workflow the reward ensemble expects most of, and how sure it is.

A change is judged by the difference that it makes to each member: what the members get wrong about both workflows alike
drops out of that, so that a difference is surer than either score. Only what the ensemble has evidence for is judged.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...workflow.as_script import AsScript, as_script
from ...workflow.catalog.catalog import Catalog
from ...workflow.checking.alternatives import alternatives, place_of
from ...workflow.checking.edits import apply_edits
from ...workflow.checking.findings import Change
from ...workflow.checking.legible import legible
from ...workflow.documents import read_document
from ...workflow.graph import WorkflowError
from .by_family import Judge, seeing
from .ensemble import Reward
from .members import RewardError
from .quality import why_unfounded

_CERTAINTIES = ((3.0, "very sure"), (1.5, "fairly sure"), (1.0, "not very sure"))
"""Times the deviation that a gain has to be -> words; a smaller gain may as well be none."""
MOST_CHANGES = 12
"""Changes that are returned."""


@dataclass(frozen=True)
class Improvements:
    """What would make a workflow's picture better."""

    changes: tuple[Change, ...] = ()
    """The changes, that with the largest gain first; each is made of the workflow as it was given."""
    reason: str = ""
    """Why there is none; empty where there are some."""


def improve(
    workflow: Any, catalog: Catalog, ensemble: Judge, prompt: str | None = None, most: int = MOST_CHANGES
) -> Improvements:
    """Return the single changes of which the reward ensemble expects most.

    Args:
        workflow: parsed JSON in API or UI format.
        catalog: the installation.
        ensemble: the reward ensemble.
        prompt: what the picture is to show; None or empty for the workflow's own prompt.
        most: changes that are returned.

    Raises:
        WorkflowError: the workflow cannot be read, saves no picture, or has no prompt.
        RewardError: the workflow is longer than the ensemble reads.
    """
    ensemble = seeing(ensemble, catalog)
    api = legible(read_document(workflow, catalog).api)
    given = as_script(api or workflow, catalog, prompt, compared=False)
    (before,) = ensemble.score(given.prompt, [given.choices])
    unfounded = why_unfounded(before)
    if unfounded is not None:
        return Improvements(reason=unfounded)
    tried = _scripts(api, catalog, given)
    if not tried:
        return Improvements(reason="no other model, LoRA or setting that is known to fit can be tried in this workflow")
    rewards = _scored(ensemble, given.prompt, [script for _, script in tried])
    judged = [
        _judged(change, before, reward)
        for (change, _), reward in zip(tried, rewards, strict=True)
        if reward is not None
        and not reward.unfounded
        and not reward.uncertain
        and len(reward.members) == len(before.members)  # else the two are on different scales
    ]
    if not judged:
        return Improvements(reason="the reward model has no evidence for any change of this workflow")
    best = sorted((each for each in judged if each.certainty is not None), key=lambda each: -(each.gain or 0.0))
    kept = tuple({place_of(each): each for each in reversed(best)}.values())[::-1]
    if not kept:
        return Improvements(reason="the reward model expects no single change to make this picture better")
    return Improvements(tuple(sorted(kept, key=lambda each: -(each.gain or 0.0))[:most]))


def _scripts(api: dict[str, Any], catalog: Catalog, given: AsScript) -> list[tuple[Change, AsScript]]:
    """Return the changes of which a script can be made, with these scripts."""
    found = []
    for change in alternatives(api, catalog):
        try:
            script = as_script(apply_edits(api, change.edits), catalog, given.prompt, compared=False)
        except WorkflowError:
            continue
        if script.choices != given.choices:  # else it concerns another picture than the one that is judged
            found.append((change, script))
    return found


def _scored(ensemble: Judge, prompt: str, scripts: Sequence[AsScript]) -> list[Reward | None]:
    """Return the rewards; None for a script that is longer than the ensemble reads."""
    try:
        return list(ensemble.score(prompt, [script.choices for script in scripts]))
    except RewardError:
        return [_one(ensemble, prompt, script) for script in scripts]


def _one(ensemble: Judge, prompt: str, script: AsScript) -> Reward | None:
    try:
        return ensemble.score(prompt, [script.choices])[0]
    except RewardError:
        return None


def _judged(change: Change, before: Reward, after: Reward) -> Change:
    """Return a change with its gain; without certainty where the gain may as well be none."""
    gains = [new - old for old, new in zip(before.members, after.members, strict=True)]
    gain = statistics.fmean(gains)
    deviation = statistics.stdev(gains) if len(gains) > 1 else 0.0
    words = next((words for times, words in _CERTAINTIES if gain > 0 and gain >= times * deviation), None)
    return replace(change, gain=gain, deviation=deviation, certainty=words)
