"""The order of the workflows that were written for a prompt, where all that speaks for them comes together.

The policy's log-probability a choice orders them where nothing else is known. A reward ensemble takes its place, and
what was learned from the user's ratings is added to either (`preference.order_by_liking`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from .policy.decoding import Candidate, ranked
from .preference.preference import Liking, Preference, order_by_liking
from .reward.by_family import seeing
from .reward.ensemble import Reward, lower_confidence_bound

if TYPE_CHECKING:
    from ..workflow.ask.ask import Ask
    from ..workflow.catalog.catalog import Catalog
    from .reward.by_family import Judge


@dataclass(frozen=True)
class Ranked:
    """A workflow that differs from the others, and what it was ranked by."""

    candidate: Candidate
    """The workflow; of equal ones, the likeliest."""
    reward: Reward | None = None
    """The ensemble's prediction, None without one."""
    liking: Liking | None = None
    """How much the user is likely to like its picture, None where no preference ranks."""


def rank(
    drawn: Sequence[Candidate],
    text: str,
    *,
    ensemble: Judge | None = None,
    kappa: float = 1.0,
    evidence_only: bool = False,
    preference: Preference | None = None,
    ask: Ask,
    catalog: Catalog,
) -> list[Ranked]:
    """Return each different workflow once, the best first; equally good ones in the order of their likelihood.

    Args:
        drawn: the workflows.
        text: what the picture model reads of the prompt.
        ensemble: ranks by mean - kappa * deviation.
        kappa: how many deviations are taken off the ensemble's mean, and off the preference's.
        evidence_only: whether the ensemble counts only where it has evidence (`Reward.unfounded`). A workflow without
            any counts as the average of those with evidence; where none has it, the ensemble does not count.
        preference: what was learned from the user's ratings, unless it has been found to be no better than chance.
        ask: what the prompt asks for.
        catalog: the installation.
    """
    candidates = ranked(drawn)
    rewards = None if ensemble is None else seeing(ensemble, catalog).score(text, [each.choices for each in candidates])
    before = [candidate.choice_log_probability for candidate in candidates]
    unit: float | None = None
    if ensemble is not None and rewards is not None:
        known = [lower_confidence_bound(one, kappa) for one in rewards if _counts(one, evidence_only)]
        if known:
            before = [_value(one, kappa, evidence_only, fmean(known)) for one in rewards]
            unit = ensemble.metadata.scale
    likings: list[Liking] | None = None
    if preference is not None and preference.used:
        likings = preference.likings(ask, [candidate.workflow for candidate in candidates], catalog)
        order = order_by_liking(likings, before, kappa, unit)
    else:
        order = sorted(range(len(candidates)), key=lambda index: -before[index])
    return [
        Ranked(candidates[each], rewards[each] if rewards else None, likings[each] if likings else None)
        for each in order
    ]


def _value(reward: Reward, kappa: float, evidence_only: bool, average: float) -> float:
    return lower_confidence_bound(reward, kappa) if _counts(reward, evidence_only) else average


def _counts(reward: Reward, evidence_only: bool) -> bool:
    return reward.mean is not None and not (evidence_only and reward.unfounded)
