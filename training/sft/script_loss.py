"""The loss of a causal language model on packed rows: at what is counted only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional

from .rows import IGNORED


class ScriptLoss(torch.nn.Module):
    """A causal language model as a function from a packed row to the loss of each counted token."""

    def __init__(self, model: Any, pick_id: int, bfloat16: bool) -> None:
        super().__init__()
        self.model = model
        self.pick_id = pick_id
        self.autocast = bfloat16

    def forward(
        self,
        input_ids: torch.Tensor,
        position_ids: torch.Tensor,
        labels: torch.Tensor,
        lengths: Sequence[int],
        picked: torch.Tensor,
        picks: torch.Tensor,
    ) -> torch.Tensor:
        """input_ids, position_ids, labels (1, tokens), IGNORED where not counted; lengths of the sequences in the row;
        picked (few,): which of the counted tokens stand for picking a file; picks (few, most): where in the row the
        names of the files end that it was picked among, its own first, -1 beyond their number. Returns (counted,)
        nats."""
        with torch.autocast(input_ids.device.type, dtype=torch.bfloat16, enabled=self.autocast):
            hidden = self.model.base_model(
                input_ids=input_ids, position_ids=position_ids, lengths=lengths, use_cache=False
            ).last_hidden_state[0]
            counted = (labels[0] != IGNORED).nonzero().squeeze(1)
            logits = self.model.get_output_embeddings()(hidden[counted - 1])
            suits = self.model.get_output_embeddings()(hidden[picks.clamp(min=0)])[..., self.pick_id]
        each = functional.cross_entropy(logits.float(), labels[0, counted], reduction="none")
        suits = suits.float().masked_fill(picks < 0, -math.inf)
        return each.index_put((picked,), suits.logsumexp(1) - suits[:, 0])
