"""Joined adapters: what a policy writes with one that is the sum of others."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from adapted import adapted_by_peft
from tiny_policy import one_thread, write_tiny_policy  # noqa: F401

from nodewright.models.policy.adapters import adapter_of, read_adapter, write_adapter
from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.lora import Adapter
from nodewright.training.join_adapters.command import main


def with_products(model: torch.nn.Module, *adapters: Adapter) -> torch.nn.Module:
    """Return a copy of a model with what adapters add in its weights."""
    model = copy.deepcopy(model)
    with torch.no_grad():
        for adapter in adapters:
            for path, (a, b) in adapter.tensors.items():
                model.get_submodule(path).get_parameter("weight").add_(adapter.scale * (b @ a))
    return model


def test_the_joined_adapter_adds_what_all_of_them_add(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tiny_policy(tmp_path / "policy")
    policy = load_policy(tmp_path / "policy", tuned=False)
    one = adapter_of(adapted_by_peft(policy.model, layers=[0, 1]), description={"steps": 1})
    other = adapter_of(adapted_by_peft(policy.model, targets=["q_proj"], layers=[1], rank=2, lora_alpha=7))
    for name, adapter in (("one", one), ("other", other)):
        write_adapter(tmp_path / name, adapter, policy.base_sha256)
    given = ["--policy", str(tmp_path / "policy"), "--adapters", str(tmp_path / "one"), str(tmp_path / "other")]
    assert main([*given, "--out", str(tmp_path / "both")]) == 0
    assert "2 adapters, rank 6" in capsys.readouterr().out
    both = read_adapter(tmp_path / "both", policy)
    assert set(both.tensors) == set(one.tensors) and both.description["joined"][0] == {"steps": 1}
    ids = torch.arange(12)[None]
    with torch.no_grad():
        expected, found, alone = (
            with_products(policy.model, *adapters)(ids).logits for adapters in ((one, other), (both,), (one,))
        )
    assert torch.allclose(found, expected, atol=1e-4) and not torch.allclose(found, alone, atol=1e-2)


def test_an_adapter_of_another_policy_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tiny_policy(tmp_path / "policy")
    policy = load_policy(tmp_path / "policy", tuned=False)
    write_adapter(tmp_path / "alien", adapter_of(adapted_by_peft(policy.model)), "0" * 64)
    given = ["--policy", str(tmp_path / "policy"), "--adapters", str(tmp_path / "alien")]
    assert main([*given, "--out", str(tmp_path / "both")]) == 2
    assert "trained over other weights" in capsys.readouterr().err and not (tmp_path / "both").exists()
