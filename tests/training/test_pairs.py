from __future__ import annotations

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
from tiny_policy import PROMPTS

from nodewright.models.policy.policy import Policy
from nodewright.training.common import pairs as module
from nodewright.training.common.pairs import CHOICE_KINDS, FIRST, KIND, PICK, DataError, Pair, kind_of, pack, read_pairs
from nodewright.training.sft.model import fresh_llama
from nodewright.training.sft.tokenizer import train_tokenizer

SCRIPT = (
    "sdxl/photo_v1", "KSampler", "steps=", "20", "scheduler=", "karras", "model>", "LoraLoader", "sdxl/toon", "&1",
    "CLIPTextEncode", "@prompt+", "+sharp", ";", "@end",
)  # fmt: skip
SAID = ["file", "class", "setting", "number", "setting", "option", "setting", "class", "file", "link", "class", "text",
        "text", "text", "class"]  # fmt: skip


@pytest.fixture(scope="module")
def policy() -> Policy:
    tokenizer = train_tokenizer([*PROMPTS, *SCRIPT], 400)
    return fresh_llama(tokenizer, ("sdxl/", "KSampler", "steps=", "@end"), hidden=16, layers=1)


def test_rows_hold_every_pair_once_and_are_nearly_full() -> None:
    random = Random(0)
    lengths = [random.randrange(40, 500) for _ in range(3000)] + [1024, 1500, 3000]
    rows = pack(lengths, 1024, seed=3)
    assert sorted(pair for row in rows for pair in row) == list(range(len(lengths)))
    for row in rows:
        assert sum(lengths[pair] for pair in row) <= 1024 or len(row) == 1
    assert sum(lengths) / (1024 * len(rows)) > 0.98
    assert pack(lengths, 1024, seed=3) == rows
    assert pack(lengths, 1024, seed=4) != rows
    assert pack([], 1024, seed=0) == []


def test_a_choice_says_one_of_the_kinds() -> None:
    before = ("", *SCRIPT)
    assert [kind_of(choice, after) for choice, after in zip(SCRIPT, before, strict=False)] == SAID
    assert kind_of('"a/b = c"', "text=") == "option"
    assert kind_of("canny/lineart/anime_lineart/mlsd", "type=") == "option"
    assert kind_of("sdxl/photo", "ckpt_name=") == "file"
    assert set(SAID) == set(CHOICE_KINDS)


def test_marks_count_what_the_model_is_asked_for(policy: Policy) -> None:
    pair = Pair("a red circle", SCRIPT, ("sdxl/other",), frozenset({1, 14}))
    ids, marks, _ = module.encode_pair(policy, pair, 64)
    context = policy.context(pair.prompt, pair.files).ids
    assert ids[: len(context)] == context
    assert not any(marks[: len(context)])
    at = len(context)
    for index, (choice, kind) in enumerate(zip(SCRIPT, SAID, strict=True)):
        tokens = policy.vocabulary.encode_choice(choice)
        assert tuple(ids[at : at + len(tokens)]) == tokens
        mark = 0 if index in pair.forced else 1 + CHOICE_KINDS.index(kind)
        assert [each & KIND for each in marks[at : at + len(tokens)]] == [mark] * len(tokens)
        assert [each >= FIRST for each in marks[at : at + len(tokens)]] == [mark > 0] + [False] * (len(tokens) - 1)
        at += len(tokens)
    assert at == len(ids)


def test_a_file_is_picked_among_those_of_its_kind_and_family(policy: Policy) -> None:
    mains = ("flux/dev", "sdxl/photo_v1", "sdxl/toon")
    loras = ("flux/toon_lora", "sdxl/line_lora", "sdxl/toon_lora", "shared/other")
    script = ("sdxl/photo_v1", "KSampler", "sdxl/toon_lora", "sdxl/toon", "sdxl/not_installed")
    pair = Pair("a", script, (*mains, *loras), frozenset({1}), main_models=3)
    ids, marks, picks = module.encode_pair(policy, pair, 64)
    places = policy.context("a", pair.files).places
    chosen_first = [
        ("sdxl/photo_v1", "flux/dev", "sdxl/toon"),  # the main model, of any family
        ("sdxl/toon_lora", "sdxl/line_lora", "shared/other"),
        ("sdxl/toon", "sdxl/photo_v1"),  # another model beside the main one, as for a merge
    ]
    assert picks == [[places[file] for file in files] for files in chosen_first]
    lengths = [len(policy.vocabulary.encode_choice(choice)) for choice in script]
    at = len(ids) - sum(lengths)
    told = []
    for length in lengths:
        told.append(list(marks[at : at + length]))
        at += length
    file = 1 + CHOICE_KINDS.index("file")
    for index in (0, 2, 3):
        assert told[index] == [file | FIRST | PICK, *[0] * (lengths[index] - 1)]
    assert told[1] == [0]
    assert told[4] == [file | FIRST, *[file] * (lengths[4] - 1)], "of what is not read of, every token is asked for"


