"""Rows of tokens that a packed model has read: keys and values in place, logits of the allowed ids only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from ..guidance import REFERENCE, Guidance
from .attention import attend_to_both, attend_to_own, split_heads
from .llama import LayerAdapter, Llama, LoraDelta
from .plan import StepPlan

_Blocks: TypeAlias = "list[tuple[torch.Tensor, torch.Tensor]]"
"""Keys and values of each layer."""


class LlamaBatch:
    """Rows of tokens that a `Llama` has read.

    A block of keys or values is (shared heads, rows, tokens, size of a head), one for each layer. Rows of different
    lengths need no padding in it: what lies beyond a row's end is masked until it is written. What rows read before
    they parted stands in a block of its own, once for all of them.

    Under guidance the layers below the adapter are computed once, and those from its first on in two halves, the
    reference's rows and the tuned ones, as one batch: their blocks have two rows for each row here.

    Attributes:
        llama: the packed model.
        lengths: the number of tokens that each row has read.
    """

    @torch.inference_mode()
    def __init__(
        self, llama: Llama, first: list[int], places: Sequence[int] = (), guidance: Guidance = REFERENCE
    ) -> None:
        """Read `first` as the only row, and keep the hidden states at `places` in it for `logits_in_first`."""
        self.llama = llama
        self.lengths = [0]
        self._guidance = guidance
        self._adapters = [LayerAdapter()] * len(llama.layers)
        self._halved = len(llama.layers)  # the layer from which on there are two halves
        if guidance.adapter is not None:
            self._adapters = llama.adapted(guidance.adapter)
            if guidance.both:
                self._halved = next(index for index, layer in enumerate(self._adapters) if not layer.is_empty)
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
        """Read each row's chunk, of one token or more. Hidden states at `places` of the first row's chunk are kept."""
        starts = [length - self._parted for length in self.lengths]
        self.lengths = [length + len(chunk) for length, chunk in zip(self.lengths, chunks, strict=True)]
        more = max(self.lengths) - self._parted - self._own[0][0].shape[2]
        if more > 0:
            room = (0, 0, 0, more + 64)  # scripts grow by a few tokens a step
            self._own = [(F.pad(keys, room), F.pad(values, room)) for keys, values in self._own]
        plan = StepPlan(self.llama, chunks, starts, self._parted, self._own[0][0].shape[2])
        ends = torch.cat([plan.last, plan.last.new_tensor(list(places))])
        x = F.embedding(plan.ids, self.llama.embedding)
        for index, (layer, adapter) in enumerate(zip(self.llama.layers, self._adapters, strict=True)):
            normed = layer.before_attention(x)
            mixed = layer.inputs(normed)
            if index == self._halved:  # up to here, reference and tuned policy compute the same
                ends = torch.cat([ends, ends + len(x)])
                x, normed, mixed = (torch.cat([each, each]) for each in (x, normed, mixed))
                plan = StepPlan(self.llama, chunks * 2, starts * 2, self._parted, self._own[0][0].shape[2])
            halved = index >= self._halved
            found = self._attend(_adapted(mixed, adapter.inputs, normed, halved), index, plan)
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
        """Return the logits of allowed[i], (ids,), after the last token of row i, for each row."""
        output, device = self.llama.output, self.llama.device
        chosen = [torch.from_numpy(ids).to(device) for ids in allowed]
        flat = torch.cat([F.embedding(ids, output) @ row for ids, row in zip(chosen, self._hidden, strict=True)])
        numbers = flat.float().cpu().numpy().astype(np.float64)
        return np.split(numbers, np.cumsum([len(ids) for ids in allowed])[:-1])

    @torch.inference_mode()
    def logits_in_first(self, token: int) -> npt.NDArray[np.float64]:
        """Return the logits of one token at the places that the batch was opened with, (places,)."""
        return (self._in_first @ self.llama.output[token]).float().cpu().numpy().astype(np.float64)

    def _empty(self, rows: int) -> _Blocks:
        """Return blocks of no tokens."""
        llama = self.llama
        counts = [2 * rows if index >= self._halved else rows for index in range(len(llama.layers))]
        blocks = [llama.embedding.new_zeros(llama.shared, count, 0, llama.size) for count in counts]
        return [(block, block) for block in blocks]

    def _attend(self, mixed: torch.Tensor, layer: int, plan: StepPlan) -> torch.Tensor:
        """Store the keys and values of a step, and attend to all that are stored.

        Parameters:
            mixed: queries, keys and values, (tokens, (heads + 2 * shared) * size).
            layer: the index of the layer.
            plan: where the tokens stand.

        Returns:
            What the queries attended to, (tokens, heads * size).
        """
        heads, shared, size = self.llama.heads, self.llama.shared, self.llama.size
        keys, values = self._own[layer]
        queries, new_keys, new_values = split_heads(self.llama, mixed, plan.cosines, plan.sines)
        keys.view(-1, size)[plan.slots] = new_keys.reshape(-1, size)  # index_copy_ is not on every device
        values.view(-1, size)[plan.slots] = new_values.reshape(-1, size)
        queries = queries if plan.padded is None else queries[plan.padded]
        # Queries that share a head's keys stand side by side as if they were more tokens: keys need not be repeated.
        rows, width, group = keys.shape[1], plan.width, heads // shared
        queries = queries.view(rows, width, shared, group, size).permute(2, 0, 3, 1, 4)
        queries = queries.reshape(shared, rows, group * width, size)
        keys, values = keys[:, :, : plan.longest], values[:, :, : plan.longest]
        if self._common is None:
            found = attend_to_own(queries, keys, values, plan.mask)
        else:
            found = attend_to_both(queries, keys, values, *self._common[layer], plan.mask)
        found = found.view(shared, rows, group, width, size).permute(1, 3, 0, 2, 4).reshape(rows * width, heads * size)
        return found if plan.unpadded is None else found[plan.unpadded]


def _adapted(output: torch.Tensor, delta: LoraDelta | None, x: torch.Tensor, halved: bool) -> torch.Tensor:
    """Add what an adapter adds for the input x, in the second half of the rows or in all of them.

    Parameters:
        output: of a `FusedLinear` for x, (tokens, outputs); changed in place.
        delta: what the adapter adds, or None.
        x: (tokens, inputs).
        halved: whether only the second half of the tokens is the tuned policy's.

    Returns:
        output, (tokens, outputs).
    """
    if delta is not None:
        first = len(x) // 2 if halved else 0
        delta.add(output[first:], x[first:])
    return output
