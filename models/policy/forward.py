"""The forward pass of transformers: over a policy's weights, and in two parts.

The layers below an adapter are computed once, and those above as often as needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .fast_llama.weights import LlamaWeights


def forward_model(weights: nn.Module) -> Any:
    """Return the model of transformers over a policy's weights, or the weights themselves where they are one.

    For `LlamaWeights` it is made when it is first needed, which imports transformers.
    """
    if not isinstance(weights, LlamaWeights):
        return weights
    if not weights.made:
        from .transformers_model import model_over  # importing transformers takes seconds

        weights.made.append(model_over(weights))
    return weights.made[0]


@dataclass(frozen=True)
class LayerCall:
    """What a layer of a transformers model was called with.

    Attributes:
        hidden: the hidden states, (rows, tokens, hidden).
        positional: the positional arguments after them.
        named: the named arguments: masks, positions, rotary embedding.
    """

    hidden: torch.Tensor
    positional: tuple[Any, ...]
    named: dict[str, Any]

    def repeat(self, layer: nn.Module, hidden: torch.Tensor) -> torch.Tensor:
        """Call a layer with the same arguments and other hidden states, (rows, tokens, hidden); return what follows."""
        found = layer(hidden, *self.positional, **self.named)
        output: torch.Tensor = found[0] if isinstance(found, tuple) else found  # transformers 4 returns a tuple
        return output


class _Stop(Exception):
    """All layers have been called."""


def forward_below(
    model: Any, layers: Sequence[nn.Module], *, to_end: bool = False, **inputs: Any
) -> tuple[list[LayerCall], Any]:
    """Compute a forward pass, and return what some layers are called with.

    Parameters:
        model: what to call with `inputs`: a transformers model.
        layers: the layers, in the order in which they are called.
        to_end: whether to compute what comes after the last layer's call as well.
        inputs: the arguments of the model.

    Returns:
        The call of each layer, and the model's output, or None without `to_end`.
    """
    calls: list[LayerCall] = []

    def record(layer: nn.Module, positional: tuple[Any, ...], named: dict[str, Any]) -> None:
        named = dict(named)
        hidden, rest = (positional[0], positional[1:]) if positional else (named.pop("hidden_states"), ())
        calls.append(LayerCall(hidden, rest, named))
        if layer is layers[-1] and not to_end:
            raise _Stop

    handles = [layer.register_forward_pre_hook(record, with_kwargs=True) for layer in layers]
    try:
        return calls, model(**inputs)
    except _Stop:
        return calls, None
    finally:
        for handle in handles:
            handle.remove()
