"""Rows of tokens that a `Llama` reads: keys and values are written in place, and logits are computed only of the ids
that may come next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from ..guidance import REFERENCE, Guidance
from .llama import LayerAdapter, Llama, Update

_Blocks: TypeAlias = "list[tuple[torch.Tensor, torch.Tensor]]"
"""Keys and values of each layer."""


class LlamaBatch:
    """Rows of tokens that a `Llama` has read.

    A block of keys or values is (shared head, row, token, size of a head), one for each layer. Rows of different
    lengths need no padding in it: what lies beyond a row's end is masked until it is written. What rows read before
    they parted stands in a block of its own, once for all of them.

    Under guidance the layers below the adapter are computed once, and those from its first on in two halves, the
    reference's rows and the tuned ones, as one batch: their blocks have two rows for each row here.
    """

    @torch.inference_mode()
    def __init__(
        self, llama: Llama, first: list[int], places: Sequence[int] = (), guidance: Guidance = REFERENCE
    ) -> None:
        self.llama = llama
        self.lengths = [0]
        self._guidance = guidance
        self._adapters = [LayerAdapter()] * len(llama.layers)
        self._halved = len(llama.layers)  # the layer from which on there are two halves
        if guidance.adapter is not None:
            self._adapters = llama.adapted(guidance.adapter)
            if guidance.both:
                self._halved = next(index for index, layer in enumerate(self._adapters) if layer.anything)
        self._hidden = torch.empty(0)
        self._parted = 0  # tokens that all rows have in common
        self._common: _Blocks | None = None
        self._own = self._empty(1)
        self._in_first = torch.empty(0)
        self.feed([first], places)

    @torch.inference_mode()
    def repeat(self, rows: int) -> None:
        """Make the only row several equal ones."""
        if rows > 1:
            self._parted = self.lengths[0]
            part = slice(self._parted)
            self._common = [
                (keys[:, :, part].flatten(0, 1), values[:, :, part].flatten(0, 1)) for keys, values in self._own
            ]
            self._own = self._empty(rows)
            self.lengths = self.lengths * rows
            self._hidden = self._hidden.repeat(rows, 1)

    @torch.inference_mode()
    def keep(self, rows: list[int]) -> None:
        """Drop the other rows."""
        kept = torch.tensor(rows, device=self.llama.device)
        both = torch.cat([kept, kept + len(self.lengths)])
        self._own = [
            (keys[:, both], values[:, both]) if index >= self._halved else (keys[:, kept], values[:, kept])
            for index, (keys, values) in enumerate(self._own)
        ]
        self.lengths = [self.lengths[row] for row in rows]

    @torch.inference_mode()
    def feed(self, chunks: list[list[int]], places: Sequence[int] = ()) -> None:
        """Read each row's chunk, of one token or more. What is known at `places` of the first row's is kept."""
        starts = [length - self._parted for length in self.lengths]
        self.lengths = [length + len(chunk) for length, chunk in zip(self.lengths, chunks, strict=True)]
        more = max(self.lengths) - self._parted - self._own[0][0].shape[2]
        if more > 0:
            room = (0, 0, 0, more + 64)  # scripts grow by a few tokens a step
            self._own = [(F.pad(keys, room), F.pad(values, room)) for keys, values in self._own]
        step = _Step(self.llama, chunks, starts, self._parted, self._own[0][0].shape[2])
        ends = torch.cat([step.last, step.last.new_tensor(list(places))])
        x = F.embedding(step.ids, self.llama.embedding)
        for index, (layer, adapter) in enumerate(zip(self.llama.layers, self._adapters, strict=True)):
            normed = layer.before_attention(x)
            mixed = layer.inputs(normed)
            if index == self._halved:  # up to here, reference and tuned policy compute the same
                ends = torch.cat([ends, ends + len(x)])
                x, normed, mixed = (torch.cat([each, each]) for each in (x, normed, mixed))
                step = _Step(self.llama, chunks * 2, starts * 2, self._parted, self._own[0][0].shape[2])
            halved = index >= self._halved
            found = self._attend(_adapted(mixed, adapter.inputs, normed, halved), index, step)
            if layer is self.llama.layers[-1]:  # after its keys and values, only these matter
                x, found = x[ends], found[ends]
            x = x + _adapted(layer.attended(found), adapter.attended, found, halved)
            normed = layer.before_mlp(x)
            gate, up = _adapted(layer.gates(normed), adapter.gates, normed, halved).chunk(2, -1)
            gated = F.silu(gate) * up
            x = x + _adapted(layer.down(gated), adapter.down, gated, halved)
        x = torch.cat(self._guidance.mixed(self.llama.norm(x).float().chunk(self._guidance.parts))).to(x.dtype)
        self._hidden = x[: len(chunks)]
        if places:
            self._in_first = x[len(chunks) :]

    @torch.inference_mode()
    def logits(self, allowed: Sequence[npt.NDArray[np.int64]]) -> list[npt.NDArray[np.float64]]:
        """Row i's logits of allowed[i]."""
        output, device = self.llama.output, self.llama.device
        chosen = [torch.from_numpy(ids).to(device) for ids in allowed]
        flat = torch.cat([F.embedding(ids, output) @ row for ids, row in zip(chosen, self._hidden, strict=True)])
        numbers = flat.float().cpu().numpy().astype(np.float64)
        return np.split(numbers, np.cumsum([len(ids) for ids in allowed])[:-1])

    @torch.inference_mode()
    def logits_in_first(self, token: int) -> npt.NDArray[np.float64]:
        """The logits of one token at the places that it was opened with, (places,)."""
        return (self._in_first @ self.llama.output[token]).float().cpu().numpy().astype(np.float64)

    def _empty(self, rows: int) -> _Blocks:
        llama = self.llama
        counts = [2 * rows if index >= self._halved else rows for index in range(len(llama.layers))]
        blocks = [llama.embedding.new_zeros(llama.shared, count, 0, llama.size) for count in counts]
        return [(block, block) for block in blocks]

    def _attend(self, mixed: torch.Tensor, layer: int, step: _Step) -> torch.Tensor:
        """From queries, keys and values, (tokens, heads * size), to what was attended to, of the same shape."""
        heads, shared, size = self.llama.heads, self.llama.shared, self.llama.size
        keys, values = self._own[layer]
        parts = mixed.view(-1, heads + 2 * shared, size)
        turned = parts[:, : heads + shared]
        turned = torch.addcmul(turned * step.cosines, turned.roll(size // 2, -1), step.sines)
        keys.view(-1, size)[step.slots] = turned[:, heads:].reshape(-1, size)  # index_copy_ is not on every device
        values.view(-1, size)[step.slots] = parts[:, heads + shared :].reshape(-1, size)
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


def _adapted(output: torch.Tensor, update: Update | None, x: torch.Tensor, halved: bool) -> torch.Tensor:
    """A product's output with what an adapter adds to it for the input x, in the second half or in all of it."""
    if update is not None:
        first = len(x) // 2 if halved else 0
        update.add(output[first:], x[first:])
    return output


def _attend_to_both(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    common_keys: torch.Tensor,
    common_values: torch.Tensor,
    mask: torch.Tensor | None,
) -> torch.Tensor:
    """Attention to what is common to all rows of a half, (shared head * halves, token, size), and to each row's own,
    (shared head, row, token, size). The queries of all rows of a half meet the common keys in one product."""
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

        def there(numbers: npt.NDArray[Any]) -> torch.Tensor:
            wide = numbers.astype(np.int64, copy=False)  # numpy 1 has 32 bits on Windows, too few for torch's indices
            return torch.from_numpy(wide).to(llama.device)

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
