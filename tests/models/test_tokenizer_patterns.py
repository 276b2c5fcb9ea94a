from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from nodewright.models.policy.checkpoints import shipped_policy_path
from nodewright.models.policy.folders import CheckpointError
from nodewright.models.policy.model_folder import read_folder_tokenizer
from nodewright.models.policy.tokenizer_patterns import PatternError, check_pattern, check_patterns
from nodewright.models.policy.vocabulary import Vocabulary, VocabularyError

COMMON = {
    "GPT-2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "Llama 3": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
    r"\s+(?!\S)|\s+",
    "Qwen 2 and 3": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
    r"\s+(?!\S)|\s+",
    "tekken": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?"
    r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|"
    r"\s+",
    "cl100k": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|"
    r"\s+(?!\S)|\s+",
    "o200k": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|"
    r"'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "BLOOM": r" ?[^(\s|[.,!?…。，、।۔،])]+",
    "DeepSeek": "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?"
    "[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
    "digits": r"\p{N}{1,3}",
}  # fmt: skip

CATASTROPHIC = [
    "(a+)+$", "(?:a|a)*$", "(a*)*b", "(?:a|aa)+$", "(?:(?:a|b)?c)*d", "(a?){30}a{30}", "a?" * 30 + "a" * 30,
    r"\w*\w*\w*\w*!", "(?:a|a)" * 30 + "b", "a{1,3}+b", "(?:a+){2,}b", r"(a)\1+b", r"(?<x>a|\g<x>b)", "(?~ab)",
    "[[a]+", "(?(1)a)", "|".join(["a+b"] * 100), r"\p{N}{1,900}\p{N}{1,900}\p{N}{1,900}b", "a" * 10_001, "(a", "a)",
    "a**b", "(?x)(a+) +b",
]  # fmt: skip


@pytest.mark.parametrize("name", COMMON)
def test_patterns_of_common_models_are_accepted(name: str) -> None:
    check_pattern(COMMON[name])
    splitter = pre_tokenizers.Split(Regex(COMMON[name]), "isolated")
    assert splitter.pre_tokenize_str("It's 1234 foxes, on a hill")


def test_the_shipped_tokenizer_is_accepted() -> None:
    check_patterns(json.loads((shipped_policy_path() / "tokenizer.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_patterns_that_may_search_for_long_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        check_pattern(pattern)


@pytest.mark.parametrize("place", ["pre_tokenizer", "normalizer", "decoder"])
def test_a_folder_with_such_a_tokenizer_is_refused(tmp_path: Path, place: str) -> None:
    shutil.copy(shipped_policy_path() / "tokenizer.json", tmp_path)
    content = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    pattern = {"Regex": "(a+)+$"}
    split = {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False}
    replaced = {"type": "Replace", "pattern": pattern, "content": "b"}
    content[place] = {
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split]},
        "normalizer": {"type": "Sequence", "normalizers": [replaced]},
        "decoder": {"type": "Sequence", "decoders": [replaced]},
    }[place]
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"tokenizer.json.*\(a\+\)\+\$.*another model"):
        read_folder_tokenizer(tmp_path, {})


def test_a_search_that_the_engine_gives_up_is_an_error_of_the_vocabulary() -> None:
    letters = {chr(97 + index): index for index in range(26)}
    tokenizer = Tokenizer(models.BPE(vocab={**letters, "\n": 26}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("(a+)+$"), "isolated")
    with pytest.raises(VocabularyError, match="cannot encode"):
        Vocabulary(tokenizer, end_id=26).encode_prompt("a" * 60 + "b")
