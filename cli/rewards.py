"""The reward model of `score`, `generate` and `run`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .reporting import BAD_INPUT, Failure

if TYPE_CHECKING:
    from ..models.policy.decoding import Candidate
    from ..models.policy.policy import Policy
    from ..models.reward.ensemble import Reward, RewardEnsemble


def load_reward(arguments: argparse.Namespace, policy: Policy) -> RewardEnsemble:
    """The ensemble that --reward names, or the shipped one. Raises Failure."""
    from ..models.reward.ensemble import RewardEnsemble, shipped_reward_path
    from ..models.reward.members import RewardError

    try:
        return RewardEnsemble.load(arguments.reward or shipped_reward_path(), policy)
    except RewardError as error:
        raise Failure(BAD_INPUT, "reward", str(error)) from error


def scored(ensemble: RewardEnsemble, prompt: str, scripts: list[tuple[str, ...]]) -> list[Reward]:
    """What the ensemble says. Raises Failure."""
    from ..models.reward.members import RewardError

    try:
        return ensemble.score(prompt, scripts)
    except RewardError as error:
        raise Failure(BAD_INPUT, "reward", str(error)) from error


def rank(
    ensemble: RewardEnsemble, prompt: str, candidates: Sequence[Candidate], kappa: float
) -> tuple[tuple[Candidate, ...], tuple[Reward, ...]]:
    """`by_reward`. Raises Failure."""
    from ..models.reward.ensemble import by_reward
    from ..models.reward.members import RewardError

    try:
        return by_reward(ensemble, prompt, candidates, kappa)
    except RewardError as error:
        raise Failure(BAD_INPUT, "reward", str(error)) from error
