from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_policy import PROMPTS, one_thread
from tokenizers import AddedToken, ByteLevelBPETokenizer, Tokenizer
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from nodewright.models.policy.folders import PolicyError
from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.policy import Policy
from nodewright.training.bases.command import main
from nodewright.training.bases.prune import prune, transplant, trim_tokenizer
from nodewright.training.common.pairs import Pair, survey
from nodewright.training.sft import command as sft
from nodewright.training.sft.config import SftConfig
from nodewright.training.sft.model import TEXT_FRAME, add_adapters, add_words, embeddings, fresh_llama
from nodewright.training.sft.tokenizer import FRAME, train_tokenizer, workflow_words

__all__ = ["one_thread"]

SIZES: dict[str, Any] = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 512, "bos_token_id": None, "eos_token_id": 0,
}  # fmt: skip
SCRIPT = ["sdxl/photo_v1", "KSampler", "steps=", "20", "&1", "@end"]


def byte_level(tokens: int) -> Tokenizer:
    """A byte-level BPE as most published models have one: special tokens first."""
    made = ByteLevelBPETokenizer()
    texts = [*PROMPTS, *(prompt.upper() for prompt in PROMPTS), "photograph of a photographer, 1234 56789"] * 3
    made.train_from_iterator(texts, tokens, min_frequency=1, show_progress=False, special_tokens=["<|end|>"])
    tokenizer = Tokenizer.from_str(made.to_str())
    tokenizer.add_special_tokens([AddedToken("<|end|>", special=True)])
    return tokenizer


def base(architecture: str, folder: Path) -> Path:
    """A tiny random base as a Hugging Face folder."""
    tokenizer = byte_level(330)
    torch.manual_seed(0)
    size = {"vocab_size": tokenizer.get_vocab_size() + 9, **SIZES}
    if architecture == "llama":
        model = LlamaForCausalLM(LlamaConfig(**size))
    elif architecture == "qwen2":
        model = Qwen2ForCausalLM(Qwen2Config(**size, tie_word_embeddings=True))
    else:
        model = Qwen3ForCausalLM(Qwen3Config(**size, head_dim=16))
    model.save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>").save_pretrained(folder)
    return folder


@pytest.mark.parametrize(("architecture", "bfloat16"), [("llama", False), ("qwen2", False), ("qwen3", True)])
def test_lora_trains_a_base_and_its_words(architecture: str, bfloat16: bool, tmp_path: Path) -> None:
    data = tmp_path / "pairs.jsonl"
    pair = {"prompt": "a red circle", "files": ["sdxl/photo_v1"], "choices": SCRIPT, "forced": [5]}
    data.write_text("\n".join(json.dumps(pair | {"prompt": f"circle {n}"}) for n in range(40)), encoding="utf-8")
    folder = base(architecture, tmp_path / "base")
    config = SftConfig(
        data, tmp_path / "out", base=str(folder), steps=3, words=150, row_tokens=256, learning_rate=0.02, lora_rank=4,
        held_out=0.1, bfloat16=bfloat16,
    )  # fmt: skip
    before = load_policy(folder)
    sft.train(config, report=lambda _: None)
    policy = load_policy(tmp_path / "out")
    assert type(policy.model) is type(before.model)
    assert {"KSampler", "steps=", "sdxl/"} <= set(policy.vocabulary.words)
    # The base's own rows are as they were; those of the words, and the matrices, are not.
    rows, word = before.vocabulary.base_size, policy.vocabulary.encode_choice("KSampler")[0]
    begun = add_words(load_policy(folder), policy.vocabulary.words)
    for now, then in zip(embeddings(policy.model), embeddings(begun.model), strict=True):
        torch.testing.assert_close(now.weight[:rows], then.weight[:rows], atol=1e-3, rtol=1e-2)
        assert float((now.weight[word] - then.weight[word]).detach().abs().max()) > 1e-3
    gate = "model.layers.0.mlp.gate_proj.weight"
    assert float((policy.model.state_dict()[gate] - before.model.state_dict()[gate]).abs().max()) > 1e-4
    ids = torch.tensor([policy.context("circle 3", ["sdxl/photo_v1"]).ids])
    made = policy.model.generate(ids, max_new_tokens=5, do_sample=False, pad_token_id=0)
    assert made.shape[1] == ids.shape[1] + 5
    assert policy.frame.files


def test_targets_that_the_base_does_not_have(tmp_path: Path) -> None:
    policy = fresh_llama(train_tokenizer(PROMPTS, 300), ("KSampler",), hidden=32, layers=1)
    with pytest.raises(PolicyError, match="c_attn.*--lora-targets"):
        add_adapters(policy, 4, 8, ("c_attn",))


def test_a_word_begins_as_the_mean_of_its_pieces() -> None:
    plain = fresh_llama(byte_level(330), (), hidden=32, layers=1)
    pieces = plain.vocabulary.encode_prompt("steps=")
    table = plain.model.get_input_embeddings().weight.detach().clone()
    words = add_words(plain, ("KSampler", "steps="))
    row = words.vocabulary.encode_choice("steps=")[0]
    now = words.model.get_input_embeddings().weight
    torch.testing.assert_close(now[row], table[pieces].mean(0))
    torch.testing.assert_close(now[: len(table)], table)
    assert words.embedding_rows == words.vocabulary.size


