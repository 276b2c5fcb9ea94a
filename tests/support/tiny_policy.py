"""A tiny policy with random weights: it knows nothing, and the grammar makes workflows of what it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from nodewright.models.policy.checkpoints import save_checkpoint
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.training.sft.tokenizer import FRAME, train_tokenizer

PROMPTS = ["a red circle on a blue background", "two green squares, soft light", "a cat \N{CAT FACE} by the sea"]
WORDS = ("SaveImage", "PreviewImage", "VAEDecode", "KSampler", "CheckpointLoaderSimple", "CLIPTextEncode", "@prompt")


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


def write_tiny_policy(folder: Path) -> None:
    """Writes the checkpoint of a tiny policy that knows a few real words; the same each time."""
    vocabulary = Vocabulary(train_tokenizer([PROMPTS[0], *WORDS], 400), WORDS)
    save_checkpoint(tiny_policy(vocabulary, context=4096), folder)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """So small a model is slowed down by threads, most of all beside other work."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
