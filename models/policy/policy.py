"""A policy: a causal language model, its vocabulary, and the adapter that tuning added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch

from .context import Context, installed_files
from .folders import weights_digest
from .forward import forward_model
from .lora import Adapter
from .vocabulary import MAXIMUM_PROMPT_TOKENS, PromptFrame, Vocabulary


@dataclass(frozen=True, eq=False)
class Policy:
    """A causal language model and its vocabulary. Without its adapter, a tuned policy is the reference policy.

    Attributes:
        weights: the model's weights, in evaluation mode: a model of transformers, or a `LlamaWeights`, which is what
            a small Llama is read as.
        vocabulary: the ids of choices and prompts.
        frame: the text that the model was trained to read around the prompt, and whether it reads the ask and the
            installed files.
        description: what the model was trained on and how, as JSON; empty for a base that was not trained for this.
        typical_choices: the median number of choices in its scripts; only progress bars depend on it.
        files: the files that the weights were read from; empty when they are not local.
        adapter: what tuning added to the model, or None.
    """

    weights: Any
    vocabulary: Vocabulary
    frame: PromptFrame = PromptFrame()
    description: Mapping[str, Any] = field(default_factory=dict)
    typical_choices: int = 60
    files: tuple[Path, ...] = ()
    adapter: Adapter | None = None

    @property
    def model(self) -> Any:
        """The transformers model over the weights, with attention and a key-value cache.

        For `LlamaWeights` it is made when it is first needed, which imports transformers.
        """
        return forward_model(self.weights)

    @property
    def device(self) -> torch.device:
        """The device that the weights are on now."""
        device: torch.device = self.weights.get_input_embeddings().weight.device
        return device

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of the weights."""
        dtype: torch.dtype = self.weights.dtype
        return dtype

    @property
    def embedding_rows(self) -> int:
        """The number of token ids that the model has an embedding for."""
        return int(self.weights.get_input_embeddings().weight.shape[0])

    @property
    def longest_context(self) -> int | None:
        """The number of tokens that the model can read, or None where its config states none."""
        longest: int | None = getattr(self.weights.config, "max_position_embeddings", None)
        return longest

    @cached_property
    def parameters(self) -> int:
        """The number of weights."""
        return sum(parameter.numel() for parameter in self.weights.parameters())

    @cached_property
    def base_sha256(self) -> str | None:
        """The digest by which adapters name the weights they were trained over; None when these are in no local file.

        Reads the files.
        """
        return weights_digest(self.files) if self.files else None

    def context(
        self,
        prompt: str,
        files: Sequence[str] = (),
        maximum_prompt_tokens: int = MAXIMUM_PROMPT_TOKENS,
        *,
        ask: Sequence[str] = (),
        good_at: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> Context:
        """Return the ids that the policy reads before it writes. There is at least one, to predict the first choice.

        Parameters:
            prompt: the user's prompt.
            files: the aliases of the installed files (`Grammar.files`); read only if the frame has a place for them.
            maximum_prompt_tokens: the ids of the prompt to keep.
            ask: what the prompt asks for, as words (`ask.policy_words`); read only if the frame has a place for them.
            good_at: what files are good at, by alias; read only with the ask.
        """
        before, asked, between, after = self._frame
        ids = before + self.vocabulary.encode_prompt(prompt, maximum_prompt_tokens)
        places: dict[str, int] = {}
        if self.frame.ask:
            ids += asked
            ids += [token for word in ask for token in self.vocabulary.encode_read(word)]
        else:
            ask, good_at = (), {}
        if self.frame.files:
            ids += between
            for file, tokens in installed_files(self.vocabulary, files, prompt, ask=ask, good_at=good_at).items():
                ids += tokens
                places[file] = len(ids) - 1
        return Context(ids + after or [self.vocabulary.end_id], places)

    @property
    def pick_id(self) -> int:
        """The token whose logit after a file's name rates the file: the first one after the context."""
        after = self._frame[3]
        return after[0] if after else self.vocabulary.end_id

    @cached_property
    def _frame(self) -> tuple[list[int], list[int], list[int], list[int]]:
        return self.vocabulary.encode_frame(self.frame)
