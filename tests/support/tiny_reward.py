"""A tiny reward ensemble with random members: its scores mean nothing, and differ."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.policy import Policy
from nodewright.models.reward.ensemble import RewardEnsemble, RewardMetadata
from nodewright.models.reward.members import Members, MemberShape


def tiny_reward(policy: Policy, choices: Mapping[str, int], usual: float | None = None) -> RewardEnsemble:
    """Three members over the policy. choices, usual: see `RewardMetadata`."""
    members = Members(policy.model, MemberShape(), 3)
    members.draw(range(3))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in (*members.up, members.heads.weight):
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.2)
    members.requires_grad_(False).eval()
    return RewardEnsemble(policy, members, RewardMetadata(choices=dict(choices), disagreement_threshold=usual))


def write_tiny_reward(folder: Path, policy: Path, choices: Mapping[str, int]) -> None:
    """Writes the ensemble over the policy in a folder; the same each time."""
    tiny_reward(load_policy(policy), choices).save(folder)
