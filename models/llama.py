"""Llama and Qwen2 with little overhead, for small models.

At this size transformers spends most of a step outside the matrices, and torch's own float32 products on a CPU take
twice the time of oneDNN's. Here the weights are copied once: those that multiply the same input as one matrix, laid
out for oneDNN. Keys and values stand in one block that is written in place. Logits are computed only of the ids that
may come next. The arithmetic is that of transformers, in another order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import nn
from transformers import LlamaForCausalLM, Qwen2ForCausalLM

LARGEST = 200_000_000
"""Parameters above which the matrices take so long that the rest no longer matters, and a copy too much memory."""

_copies: WeakKeyDictionary[nn.Module, tuple[tuple[tuple[int, int], ...], Llama]] = WeakKeyDictionary()


def copied(model: Any) -> Llama | None:
    """The model's copy, made anew when its weights have changed since; None for a model that cannot have one."""
    if not _supported(model):
        return None
    # Training writes in place, which counts the version up; moving to another device or dtype takes another place.
    state = tuple((weight.data_ptr(), 0 if weight.is_inference() else weight._version) for weight in model.parameters())
    known = _copies.get(model)
    if known is None or known[0] != state:
        known = _copies[model] = (state, Llama(model))
    return known[1]


def _supported(model: Any) -> bool:
    """Whether the model is exactly one of those that this module computes: nothing quantised, adapted or wrapped."""
    if type(model) not in (LlamaForCausalLM, Qwen2ForCausalLM):
        return False
    config = model.config
    linear = [model.get_output_embeddings()]
    for layer in model.model.layers:
        attention, mlp = layer.self_attn, layer.mlp
        linear += [attention.q_proj, attention.k_proj, attention.v_proj, attention.o_proj]
        linear += [mlp.gate_proj, mlp.up_proj, mlp.down_proj]
    return (
        all(type(part) is nn.Linear for part in linear)
        and linear[0].bias is None
        and config.hidden_act == "silu"
        and not getattr(config, "use_sliding_window", False)
        and model.model.rotary_emb.rope_type in ("default", "linear", "llama3", "yarn")  # the same at any length
        and len({weight.device for weight in model.parameters()}) == 1
        and sum(weight.numel() for weight in model.parameters()) <= LARGEST
    )


class Llama:
    """A copy of a model's weights. packed: as oneDNN wants them, where it is there."""

    @torch.inference_mode()
    def __init__(self, model: Any, *, packed: bool = True) -> None:
        config = model.config
        self.heads: int = config.num_attention_heads
        self.shared: int = config.num_key_value_heads
        self.embedding: torch.Tensor = model.get_input_embeddings().weight.detach()
        self.output: torch.Tensor = model.get_output_embeddings().weight.detach()
        self.norm = _Norm(model.model.norm)
        self.layers = [_Layer(layer, packed) for layer in model.model.layers]
        self.size = self.layers[0].inputs.rows // (self.heads + 2 * self.shared)
        self._rotary = model.model.rotary_emb
        self._turns = self._turn(1024)

    @property
    def device(self) -> torch.device:
        return self.embedding.device

    def turns(self, positions: torch.Tensor, most: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Cosines and sines of the rotary embedding at some positions, none above `most`: (tokens, 1, size of a
        head) each. The sines of the first half are negative, since what they multiply is swapped but not negated."""
        if most >= len(self._turns[0]):
            self._turns = self._turn(2 * most)
        cosines, sines = self._turns
        return cosines[positions], sines[positions]

    def _turn(self, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        positions = torch.arange(length, device=self.device)[None]
        cosines, sines = self._rotary(self.embedding[:1], positions)
        negative = torch.ones_like(sines[0, :1])
        negative[:, : negative.shape[1] // 2] = -1
        return cosines[0, :, None], (sines[0] * negative)[:, None]


class _Norm:
    """Root-mean-square normalisation. (Not torch's own, which is as slow and newer than the oldest torch.)"""

    def __init__(self, norm: Any) -> None:
        self.weight: torch.Tensor = norm.weight.detach()
        self.epsilon: float = norm.variance_epsilon

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        wide = x.float()
        scaled = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.epsilon)
        return scaled.to(x.dtype) * self.weight


class Product:
    """Some linear layers of the same input, as one."""

    def __init__(self, layers: Sequence[nn.Linear], packed: bool) -> None:
        weight = torch.cat([layer.weight.detach() for layer in layers])
        biases = [layer.bias.detach() for layer in layers if layer.bias is not None]
        self.rows = len(weight)
        if biases and len(biases) < len(layers):
            raise ValueError("some of the layers have a bias, and some have none")
        self.bias = torch.cat(biases) if biases else None
        self.packed = packed and weight.device.type == "cpu" and _packs(weight.dtype)
        self.weight: torch.Tensor = torch.ops.mkldnn._reorder_linear_weight(weight) if self.packed else weight

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        if not self.packed:
            return F.linear(x, self.weight, self.bias)
        product: torch.Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, "none", [], "")
        return product


