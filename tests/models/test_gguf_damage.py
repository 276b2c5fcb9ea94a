from __future__ import annotations

import struct
from pathlib import Path
from random import Random

import gguf
import pytest
from damage_gguf import damaged, places_of
from tiny_gguf import write_tiny_gguf

from nodewright.models.policy.folders import PolicyError
from nodewright.models.policy.loading import load_policy

SEEDS = (*range(40), 403, 527)  # the last two: lists of 2**40 values and more, which gguf's reader would count through


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gguf") / "good.gguf"
    write_tiny_gguf(path)
    return path


def test_a_damaged_file_is_a_policy_or_an_error(good: Path, tmp_path: Path) -> None:
    content, (places, end) = good.read_bytes(), places_of(good)
    refused = 0
    for seed in SEEDS:
        path = tmp_path / "damaged.gguf"
        path.write_bytes(damaged(content, places, end, Random(seed)))
        try:
            load_policy(path)
        except PolicyError as error:
            assert str(tmp_path) in str(error)
            refused += 1
    assert len(SEEDS) / 2 < refused < len(SEEDS)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("qwen2.block_count", 0),
        ("qwen2.block_count", 1),
        ("qwen2.block_count", 2**31),
        ("qwen2.attention.head_count_kv", 2**20),
        ("qwen2.attention.head_count", 0),
        ("qwen2.attention.layer_norm_rms_epsilon", 2**32 - 1),  # no number
    ],
)
def test_settings_that_do_not_fit_the_tensors_are_refused(good: Path, tmp_path: Path, key: str, value: int) -> None:
    field = gguf.GGUFReader(good).fields[key]
    content = bytearray(good.read_bytes())
    at = field.offset + sum(part.nbytes for part in field.parts[:-1])
    content[at : at + 4] = struct.pack("<I", value)
    (tmp_path / "other.gguf").write_bytes(content)
    with pytest.raises(PolicyError, match=r"other\.gguf"):
        load_policy(tmp_path / "other.gguf")
