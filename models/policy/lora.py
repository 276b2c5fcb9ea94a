"""Low-rank adaptation (Hu et al. 2021, arXiv 2106.09685, section 4.1): what an adapter is, and its arithmetic.

A linear layer's output W x becomes W x + scale * B (A x), with A (rank, inputs) and B (outputs, rank).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
from torch import nn

LoraPair: TypeAlias = "tuple[torch.Tensor, torch.Tensor]"
"""A (rank, inputs) and B (outputs, rank) of one linear layer."""


@dataclass(frozen=True, eq=False)
class Adapter:
    """Low-rank products over some linear layers of a model. The tensors are not changed once the adapter is made.

    Attributes:
        name: what messages call it.
        rank: of every product.
        scale: the factor of every product.
        tensors: A and B by the layer's path in the model ("model.layers.3.self_attn.q_proj").
        description: what it was trained on and how, as JSON.
    """

    name: str
    rank: int
    scale: float
    tensors: Mapping[str, LoraPair]
    description: Mapping[str, Any] = field(default_factory=dict)


def lora_delta(x: torch.Tensor, a: torch.Tensor, b: torch.Tensor, scale: float) -> torch.Tensor:
    """Return what an adapter adds to a linear layer's output.

    Parameters:
        x: the layer's input, (..., inputs).
        a: (rank, inputs), of any dtype.
        b: (outputs, rank), of any dtype.
        scale: the factor of the product.

    Returns:
        scale * B (A x), (..., outputs), in the dtype of x.
    """
    return F.linear(F.linear(x, a.to(x.dtype)), b.to(x.dtype)) * scale


def lora_weight(a: torch.Tensor, b: torch.Tensor, scale: float) -> torch.Tensor:
    """Return what an adapter adds to a linear layer's weight: scale * B A, (outputs, inputs), float32.

    Parameters:
        a: (rank, inputs).
        b: (outputs, rank).
        scale: the factor of the product.
    """
    return b.float() @ a.float() * scale


def fused_pair(pairs: Sequence[LoraPair | None], outputs: Sequence[int], scale: float, like: torch.Tensor) -> LoraPair:
    """Return the adapters of linear layers with the same input as one pair of matrices, the scale multiplied in.

    Parameters:
        pairs: A and B of each layer; None for a layer without an adapter. At least one has one.
        outputs: the number of outputs of each layer.
        scale: the factor of the products.
        like: a tensor of the device and dtype to return.

    Returns:
        A transposed, (inputs, ranks), and B transposed, (ranks, all outputs), with ranks the sum of all ranks:
        x @ A @ B is added to the outputs of the layers side by side.
    """
    present = [(pair, end) for pair, end in zip(pairs, accumulate(outputs), strict=True) if pair is not None]
    fused_a = torch.cat([a for (a, _), _ in present]).to(like).T.contiguous()
    fused_b = like.new_zeros(fused_a.shape[1], sum(outputs))
    row = 0
    for (_, b), end in present:
        fused_b[row : row + b.shape[1], end - len(b) : end] = scale * b.float().T
        row += b.shape[1]
    return fused_a, fused_b


def linear_sizes(module: nn.Module) -> tuple[int, int] | None:
    """Return the numbers of inputs and outputs of a linear layer, or None for any other module."""
    if isinstance(module, nn.Linear):
        return module.in_features, module.out_features
    # GPT-2's layers with a transposed weight, known by name: importing transformers takes seconds.
    if type(module).__name__ == "Conv1D" and type(module).__module__ == "transformers.pytorch_utils":
        inputs, outputs = module.get_parameter("weight").shape
        return inputs, outputs
    return None