@cache
def _packs(dtype: torch.dtype) -> bool:
    """Whether oneDNN's products of packed weights are there and right. They are what compiled models use; torch
    promises nothing about their names, so where they differ the plain product is taken."""
    if not torch.backends.mkldnn.is_available() or dtype not in (torch.float32, torch.bfloat16):
        return False
    weight = torch.arange(-16, 16).view(8, 4).to(dtype)
    x, bias = torch.arange(12).view(3, 4).to(dtype), torch.arange(8).to(dtype)
    try:
        if dtype == torch.bfloat16 and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
            return False
        packed = torch.ops.mkldnn._reorder_linear_weight(weight)
        product = torch.ops.mkldnn._linear_pointwise(x, packed, bias, "none", [], "")
    except (AttributeError, RuntimeError, TypeError):
        return False
    return torch.allclose(product.float(), F.linear(x.float(), weight.float(), bias.float()), rtol=0.01)


class _Layer:
    def __init__(self, layer: Any, packed: bool) -> None:
        attention, mlp = layer.self_attn, layer.mlp
        self.before_attention = _Norm(layer.input_layernorm)
        self.inputs = Product([attention.q_proj, attention.k_proj, attention.v_proj], packed)
        self.attended = Product([attention.o_proj], packed)
        self.before_mlp = _Norm(layer.post_attention_layernorm)
        self.gates = Product([mlp.gate_proj, mlp.up_proj], packed)
        self.down = Product([mlp.down_proj], packed)


