"""A tiny random policy and its tokenizer, made on the spot."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
import torch
from toy_grammar import ToyGrammar
from transformers import LlamaConfig, LlamaForCausalLM

from nodewright.models.policy import Policy
from nodewright.models.vocabulary import Vocabulary
from nodewright.training.tokenizer import FRAME, collect_words, train_tokenizer

PROMPTS = ["a red circle on a blue background", "two green squares, soft light", "a cat \N{CAT FACE} by the sea"]


def tiny_policy(vocabulary: Vocabulary, *, seed: int = 0, context: int = 512) -> Policy:
    """Hidden size 32, two layers, weights large enough for the probabilities to differ."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocabulary.size,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        initializer_range=0.3,
        bos_token_id=None,
        eos_token_id=None,
    )
    return Policy(LlamaForCausalLM(config).eval(), vocabulary, FRAME, {"kind": "random"}, 20)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """So small a model is slowed down by threads, most of all beside other work."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def scripts() -> list[list[str]]:
    random = Random(0)
    return [ToyGrammar().random_script(random) for _ in range(200)]


@pytest.fixture(scope="session")
def vocabulary(scripts: list[list[str]]) -> Vocabulary:
    tokenizer = train_tokenizer(PROMPTS + sorted({choice for script in scripts for choice in script}), 400)
    # Half of the numbers and two classes stay spelled.
    words = [word for word in collect_words(scripts, least=3) if word not in ("Sample", "Decode", *map(str, range(60)))]
    return Vocabulary(tokenizer, words)


@pytest.fixture(scope="session")
def policy(vocabulary: Vocabulary) -> Policy:
    return tiny_policy(vocabulary)
