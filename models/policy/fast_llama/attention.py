"""Rotary embedding and attention over queries, keys and values that one product made."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from .llama import Llama


def rotate(x: torch.Tensor, cosines: torch.Tensor, sines: torch.Tensor) -> torch.Tensor:
    """Apply the rotary embedding (Su et al. 2021, arXiv 2104.09864).

    Parameters:
        x: queries or keys, (tokens, heads, size).
        cosines: of `Llama.rotary`, (tokens, 1, size).
        sines: of `Llama.rotary`, with the first half negated, (tokens, 1, size).

    Returns:
        The rotated queries or keys, (tokens, heads, size).
    """
    return torch.addcmul(x * cosines, x.roll(x.shape[-1] // 2, -1), sines)


def split_heads(
    llama: Llama, mixed: torch.Tensor, cosines: torch.Tensor, sines: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return rotated queries, rotated keys, and values.

    Parameters:
        llama: the model.
        mixed: the output of `Layer.inputs`, (tokens, (heads + 2 * shared) * size).
        cosines: of `Llama.rotary`, (tokens, 1, size).
        sines: of `Llama.rotary`, (tokens, 1, size).

    Returns:
        Queries (tokens, heads, size); keys and values (tokens, shared, size).
    """
    heads, shared = llama.heads, llama.shared
    parts = mixed.view(-1, heads + 2 * shared, llama.size)
    rotated = rotate(parts[:, : heads + shared], cosines, sines)
    return rotated[:, :heads], rotated[:, heads:], parts[:, heads + shared :]


def attend_to_own(
    queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None
) -> torch.Tensor:
    """Attend from the queries of one row to its own keys.

    Parameters:
        queries: (shared heads, 1, queries, size).
        keys: (shared heads, 1, tokens, size).
        values: of the same shape as keys.
        mask: what is added to the scores, (1, queries, tokens), or None.

    Returns:
        (shared heads, 1, queries, size).
    """
    two = None if mask is None else mask[0]  # with three dimensions it would be slow
    return F.scaled_dot_product_attention(queries, keys, values, attn_mask=two)


def attend_to_both(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    common_keys: torch.Tensor,
    common_values: torch.Tensor,
    mask: torch.Tensor | None,
) -> torch.Tensor:
    """Attend from the queries of each row to its own keys and to those that rows have in common.

    The queries of all rows of a half meet the common keys in one product.

    Parameters:
        queries: (shared heads, rows, queries, size).
        keys: each row's own, (shared heads, rows, tokens, size).
        values: of the same shape as keys.
        common_keys: (shared heads * halves, common tokens, size); the rows are as many equal halves.
        common_values: of the same shape as common_keys.
        mask: what is added to the scores of the rows' own keys, (rows, queries, tokens), or None.

    Returns:
        (shared heads, rows, queries, size).
    """
    shared, rows, count, size = queries.shape
    queries = queries * size**-0.5
    near = queries @ keys.transpose(2, 3)
    if mask is not None:
        near += mask
    far = queries.reshape(len(common_keys), -1, size) @ common_keys.transpose(1, 2)
    scores = torch.cat([far.view(shared, rows, count, -1), near], -1)
    shares = torch.softmax(scores, -1, dtype=torch.float32).to(values.dtype)
    length = common_keys.shape[1]
    from_common = shares[..., :length].reshape(len(common_keys), -1, length) @ common_values
    return torch.matmul(shares[..., length:], values) + from_common.view(queries.shape)
