"""The heads of a reward ensemble's members: from what a model knows of a prompt and a script to a score."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import nn

TENSORS = ("shift", "norm", "inner", "inner_bias", "weight", "bias")
"""Of one head."""
WIDTH = 128


class Heads(nn.Module):
    """Some heads, each with one hidden layer of WIDTH: a linear one can add up what is good of a prompt and of a
    workflow, but not say which of them suit each other.

    inputs: how many numbers they read. dropout: of the hidden layer in training, and half as much of what is read.
    What is read has a mean far from 0; it is learned from as it differs from that (shift), in standard deviations
    (norm is 1 over them).
    """

    def __init__(self, count: int, inputs: int) -> None:
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
        """Begin a head anew: it scores everything 0."""
        inputs = self.inner.shape[2]
        bound = 1 / math.sqrt(inputs)
        with torch.no_grad():
            for part in (self.shift, self.inner_bias, self.weight, self.bias):
                part[member] = 0
            self.norm[member] = 1
            drawn = torch.empty(WIDTH, inputs).uniform_(-bound, bound, generator=generator)
            self.inner[member] = drawn.to(self.inner)

    def forward(self, known: torch.Tensor, member: int) -> torch.Tensor:
        """Scores, (rows,), float32, of what is known of rows, (rows, inputs)."""
        with torch.autocast(known.device.type, enabled=False):  # it would make the products less exact
            known = (known.float() - self.shift[member].float()) * self.norm[member].float()
            known = F.dropout(known, self.dropout / 2, self.training)
            hidden = F.gelu(F.linear(known, self.inner[member].float(), self.inner_bias[member].float()))
            hidden = F.dropout(hidden, self.dropout, self.training)
            return (hidden * self.weight[member].float()).sum(-1) + self.bias[member].float()

    def tensors(self, member: int) -> dict[str, torch.Tensor]:
        """A copy of one head."""
        return {name: self.get_parameter(name)[member].detach().clone() for name in TENSORS}

    def fits(self, tensors: Mapping[str, torch.Tensor]) -> bool:
        """Whether `put` can take them."""
        shapes = {name: self.get_parameter(name).shape[1:] for name in TENSORS}
        return {name: tensor.shape for name, tensor in tensors.items()} == shapes

    def put(self, member: int, tensors: Mapping[str, torch.Tensor]) -> None:
        """Make a head what `tensors` gave."""
        with torch.no_grad():
            for name in TENSORS:
                self.get_parameter(name)[member] = tensors[name]
