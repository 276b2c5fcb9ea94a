"""A reward in words: how good the picture is likely to be, and how certain that is.

>>> quality_of(reward, ensemble.metadata)
Quality(mean=0.4, deviation=0.1, position=0.66, low=0.62, high=0.69, words='better than most', certainty='fairly sure',
        warning=None, evidence='')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from .ensemble import Reward, RewardMetadata
from .evidence_ensemble import UNITS

WORDS = (
    (0.85, "among the best"),
    (0.6, "better than most"),
    (0.4, "about as good as most"),
    (0.15, "worse than most"),
    (0.0, "among the worst"),
)
"""Least position -> the words for it."""
_USUAL = 0.25
"""Deviation, in standard deviations of the training's scores, above which members disagree unusually much, for an
ensemble that does not state its own."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a workflow's picture is likely to be."""

    mean: float
    """The members' mean, in the units of the training's scores."""
    deviation: float
    """Their standard deviation."""
    position: float
    """Share of the pictures that training saw which are worse than this mean, from 0 to 1, as scores are distributed
    normally."""
    low: float
    """The position of mean - deviation."""
    high: float
    """The position of mean + deviation."""
    words: str
    """The position in words, compared with the pictures that training saw."""
    certainty: str
    """How little the members disagree, in words."""
    warning: str | None
    """Why the score is unreliable; None where nothing speaks against it."""
    evidence: str
    """What the score rests on, in words; empty where that was not noted."""


def quality_of(reward: Reward, known: RewardMetadata) -> Quality:
    """Return a reward in words. What rests on no evidence has none: see `why_unfounded` first.

    Raises ValueError where there is no mean.
    """
    if reward.mean is None:
        raise ValueError(f"no quality: {reward.missing}")
    known = known if reward.evidence is None or reward.evidence.kind == "renders" else UNITS
    place = NormalDist(known.offset, max(abs(known.scale), 1e-9)).cdf
    position = place(reward.mean)
    words = next(words for least, words in WORDS if position >= least)
    low, high = place(reward.mean - reward.deviation), place(reward.mean + reward.deviation)
    sure = _certainty(reward, known)
    evidence = reward.evidence.words if reward.evidence is not None else ""
    return Quality(reward.mean, reward.deviation, position, low, high, words, sure, reward.warning or None, evidence)


def _certainty(reward: Reward, known: RewardMetadata) -> str:
    if reward.evidence is not None and reward.evidence.kind == "documentation":
        return "a guess"
    usual = known.disagreement_threshold or _USUAL * abs(known.scale)
    if reward.deviation > usual:
        return "a guess: its members disagree"
    few = reward.evidence is not None and reward.evidence.kind != "renders" and not reward.evidence.confirmed
    return "fairly sure" if reward.deviation <= usual / 2 and not few else "not very sure"


def why_unfounded(reward: Reward) -> str | None:
    """Return why a score would rest on nothing, as a sentence without its full stop; None where it does not."""
    if reward.mean is None:
        return reward.missing[:1].upper() + reward.missing[1:]
    if reward.novel_choices:
        return f"The reward model has hardly seen any workflow with {_listed(reward.novel_choices)}"
    return None


def _listed(names: Sequence[str]) -> str:
    shown = [name.rstrip("=") for name in names[:3]]
    return ", ".join(shown) + (" and more" if len(names) > 3 else "")
