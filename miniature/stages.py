"""One stage of training: so many minutes of steps on one network, saved as it goes and resumed from there.

Several processes (torchrun) share a stage: each computes a part of every batch, and their gradients are averaged.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, distributed, nn

from ..files import write_atomically
from ..training.common.devices import on_cpu


@dataclass(frozen=True)
class StageConfig:
    """How long and how fast a stage learns.

    minutes: of the processor's time, over all its resumed parts, at which the learning rate has decayed to a
    twentieth: on a busy machine a stage takes longer, and ends no worse.
    max_steps: stops earlier than that, for trials. ema: share of the averaged weights that a step leaves.
    """

    minutes: float
    batch: int
    learning_rate: float
    seed: int = 0
    max_steps: int = 10**9
    warmup: int = 100
    ema: float = 0.998
    save_every_s: float = 120.0


@dataclass
class Progress:
    """What a resumed stage goes on from."""

    step: int = 0
    seconds: float = 0.0


def device() -> torch.device:
    """Where networks are trained: on a GPU where there is one."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("cpu" if on_cpu() else "mps")


def autocast() -> torch.autocast:
    """bfloat16 where it is worth it, as a context."""
    return torch.autocast(device().type, torch.bfloat16)


def processes() -> int:
    """How many share the stage."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def part_of(batch: int) -> int:
    """What this process computes of a batch."""
    return max(1, batch // processes())


LossAt = Callable[[Progress, np.random.Generator], Tensor]


def share_done(config: StageConfig, progress: Progress) -> float:
    """0..1, by the stage's minutes or steps, whichever end first."""
    return min(1.0, max(progress.seconds / (60 * config.minutes), progress.step / config.max_steps))


def learning_rate_factor(config: StageConfig, progress: Progress) -> float:
    """Linear warm-up, then a cosine from 1 to 0.05 over the stage."""
    share = share_done(config, progress)
    return min(1.0, (progress.step + 1) / config.warmup) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * share)))


def run_stage(name: str, path: Path, model: nn.Module, config: StageConfig, loss_at: LossAt) -> None:
    """Trains what of model wants a gradient, saving to and resuming from path; leaves the averaged (EMA) weights in it.

    loss_at(progress, rng) computes one step's loss; rng depends on the seed, the step and the process alone, so that a
    resumed run sees the data that an uninterrupted one would.
    """
    rank = distributed.get_rank() if distributed.is_initialized() else 0
    learnt = {key: value for key, value in model.named_parameters() if value.requires_grad}
    weights: list[nn.Parameter] = list(learnt.values())
    optimizer = torch.optim.AdamW(weights, lr=config.learning_rate, betas=(0.9, 0.99), weight_decay=0.01)
    average = [value.detach().clone() for value in weights]
    progress = Progress()
    if path.exists():
        saved = torch.load(path, weights_only=True, map_location=device())
        with torch.no_grad():
            for key, value in learnt.items():
                value.copy_(saved["weights"][key])
        optimizer.load_state_dict(saved["optimizer"])
        average, progress = [saved["average"][key] for key in learnt], Progress(**saved["progress"])
        print(f"{name}: going on from step {progress.step} in {path}", flush=True)

    def save() -> None:
        state = {"weights": {key: value.detach() for key, value in learnt.items()}, "optimizer": optimizer.state_dict()}
        if rank == 0:
            _save(path, {**state, "average": dict(zip(learnt, average, strict=True)), "progress": vars(progress)})

    model.train()
    last_save = last = time.process_time()
    recent: list[float] = []
    while share_done(config, progress) < 1:
        torch.manual_seed(_seed_of(config.seed, progress.step, rank))
        loss = loss_at(progress, np.random.default_rng((config.seed, progress.step, rank)))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        now = time.process_time()
        progress.seconds += _averaged(weights, now - last)
        last = now
        nn.utils.clip_grad_norm_(weights, 1.0)
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * learning_rate_factor(config, progress)
        optimizer.step()
        # A short average at first: the early weights are not worth remembering.
        weight = 1 - min(config.ema, (1 + progress.step) / (10 + progress.step))
        torch._foreach_lerp_(average, [value.detach() for value in weights], weight)
        recent.append(loss.item())
        progress.step += 1
        if progress.step % 100 == 0 and rank == 0:
            print(f"{name} step {progress.step}  {progress.seconds:.0f} s  loss {np.mean(recent):.4f}", flush=True)
            recent.clear()
        if now - last_save > config.save_every_s:
            save()
            last_save = now
    save()
    with torch.no_grad():
        for value, mean in zip(weights, average, strict=True):
            value.copy_(mean)
    model.eval()


def _save(path: Path, payload: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(path) as beside:
        torch.save(payload, beside)


def _averaged(weights: list[nn.Parameter], seconds: float) -> float:
    """Averages the gradients over all processes, in place, and returns the average of their seconds, so that all end
    at the same step."""
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
    """One 63-bit seed from several numbers, the same on every machine."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)
