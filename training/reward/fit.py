"""The training loop of reward models: members of an ensemble, which share what they can, and single models.

All members see the same batches, so that the layers below their adapters are computed once; each weighs the examples by
its own bootstrap sample. First the heads are trained alone, on what the base computes of each example, so that training
everything has less to undo (Kumar et al. 2022, arXiv 2202.10054). What is drawn depends on the seed and the step alone.
"""

from __future__ import annotations

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
from torch import nn

from ...models.reward.heads import Heads
from ...models.reward.members import Rows
from ..common.devices import in_bfloat16, open_accelerator
from ..common.train_state import STATE, TrainState, warmup_and_decay
from .config import RewardConfig
from .data import Encoded, batches

WARMUP, LOWEST_RATE = 0.05, 0.02
"""Share of the training that is warm-up, and the least share of the learning rate before and after it."""
REPORT_SECONDS, MEASURE_SECONDS = 20, 120
"""Seconds of training between two reports, and between two measurements on what is held out."""
MEASURED_AT_ONCE = 64
"""Scripts of one forward pass without gradients."""
HEAD_EPOCHS, HEAD_ROWS, HEAD_RATE, HEAD_DECAY = 12, 64, 1e-3, 0.3
"""Passes, rows of a step, learning rate and weight decay of training the heads alone."""


class Network(Protocol):
    """A reward model: `Members`, or anything else that scores rows. Each parameter has one row for each member."""

    count: int
    heads: Heads

    def read(self, rows: Rows) -> Any:
        """Return what all members share of the rows' forward pass."""

    def features(self, reading: Any, member: int) -> torch.Tensor:
        """Return the inputs of a member's head, (rows, inputs)."""

    def score(self, reading: Any, member: int, rows: torch.Tensor | None = None) -> torch.Tensor:
        """Return a member's standardised scores, (rows,), of all rows or of those with the indices `rows`."""

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """Yield the parameters with their names."""

    def train(self, mode: bool = True) -> Any:
        """Switch dropout on or off."""


@dataclass(frozen=True)
class BatchTotals:
    """What the sums over a batch are divided by.

    Attributes:
        weights: the sum of each member's weights, (members,).
        pairs: how many pairs of workflows of one prompt each member compares, (members,).
    """

    weights: npt.NDArray[np.floating[Any]]
    pairs: npt.NDArray[np.floating[Any]]

    @staticmethod
    def of(weights: npt.NDArray[np.float32], batch: Sequence[Encoded]) -> BatchTotals:
        """Return the totals of a batch, from the members' weights of its rows, (members, rows)."""
        targets, groups = np.array([each.target for each in batch]), np.array([each.group for each in batch])
        better = ((targets[:, None] > targets) & (groups[:, None] == groups)).astype(np.float32)
        present = (weights > 0).astype(np.float32)
        return BatchTotals(weights.sum(1), np.maximum(1, (present @ better * present).sum(1)))

    def over(self, processes: int) -> BatchTotals:
        """Return the totals for a part of the batch, where the parts' gradients are averaged and not summed."""
        return BatchTotals(self.weights / processes, self.pairs / processes)


