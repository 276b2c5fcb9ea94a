"""Pairs as rows of token ids that a training step takes, several pairs in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from ..common.pairs import KIND, PICK, EncodedPairs, pack
from .config import SftConfig

IGNORED = -100
"""The label of a token that is not counted."""

Row = tuple[int, ...]
"""The numbers of a row's pairs."""


def packed_rows(encoded: EncodedPairs, config: SftConfig) -> tuple[list[Row], list[Row]]:
    """Return the rows to train on, and the rows of held-out pairs to measure on."""
    held = np.flatnonzero(encoded.held_out)
    if len(held) > config.evaluate_pairs:
        held = held[np.linspace(0, len(held) - 1, config.evaluate_pairs).astype(np.int64)]
    parts = []
    for pairs in (np.flatnonzero(~encoded.held_out), held):
        rows = pack(encoded.lengths[pairs].tolist(), config.row_tokens, config.seed)
        parts.append([tuple(pairs[list(row)].tolist()) for row in rows])
    return parts[0], parts[1]


def make_batch(encoded: EncodedPairs, pairs: Sequence[int]) -> dict[str, Any]:
    """Return pairs as one row of tokens: the arguments of `ScriptLoss.forward`, and `marks` (1, tokens)."""
    spans = [encoded.span(pair) for pair in pairs]
    lengths = [span.stop - span.start for span in spans]
    ids = np.concatenate([encoded.ids[span] for span in spans]).astype(np.int64)
    marks = np.concatenate([encoded.marks[span] for span in spans])
    counted = marks[(marks & KIND) > 0]
    starts = np.cumsum([0, *lengths])
    picks = [
        torch.from_numpy(places.astype(np.int64) + start)
        for pair, start in zip(pairs, starts, strict=False)
        for places in encoded.picks_of(pair)
    ]
    return {
        "input_ids": torch.from_numpy(ids)[None],
        "position_ids": torch.from_numpy(np.concatenate([np.arange(length) for length in lengths]))[None],
        "labels": torch.from_numpy(np.where(marks & KIND, ids, IGNORED))[None],
        "marks": torch.from_numpy(marks)[None],
        "lengths": lengths,
        "picked": torch.from_numpy(np.flatnonzero(counted & PICK)),
        "picks": pad_sequence(picks, True, -1) if picks else torch.zeros(0, 1, dtype=torch.long),
    }
