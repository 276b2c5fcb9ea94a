"""The comparison of readers: what is kept out is unknown, and the command trains, measures and writes its table."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from nodewright.training.reading.command import main
from nodewright.training.reading.measure import both, encoder_hearing, threshold
from nodewright.training.reading.prompts import heard, read_people, saying, scenes
from nodewright.training.reading.split import LABELS, Split, split
from nodewright.workflow.ask.lexicon.compiled import key_of


@pytest.fixture(scope="module")
def parts() -> Split:
    return split(0.2, ["japanese"], 0)


def test_what_is_kept_out_is_not_in_the_measured_lexicon(parts: Split) -> None:
    held_back = (*parts.kept_out, *parts.kept_out_elsewhere, *parts.other_languages)
    entries = parts.lexicon.spaced.keys() | parts.lexicon.unspaced.keys()
    assert len(parts.kept_out) > 500 and len(parts.kept_out_elsewhere) > 300 and len(parts.other_languages) > 300
    assert not {key_of(phrase) for phrase in held_back} & entries
    assert not set(parts.nothing) & set(parts.nothing_kept_out)


def test_every_label_is_said_on_each_side(parts: Split) -> None:
    for phrases in (parts.known, parts.kept_out, parts.kept_out_elsewhere, parts.other_languages):
        assert set().union(*phrases.values()) == set(LABELS)


def test_scenes_say_nothing_and_spoken_prompts_say_their_labels(parts: Split) -> None:
    assert not [scene for scene in scenes(50, Random(0), held_out=True) if heard(scene)]
    spoken = saying(200, Random(0), parts.known, held_out=True)
    assert sum(one.labels <= heard(one.prompt) for one in spoken) > 170


def test_a_threshold_leaves_few_false_alarms() -> None:
    likely = torch.zeros(100, len(LABELS))
    likely[:10, 0] = torch.linspace(0.99, 0.9, 10)
    quiet: list[frozenset[str]] = [frozenset()] * 100
    level = threshold(likely, quiet, 0.02)
    hear = encoder_hearing(lambda prompts: likely[: len(prompts)], level)
    assert sum(map(bool, hear(["x"] * 100))) == 2
    assert both(hear, lambda prompts: [frozenset({"photo"})] * len(prompts))(["x"])[0] == {LABELS[0], "photo"}


def test_the_command_trains_and_compares(tmp_path: Path) -> None:
    words = {word: index for index, word in enumerate(["[PAD]", "[UNK]", "a", "fox", "photo", "anime", ",", "of"])}
    tokenizer = Tokenizer(WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    folder = tmp_path / "encoder"
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]").save_pretrained(folder)
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(words), **shape)).save_pretrained(folder)
    people = [{"prompt": f"a fox, {n}", "model": f"{name}_v{n}"} for n in range(40) for name in ("realVision", "anime")]
    (tmp_path / "people.jsonl").write_text("\n".join(map(json.dumps, people)), encoding="utf-8")
    (tmp_path / "plain.txt").write_text("a fox\na dog\n", encoding="utf-8")
    options = [
        "--out",
        str(tmp_path / "out"),
        "--encoders",
        f"tiny={folder}",
        "--people",
        str(tmp_path / "people.jsonl"),
        "--rows",
        "1000",
        "--tests",
        "300",
    ]
    assert main([*options, "--plain", str(tmp_path / "plain.txt")]) == 0
    figures = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert set(figures) == {"lexicon", "tiny", "lexicon and tiny"}
    assert figures["lexicon"]["heard: seen wordings"] > 0.9 > figures["lexicon"]["heard: kept-out wordings"]
    for measure, value in figures["lexicon"].items():
        if measure.startswith("heard"):
            assert figures["lexicon and tiny"][measure] >= value
    table = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "| heard: checkpoint: photo |" in table


def test_people_are_parted_by_checkpoint(tmp_path: Path) -> None:
    rows = [{"prompt": f"a fox {n}", "model": f"realistic{n % 9}"} for n in range(90)]
    (tmp_path / "people.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    train, test = read_people(tmp_path / "people.jsonl")
    assert train and test and len(train) + len(test) == 90
    assert {int(one.prompt.split()[-1]) % 9 for one in train}.isdisjoint(
        {int(one.prompt.split()[-1]) % 9 for one in test}
    )


def test_bad_input_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "people.jsonl").write_text('{"prompt": 3}\n', encoding="utf-8")
    assert main(["--out", str(tmp_path / "out"), "--people", str(tmp_path / "people.jsonl")]) == 2
    assert "people.jsonl, line 1" in capfd.readouterr().err
    assert main(["--out", str(tmp_path / "out"), "--encoders", "minilm", "--tests", "20", "--rows", "60"]) == 2
    assert "NAME=FOLDER" in capfd.readouterr().err
