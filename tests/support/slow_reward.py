"""Reward ensembles whose members differ, and their scores one script at a time."""

from __future__ import annotations

import torch

from nodewright.models.reward.ensemble import (
    RewardEnsemble,
)
from nodewright.models.reward.members import Members, Rows

PROMPT = "a red circle on a blue background"


def spoken(members: Members, seed: int = 0) -> Members:
    """Members that differ from the base and from each other."""
    members.draw(range(members.count))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in (*members.up, *members.heads.parameters()):
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.3)
    return members.requires_grad_(False).eval()


def slowly(ensemble: RewardEnsemble, prompt: str, scripts: list[list[str]]) -> torch.Tensor:
    """Each script alone, by the members themselves: (members, scripts)."""
    policy, found = ensemble.policy, []
    for script in scripts:
        ids = [token for choice in script for token in policy.vocabulary.encode_choice(choice)]
        with torch.no_grad():
            reading = ensemble.members.read(Rows.of([policy.context(prompt).ids], [ids], policy.device))
            found.append(torch.cat([ensemble.members.score(reading, k) for k in range(ensemble.members.count)]))
    return torch.stack(found, 1)