@dataclass
class Fit:
    """The training of one network.

    Attributes:
        network: the network, trained in place.
        encoded: the examples.
        weights: how much each example counts for each member, (members, examples); see `bootstrap`.
        config: the options.
        folder: where the state is saved; its name is the training's name in reports.
        report: where progress is reported.
        held_out: by name, examples to measure the squared error on now and then.
        probed: whether to train the heads alone first.
    """

    network: Network
    encoded: Sequence[Encoded]
    weights: npt.NDArray[np.float32]
    config: RewardConfig
    folder: Path
    report: Callable[[str], None]
    held_out: dict[str, list[Encoded]] = field(default_factory=dict)
    probed: bool = True
    _epoch: tuple[int, list[list[int]]] = (-1, [])

    @property
    def total(self) -> int:
        """Steps of the whole training."""
        return max(1, math.ceil(self.config.epochs * math.ceil(len(self.encoded) / self.config.rows)))

    def run(self) -> TrainState:
        """Train to the end, from the state that an earlier call saved."""
        accelerator = open_accelerator()
        weights = dict(self.network.named_parameters())  # with the heads' standardisation, which has no gradient
        trained = {name: part for name, part in weights.items() if part.requires_grad}
        optimizer = torch.optim.AdamW(
            trained.values(), lr=self.config.learning_rate, weight_decay=self.config.weight_decay, betas=(0.9, 0.98)
        )
        state = TrainState()
        if (self.folder / STATE).is_file():
            state = TrainState.load(self.folder / STATE, weights, optimizer)
            self.report(f"{self.folder.name}: resumed at step {state.step}")
        elif self.probed:
            self._probe()
        losses: list[float] = []
        self.network.train()
        while state.step < self.total:
            start = time.monotonic()
            losses.append(self._step(trained, optimizer, accelerator, state))
            state.seconds += time.monotonic() - start
            over = state.step == self.total
            if over or state.due("report", REPORT_SECONDS):
                state.records.append(self._record(state, float(np.mean(losses))))
                if over or state.due("measure", MEASURE_SECONDS):
                    state.records[-1] |= self._measured()
                self._report_record(state.records[-1], accelerator)
                losses = []
            if accelerator.is_main_process and (over or state.due("save", 60 * self.config.save_minutes)):
                state.save(self.folder / STATE, weights, optimizer, self.report)
        self.network.train(False)
        return state

    def _probe(self) -> None:
        """Train the heads alone."""
        known = know(self.network, self.encoded, self.config)
        targets = torch.tensor([each.target for each in self.encoded])
        fit_heads(self.network.heads, known, targets, self.weights, self.config.seed, self.config.huber)
        held = "".join(f"  {name} {error:.3f}" for name, error in self._measured().items())
        self.report(f"{self.folder.name}: heads on {known.shape[1]} numbers of each script{held}")

    def _step(
        self, trained: dict[str, nn.Parameter], optimizer: torch.optim.Optimizer, accelerator: Accelerator,
        state: TrainState,
    ) -> float:  # fmt: skip
        """Do one step; return the loss, the mean over members."""
        chosen = self._batch(state.step)
        drawn = state.step * accelerator.num_processes + accelerator.process_index
        torch.manual_seed((self.config.seed << 32) + drawn)
        for group in optimizer.param_groups:
            group["lr"] = self._rate(state)
        optimizer.zero_grad(set_to_none=False)
        mine = self._share(chosen, accelerator.process_index, accelerator.num_processes)
        loss = 0.0
        if mine:
            totals = BatchTotals.of(self.weights[:, chosen], [self.encoded[index] for index in chosen])
            loss = self._backward(mine, totals.over(accelerator.num_processes), accelerator)
        if accelerator.num_processes > 1:
            for part in trained.values():
                if part.grad is None:
                    part.grad = torch.zeros_like(part)
                part.grad = accelerator.reduce(part.grad, "mean")
        clip(trained.values(), self.network.count)
        optimizer.step()
        state.step += 1
        return loss

    def _batch(self, step: int) -> list[int]:
        """Return the indices of a step's examples."""
        per_epoch = math.ceil(len(self.encoded) / self.config.rows)
        epoch, index = divmod(step, per_epoch)
        if self._epoch[0] != epoch:
            self._epoch = (epoch, batches(self.encoded, self.config.rows, self.config.seed, epoch))
        return self._epoch[1][index]

    def _share(self, chosen: list[int], process: int, processes: int) -> list[int]:
        """Return a process's part of a batch: whole prompts, whose workflows are compared with each other."""
        groups = {group: place for place, group in enumerate(dict.fromkeys(self.encoded[i].group for i in chosen))}
        return [index for index in chosen if groups[self.encoded[index].group] % processes == process]

    def _backward(self, chosen: list[int], totals: BatchTotals, accelerator: Accelerator) -> float:
        """Add the gradients of all members for a part of a batch; return the loss, the mean over members."""
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
            loss = each.sum() / float(totals.weights[member])
            if self.config.ranking:
                pairs = float(totals.pairs[member])
                loss = loss + self.config.ranking * ranking(scores, targets[present], groups[present], pairs)
            loss.backward()
            losses.append(loss.item())
        return float(np.mean(losses)) if losses else 0.0

    def _measured(self) -> dict[str, float]:
        """Return the squared error on what is held out, or on an even selection of it, by name."""
        found = {}
        for name, encoded in self.held_out.items():
            spread = encoded[:: max(1, len(encoded) // 128)]
            scores = predict(self.network, spread, self.config).mean(0)
            found[name] = round(float(np.mean((scores - [each.target for each in spread]) ** 2)), 5)
        self.network.train()
        return found

    def _rate(self, state: TrainState) -> float:
        progress = state.step / self.total
        return self.config.learning_rate * warmup_and_decay(progress, WARMUP, LOWEST_RATE, LOWEST_RATE)

    def _record(self, state: TrainState, loss: float) -> dict[str, Any]:
        minutes = round(state.minutes, 3)
        return {"step": state.step, "minutes": minutes, "loss": round(loss, 5), "rate": self._rate(state)}

    def _report_record(self, record: dict[str, Any], accelerator: Accelerator) -> None:
        if accelerator.is_main_process:
            held = "".join(f"  {name} {record[name]:.3f}" for name in self.held_out if name in record)
            self.report(
                f"{self.folder.name}: {record['step'] / self.total:4.0%}  {record['minutes']:.1f} min  step "
                f"{record['step']} of {self.total}  loss {record['loss']:.4f}{held}"
            )


def fit_heads(
    heads: Heads, known: torch.Tensor, targets: torch.Tensor, weights: npt.NDArray[np.float32], seed: int, huber: float
) -> None:
    """Train each head alone, from its first weights.

    Inputs that hardly differ among the examples carry no information; their standardisation is bounded, so that noise
    in them is not amplified.

    Args:
        heads: the members' heads.
        known: inputs of the heads, (examples, inputs).
        targets: standardised scores, (examples,).
        weights: how much an example counts for each member, (members, examples); 0: not at all.
        seed: seed of the order of the examples.
        huber: as in `RewardConfig`.
    """
    for member in range(heads.count):
        counted = torch.from_numpy(np.flatnonzero(weights[member]))
        mine = torch.from_numpy(weights[member])[counted]
        _standardise(heads, member, known[counted], mine)
        _fit_head(heads, member, known[counted], targets[counted], mine, (seed << 16) + member, huber)
    heads.train(False)


def _standardise(heads: Heads, member: int, known: torch.Tensor, weights: torch.Tensor) -> None:
    """Set a head's shift and norm from its inputs (examples, inputs) and the examples' weights (examples,)."""
    shares = (weights / weights.sum()).to(known)
    means = shares @ known
    deviations = (shares @ (known - means) ** 2).sqrt()
    norm = 1 / deviations.clamp(min=max(1e-3 * float(deviations.max()), 1e-12))
    with torch.no_grad():
        heads.shift[member] = means
        heads.norm[member] = torch.where(deviations > 0, norm, 0)  # nothing is learned from a constant


def _fit_head(
    heads: Heads, member: int, known: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, seed: int,
    huber: float,
) -> None:  # fmt: skip
    """Train one head on inputs (examples, inputs), targets (examples,) and weights (examples,)."""
    torch.manual_seed(seed)
    device = heads.weight.device
    trained = [part for part in heads.parameters() if part.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=HEAD_RATE, weight_decay=0.0)
    heads.train()
    steps = HEAD_EPOCHS * -(-len(known) // HEAD_ROWS)
    step = 0
    for _ in range(HEAD_EPOCHS):
        for chosen in torch.randperm(len(known)).split(HEAD_ROWS):
            rate = HEAD_RATE * (1 - step / steps)
            for group in optimizer.param_groups:
                group["lr"] = rate
            scores = heads(known[chosen].to(device), member)
            each = loss_of(scores, targets[chosen].to(device), huber) * weights[chosen].to(device)
            optimizer.zero_grad()
            (each.sum() / weights.mean() / len(chosen)).backward()
            optimizer.step()
            with torch.no_grad():  # the optimiser's own would shrink the other heads as well
                for part in (heads.inner, heads.weight):
                    part[member] *= 1 - rate * HEAD_DECAY
            step += 1


def loss_of(scores: torch.Tensor, targets: torch.Tensor, huber: float) -> torch.Tensor:
    """Return the loss of each score, (rows,), against targets (rows,): half the square, or Huber's loss."""
    if huber:
        return F.huber_loss(scores, targets, reduction="none", delta=huber)
    return 0.5 * (scores - targets) ** 2


def rows_of(encoded: Sequence[Encoded], device: torch.device) -> Rows:
    """Return examples as padded rows on a device."""
    return Rows.of([each.context for each in encoded], [each.script for each in encoded], device)


def ranking(scores: torch.Tensor, targets: torch.Tensor, groups: torch.Tensor, pairs: float) -> torch.Tensor:
    """Return the mean of -log sigmoid(better - worse) over pairs of one prompt (Bradley and Terry 1952).

    Args:
        scores: predicted scores, (rows,).
        targets: true scores, (rows,).
        groups: the prompt of each row, (rows,).
        pairs: what the sum is divided by.
    """
    better = (targets[:, None] > targets) & (groups[:, None] == groups)
    if not better.any():
        return scores.sum() * 0
    return F.softplus(scores[None, :] - scores[:, None])[better].sum() / pairs


def clip(parameters: Any, count: int, most: float = 1.0) -> None:
    """Scale each member's gradient down to the norm `most`; parameters have one row for each of `count` members."""
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
    """Return standardised scores, (members, examples)."""
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
    """Return the heads' inputs before any adapter is trained, (examples, inputs), float32, on the CPU."""
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
    """Return the indices of examples, shortest first."""
    return sorted(range(len(encoded)), key=lambda index: len(encoded[index].context) + len(encoded[index].script))