class LlamaBatch:
    """Rows of tokens that a `Llama` has read.

    A block of keys or values is (shared head, row, token, size of a head), one for each layer. Rows of different
    lengths need no padding in it: what lies beyond a row's end is masked until it is written. What rows read before
    they parted stands in a block of its own, once for all of them.
    """

    @torch.inference_mode()
    def __init__(self, llama: Llama, first: list[int]) -> None:
        self.llama = llama
        self.lengths = [0]
        self._hidden = torch.empty(0)
        self._parted = 0  # tokens that all rows have in common
        self._common: _Blocks | None = None
        self._own = self._empty(1)
        self.feed([first])

    @torch.inference_mode()
    def repeat(self, rows: int) -> None:
        """Make the only row several equal ones."""
        if rows > 1:
            self._parted = self.lengths[0]
            part = slice(self._parted)
            self._common = [(keys[:, 0, part], values[:, 0, part]) for keys, values in self._own]
            self._own = self._empty(rows)
            self.lengths = self.lengths * rows
            self._hidden = self._hidden.repeat(rows, 1)

    @torch.inference_mode()
    def keep(self, rows: list[int]) -> None:
        """Drop the other rows."""
        kept = torch.tensor(rows, device=self.llama.device)
        self._own = [(keys[:, kept], values[:, kept]) for keys, values in self._own]
        self.lengths = [self.lengths[row] for row in rows]

    @torch.inference_mode()
    def feed(self, chunks: list[list[int]]) -> None:
        """Read each row's chunk, of one token or more."""
        starts = [length - self._parted for length in self.lengths]
        self.lengths = [length + len(chunk) for length, chunk in zip(self.lengths, chunks, strict=True)]
        more = max(self.lengths) - self._parted - self._own[0][0].shape[2]
        if more > 0:
            room = (0, 0, 0, more + 64)  # scripts grow by a few tokens a step
            self._own = [(F.pad(keys, room), F.pad(values, room)) for keys, values in self._own]
        step = _Step(self.llama, chunks, starts, self._parted, self._own[0][0].shape[2])
        x = F.embedding(step.ids, self.llama.embedding)
        for index, layer in enumerate(self.llama.layers):
            found = self._attend(layer.inputs(layer.before_attention(x)), index, step)
            if layer is self.llama.layers[-1]:  # after its keys and values, only the rows' ends matter
                x, found = x[step.last], found[step.last]
            x = x + layer.attended(found)
            gate, up = layer.gates(layer.before_mlp(x)).chunk(2, -1)
            x = x + layer.down(F.silu(gate) * up)
        self._hidden = self.llama.norm(x)

    @torch.inference_mode()
    def logits(self, allowed: Sequence[npt.NDArray[np.int64]]) -> list[npt.NDArray[np.float64]]:
        """Row i's logits of allowed[i]."""
        output, device = self.llama.output, self.llama.device
        chosen = [torch.from_numpy(ids).to(device) for ids in allowed]
        flat = torch.cat([F.embedding(ids, output) @ row for ids, row in zip(chosen, self._hidden, strict=True)])
        numbers = flat.float().cpu().numpy().astype(np.float64)
        return np.split(numbers, np.cumsum([len(ids) for ids in allowed])[:-1])

    def _empty(self, rows: int) -> _Blocks:
        llama = self.llama
        block = llama.embedding.new_zeros(llama.shared, rows, 0, llama.size)
        return [(block, block)] * len(llama.layers)

    def _attend(self, mixed: torch.Tensor, layer: int, step: _Step) -> torch.Tensor:
        """From queries, keys and values, (tokens, heads * size), to what was attended to, of the same shape."""
        heads, shared, size = self.llama.heads, self.llama.shared, self.llama.size
        keys, values = self._own[layer]
        parts = mixed.view(-1, heads + 2 * shared, size)
        turned = parts[:, : heads + shared]
        turned = torch.addcmul(turned * step.cosines, turned.roll(size // 2, -1), step.sines)
        keys.view(-1, size).index_copy_(0, step.slots, turned[:, heads:].reshape(-1, size))
        values.view(-1, size).index_copy_(0, step.slots, parts[:, heads + shared :].reshape(-1, size))
        queries = turned[:, :heads] if step.padded is None else turned[step.padded, :heads]
        # Queries that share a head's keys stand side by side as if they were more tokens: keys need not be repeated.
        rows, width, group = keys.shape[1], step.width, heads // shared
        queries = queries.view(rows, width, shared, group, size).permute(2, 0, 3, 1, 4)
        queries = queries.reshape(shared, rows, group * width, size)
        keys, values = keys[:, :, : step.longest], values[:, :, : step.longest]
        if self._common is None:
            mask = None if step.mask is None else step.mask[0]  # with three dimensions it would be slow
            found = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
        else:
            found = _attend_to_both(queries, keys, values, *self._common[layer], step.mask)
        found = found.view(shared, rows, group, width, size).permute(1, 3, 0, 2, 4).reshape(rows * width, heads * size)
        return found if step.taken is None else found[step.taken]


_Blocks: TypeAlias = "list[tuple[torch.Tensor, torch.Tensor]]"
"""Keys and values of each layer."""


def _attend_to_both(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    common_keys: torch.Tensor,
    common_values: torch.Tensor,
    mask: torch.Tensor | None,
) -> torch.Tensor:
    """Attention to what is common to all rows, (shared head, token, size), and to each row's own, (shared head, row,
    token, size). The queries of all rows meet the common keys in one product."""
    shared, rows, count, size = queries.shape
    queries = queries * size**-0.5
    near = queries @ keys.transpose(2, 3)
    if mask is not None:
        near += mask
    far = queries.reshape(shared, rows * count, size) @ common_keys.transpose(1, 2)
    scores = torch.cat([far.view(shared, rows, count, -1), near], -1)
    shares = torch.softmax(scores, -1, dtype=torch.float32).to(values.dtype)
    length = common_keys.shape[1]
    from_common = shares[..., :length].reshape(shared, rows * count, length) @ common_values
    return torch.matmul(shares[..., length:], values) + from_common.view(queries.shape)


class _Step:
    """Where the tokens of one step stand. All rows' tokens are one list, without padding, except for the attention,
    which needs as many queries in each row: there a shorter chunk's first token is repeated before it.

    starts: how many tokens stand in each row's own block. parted: how many are common to all rows.
    slots: the tokens' places in a block of `room` tokens a row, head by head. last: each row's last token.
    padded: the tokens as (row, column), and taken: back from there, both flat, or None where chunks are equally long.
    mask: what is added to a query's scores in the rows' own blocks, or None where it sees everything.
    """

    def __init__(self, llama: Llama, chunks: list[list[int]], starts: list[int], parted: int, room: int) -> None:
        rows, lengths = len(chunks), np.array([len(chunk) for chunk in chunks])
        ends = lengths.cumsum()
        row_of = np.repeat(np.arange(rows), lengths)
        column_of = np.arange(ends[-1]) - np.repeat(ends - lengths, lengths)
        places = np.repeat(starts, lengths) + column_of
        self.longest = int(places.max()) + 1
        self.width = int(lengths.max())

        def there(numbers: npt.NDArray[np.int64]) -> torch.Tensor:
            return torch.from_numpy(numbers).to(llama.device)

        self.ids = there(np.concatenate(chunks))
        self.cosines, self.sines = llama.turns(there(places + parted), self.longest + parted)
        self.slots = there(((np.arange(llama.shared) * rows + row_of[:, None]) * room + places[:, None]).reshape(-1))
        self.last = there(ends - 1)
        padded = np.maximum(ends[:, None] - np.arange(self.width, 0, -1), (ends - lengths)[:, None])
        self.padded = self.taken = self.mask = None
        if padded.size > ends[-1]:
            self.padded = there(padded.reshape(-1))
            self.taken = there((row_of + 1) * self.width - np.repeat(lengths, lengths) + column_of)
        if padded.size > 1:
            unseen = there(places[padded])[:, :, None] < torch.arange(self.longest, device=llama.device)
            mask = llama.embedding.new_zeros(unseen.shape).masked_fill_(unseen, -torch.inf)
            self.mask = mask.repeat(1, llama.heads // llama.shared, 1)  # (row, query, token)
