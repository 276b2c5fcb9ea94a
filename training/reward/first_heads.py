"""The heads that members begin with: trained alone, on what the base knows of each example, before any adapter is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from ...models.reward.heads import Heads

EPOCHS = 12
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 0.3
ROWS = 64


def fit_heads(
    heads: Heads, known: torch.Tensor, targets: torch.Tensor, weights: npt.NDArray[np.float32], seed: int, huber: float
) -> None:
    """Train each head from its beginning. known (examples, inputs), targets (examples,), weights (heads, examples):
    how much an example counts, with 0 not at all; huber: as RewardConfig has it.

    Numbers that hardly differ among the examples say nothing, and are kept from saying it loudly.
    """
    for member in range(heads.count):
        counted = torch.from_numpy(np.flatnonzero(weights[member]))
        mine = torch.from_numpy(weights[member])[counted]
        _standardise(heads, member, known[counted], mine)
        _fit(heads, member, known[counted], targets[counted], mine, (seed << 16) + member, huber)
    heads.train(False)


def _standardise(heads: Heads, member: int, known: torch.Tensor, weights: torch.Tensor) -> None:
    shares = (weights / weights.sum()).to(known)
    means = shares @ known
    deviations = (shares @ (known - means) ** 2).sqrt()
    norm = 1 / deviations.clamp(min=max(1e-3 * float(deviations.max()), 1e-12))
    with torch.no_grad():
        heads.shift[member] = means
        heads.norm[member] = torch.where(deviations > 0, norm, 0)  # what was always the same has taught nothing


def _fit(
    heads: Heads, member: int, known: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, seed: int,
    huber: float,
) -> None:  # fmt: skip
    torch.manual_seed(seed)
    device = heads.weight.device
    trained = [part for part in heads.parameters() if part.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=LEARNING_RATE, weight_decay=0.0)
    heads.train()
    steps = EPOCHS * -(-len(known) // ROWS)
    step = 0
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(known)).split(ROWS):
            rate = LEARNING_RATE * (1 - step / steps)
            for group in optimizer.param_groups:
                group["lr"] = rate
            scores = heads(known[chosen].to(device), member)
            each = loss_of(scores, targets[chosen].to(device), huber) * weights[chosen].to(device)
            optimizer.zero_grad()
            (each.sum() / weights.mean() / len(chosen)).backward()
            optimizer.step()
            with torch.no_grad():  # the optimiser's own would shrink the other heads as well
                for part in (heads.inner, heads.weight):
                    part[member] *= 1 - rate * WEIGHT_DECAY
            step += 1


def loss_of(scores: torch.Tensor, targets: torch.Tensor, huber: float) -> torch.Tensor:
    """Of each: half the square, or Huber's loss."""
    if huber:
        return F.huber_loss(scores, targets, reduction="none", delta=huber)
    return 0.5 * (scores - targets) ** 2
