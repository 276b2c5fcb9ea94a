from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from toy_grammar import ToyGrammar

from nodewright.models.checkpoints import CheckpointError
from nodewright.models.decoding import generate, score
from nodewright.models.policy import Policy
from nodewright.training import sft
from nodewright.training.sft import Example, Pair, Settings

TINY = Settings(hidden=32, layers=2, tokens=300, batch_tokens=512, learning_rate=0.005)
RED = ["Load", "file=", "sdxl/photo_v1", ";", "Sample", "steps=", "20", ";", "@end"]
BLUE = ["Load", "file=", "sd15/photo_v2_pruned", ";", "Decode", ";", "@end"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Red pictures want one workflow, blue ones another."""
    path = tmp_path / "pairs.jsonl"
    things = ["cat", "dog", "house", "tree", "boat", "bird", "car", "lamp"]
    lines = [
        json.dumps({"prompt": f"a {colour} {thing} {n}", "choices": choices})
        for n in range(8)
        for thing in things
        for colour, choices in (("red", RED), ("blue", BLUE))
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_policy_learns_what_the_prompt_asks_for(data: Path, tmp_path: Path) -> None:
    told: list[str] = []
    sft.train(data, tmp_path / "out", replace(TINY, steps=200), report=told.append)
    policy = Policy.load(tmp_path / "out")
    assert policy.description["steps"] == 200
    assert policy.description["held_out_pairs"] > 0
    assert policy.description["held_out_nats_per_token"] < 0.02
    assert policy.typical_choices in (7, 8, 9)
    assert "sdxl/photo_v1" not in policy.vocabulary.words
    _, held_out = sft.split_pairs(sft.read_pairs(data), Settings().held_out)
    assert {pair.choices for pair in held_out} == {tuple(RED), tuple(BLUE)}
    for pair in held_out:
        (candidate,) = generate(policy, ToyGrammar(), pair.prompt, temperature=0)
        assert candidate.choices == pair.choices
        assert sum(score(policy, ToyGrammar(), pair.prompt, pair.choices)) > -0.5
    assert "held out" in told[-2]


def test_an_interrupted_training_goes_on_and_ends_the_same(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(TINY, steps=24)
    whole = sft.train(data, tmp_path / "whole", settings, report=lambda _: None)

    class Killed(Exception):
        pass

    update = sft.Training._update

    def update_and_save(training: sft.Training, batch: list[Example]) -> torch.Tensor:
        loss = update(training, batch)
        if training.step == 11:
            training.save(tmp_path / "parts" / "resume", sft._fingerprint(data, settings, None))
            raise Killed
        return loss

    monkeypatch.setattr(sft.Training, "_update", update_and_save)
    with pytest.raises(Killed):
        sft.train(data, tmp_path / "parts", settings, report=lambda _: None)
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="other data or settings"):
        sft.train(data, tmp_path / "parts", replace(TINY, steps=25), report=lambda _: None)
    told: list[str] = []
    parts = sft.train(data, tmp_path / "parts", settings, report=told.append)
    assert "resumed at step 11" in told
    for one, other in zip(whole.model.parameters(), parts.model.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)
    assert not (tmp_path / "parts" / "resume").exists()


def test_a_base_learns_the_workflow_words(data: Path, tmp_path: Path, policy: Policy) -> None:
    base = Policy(policy.model, type(policy.vocabulary)(policy.vocabulary.tokenizer), policy.frame)
    pairs = sft.read_pairs(data)
    extended = sft.extend_policy(base, pairs, Settings(steps=1))
    assert "steps=" in extended.vocabulary.words
    assert extended.embedding_rows >= extended.vocabulary.size
    pieces = base.vocabulary.encode_prompt("steps=")
    table = extended.model.get_input_embeddings().weight
    torch.testing.assert_close(table[extended.vocabulary.encode_choice("steps=")[0]], table[pieces].mean(0))


def test_batches_hold_every_example_once_and_fit(vocabulary: object) -> None:
    examples = [Example(list(range(1, 2 + n % 37)), 1) for n in range(200)]
    made = sft.batches(examples, 100, seed=3)
    assert sorted(id(example) for batch in made for example in batch) == sorted(map(id, examples))
    assert all(max(len(example.ids) for example in batch) * len(batch) <= 100 for batch in made)
    assert sft.batches(examples, 100, seed=3) == made
    assert sft.batches(examples, 100, seed=4) != made


def test_the_loss_counts_script_tokens_only_whatever_the_batch(policy: Policy) -> None:
    settings = Settings(steps=1)
    examples = [
        sft.encode(policy, Pair(prompt, tuple(script)), settings)
        for prompt, script in [("a", RED), ("a longer prompt, with more words", BLUE)]
    ]
    together = sft.losses(policy, examples, False)
    alone = torch.cat([sft.losses(policy, [example], False) for example in examples])
    assert len(together) == sum(len(example.ids) - example.start for example in examples)
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)
    with torch.no_grad():
        ids = torch.tensor([examples[0].ids])
        logs = policy.model(ids).logits[0].log_softmax(-1)
    expected = [-float(logs[i - 1, ids[0, i]]) for i in range(examples[0].start, ids.shape[1])]
    assert alone[: len(expected)].tolist() == pytest.approx(expected, abs=1e-4)


def test_a_prompt_is_in_one_part_only() -> None:
    pairs = [Pair(f"prompt {n // 4}", (str(n),)) for n in range(4000)]
    training, held_out = sft.split_pairs(pairs, 0.1)
    assert not {pair.prompt for pair in training} & {pair.prompt for pair in held_out}
    assert 0.05 < len(held_out) / 4000 < 0.15


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{", "line 2"),
        ("[]", "line 2"),
        ('{"prompt": "x"}', "line 2.*choices"),
        ('{"prompt": "x", "choices": []}', "line 2.*something in it"),
        ('{"prompt": "x", "choices": ["a", 3]}', "line 2.*not a text"),
        ('{"prompt": 1, "choices": ["a"]}', "line 2.*prompt"),
    ],
)
def test_bad_data_names_the_line(tmp_path: Path, line: str, named: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"prompt": "x\u2028", "choices": ["a"]}\n' + line, encoding="utf-8")
    with pytest.raises(sft.DataError, match=named):
        sft.read_pairs(path)
    assert sft.main(["--data", str(path), "--out", str(tmp_path / "out"), "--steps", "1"]) == 2
    assert "pairs.jsonl, line 2" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_no_data_says_so(tmp_path: Path) -> None:
    with pytest.raises(sft.DataError, match="cannot be read"):
        sft.read_pairs(tmp_path / "nothing.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(sft.DataError, match="no pairs"):
        sft.train(tmp_path / "empty.jsonl", tmp_path / "out", Settings(steps=1))
