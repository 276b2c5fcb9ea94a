"""KL replay: pairs of prompt and script on which a tuned policy is held to the reference.

Rollouts are written for a few installations, those that the reward knows about, but the adapter is used on all. What
tuning does to a policy elsewhere shows in no reward and in no rollout's divergence. So some pairs of other
installations are read in each step, and the divergence at their choices is a part of the loss.

The divergence is KL(tuned || reference), as on rollouts: what the reference never does costs most, such as the size of
one model with another. No grammar is known for the pairs, so the divergence is over the whole vocabulary, and for a
file over those it was picked among, as in supervised fine-tuning (training/common/pairs.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from ...models.policy.policy import Policy
from ..common.pairs import FIRST, KIND, PICK, Pair, encode_pair
from .script_groups import NEVER
from .tuned_policy import Reading, TunedPolicy


@dataclass(frozen=True)
class ReplayPair:
    """A pair as one row of tokens; what is compared are tokens, then files that are picked whole.

    Attributes:
        ids: token ids, (tokens,).
        positions: positions of the tokens, (tokens,).
        places: places whose next token is compared, (compared tokens,).
        picks: where the names end that each file was picked among, -1 beyond their number, (files, most).
        pick_id: the token whose logit there is that of picking the file.
        choices: choices that are not forced.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    places: torch.Tensor
    picks: torch.Tensor
    pick_id: int
    choices: int

    def mask(self, dtype: torch.dtype) -> None:
        """Return None: each token attends to those before it."""

    def logits(self, hidden: torch.Tensor, head: Any) -> torch.Tensor:
        """Return the logits, (compared, vocabulary), float32, from hidden states (tokens, size).

        For a file, the first columns are the files that it was picked among, and all others are NEVER.
        """
        tokens = head(hidden[self.places].to(head.weight.dtype)).float()
        suits = hidden[self.picks.clamp(min=0)].float() @ head.weight[self.pick_id].float()
        if head.bias is not None:
            suits = suits + head.bias[self.pick_id].float()
        return pad_sequence([*tokens, *suits.masked_fill(self.picks < 0, NEVER)], True, NEVER)


def encode_replay(policy: Policy, pair: Pair, prompt_tokens: int) -> ReplayPair | None:
    """Return a pair as tokens on the policy's device; None where all is forced, or the model reads fewer tokens."""
    ids, marked, picks = encode_pair(policy, pair, prompt_tokens)
    longest = getattr(policy.model.config, "max_position_embeddings", None)
    marks = np.frombuffer(marked, np.uint8)
    asked = (marks & KIND) > 0
    if not asked.any() or (longest is not None and len(ids) > longest):
        return None
    places = np.flatnonzero(asked & ((marks & PICK) == 0)) - 1
    distractors = pad_sequence([torch.tensor(each) for each in picks], True, -1) if picks else torch.zeros(0, 1).long()
    device = policy.device
    return ReplayPair(
        torch.tensor(ids, device=device), torch.arange(len(ids), device=device), torch.from_numpy(places).to(device),
        distractors.to(device), policy.pick_id, int(((marks & FIRST) > 0).sum()),
    )  # fmt: skip


def draw_replay(pairs: Sequence[Pair], count: int, seed: int, step: int) -> list[Pair]:
    """Draw the pairs of a step: at most `count`, no pair twice."""
    return Random(f"{seed}:{step}:anchors").sample(pairs, min(count, len(pairs)))


def divergence(logits: torch.Tensor, reference: torch.Tensor, temperature: float) -> torch.Tensor:
    """Return KL(tuned || reference), (compared,), in nats, from the logits of both, (compared, most)."""
    logs = (logits / temperature).log_softmax(1)
    return (logs.exp() * (logs - (reference / temperature).log_softmax(1))).sum(1)


class KlReplay:
    """A step's replay, of which each process has some pairs.

    Args:
        tuned: the policy.
        pairs: this process's pairs.
        prompt_tokens: the most tokens of a prompt.
        add_up: sums a tensor over all processes.

    Attributes:
        choices: choices of all processes' pairs.
    """

    def __init__(
        self,
        tuned: TunedPolicy,
        pairs: Sequence[Pair],
        prompt_tokens: int,
        add_up: Callable[[torch.Tensor], torch.Tensor],
    ) -> None:
        self._tuned = tuned
        encoded = [encode_replay(tuned.policy, pair, prompt_tokens) for pair in pairs]
        self._pairs = [pair for pair in encoded if pair is not None]
        self._readings: list[Reading] = []
        choices = sum(pair.choices for pair in self._pairs)
        self.choices = int(add_up(torch.tensor(choices, device=tuned.policy.device)))

    def backward(self, weight: float, temperature: float) -> torch.Tensor:
        """Add the gradient of `weight` times the mean divergence of a choice.

        Returns:
            This process's part of that mean, (), in nats; the parts of all processes add up to it.
        """
        total = torch.zeros((), device=self._tuned.policy.device)
        for index, pair in enumerate(self._pairs):
            if index == len(self._readings):
                self._readings.append(self._tuned.read(pair))
            reading = self._readings[index]
            found = divergence(self._tuned.logits(reading), reading.reference, temperature).sum() / self.choices
            if weight:
                (weight * found).backward()
            total += found.detach()
        return total
