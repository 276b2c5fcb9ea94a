"""Kinds of prompts as the reward ensemble's members read them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from slow_reward import PROMPT, slowly, spoken

from nodewright.models.policy.checkpoints import save_checkpoint
from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.policy import Policy
from nodewright.models.reward.ensemble import KINDS_FILE, RewardEnsemble, RewardMetadata
from nodewright.models.reward.members import Members, MemberShape, RewardError
from nodewright.models.reward.prompt_kinds import PromptKinds


def two_kinds() -> PromptKinds:
    return PromptKinds(("day", "night"), [(5, 6), (5, 6, 7)], torch.eye(2), torch.zeros(2))


def test_one_name_may_begin_like_another() -> None:
    assert [two_kinds().main(ids) for ids in ([5, 6, 7, 1], [5, 6, 8], [5, 6], [5], [])] == [1, 0, 0, None, None]


def test_each_kind_and_each_with_the_main_model() -> None:
    found = two_kinds()(torch.tensor([[0.0, 20.0], [20.0, 0.0], [0.0, 20.0]]), [[5, 6, 7], [5, 6], [9]])
    expected = [[0, 1, 0, 0, 0, 1], [1, 0, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0]]
    torch.testing.assert_close(found, torch.tensor(expected).float())


def ensemble_with_kinds(policy: Policy, scripts: list[list[str]]) -> RewardEnsemble:
    hidden = policy.model.get_input_embeddings().weight.shape[1]
    generator = torch.Generator().manual_seed(1)
    mains = [policy.vocabulary.encode_choice(main) for main in sorted({script[0] for script in scripts})]
    kinds = PromptKinds("abc", mains, torch.randn(3, hidden, generator=generator), torch.zeros(3))
    return RewardEnsemble(policy, spoken(Members(policy.model, MemberShape(), 2, kinds)), RewardMetadata())


def test_quickly_as_slowly(policy: Policy, scripts: list[list[str]]) -> None:
    ensemble = ensemble_with_kinds(policy, scripts[:40])
    found = torch.tensor([reward.members for reward in ensemble.score(PROMPT, scripts[:40])]).T
    torch.testing.assert_close(found, slowly(ensemble, PROMPT, scripts[:40]), rtol=1e-4, atol=1e-4)


def test_saved_and_loaded(policy: Policy, scripts: list[list[str]], tmp_path: Path) -> None:
    save_checkpoint(policy, tmp_path / "policy")
    policy = load_policy(tmp_path / "policy")
    ensemble = ensemble_with_kinds(policy, scripts[:9])
    ensemble.save(tmp_path / "reward")
    loaded = RewardEnsemble.load(tmp_path / "reward", policy)
    assert loaded.score(PROMPT, scripts[:9]) == ensemble.score(PROMPT, scripts[:9])
    (tmp_path / "reward" / KINDS_FILE).write_bytes(b"no tensors")
    with pytest.raises(RewardError, match=KINDS_FILE):
        RewardEnsemble.load(tmp_path / "reward", policy)
    (tmp_path / "reward" / KINDS_FILE).unlink()
    with pytest.raises(RewardError, match=f"{KINDS_FILE}.*Download the reward model again"):
        RewardEnsemble.load(tmp_path / "reward", policy)
