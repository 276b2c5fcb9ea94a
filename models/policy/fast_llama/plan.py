"""Which token of a step stands where: the index arithmetic of a batch of rows with different lengths."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from .llama import Llama


def to_indices(numbers: npt.NDArray[Any], device: torch.device) -> torch.Tensor:
    """Return numbers as indices on a device, of the same shape, int64."""
    wide = numbers.astype(np.int64, copy=False)  # numpy 1 has 32 bits on Windows, too few for torch's indices
    return torch.from_numpy(wide).to(device)


class StepPlan:
    """Where the tokens of one step stand.

    The tokens of all rows are one list without padding. Only the attention needs as many queries in each row: there a
    shorter chunk's first token is repeated before it.

    Attributes:
        ids: the tokens, (tokens,).
        cosines: of the rotary embedding, (tokens, 1, size of a head).
        sines: of the rotary embedding, of the same shape.
        slots: the tokens' places in the rows' own blocks of keys or values, head by head, (tokens * shared heads,).
        last: each row's last token, (rows,).
        width: the number of queries in each row.
        longest: the number of tokens in the longest row's own block.
        padded: the token of each query, (rows * width,), or None where all chunks are equally long.
        unpadded: the query of each token, (tokens,), or None likewise.
        mask: what is added to the queries' scores in the rows' own blocks, (rows, query heads a shared head * width,
            longest), or None where every query sees everything.
    """

    def __init__(self, llama: Llama, chunks: list[list[int]], starts: list[int], shared: int, room: int) -> None:
        """Plan a step.

        Parameters:
            llama: the model that reads.
            chunks: the tokens of each row, one or more.
            starts: how many tokens stand in each row's own block already.
            shared: how many tokens before that are common to all rows.
            room: how many tokens a row's own block holds.
        """
        rows, lengths = len(chunks), np.array([len(chunk) for chunk in chunks])
        ends = lengths.cumsum()
        row_of = np.repeat(np.arange(rows), lengths)
        column_of = np.arange(ends[-1]) - np.repeat(ends - lengths, lengths)
        places = np.repeat(starts, lengths) + column_of
        self.longest = int(places.max()) + 1
        self.width = int(lengths.max())
        device, heads = llama.device, np.arange(llama.shared)
        self.ids = to_indices(np.concatenate(chunks), device)
        self.cosines, self.sines = llama.rotary(to_indices(places + shared, device), self.longest + shared)
        self.slots = to_indices(((heads * rows + row_of[:, None]) * room + places[:, None]).reshape(-1), device)
        self.last = to_indices(ends - 1, device)
        padded = np.maximum(ends[:, None] - np.arange(self.width, 0, -1), (ends - lengths)[:, None])
        self.padded = self.unpadded = self.mask = None
        if padded.size > ends[-1]:
            self.padded = to_indices(padded.reshape(-1), device)
            self.unpadded = to_indices((row_of + 1) * self.width - np.repeat(lengths, lengths) + column_of, device)
        if padded.size > 1:
            unseen = to_indices(places[padded], device)[:, :, None] < torch.arange(self.longest, device=device)
            mask = llama.embedding.new_zeros(unseen.shape).masked_fill_(unseen, -torch.inf)
            self.mask = mask.repeat(1, llama.heads // llama.shared, 1)
