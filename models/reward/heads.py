"""The heads of a reward ensemble's members: from what the model represents of a prompt and a script to a score."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import nn

TENSORS = ("shift", "norm", "inner", "inner_bias", "weight", "bias")
"""The names of one head's tensors in its file."""
WIDTH = 128
"""Units of the hidden layer."""


class Heads(nn.Module):
    """Scoring heads of all ensemble members, as one batched two-layer MLP.

    A linear head could only add a prompt term and a workflow term; the hidden layer models their interaction.
    Features are standardised first: (x - shift) * norm, with shift the training mean and norm 1 / standard deviation.

    Attributes:
        count: the number of members, M.
        dropout: the rate in the hidden layer while training; the features are dropped at half of it.
        shift: (M, inputs), not trained.
        norm: (M, inputs), not trained.
        inner: (M, WIDTH, inputs).
        inner_bias: (M, WIDTH).
        weight: (M, WIDTH).
        bias: (M,).
    """

    def __init__(self, count: int, inputs: int) -> None:
        """Make `count` heads that read `inputs` features."""
        super().__init__()
        self.count = count
        self.dropout = 0.0
        self.shift = nn.Parameter(torch.zeros(count, inputs), requires_grad=False)
        self.norm = nn.Parameter(torch.ones(count, inputs), requires_grad=False)
        self.inner = nn.Parameter(torch.zeros(count, WIDTH, inputs))
        self.inner_bias = nn.Parameter(torch.zeros(count, WIDTH))
        self.weight = nn.Parameter(torch.zeros(count, WIDTH))
        self.bias = nn.Parameter(torch.zeros(count))

    def draw(self, member: int, generator: torch.Generator) -> None:
        """Initialise one head so that it scores everything 0."""
        inputs = self.inner.shape[2]
        bound = 1 / math.sqrt(inputs)
        with torch.no_grad():
            for part in (self.shift, self.inner_bias, self.weight, self.bias):
                part[member] = 0
            self.norm[member] = 1
            drawn = torch.empty(WIDTH, inputs).uniform_(-bound, bound, generator=generator)
            self.inner[member] = drawn.to(self.inner)

    def forward(self, features: torch.Tensor, member: int) -> torch.Tensor:
        """Return one member's scores, (rows,), float32, of features, (rows, inputs)."""
        with torch.autocast(features.device.type, enabled=False):  # it would make the products less exact
            standardised = (features.float() - self.shift[member].float()) * self.norm[member].float()
            standardised = F.dropout(standardised, self.dropout / 2, self.training)
            hidden = F.gelu(F.linear(standardised, self.inner[member].float(), self.inner_bias[member].float()))
            hidden = F.dropout(hidden, self.dropout, self.training)
            return (hidden * self.weight[member].float()).sum(-1) + self.bias[member].float()

    def tensors(self, member: int) -> dict[str, torch.Tensor]:
        """Return a copy of one head's tensors by name, without the dimension of the members."""
        return {name: self.get_parameter(name)[member].detach().clone() for name in TENSORS}

    def fits(self, tensors: Mapping[str, torch.Tensor]) -> bool:
        """Return whether `put` takes these tensors: the names and shapes that `tensors` returns."""
        shapes = {name: self.get_parameter(name).shape[1:] for name in TENSORS}
        return {name: tensor.shape for name, tensor in tensors.items()} == shapes

    def put(self, member: int, tensors: Mapping[str, torch.Tensor]) -> None:
        """Replace one head by the tensors that `tensors` returned."""
        with torch.no_grad():
            for name in TENSORS:
                self.get_parameter(name)[member] = tensors[name]
