"""The loss of a causal language model on packed rows, computed only at the tokens that are counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional

from .rows import IGNORED


class ScriptLoss(torch.nn.Module):
    """A causal language model as a function from a packed row to the loss of each counted token.

    Args:
        model: the language model.
        pick_id: the token whose logit, at the end of a file's name in the context, is that of picking the file.
        bfloat16: whether to compute in bfloat16.
    """

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
        """Return the loss of each counted token, (counted,), in nats.

        Args:
            input_ids: token ids, (1, tokens).
            position_ids: positions, which begin at 0 with each sequence, (1, tokens).
            labels: token ids, IGNORED where they are not counted, (1, tokens).
            lengths: tokens of each sequence in the row.
            picked: which of the counted tokens stand for picking a file, (picks,).
            picks: where in the row the names of the files end that each was picked among, the picked one first, and -1
                beyond their number, (picks, most).
        """
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
