"""One stage of training: minutes of steps on one network, saved as it goes and resumed from there.

Several processes (torchrun) share a stage: each computes a part of every batch, and their gradients are averaged.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, distributed, nn

from ..training.common.console import report
from ..training.common.devices import fast_bfloat16, on_cpu
from ..training.common.train_state import TrainState, cosine_decay, linear_warmup

LOWEST_RATE = 0.05
"""The share of the learning rate at the end of a stage."""


@dataclass(frozen=True)
class StageConfig:
    """How long and how fast a stage learns.

    Attributes:
        minutes: minutes of the processor's time over all resumed parts: a busy machine takes longer, and ends no worse.
        batch: examples of a step, in all processes together.
        learning_rate: the highest learning rate.
        seed: seed of everything that is drawn.
        max_steps: steps after which the stage ends, for trials.
        warmup: steps until the learning rate is reached.
        ema: share of the averaged weights that a step leaves.
        save_every_s: seconds of training between two states.
    """

    minutes: float
    batch: int
    learning_rate: float
    seed: int = 0
    max_steps: int = 10**9
    warmup: int = 100
    ema: float = 0.998
    save_every_s: float = 120.0


def device() -> torch.device:
    """Return where networks are trained: on a GPU where there is one."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("cpu" if on_cpu() else "mps")


def autocast() -> torch.autocast:
    """Return a context that computes in bfloat16 where that is fast."""
    return torch.autocast(device().type, torch.bfloat16, enabled=fast_bfloat16(device()))


def processes() -> int:
    """Return how many processes share the stage."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def part_of(batch: int) -> int:
    """Return how many examples of a batch this process computes."""
    return max(1, batch // processes())


LossAt = Callable[[TrainState, np.random.Generator], Tensor]
"""From how far a stage is, and a random generator, to the loss of one step."""


def share_done(config: StageConfig, state: TrainState) -> float:
    """Return how much of a stage is done, from 0 to 1, by its minutes or steps, whichever end first."""
    return min(1.0, max(state.seconds / (60 * config.minutes), state.step / config.max_steps))


def learning_rate_factor(config: StageConfig, state: TrainState) -> float:
    """Return the share of the learning rate: a linear warm-up, times a cosine from 1 to LOWEST_RATE over the stage."""
    return linear_warmup(state.step, config.warmup) * cosine_decay(share_done(config, state), LOWEST_RATE)


def run_stage(name: str, path: Path, model: nn.Module, config: StageConfig, loss_at: LossAt) -> None:
    """Train the parameters of a model that require a gradient, and leave their running averages in it.

    Args:
        name: the stage's name in what is printed.
        path: the file of its state, from which the stage resumes.
        model: the model, trained in place.
        config: how long and how fast.
        loss_at: computes one step's loss. Its random generator depends on the seed, the step and the process alone, so
            that a resumed run sees the data that an uninterrupted one would.
    """
    rank = distributed.get_rank() if distributed.is_initialized() else 0
    weights = {key: value for key, value in model.named_parameters() if value.requires_grad}
    optimizer = torch.optim.AdamW(weights.values(), lr=config.learning_rate, betas=(0.9, 0.99), weight_decay=0.01)
    averages = {key: value.detach().clone() for key, value in weights.items()}
    state = TrainState()
    if path.exists():
        state = TrainState.load(path, weights, optimizer, averages)
        report(f"{name}: resumed at step {state.step} from {path}")
    model.train()
    last = time.process_time()
    recent: list[float] = []
    while share_done(config, state) < 1:
        torch.manual_seed(_seed_of(config.seed, state.step, rank))
        loss = loss_at(state, np.random.default_rng((config.seed, state.step, rank)))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        now = time.process_time()
        state.seconds += _averaged(list(weights.values()), now - last)
        last = now
        nn.utils.clip_grad_norm_(weights.values(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * learning_rate_factor(config, state)
        optimizer.step()
        # A short average at first: the early weights are not worth remembering.
        weight = 1 - min(config.ema, (1 + state.step) / (10 + state.step))
        torch._foreach_lerp_(list(averages.values()), [value.detach() for value in weights.values()], weight)
        recent.append(loss.item())
        state.step += 1
        if state.step % 100 == 0 and rank == 0:
            report(f"{name} step {state.step}  {state.seconds:.0f} s  loss {np.mean(recent):.4f}")
            recent.clear()
        if state.due("save", config.save_every_s) and rank == 0:
            state.save(path, weights, optimizer, report, averages)
    if rank == 0:
        state.save(path, weights, optimizer, report, averages)
    with torch.no_grad():
        for key, value in weights.items():
            value.copy_(averages[key])
    model.eval()


def _averaged(weights: list[nn.Parameter], seconds: float) -> float:
    """Average the gradients over all processes in place, and return the processes' average of `seconds`.

    All processes then end at the same step.
    """
    if processes() == 1:
        return seconds
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    clock = torch.tensor([seconds], device=weights[0].device)
    flat = torch.cat([*(gradient.flatten() for gradient in gradients), clock])
    distributed.all_reduce(flat)
    flat /= processes()
    for gradient, part in zip(gradients, flat[:-1].split([one.numel() for one in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))
    return float(flat[-1])


def _seed_of(*numbers: int) -> int:
    """Return one 63-bit seed from several numbers, the same on every machine."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)
