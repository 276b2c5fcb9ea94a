"""The training loop of reward models: members of an ensemble, which share what they can, and single models.

All members see the same batches, so that the layers below their adapters are computed once; each weighs the examples by
its own bootstrap sample. Progress is kept in one file, and the same training goes on from it; what is drawn depends on
the seed and the step alone.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from ...files import write_atomically
from ...models.reward.heads import Heads
from ...models.reward.members import Rows
from ..common.devices import in_bfloat16, open_accelerator
from .config import RewardConfig
from .data import Encoded, batches
from .first_heads import fit_heads, loss_of

STATE = "state.safetensors"
WARMUP = 0.05
MEASURED_AT_ONCE = 64


class Network(Protocol):
    """What is trained: `Members`, or anything else that scores rows. Parameters have one row for each member."""

    count: int
    heads: Heads

    def read(self, rows: Rows) -> Any: ...

    def features(self, reading: Any, member: int) -> torch.Tensor: ...

    def score(self, reading: Any, member: int, rows: torch.Tensor | None = None) -> torch.Tensor: ...

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]: ...

    def train(self, mode: bool = True) -> Any: ...


@dataclass
class Progress:
    """How far a training is. records: of step, minutes, loss, learning rate, and the squared error on what is held
    out, by its name."""

    step: int = 0
    seconds: float = 0.0
    records: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Whole:
    """What a batch's sums are divided by, for each member: its weights in sum, and how many pairs of workflows of one
    prompt it compares."""

    weights: npt.NDArray[np.floating[Any]]
    pairs: npt.NDArray[np.floating[Any]]

    @staticmethod
    def of(weights: npt.NDArray[np.float32], batch: Sequence[Encoded]) -> Whole:
        """weights: (members, rows of the batch)."""
        targets, groups = np.array([each.target for each in batch]), np.array([each.group for each in batch])
        better = ((targets[:, None] > targets) & (groups[:, None] == groups)).astype(np.float32)
        present = (weights > 0).astype(np.float32)
        return Whole(weights.sum(1), np.maximum(1, (present @ better * present).sum(1)))

    def over(self, processes: int) -> Whole:
        """For a part of the batch, where the parts' gradients are averaged and not summed."""
        return Whole(self.weights / processes, self.pairs / processes)


