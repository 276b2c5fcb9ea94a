"""What all trainings share: the learning rate's schedules, and a state that is saved and resumed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nodewright.models.policy.folders import CheckpointError
from nodewright.training.common.train_state import (
    STATE,
    TrainState,
    cosine_decay,
    linear_warmup,
    warmup_and_decay,
)


def quiet(text: str) -> None:
    pytest.fail(f"nothing should be reported, but: {text}")


def test_the_learning_rate_rises_and_falls() -> None:
    assert [linear_warmup(step, 4) for step in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert linear_warmup(0, 0) == 1.0
    assert cosine_decay(0.0, 0.1) == 1.0
    assert cosine_decay(1.0, 0.1) == pytest.approx(0.1)
    rates = [warmup_and_decay(progress / 100, 0.1, 0.02, 0.05) for progress in range(101)]
    assert [rates[0], rates[5], rates[10], rates[100]] == pytest.approx([0.02, 0.5, 1.0, 0.05])
    assert rates[:11] == sorted(rates[:11]) and rates[10:] == sorted(rates[10:], reverse=True)


def test_what_is_due_is_done_once() -> None:
    state = TrainState()
    assert not state.due("save", 60)
    state.seconds = 61.0
    assert state.due("save", 60) and not state.due("save", 60)
    assert state.due("measure", 30), "each thing has a time of its own"
    state.seconds = 125.0
    assert state.due("save", 60)
    assert state.due("always", 0.0) and state.due("always", 0.0)


def begun(seed: int) -> tuple[torch.nn.Linear, torch.optim.AdamW]:
    torch.manual_seed(seed)
    layer = torch.nn.Linear(3, 2)
    return layer, torch.optim.AdamW(layer.parameters(), lr=0.1)


def advance(layer: torch.nn.Linear, optimizer: torch.optim.AdamW, steps: int) -> None:
    for step in range(steps):
        optimizer.zero_grad()
        layer(torch.full((1, 3), float(step))).square().sum().backward()
        optimizer.step()


def test_a_resumed_optimizer_goes_on_exactly(tmp_path: Path) -> None:
    layer, optimizer = begun(0)
    advance(layer, optimizer, 3)
    averages = {name: torch.full_like(weight, 2.0) for name, weight in layer.named_parameters()}
    state = TrainState(3, 1.5, [{"step": 3, "loss": 0.25}], {"save": 1.5})
    state.save(tmp_path / "log" / STATE, dict(layer.named_parameters()), optimizer, quiet, averages)
    assert [path.name for path in (tmp_path / "log").iterdir()] == [STATE]
    other, again = begun(1)
    means = {name: torch.zeros_like(weight) for name, weight in other.named_parameters()}
    assert TrainState.load(tmp_path / "log" / STATE, dict(other.named_parameters()), again, means) == state
    assert all(torch.equal(means[name], averages[name]) for name in averages)
    for one in ((layer, optimizer), (other, again)):
        advance(*one, 4)
    for ours, theirs in zip(layer.parameters(), other.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_state_that_cannot_be_read_or_written_is_reported(tmp_path: Path) -> None:
    layer, optimizer = begun(0)
    (tmp_path / STATE).write_bytes(b"no state")
    with pytest.raises(CheckpointError, match="cannot be read.*Delete it to start over"):
        TrainState.load(tmp_path / STATE, dict(layer.named_parameters()), optimizer)
    TrainState().save(tmp_path / STATE, {"weight": layer.weight}, optimizer, quiet)
    with pytest.raises(CheckpointError, match="cannot be read"):
        TrainState.load(tmp_path / STATE, dict(layer.named_parameters()), optimizer)
    reports: list[str] = []
    (tmp_path / "folder").mkdir()
    TrainState().save(tmp_path / "folder", dict(layer.named_parameters()), optimizer, reports.append)
    assert len(reports) == 1 and "could not be written" in reports[0]