def test_encoded_pairs_come_back_from_disk(policy: Policy, tmp_path: Path) -> None:
    installed = ("sdxl/other", "sdxl/photo_v1", "sdxl/other_lora", "sdxl/toon")
    made = [Pair(f"circle {n}", SCRIPT[: 1 + n % 15], installed, main_models=n % 3) for n in range(200)]
    made.append(Pair("too long", SCRIPT * 30))
    encoded, dropped = module.encode_pairs(policy, made, held_out=0.2, prompt_tokens=64, context=200)
    assert dropped == 1
    module.save_encoded(encoded, tmp_path / "rows")
    again = module.load_encoded(tmp_path / "rows")
    assert isinstance(again.ids, np.memmap)
    for index, pair in enumerate(made[:-1]):
        ids, marks, picks = module.encode_pair(policy, pair, 64)
        assert [places.tolist() for places in again.picks_of(index)] == picks
        assert again.ids[again.span(index)].tolist() == ids
        assert again.marks[again.span(index)].tobytes() == marks
        assert again.lengths[index] == len(ids)
        assert bool(again.held_out[index]) == module.is_held_out(pair, 0.2)
    assert 20 < int(again.held_out.sum()) < 60


def test_a_prompt_is_on_one_side_only() -> None:
    pairs = [Pair(f"prompt {n // 4}", (str(n),)) for n in range(4000)]
    held = {pair.prompt for pair in pairs if module.is_held_out(pair, 0.1)}
    assert not held & {pair.prompt for pair in pairs if not module.is_held_out(pair, 0.1)}
    assert 0.05 < len(held) / 1000 < 0.15


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{", "line 3"),
        ("[]", "line 3"),
        ('{"prompt": "x"}', "line 3.*choices"),
        ('{"prompt": "x", "choices": []}', "line 3: pair: choices: a list of at least 1"),
        ('{"prompt": "x", "choices": ["a", 3]}', "line 3: pair: .* a text is expected"),
        ('{"prompt": "x", "choices": ["a"], "files": [3]}', "line 3: pair: .* a text is expected"),
        ('{"prompt": "x", "choices": ["a"], "files": "a"}', "line 3.*file"),
        ('{"prompt": "x", "choices": ["a"], "forced": [1]}', "line 3.*forced"),
        ('{"prompt": 1, "choices": ["a"]}', "line 3.*prompt"),
    ],
)
def test_bad_data_names_the_line(tmp_path: Path, line: str, named: str) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"prompt": "x\u2028", "choices": ["a"]}\n\n' + line, encoding="utf-8")
    pairs = read_pairs(path)
    assert next(pairs) == Pair("x\u2028", ("a",))
    with pytest.raises(DataError, match=named):
        next(pairs)


def test_texts_that_are_no_unicode_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_bytes(b'{"prompt": "\xff", "choices": ["a"]}\n')
    with pytest.raises(DataError, match="cannot be read"):
        list(read_pairs(path))
    (tmp_path / "words.json").write_text(json.dumps(["a", 3]), encoding="utf-8")
    with pytest.raises(DataError, match="list of texts"):
        module.read_words(tmp_path / "words.json")


def test_a_pair_is_read_with_what_it_asks_for(tmp_path: Path) -> None:
    line = {"prompt": "a", "choices": ["sdxl/x"], "files": ["sdxl/x"], "mains": 1, "ask": ["tall"]}
    data = tmp_path / "pairs.jsonl"
    data.write_text(json.dumps(line | {"good_at": {"sdxl/x": ["photo"]}}) + "\n", encoding="utf-8")
    (pair,) = read_pairs(data)
    assert (pair.ask, pair.good_at) == (("tall",), {"sdxl/x": ("photo",)})
    data.write_text(json.dumps(line | {"good_at": ["photo"]}) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="good_at"):
        list(read_pairs(data))
