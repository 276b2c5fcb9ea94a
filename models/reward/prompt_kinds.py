"""Features of the kind of prompt and of the main model, for a member's head.

A mean of embeddings blurs what a prompt is about, and scores are noisy: a head would have to discover the kinds of
prompts before it could learn which checkpoint each kind favours. Where the triplets name the kinds, a classifier does.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

TENSORS = ("weight", "bias")


class PromptKinds(nn.Module):
    """A linear classifier of prompts, and the main models that have features of their own.

    Attributes:
        names: the kinds of prompts.
        mains: the ids that a script with each of the main models begins with.
        weight: (kinds, hidden), for the normed mean of the embeddings of a context's ids.
        bias: (kinds,).
    """

    weight: torch.Tensor
    bias: torch.Tensor

    def __init__(
        self, names: Sequence[str], mains: Sequence[Sequence[int]], weight: torch.Tensor, bias: torch.Tensor
    ) -> None:
        super().__init__()
        self.names = tuple(names)
        self.mains = tuple(map(tuple, mains))
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)

    @property
    def width(self) -> int:
        """The number of features: one for each kind, and one for each kind with each main model."""
        return len(self.names) * (1 + len(self.mains))

    def main(self, script: Sequence[int]) -> int | None:
        """Return the index of a script's main model, or None for an unknown one.

        One name may be the beginning of another: the longest that fits is the one.
        """
        found = [(len(name), index) for index, name in enumerate(self.mains) if tuple(script[: len(name)]) == name]
        return max(found)[1] if found else None

    def forward(self, prompts: torch.Tensor, scripts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Return the features of prompts and scripts.

        Parameters:
            prompts: the normed means of the embeddings of the contexts' ids, (rows, hidden).
            scripts: the scripts' ids, one for each row.

        Returns:
            (rows, width), float32: the kinds' probabilities, and the same where the main model is each of `mains`.
        """
        with torch.autocast(prompts.device.type, enabled=False):
            shares = F.linear(prompts.float(), self.weight.float(), self.bias.float()).softmax(-1)
        chosen = torch.zeros(len(scripts), len(self.mains))
        for row, script in enumerate(scripts):
            if (index := self.main(script)) is not None:
                chosen[row, index] = 1
        crossed = shares[:, :, None] * chosen.to(shares.device)[:, None, :]
        return torch.cat([shares, crossed.flatten(1)], 1)
