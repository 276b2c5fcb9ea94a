"""What kind of prompt with what main model: numbers for a member's head, beside what the policy's model knows.

A mean of embeddings blurs what a prompt is about, and scores are noisy: a head would have to find the kinds of prompts
first, and then which checkpoint each of them wants. Where the triplets name the kinds, it need not.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

TENSORS = ("weight", "bias")


class PromptKinds(nn.Module):
    """A linear classifier of prompts, and the main models that are told apart.

    names: of the kinds. mains: ids that a script with one of these main models begins with. weight (kinds, hidden),
    bias (kinds,): from the normed mean of the embeddings of a context's ids to the kinds' logits.
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
        """How many numbers a head gets: of each kind, and of each kind with each main model."""
        return len(self.names) * (1 + len(self.mains))

    def main(self, script: Sequence[int]) -> int | None:
        """Which main model a script has: that of the longest name, since one may begin like another. None: unknown."""
        found = [(len(name), index) for index, name in enumerate(self.mains) if tuple(script[: len(name)]) == name]
        return max(found)[1] if found else None

    def forward(self, asked: torch.Tensor, scripts: Sequence[Sequence[int]]) -> torch.Tensor:
        """(rows, width), float32. asked (rows, hidden): normed means of the contexts' embeddings."""
        with torch.autocast(asked.device.type, enabled=False):
            shares = F.linear(asked.float(), self.weight.float(), self.bias.float()).softmax(-1)
        chosen = torch.zeros(len(scripts), len(self.mains))
        for row, script in enumerate(scripts):
            if (index := self.main(script)) is not None:
                chosen[row, index] = 1
        crossed = shares[:, :, None] * chosen.to(shares.device)[:, None, :]
        return torch.cat([shares, crossed.flatten(1)], 1)
