"""Load the policy and the reward ensemble that the options name."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .reporting import BAD_INPUT, Failure

if TYPE_CHECKING:
    from ..models.policy.policy import Policy
    from ..models.reward.by_family import Judge


def load_policy(arguments: argparse.Namespace, *, tuned: Path | bool) -> Policy:
    """Load the policy that --policy names, or the shipped one.

    tuned: the folder of an adapter; True stands for the policy's own, if it has one, False for none.
    Raises Failure.
    """
    import torch

    from .. import writing
    from ..models.policy.checkpoints import shipped_policy_path
    from ..models.policy.folders import PolicyError

    source = arguments.policy or shipped_policy_path()
    if arguments.policy is None and not shipped_policy_path().is_dir():
        raise Failure(BAD_INPUT, "policy", "this copy of nodewright comes without a policy; name one with --policy")
    if arguments.device == "cuda" and not torch.cuda.is_available():
        raise Failure(BAD_INPUT, "policy", "--device cuda: there is no CUDA device here that torch can use")
    try:
        return writing.load_policy(source, device=arguments.device, tuned=tuned)
    except PolicyError as error:
        raise Failure(BAD_INPUT, "policy", str(error)) from error
    except torch.cuda.OutOfMemoryError as error:
        raise Failure(BAD_INPUT, "policy", f"{source}: does not fit into the memory of {arguments.device}") from error


def load_reward(arguments: argparse.Namespace, policy: Policy) -> Judge:
    """Load the ensemble that --reward names, or the shipped one. Raises Failure."""
    from .. import writing
    from ..models.reward.members import RewardError

    try:
        return writing.load_reward(policy, arguments.reward)
    except RewardError as error:
        raise Failure(BAD_INPUT, "reward", str(error)) from error
