"""A tiny policy with random weights: it knows nothing, and the grammar makes workflows of what it says."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from nodewright.models.checkpoints import save_checkpoint
from nodewright.models.policy import Policy
from nodewright.models.vocabulary import Vocabulary
from nodewright.training.tokenizer import FRAME, train_tokenizer

WORDS = ("SaveImage", "PreviewImage", "VAEDecode", "KSampler", "CheckpointLoaderSimple", "CLIPTextEncode", "@prompt")


def write_tiny_policy(folder: Path) -> None:
    """Writes the checkpoint; the same each time."""
    torch.manual_seed(0)
    vocabulary = Vocabulary(train_tokenizer(["a red circle on a blue background", *WORDS], 400), WORDS)
    config = LlamaConfig(
        vocab_size=vocabulary.size,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=None,
    )
    save_checkpoint(Policy(LlamaForCausalLM(config).eval(), vocabulary, FRAME, {"kind": "random"}), folder)
