"""A base with another tokenizer, so that it spends fewer ids on the texts it will read.

A vocabulary of 49,152 English pieces is two thirds of a small pruned model, and spells file names in many ids. One
that was trained on prompts and file names is small and spells them in few, and most of its pieces are words that the
base knows as a single id: those keep their embedding.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from tokenizers import Tokenizer

from ...models.policy.policy import Policy
from ...models.policy.vocabulary import PromptFrame, Vocabulary


def transplant(base: Policy, tokenizer: Tokenizer, frame: PromptFrame) -> Policy:
    """The base's model with this byte-level BPE tokenizer. A piece that the base has keeps its embedding; any other
    begins as the mean of the base's pieces of its text, special tokens as those of their name, and what it knows
    nothing of as the mean of all. Both tokenizers must be byte-level."""
    vocabulary = Vocabulary(tokenizer)
    old = base.vocabulary.tokenizer
    special = set(tokenizer.get_added_tokens_decoder())
    sources = []
    for token in range(vocabulary.base_size):
        piece = tokenizer.id_to_token(token) or ""  # some tokenizers have holes
        known = None if token in special else old.token_to_id(piece)
        sources.append([known] if known is not None else _pieces(base, tokenizer, piece, token in special))
    model = copy.deepcopy(base.model)
    model.resize_token_embeddings(vocabulary.base_size, mean_resizing=False)
    with torch.no_grad():
        for ours, theirs in zip(_tables(Policy(model, vocabulary)), _tables(base), strict=True):
            rows = [theirs.weight[ids].mean(0) if ids else theirs.weight.mean(0) for ids in sources]
            ours.weight.copy_(torch.stack(rows))
    config = model.config
    config.bos_token_id = config.eos_token_id = config.pad_token_id = None
    return Policy(model, vocabulary, frame, base.description, base.typical_choices)


def _tables(policy: Policy) -> list[Any]:
    return [policy.model.get_input_embeddings(), policy.model.get_output_embeddings()]


def _pieces(base: Policy, tokenizer: Tokenizer, piece: str, special: bool) -> list[int]:
    """The base's ids for a piece that it does not have."""
    if special:
        return base.vocabulary.encode_prompt(piece.strip("<|>"))
    text = tokenizer.decoder.decode([piece])
    if "\N{REPLACEMENT CHARACTER}" not in text:
        return base.vocabulary.encode_prompt(text)
    # Part of a character: byte by byte. Bytes that stand in no text are unknown to some tokenizers.
    ids = (base.vocabulary.tokenizer.token_to_id(byte) for byte in piece)
    return [token for token in ids if token is not None]
