"""A tiny causal language model with random weights, of any architecture that transformers knows."""

from __future__ import annotations

from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM

ROWS = 90


def random_model(model_type: str = "llama", **options: Any) -> Any:
    """Two layers of random weights, norms and biases among them."""
    torch.manual_seed(0)
    sizes = {"vocab_size": ROWS, "hidden_size": 32, "intermediate_size": 56, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 4, "max_position_embeddings": 256}
    ids = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
    config = AutoConfig.for_model(model_type, **(sizes | heads | ids | {"tie_word_embeddings": False} | options))
    model = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(1.0 if weight.dim() == 1 else 0.0, 0.3)
    return model
