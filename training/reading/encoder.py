"""A sentence encoder with a linear layer for each label, fine-tuned as a whole."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import islice
from random import Random
from typing import Any

import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer

from ..common.errors import TrainingError
from .config import ReadingConfig
from .prompts import Example
from .split import LABELS

LONGEST = 48
"""Tokens of a prompt that are read."""
_WARM_UP = 0.05
_HEAD_RATE = 20
"""How many times faster the new layer learns than the encoder does."""
_RARE = -3.0
"""Logit from which a label starts: one prompt in twenty says it."""


class EncoderReader(nn.Module):
    """The mean of an encoder's last hidden states, and a logit for each of LABELS.

    Args:
        folder: an encoder, or a causal language model, in the format of transformers.

    Raises:
        TrainingError: the folder holds none.
    """

    def __init__(self, folder: str) -> None:
        super().__init__()
        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self.model: Any = AutoModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        except (OSError, ValueError) as error:
            raise TrainingError(f"{folder}: no encoder that transformers reads: {error}") from error
        if self.tokenizer.pad_token is None:
            self.tokenizer.pad_token = self.tokenizer.convert_ids_to_tokens(0)  # any does: it is masked
        self.head = nn.Linear(self.model.config.hidden_size, len(LABELS))
        nn.init.constant_(self.head.bias, _RARE)

    def forward(self, prompts: Sequence[str]) -> torch.Tensor:
        """Return the logits of prompts, (prompts, labels)."""
        tokens = self.tokenizer(
            list(prompts), padding=True, truncation=True, max_length=LONGEST, return_tensors="pt",
            return_token_type_ids=False,
        )  # fmt: skip
        states = self.model(**tokens).last_hidden_state
        mask = tokens["attention_mask"][:, :, None]
        logits: torch.Tensor = self.head((states * mask).sum(1) / mask.sum(1).clamp(min=1))
        return logits

    @torch.inference_mode()
    def probabilities(self, prompts: Sequence[str], batch: int = 64) -> torch.Tensor:
        """Return how likely it is that each prompt says each label, (prompts, labels)."""
        self.eval()
        rows = [self(prompts[start : start + batch]).sigmoid() for start in range(0, len(prompts), batch)]
        return torch.cat(rows)


def fine_tuned(folder: str, examples: Sequence[Example], config: ReadingConfig, report: Any) -> EncoderReader:
    """Return an encoder trained on the examples, each once.

    Args:
        folder: the encoder.
        examples: the prompts.
        config: batch, rate and seed.
        report: takes a line about the progress.
    """
    torch.manual_seed(config.seed)
    reader = EncoderReader(folder)
    reader.train()
    groups = [
        {"params": list(reader.model.parameters()), "lr": config.rate},
        {"params": list(reader.head.parameters()), "lr": _HEAD_RATE * config.rate},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    batches = _batches(examples, config.batch, Random(config.seed))
    steps, began = len(batches), time.process_time()
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / (_WARM_UP * steps), (steps - step) / steps)
    )
    total = 0.0
    for step, rows in enumerate(batches, 1):
        target = torch.tensor([[label in one.labels for label in LABELS] for one in rows], dtype=torch.float32)
        logits = reader([one.prompt for one in rows])
        loss = nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="sum") / len(rows)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        total += loss.item()
        if step % 50 == 0:
            report(f"step {step} of {steps}: loss {total / 50:.3f}, {time.process_time() - began:.0f} s")
            total = 0.0
    return reader


def _batches(examples: Sequence[Example], size: int, random: Random) -> list[list[Example]]:
    """Return the examples in batches, like lengths together, so that little of a batch is padding."""
    found: list[list[Example]] = []
    rest = iter(examples)
    while chunk := list(islice(rest, 32 * size)):
        chunk.sort(key=lambda one: len(one.prompt))
        found += [chunk[start : start + size] for start in range(0, len(chunk), size)]
    random.shuffle(found)
    return found
