"""A GGUF file as llama.cpp's converter writes it, of a tiny Qwen2 with random weights."""

from __future__ import annotations

import json
from pathlib import Path

import gguf
import torch
from tiny_policy import PROMPTS, WORDS
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Qwen2Config, Qwen2ForCausalLM

CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_NAMES = {
    "model.embed_tokens.": "token_embd.", "model.norm.": "output_norm.", "lm_head.": "output.",
    "model.layers.": "blk.", ".self_attn.q_proj.": ".attn_q.", ".self_attn.k_proj.": ".attn_k.",
    ".self_attn.v_proj.": ".attn_v.", ".self_attn.o_proj.": ".attn_output.", ".mlp.gate_proj.": ".ffn_gate.",
    ".mlp.up_proj.": ".ffn_up.", ".mlp.down_proj.": ".ffn_down.", ".input_layernorm.": ".attn_norm.",
    ".post_attention_layernorm.": ".ffn_norm.",
}  # fmt: skip


def _tokenizer() -> Tokenizer:
    """Return a byte-level BPE tokenizer with Qwen2's control tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, special_tokens=list(CONTROL))
    tokenizer.train_from_iterator([*PROMPTS, *WORDS], trainer)
    return tokenizer


def write_tiny_gguf(path: Path) -> Qwen2ForCausalLM:
    """Write the file; return the model that is in it."""
    tokenizer = _tokenizer()
    tokens = [token for token, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    config = Qwen2Config(
        vocab_size=len(tokens), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=512, rope_theta=10_000.0, tie_word_embeddings=False,
        initializer_range=0.3,
    )  # fmt: skip
    torch.manual_seed(0)
    model = Qwen2ForCausalLM(config).eval()
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_name("tiny")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    kinds = [gguf.TokenType.CONTROL if token in CONTROL else gguf.TokenType.NORMAL for token in tokens]
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(merge) for merge in json.loads(tokenizer.to_str())["model"]["merges"]])
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    for name, tensor in model.state_dict().items():
        for theirs, ours in _NAMES.items():
            name = name.replace(theirs, ours)
        writer.add_tensor(name, tensor.float().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return model