def test_words_are_families_frequent_choices_and_more() -> None:
    pairs = [Pair(f"p{n}", (*SCRIPT, f"rare{n}"), ("mine/model", "sdxl/photo_v1")) for n in range(3)]
    found = survey(pairs)
    assert found.lengths == (7, 7, 7)
    assert "mine/model" in found.names
    words = workflow_words(found, least=3, most=200, more=("KSampler", "VAEDecode", "sdxl/base"))
    assert {"mine/", "sdxl/", "flux/", "KSampler", "VAEDecode"} <= set(words)
    assert not {"rare0", "sdxl/base", "sdxl/photo_v1", "mine/model"} & set(words)
    few = workflow_words(found, least=1, most=len(words) - 2, more=("VAEDecode",))
    assert len(few) == len(words) - 2
    assert "mine/" in few


def test_a_trimmed_tokenizer_is_the_one_of_a_shorter_training() -> None:
    whole, shorter = byte_level(330), byte_level(300)
    trimmed = trim_tokenizer(whole, 299)  # the shorter one without its special token
    for text in (*PROMPTS, "SDXL photo_v12\n \N{SNOWFLAKE}\u00fc", "<|end|>"):
        ids = trimmed.encode(text, add_special_tokens=False).ids
        assert trimmed.decode(ids) == text
        if "<" not in text:
            assert [trimmed.id_to_token(i) for i in ids] == shorter.encode(text).tokens
    with pytest.raises(PolicyError, match="too few"):
        trim_tokenizer(whole, 200)
    with pytest.raises(PolicyError, match="byte-level"):
        trim_tokenizer(Tokenizer.from_str(json.dumps(json.loads(whole.to_str()) | {"pre_tokenizer": None})), 280)


def test_a_pruned_base_is_its_layers(tmp_path: Path) -> None:
    whole = fresh_llama(byte_level(330), (), hidden=32, layers=5)
    trimmed = trim_tokenizer(whole.vocabulary.tokenizer, 290)
    pruned = transplant(prune(whole, [0, 1, 4]), trimmed, TEXT_FRAME)
    assert pruned.embedding_rows == 290
    text = "zq"  # single bytes, which both know
    layers = whole.model.model.layers
    whole.model.model.layers = torch.nn.ModuleList([layers[0], layers[1], layers[4]])
    ids = torch.tensor([whole.vocabulary.encode_prompt(text)])
    fewer = torch.tensor([pruned.vocabulary.encode_prompt(text)])
    with torch.no_grad():
        one = whole.model.model(ids, use_cache=False).last_hidden_state
        other = pruned.model.model(fewer, use_cache=False).last_hidden_state
    torch.testing.assert_close(one, other)
    with pytest.raises(PolicyError, match="the layers 0 to 4"):
        prune(fresh_llama(byte_level(330), (), hidden=32, layers=5), [5])
    with pytest.raises(PolicyError, match="only once"):
        prune(fresh_llama(byte_level(330), (), hidden=32, layers=5), [0, 0])


def test_a_base_of_other_layers_is_not_pruned() -> None:
    whole = fresh_llama(byte_level(330), (), hidden=32, layers=2)
    other = GPT2LMHeadModel(GPT2Config(vocab_size=whole.embedding_rows, n_embd=32, n_layer=2, n_head=4, n_positions=64))
    with pytest.raises(PolicyError, match="GPT2LMHeadModel cannot be pruned"):
        prune(Policy(other.eval(), whole.vocabulary), [0])


def test_a_transplanted_piece_keeps_its_embedding_and_others_begin_as_their_pieces() -> None:
    base = fresh_llama(byte_level(330), (), hidden=32, layers=1)
    tokenizer = train_tokenizer([*PROMPTS, "photo of a zebra, photo of a quokka"] * 20, 340)
    policy = transplant(base, tokenizer, FRAME)
    old, new = (each.model.get_input_embeddings().weight for each in (base, policy))
    kept = [piece for piece in tokenizer.get_vocab() if base.vocabulary.tokenizer.token_to_id(piece) is not None]
    others = {piece for piece in tokenizer.get_vocab()} - set(kept)
    assert len(kept) > 256 and len(others) > 5
    for piece in kept:
        there = old[base.vocabulary.tokenizer.token_to_id(piece)]
        torch.testing.assert_close(new[tokenizer.token_to_id(piece)], there)
    whole = next(piece for piece in sorted(others) if piece.isascii() and piece.isalpha())
    pieces = base.vocabulary.encode_prompt(whole)
    torch.testing.assert_close(new[tokenizer.token_to_id(whole)], old[pieces].mean(0))
    assert policy.model.config.vocab_size == tokenizer.get_vocab_size() == len(new)
    assert policy.model.get_output_embeddings().weight is new, "tied before, tied afterwards"


@pytest.mark.parametrize("trim", [(), ("--trim",)])
def test_the_command_prunes_and_training_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], trim: tuple[str, ...]
) -> None:
    data, out = tmp_path / "pairs.jsonl", tmp_path / "pruned"
    pairs = (json.dumps({"prompt": f"circle {n}", "files": [SCRIPT[0]], "choices": SCRIPT}) for n in range(40))
    data.write_text("\n".join(pairs), encoding="utf-8")
    folder = base("llama", tmp_path / "base")
    arguments = ["--base", str(folder), "--layers", "0,1", "--tokens", "270", "--data", str(data), "--out", str(out)]
    assert main([*arguments, *trim, "--words", "150"]) == 0
    assert "workflow words" in capsys.readouterr().out
    policy = load_policy(out)
    assert policy.vocabulary.base_size == 270
    config = SftConfig(data, tmp_path / "out", base=str(out), steps=2, row_tokens=256, held_out=0.1)
    trained = sft.train(config, report=lambda _: None)
    assert trained.vocabulary.words == policy.vocabulary.words
    assert trained.frame == policy.frame
    assert main([*arguments[:3], "0,7", *arguments[4:]]) == 2
    assert "the layers 0 to 1" in capsys.readouterr().err
