"""The model that supervised fine-tuning begins with: a fresh Llama, or a base with workflow words and LoRA added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

from ...models.policy.folders import PolicyError
from ...models.policy.policy import Policy
from ...models.policy.vocabulary import READ, PromptFrame, Vocabulary
from .tokenizer import FRAME

TEXT_FRAME = PromptFrame(
    before="A workflow for the picture: ", ask="\nAsked for:", files="\nInstalled models:", after="\nWorkflow:\n"
)
"""The prompt frame of bases whose tokenizer has no special tokens for one."""


def fresh_llama(
    tokenizer: Tokenizer,
    words: Sequence[str],
    *,
    hidden: int = 256,
    layers: int = 6,
    heads: int = 4,
    key_value_heads: int = 2,
    intermediate: int | None = None,
    context: int = 2048,
    seed: int = 0,
) -> Policy:
    """Return a policy over an untrained Llama.

    Args:
        tokenizer: the tokenizer of prompts and file names.
        words: the workflow words.
        hidden: size of the hidden states.
        layers: number of decoder layers.
        heads: attention heads of a layer.
        key_value_heads: heads of keys and values, each shared by several attention heads.
        intermediate: size of the MLP's inner layer; None is 8/3 of `hidden`, in multiples of 32.
        context: most tokens of prompt and script together.
        seed: seed of the weights.
    """
    vocabulary = Vocabulary(tokenizer, words)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocabulary.size,
        hidden_size=hidden,
        intermediate_size=intermediate or 32 * round(hidden * 8 / 3 / 32),
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=key_value_heads,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=None,
    )
    return Policy(LlamaForCausalLM(config).eval(), vocabulary, FRAME)


def add_words(base: Policy, words: Sequence[str]) -> Policy:
    """Return a base without workflow words with these words added; its model is changed in place.

    The embedding of a word begins as the mean of the embeddings of its pieces.
    """
    vocabulary = Vocabulary(base.vocabulary.tokenizer, words)
    if base.embedding_rows < vocabulary.size:
        base.model.resize_token_embeddings(vocabulary.size, mean_resizing=False)
    tables = {id(table.weight): table.weight for table in embeddings(base.model)}
    with torch.no_grad():
        for token in range(vocabulary.base_size, vocabulary.size):
            text = words[token - vocabulary.base_size] if token != vocabulary.end_id else "\n"
            pieces = base.vocabulary.encode_prompt(text) or [base.vocabulary.end_id]
            for weight in tables.values():
                weight[token] = weight[pieces].mean(0)
    return Policy(base.model, vocabulary, _reading_all(base.frame))


def _reading_all(frame: PromptFrame) -> PromptFrame:
    """Return a frame in which ask and files are read."""
    if not frame.files:
        return TEXT_FRAME
    return frame if frame.ask else replace(frame, ask=TEXT_FRAME.ask)


def extend_words(base: Policy, words: Sequence[str]) -> Policy:
    """Return a base that has workflow words with those of `words` added that it lacks, and with a frame that reads all.

    The model is changed in place. Its own words keep their ids; the end-of-choice id, which follows the words, moves.
    The embedding of a new word begins as the mean of the embeddings of its pieces.
    """
    old = base.vocabulary
    new = [word for word in dict.fromkeys(words) if word not in set(old.words)]
    if old.end_id != old.base_size + len(old.words):
        raise PolicyError("the base's end-of-choice id does not follow its words, so that no word can be added")
    vocabulary = Vocabulary(old.tokenizer, (*old.words, *new))
    if base.embedding_rows < vocabulary.size:
        base.model.resize_token_embeddings(vocabulary.size, mean_resizing=False)
    tables = {id(table.weight): table.weight for table in embeddings(base.model)}
    with torch.no_grad():
        for weight in tables.values():
            weight[vocabulary.end_id] = weight[old.end_id].clone()
            for token, word in enumerate(new, old.base_size + len(old.words)):
                pieces = old.encode_prompt(" " + word.removeprefix(READ).replace("_", " ")) or [vocabulary.end_id]
                weight[token] = weight[pieces].mean(0)
    base.model.config.vocab_size = max(base.embedding_rows, vocabulary.size)
    return Policy(base.model, vocabulary, _reading_all(base.frame), base.description, base.typical_choices)


def embeddings(model: Any) -> list[Any]:
    """Return the input and the output embeddings: one module twice where they are tied."""
    return [model.get_input_embeddings(), model.get_output_embeddings()]


def add_adapters(policy: Policy, rank: int, alpha: int, targets: Sequence[str]) -> Callable[[], Any]:
    """Freeze a policy's model, and add trainable LoRA adapters and trainable embeddings of the workflow words.

    Returns:
        A function that merges the adapters into the model and returns the model.

    Raises:
        PolicyError: the model has no modules named as `targets`.
    """
    from peft import LoraConfig, get_peft_model

    tables = {id(table): table for table in embeddings(policy.model)}
    if policy.model.config.tie_word_embeddings:
        tables.pop(id(policy.model.get_output_embeddings()))
    rows = list(range(policy.vocabulary.base_size, policy.vocabulary.size))
    names = {name.rpartition(".")[2]: rows for name, module in policy.model.named_modules() if id(module) in tables}
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=list(targets), trainable_token_indices=names)
    try:
        adapted = get_peft_model(policy.model, config)
    except ValueError as error:
        raise PolicyError(f"this base takes no LoRA on {', '.join(targets)}: {error}. See --lora-targets") from error
    merge: Callable[[], Any] = adapted.merge_and_unload
    return merge
