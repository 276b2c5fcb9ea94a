"""Encoders that share nothing with the policy: a baseline of the reward report.

They are what "Policy Optimized Text-to-Image Pipeline Design" (arXiv 2505.21478) scores with, where an ensemble's
members are adapters over the policy's own model. An ensemble of encoders is an experiment
(training/experiments/separate_encoders.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertConfig, BertModel

from ...models.policy.policy import Policy
from ...models.reward.heads import Heads
from ...models.reward.members import Rows
from ..common.errors import TrainingError
from .config import RewardConfig
from .data import Encoded
from .start import RewardInputs

LONGEST = 1024
"""Tokens that a fresh encoder reads."""
FRESH_RATE, PRETRAINED_RATE = 3e-4, 5e-5
"""Learning rates of fresh and of pretrained encoders, unless the configuration has one."""
_HEAD_SIZE = 32
"""Size of an attention head, as in MiniLM."""


class Encoder(nn.Module):
    """A text encoder and a head on the mean of its last hidden states. All of its weights are trained.

    Args:
        model: a transformers encoder, such as BertModel.
    """

    count = 1
    """Members: one, where `Members` has several."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self.heads = Heads(1, model.config.hidden_size)
        self.heads.draw(0, torch.Generator().manual_seed(torch.initial_seed()))

    def read(self, rows: Rows) -> Rows:
        """Return the rows as they are: no part of the forward pass is shared with other members."""
        return rows

    def score(self, reading: Rows, member: int, rows: torch.Tensor | None = None) -> torch.Tensor:
        """Return standardised scores, (rows,), of all rows or of those whose indices are in `rows`, (chosen,)."""
        return self.heads(self.features(reading, member, rows), member)

    def features(self, reading: Rows, member: int, rows: torch.Tensor | None = None) -> torch.Tensor:
        """Return the head's inputs, (rows, hidden), float32, of all rows or of those whose indices are in `rows`."""
        ids, ends = reading.ids, reading.ends
        if rows is not None:
            ids, ends = ids[rows], ends[rows]
        mask = (torch.arange(ids.shape[1], device=ids.device) <= ends[:, None]).long()
        known = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        pooled: torch.Tensor = (known * mask[:, :, None]).sum(1).float() / mask.sum(1, keepdim=True)
        return pooled


def fresh_encoder(policy: Policy, seed: int, layers: int, hidden: int) -> Encoder:
    """Return an untrained BERT on the policy's token ids.

    Six layers of hidden size 384 are MiniLM's shape (Wang et al. 2020, arXiv 2002.10957).
    """
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=policy.embedding_rows, hidden_size=hidden, num_hidden_layers=layers,
        num_attention_heads=hidden // _HEAD_SIZE, intermediate_size=4 * hidden, max_position_embeddings=LONGEST,
    )  # fmt: skip
    return Encoder(BertModel(config, add_pooling_layer=False))


def begin_encoder(config: RewardConfig, policy: Policy, seed: int) -> tuple[Encoder, RewardConfig]:
    """Return an encoder before training, and the configuration with the encoder's learning rate.

    Raises:
        TrainingError: the configured shape cannot be built.
    """
    if config.encoder is None:
        if config.encoder_layers < 1 or config.encoder_hidden < 1 or config.encoder_hidden % _HEAD_SIZE:
            raise TrainingError(f"encoder_layers has to be at least 1, and encoder_hidden a multiple of {_HEAD_SIZE}")
        network = fresh_encoder(policy, seed, config.encoder_layers, config.encoder_hidden)
        rate = FRESH_RATE
    else:
        model = AutoModel.from_pretrained(config.encoder, trust_remote_code=False, use_safetensors=True)
        torch.manual_seed(seed)  # of its head
        network, rate = Encoder(model), PRETRAINED_RATE
    network.heads.dropout = config.dropout
    return network.to(policy.device), replace(config, learning_rate=config.encoder_learning_rate or rate)


def encoder_name(config: RewardConfig) -> str:
    """Return the name of the configured encoder in the report."""
    if config.encoder is not None:
        return f"encoder: {Path(config.encoder).name}"
    return f"encoder: fresh, {config.encoder_layers} layers of {config.encoder_hidden}"


@dataclass(frozen=True)
class EncoderTokens:
    """How encoders tokenize a prompt and a script: in the policy's ids, or as a pair of texts for their own tokenizer.

    Attributes:
        policy: the policy.
        tokenizer: the encoders' own tokenizer, which cuts what is too long; None: they read the policy's ids.
        longest: the most tokens that the encoders read.
    """

    policy: Policy
    tokenizer: Any
    longest: int

    @staticmethod
    def of(config: RewardConfig, policy: Policy) -> EncoderTokens:
        """Return the tokenization of the configured encoders."""
        if config.encoder is None:
            return EncoderTokens(policy, None, LONGEST)
        found = AutoConfig.from_pretrained(config.encoder, trust_remote_code=False)
        longest = min(int(getattr(found, "max_position_embeddings", 512)), 512)
        return EncoderTokens(policy, AutoTokenizer.from_pretrained(config.encoder, trust_remote_code=False), longest)

    def ids(self, prompt: str, script: Sequence[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the ids of the context and of the script; neither is empty."""
        if self.tokenizer is None:
            encode = self.policy.vocabulary.encode_choice
            return tuple(self.policy.context(prompt).ids), tuple(token for each in script for token in encode(each))
        both = self.tokenizer(prompt, " ".join(script), truncation=True, max_length=self.longest)["input_ids"]
        return tuple(both[:-1]), tuple(both[-1:])

    @property
    def digest(self) -> str:
        """A digest of what the policy's ids mean; "" for encoders with a tokenizer of their own."""
        if self.tokenizer is not None:
            return ""
        vocabulary = self.policy.vocabulary
        meaning = [vocabulary.tokenizer.to_str(), vocabulary.words, self.policy.context("").ids]
        return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()

    def encode(self, inputs: RewardInputs) -> list[Encoded]:
        """Return the examples in the encoders' ids, cut to `longest` tokens."""
        if self.tokenizer is None:
            return [replace(each, script=each.script[: self.longest - len(each.context)]) for each in inputs.encoded]
        found = []
        for example, each in zip(inputs.examples, inputs.encoded, strict=True):
            context, script = self.ids(example.prompt, example.choices)
            found.append(replace(each, context=context, script=script))
        return found