@dataclass
class Fit:
    """One training. weights (members, examples): see `bootstrap`. held_out: by name, examples to measure the loss on
    now and then. folder: where it keeps its progress. probed: whether to train the heads alone first."""

    network: Network
    encoded: Sequence[Encoded]
    weights: npt.NDArray[np.float32]
    config: RewardConfig
    folder: Path
    report: Callable[[str], None]
    held_out: dict[str, list[Encoded]] = field(default_factory=dict)
    probed: bool = True
    _epoch: tuple[int, list[list[int]]] = (-1, [])

    def run(self) -> Progress:
        """Train to the end, from where an earlier call stopped."""
        accelerator = open_accelerator()
        trained = {name: part for name, part in self.network.named_parameters() if part.requires_grad}
        optimizer = torch.optim.AdamW(
            trained.values(), lr=self.config.learning_rate, weight_decay=self.config.weight_decay, betas=(0.9, 0.98)
        )
        progress = self._resume(optimizer)
        if self.probed and not progress.step:
            self._probe()
        per_epoch = math.ceil(len(self.encoded) / self.config.rows)
        total = max(1, math.ceil(self.config.epochs * per_epoch))
        told = saved = measured = progress.seconds
        losses: list[float] = []
        self.network.train()
        while progress.step < total:
            start = time.monotonic()
            losses.append(self._step(trained, optimizer, accelerator, progress, total))
            progress.seconds += time.monotonic() - start
            over = progress.step == total
            if over or progress.seconds - told > 20:
                progress.records.append(self._record(progress, float(np.mean(losses)), total))
                if over or progress.seconds - measured > 120:
                    progress.records[-1] |= self._measured()
                    measured = progress.seconds
                self._tell(progress.records[-1], total, accelerator)
                told, losses = progress.seconds, []
            if accelerator.is_main_process and (over or progress.seconds - saved > 60 * self.config.save_minutes):
                self._save(optimizer, progress)
                saved = progress.seconds
        self.network.train(False)
        return progress

    def _probe(self) -> None:
        """Train the heads alone, so that training all has less to undo (Kumar et al. 2022, arXiv 2202.10054)."""
        known = know(self.network, self.encoded, self.config)
        targets = torch.tensor([each.target for each in self.encoded])
        fit_heads(self.network.heads, known, targets, self.weights, self.config.seed, self.config.huber)
        held = "".join(f"  {name} {error:.3f}" for name, error in self._measured().items())
        self.report(f"{self.folder.name}: heads on {known.shape[1]} numbers of each script{held}")

    def _step(
        self, trained: dict[str, nn.Parameter], optimizer: torch.optim.Optimizer, accelerator: Accelerator,
        progress: Progress, total: int,
    ) -> float:  # fmt: skip
        """One step; returns the loss, the mean over members."""
        chosen = self._batch(progress.step)
        drawn = progress.step * accelerator.num_processes + accelerator.process_index
        torch.manual_seed((self.config.seed << 32) + drawn)
        rate = self.config.learning_rate * _course(progress.step / total)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad(set_to_none=False)
        mine = self._share(chosen, accelerator.process_index, accelerator.num_processes)
        loss = 0.0
        if mine:
            whole = Whole.of(self.weights[:, chosen], [self.encoded[index] for index in chosen])
            loss = self._backward(mine, whole.over(accelerator.num_processes), accelerator)
        if accelerator.num_processes > 1:
            for part in trained.values():
                if part.grad is None:
                    part.grad = torch.zeros_like(part)
                part.grad = accelerator.reduce(part.grad, "mean")
        clip(trained.values(), self.network.count)
        optimizer.step()
        progress.step += 1
        return loss

    def _batch(self, step: int) -> list[int]:
        per_epoch = math.ceil(len(self.encoded) / self.config.rows)
        epoch, index = divmod(step, per_epoch)
        if self._epoch[0] != epoch:
            self._epoch = (epoch, batches(self.encoded, self.config.rows, self.config.seed, epoch))
        return self._epoch[1][index]

    def _share(self, chosen: list[int], process: int, processes: int) -> list[int]:
        """A process's part of a batch: whole prompts, whose workflows are compared with each other."""
        groups = {group: place for place, group in enumerate(dict.fromkeys(self.encoded[i].group for i in chosen))}
        return [index for index in chosen if groups[self.encoded[index].group] % processes == process]

    def _backward(self, chosen: list[int], whole: Whole, accelerator: Accelerator) -> float:
        """Gradients of all members. whole: what sums over the batch are divided by."""
        device = accelerator.device
        rows = rows_of([self.encoded[index] for index in chosen], device)
        targets = torch.tensor([self.encoded[index].target for index in chosen], device=device)
        groups = torch.tensor([self.encoded[index].group for index in chosen], device=device)
        losses = []
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=in_bfloat16(self.config.bfloat16, device)):
            reading = self.network.read(rows)
        for member in range(self.network.count):
            weights = torch.from_numpy(self.weights[member, chosen]).to(device)
            present = weights.nonzero().squeeze(1)
            if not len(present):
                continue
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=in_bfloat16(self.config.bfloat16, device)):
                scores = self.network.score(reading, member, present)
            each = loss_of(scores, targets[present], self.config.huber) * weights[present]
            loss = each.sum() / float(whole.weights[member])
            if self.config.ranking:
                pairs = float(whole.pairs[member])
                loss = loss + self.config.ranking * ranking(scores, targets[present], groups[present], pairs)
            loss.backward()
            losses.append(loss.item())
        return float(np.mean(losses)) if losses else 0.0

    def _measured(self) -> dict[str, float]:
        """The squared error on what is held out, or on an even selection of it."""
        found = {}
        for name, encoded in self.held_out.items():
            spread = encoded[:: max(1, len(encoded) // 128)]
            scores = predict(self.network, spread, self.config).mean(0)
            found[name] = round(float(np.mean((scores - [each.target for each in spread]) ** 2)), 5)
        self.network.train()
        return found

    def _record(self, progress: Progress, loss: float, total: int) -> dict[str, Any]:
        rate = self.config.learning_rate * _course(progress.step / total)
        minutes = round(progress.seconds / 60, 3)
        return {"step": progress.step, "minutes": minutes, "loss": round(loss, 5), "rate": rate}

    def _tell(self, record: dict[str, Any], total: int, accelerator: Accelerator) -> None:
        if accelerator.is_main_process:
            held = "".join(f"  {name} {record[name]:.3f}" for name in self.held_out if name in record)
            self.report(
                f"{self.folder.name}: {record['step'] / total:4.0%}  {record['minutes']:.1f} min  step "
                f"{record['step']} of {total}  loss {record['loss']:.4f}{held}"
            )

    def _save(self, optimizer: torch.optim.Optimizer, progress: Progress) -> None:
        tensors = {}
        for name, part in self.network.named_parameters():
            tensors[name] = part.detach().cpu().contiguous()
            for moment in ("exp_avg", "exp_avg_sq"):
                if part in optimizer.state:
                    tensors[f"{moment} {name}"] = optimizer.state[part][moment].cpu().contiguous()
        path = self.folder / STATE
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with write_atomically(path) as beside:
                save_file(tensors, beside, metadata={"progress": json.dumps(vars(progress))})
        except (OSError, SafetensorError) as error:  # a full disk costs the state, not the training
            self.report(f"{path}: {error}. Training goes on; free some space, so that it can be interrupted")

    def _resume(self, optimizer: torch.optim.Optimizer) -> Progress:
        path = self.folder / STATE
        if not path.is_file():
            return Progress()
        with safe_open(path, "pt") as kept, torch.no_grad():
            progress = Progress(**json.loads(kept.metadata()["progress"]))
            names = set(kept.keys())
            for name, part in self.network.named_parameters():
                part.copy_(kept.get_tensor(name))
                if f"exp_avg {name}" in names:
                    state: dict[str, Any] = {"step": torch.tensor(float(progress.step))}
                    for moment in ("exp_avg", "exp_avg_sq"):
                        # A copy: the file must not stay open, or Windows would not let the next state take its place.
                        state[moment] = kept.get_tensor(f"{moment} {name}").to(part.device, copy=True)
                    optimizer.state[part] = state
        self.report(f"{self.folder.name}: resumed at step {progress.step}")
        return progress


def rows_of(encoded: Sequence[Encoded], device: torch.device) -> Rows:
    return Rows.of([each.context for each in encoded], [each.script for each in encoded], device)


def ranking(scores: torch.Tensor, targets: torch.Tensor, groups: torch.Tensor, pairs: float) -> torch.Tensor:
    """The sum over pairs of one prompt of -log sigmoid(better - worse) (Bradley and Terry 1952), by `pairs`; 0 without
    any."""
    better = (targets[:, None] > targets) & (groups[:, None] == groups)
    if not better.any():
        return scores.sum() * 0
    return F.softplus(scores[None, :] - scores[:, None])[better].sum() / pairs


def clip(parameters: Any, count: int, most: float = 1.0) -> None:
    """Scale each member's gradient down to the norm `most`, without regard to the others'."""
    gradients = [part.grad for part in parameters if part.grad is not None]
    if not gradients:
        return
    if count == 1:
        norms = torch.stack([grad.norm() for grad in gradients]).norm()[None]
    else:
        norms = torch.stack([grad.reshape(count, -1).norm(dim=1) for grad in gradients]).norm(dim=0)
    factors = (most / (norms + 1e-6)).clamp(max=1)
    for grad in gradients:
        grad.mul_(factors if count == 1 else factors.reshape(-1, *[1] * (grad.ndim - 1)))


@torch.inference_mode()
def predict(network: Network, encoded: Sequence[Encoded], config: RewardConfig) -> npt.NDArray[np.float64]:
    """Standardised scores, (members, examples)."""
    device = open_accelerator().device
    network.train(False)
    found = np.zeros((network.count, len(encoded)))
    order = by_length(encoded)
    for start in range(0, len(order), MEASURED_AT_ONCE):
        part = order[start : start + MEASURED_AT_ONCE]
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=in_bfloat16(config.bfloat16, device)):
            reading = network.read(rows_of([encoded[index] for index in part], device))
            for member in range(network.count):
                found[member, part] = network.score(reading, member).float().cpu().numpy()
    return found


@torch.no_grad()
def know(network: Network, encoded: Sequence[Encoded], config: RewardConfig) -> torch.Tensor:
    """What heads read of the examples before any adapter says anything, (examples, numbers), float32, on the CPU."""
    device = open_accelerator().device
    network.train(False)
    order = by_length(encoded)
    parts = []
    for start in range(0, len(order), MEASURED_AT_ONCE):
        part = order[start : start + MEASURED_AT_ONCE]
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=in_bfloat16(config.bfloat16, device)):
            reading = network.read(rows_of([encoded[index] for index in part], device))
            parts.append(network.features(reading, 0).float().cpu())
    return torch.cat(parts)[torch.tensor(order).argsort()]


def by_length(encoded: Sequence[Encoded]) -> list[int]:
    """Indices, those of about the same length together."""
    return sorted(range(len(encoded)), key=lambda index: len(encoded[index].context) + len(encoded[index].script))


def _course(progress: float) -> float:
    """The share of the highest learning rate."""
    if progress < WARMUP:
        return max(progress / WARMUP, 0.02)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (progress - WARMUP) / (1 - WARMUP)))
