"""Attention within each of several sequences that stand in one row, one after the other.

transformers would do this with a mask of the whole row, which computes every sequence against every other: at rows of
1,024 tokens and pairs of 340, training a small model on a CPU takes half as long again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import torch
from torch.nn import functional
from transformers import AttentionInterface

from ...models.policy.folders import PolicyError

NAME = "nodewright_packed"
BLOCK = 256
"""Queries of one product; keys after them are left out."""


@contextmanager
def packed_attention(model: Any) -> Iterator[None]:
    """Let a model take packed rows within the context.

    Its forward pass then needs `lengths`, the tokens of each sequence in its one row, and position_ids that begin at 0
    with each sequence.

    Raises:
        PolicyError: the model's attention cannot be replaced.
    """
    before = model.config._attn_implementation
    AttentionInterface.register(NAME, attend)
    try:
        model.set_attn_implementation(NAME)
        _check(model)
    except (AttributeError, TypeError, ValueError, KeyError) as error:
        raise PolicyError(
            f"{type(model).__name__} cannot be trained on packed rows with this version of transformers: {error}"
        ) from error
    try:
        yield
    finally:
        model.set_attn_implementation(before)


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    *,
    lengths: Sequence[int],
    **unused: Any,
) -> tuple[torch.Tensor, None]:
    """Attend within each sequence of a row; the interface is that of transformers' attention functions.

    Args:
        module: the attention module; not used.
        query: (1, heads, tokens, size).
        key: (1, key-value heads, tokens, size).
        value: (1, key-value heads, tokens, size).
        attention_mask: not used.
        scaling: factor of the products; None: 1 / sqrt(size).
        dropout: not used.
        lengths: tokens of each sequence.
        unused: what models of other kinds give.

    Returns:
        The attended values, (1, tokens, heads, size), and None for the weights.
    """
    if unused.get("softcap") is not None or (unused.get("sliding_window") or max(lengths)) < max(lengths):
        raise PolicyError("models with soft-capped or sliding-window attention cannot be trained on packed rows")
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    kind = query.device.type
    if torch.is_autocast_enabled(kind):  # rotated queries and keys come in float32
        dtype = torch.get_autocast_dtype(kind)
        query, key, value = query.to(dtype), key.to(dtype), value.to(dtype)
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
    if kind == "cuda":
        return _padded(query, key, value, scale, lengths).transpose(1, 2).contiguous(), None
    one = _products if kind == "cpu" and query.dtype == torch.bfloat16 else _fused
    split = (tensor.split(list(lengths), 2) for tensor in (query, key, value))
    parts = [one(q, k, v, scale) for q, k, v in zip(*split, strict=True)]
    return torch.cat(parts, 2).transpose(1, 2).contiguous(), None


def _fused(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float) -> torch.Tensor:
    return functional.scaled_dot_product_attention(query, key, value, is_causal=True, scale=scale)


def _products(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float) -> torch.Tensor:
    """Attend by matrix products, on a CPU in bfloat16 2.5 times as fast as PyTorch's fused attention."""
    query, key, value = query[0], key[0].transpose(1, 2), value[0]
    tokens = query.shape[1]
    mask = _later(query.dtype, max(2048, 1 << (tokens - 1).bit_length()))
    parts, end = [], 0
    for block in query.split(BLOCK, 1):
        start, end = end, end + block.shape[1]
        # A slice of everything would still cost a copy on the way back.
        keys, values = (key, value) if end == tokens else (key[:, :, :end], value[:, :end])
        scores = torch.baddbmm(mask[start:end, :end], block, keys, alpha=scale)
        parts.append(torch.bmm(scores.softmax(-1), values))
    return torch.cat(parts, 1)[None] if len(parts) > 1 else parts[0][None]


def _padded(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float, lengths: Sequence[int]
) -> torch.Tensor:
    """Attend in one call, over sequences padded on the right, where no real token attends to."""
    longest = max(lengths)
    ends = torch.tensor(lengths).cumsum(0)
    starts = ends - torch.tensor(lengths)
    places = starts[:, None] + torch.arange(longest)
    inside = (places < ends[:, None]).to(query.device)
    places = places.clamp(max=int(ends[-1]) - 1).to(query.device)
    # (1, heads, tokens, size) -> (sequences, heads, longest, size)
    query, key, value = (tensor[0][:, places].transpose(0, 1) for tensor in (query, key, value))
    attended = _fused(query, key, value, scale)
    return attended.transpose(1, 2)[inside].transpose(0, 1)[None]


@lru_cache(maxsize=2)
def _later(dtype: torch.dtype, most: int) -> torch.Tensor:
    """Return a mask, (most, most): minus infinity where the key is later than the query."""
    return torch.full((most, most), float("-inf"), dtype=dtype).triu(1)


@torch.no_grad()
def _check(model: Any) -> None:
    """Raise ValueError unless two sequences in a row come out as each alone, and as `ScriptLoss` computes them."""
    device = model.get_input_embeddings().weight.device
    ids = torch.arange(7, device=device)[None] % model.get_input_embeddings().weight.shape[0]
    places = torch.arange(7, device=device)[None]
    alone = [model(input_ids=part, position_ids=places[:, : part.shape[1]], lengths=[part.shape[1]],
                   use_cache=False).logits for part in ids.split([3, 4], 1)]  # fmt: skip
    places = torch.cat([places[:, :3], places[:, :4]], 1)
    together = model(input_ids=ids, position_ids=places, lengths=[3, 4], use_cache=False).logits
    difference = float((together - torch.cat(alone, 1)).abs().max())
    if not difference < 0.01 * (1 + float(together.abs().max())):
        raise ValueError(f"its logits depend on what else stands in the row (by {difference:.2g})")
    hidden = model.base_model(input_ids=ids, position_ids=places, lengths=[3, 4], use_cache=False).last_hidden_state
    difference = float((together - model.get_output_embeddings()(hidden)).abs().max())
    if not difference <= 0.01 * float(together.abs().max()):
        raise ValueError(
            "its logits are not those of its output embeddings alone; models that scale or cap them cannot be trained"
        )
