"""The corpus as a whole: its file is the same for the same arguments, whole or not there, and what it says is true."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from installation_data import WORKFLOWS

from nodewright.training.common.prompt_file import is_evaluation_prompt, read_prompts
from nodewright.training.corpus.card import Card
from nodewright.training.corpus.command import main, write_corpus
from nodewright.training.corpus.installations.installed import installed
from nodewright.training.corpus.installations.inventories import draw_inventory
from nodewright.training.corpus.installations.known_files import CURATED
from nodewright.training.corpus.shards import Drawing, Shard, ShardSettings, shards
from nodewright.training.corpus.synthesis.choosing import Installation
from nodewright.training.corpus.synthesis.records import read_records, record_models, record_workflow
from nodewright.training.corpus.synthesis.variations import bases
from nodewright.training.corpus.synthesis.wanted import wanted_of
from nodewright.workflow.asked import asked_of
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import GrammarError
from nodewright.workflow.grammar.wishes import Wishes
from nodewright.workflow.graph import WorkflowError
from nodewright.workflow.script.script import read_script, write_script

COUNT = 100


def run(out: Path, object_info_path: Path, *more: str) -> list[dict[str, Any]]:
    assert main(["--object-info", str(object_info_path), "--out", str(out), "--count", str(COUNT), *more]) == 0
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory, object_info_path: Path) -> tuple[Path, list[dict[str, Any]]]:
    out = tmp_path_factory.mktemp("corpus") / "pairs.jsonl"
    return out, run(out, object_info_path)


def test_workers_make_no_difference(
    corpus: tuple[Path, list[dict[str, Any]]], object_info_path: Path, tmp_path: Path
) -> None:
    out = tmp_path / "two.jsonl"
    run(out, object_info_path, "--workers", "2")
    assert out.read_bytes() == corpus[0].read_bytes()
    cards = [json.loads(path.with_suffix(".card.json").read_text(encoding="utf-8")) for path in (out, corpus[0])]
    assert cards[0] == cards[1]


def test_another_seed_makes_another_corpus(
    corpus: tuple[Path, list[dict[str, Any]]], object_info_path: Path, tmp_path: Path
) -> None:
    other = run(tmp_path / "other.jsonl", object_info_path, "--seed", "1")
    assert len({pair["prompt"] for pair in other} & {pair["prompt"] for pair in corpus[1]}) < COUNT / 10


def test_a_line_is_a_pair(corpus: tuple[Path, list[dict[str, Any]]]) -> None:
    assert len(corpus[1]) == COUNT
    for pair in corpus[1]:
        assert list(pair) == ["prompt", "ask", "files", "mains", "good_at", "choices", "forced", "source"]
        assert pair["prompt"].strip() and pair["choices"][0] in pair["files"] and pair["choices"][-1] == "@end"
        assert pair["source"] in ("recipe", "miniature")
        assert all(0 < index < len(pair["choices"]) for index in pair["forced"][1:])


def test_the_card_counts_the_lines(corpus: tuple[Path, list[dict[str, Any]]]) -> None:
    card = json.loads(corpus[0].with_suffix(".card.json").read_text(encoding="utf-8"))
    assert card["pairs"] == sum(card["by_source"].values()) == sum(card["by_family"].values()) == COUNT
    assert card["distinct_scripts"] == len({tuple(pair["choices"]) for pair in corpus[1]})
    choices = sum(len(pair["choices"]) for pair in corpus[1])
    assert card["choices_a_pair"] == round(choices / COUNT, 2)
    assert card["forced_share"] == round(sum(len(pair["forced"]) for pair in corpus[1]) / choices, 4)


def test_pairs_are_written_under_the_grammar_of_what_their_prompts_ask_for(object_info: dict[str, Any]) -> None:
    """The same prompt leads to the same constraints as in the product, and the script keeps to them."""
    settings = ShardSettings(object_info, CURATED, (), (), 3, False)
    random = Random("3/0/False")
    catalog = installed(catalog_from_object_info(object_info, ()), draw_inventory(random))
    drawing, shard = Drawing(settings, catalog, random), Shard()
    asked = 0
    for request in drawing.requests(shard):
        before = len(shard.lines)
        drawing.pair(request, shard)
        for line in shard.lines[before:] if request.source != "miniature" else ():
            pair, wishes = json.loads(line), request.wanted.wishes
            assert tuple(pair["files"]) == request.grammar.files and pair["ask"] == list(request.wanted.words)
            assert pair["good_at"] == {file: list(words) for file, words in request.grammar.good_at.items()}
            state, forced = request.grammar.start(), []
            for index, choice in enumerate(pair["choices"]):
                if len(state.allowed()) == 1:
                    forced.append(index)
                state.choose(choice)
            assert state.done and forced == pair["forced"]
            assert not wishes.mains or pair["choices"][0] in wishes.mains
            nodes = read_script(pair["choices"], catalog).nodes
            steps = {value for node in nodes for name, value in node.inputs if name == "steps"}
            assert wishes.steps is None or steps <= {wishes.steps}
            assert {alias for alias, _ in wishes.loras} <= set(pair["choices"])
            asked += wishes != Wishes()
    assert asked > 5 and len(shard.lines) > 40


def test_a_script_that_the_grammar_refuses_is_none(object_info: dict[str, Any]) -> None:
    random = Random("3/0/False")
    catalog = installed(catalog_from_object_info(object_info, ()), draw_inventory(random))
    drawing, shard = Drawing(ShardSettings(object_info, CURATED, (), (), 3, False), catalog, random), Shard()
    for request in drawing.requests(shard):
        drawing.pair(request, shard)
        if shard.lines:
            break
    choices, grammar = json.loads(shard.lines[0])["choices"], request.grammar
    grammar.accept(choices)
    with pytest.raises(GrammarError):
        grammar.accept([*choices[:4], "NoSuchNode"])
    with pytest.raises(GrammarError, match="before its end"):
        grammar.accept(choices[:-1])


def test_installations_are_told_apart_by_their_files(object_info: dict[str, Any]) -> None:
    base = catalog_from_object_info(object_info, ())
    one, other = (installed(base, draw_inventory(Random(seed))) for seed in (1, 2))
    assert one.fingerprint != other.fingerprint == installed(base, draw_inventory(Random(2))).fingerprint


def test_held_out_prompts_and_files_are_never_trained_on(
    object_info_path: Path, tmp_path: Path, corpus: tuple[Path, list[dict[str, Any]]]
) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("\n".join(f"a cat number {number}" for number in range(2000)), encoding="utf-8")
    trained = run(tmp_path / "trained.jsonl", object_info_path, "--prompts", str(prompts))
    kept = run(tmp_path / "kept.jsonl", object_info_path, "--prompts", str(prompts), "--held-out")
    found = [re.findall(r"a cat number \d+", " ".join(pair["prompt"] for pair in pairs)) for pairs in (trained, kept)]
    cats = [set(each) for each in found]  # without what is asked for beside them
    assert len(cats[0]) > 9 and len(cats[1]) > 9 and not cats[0] & cats[1]
    assert not any(map(is_evaluation_prompt, cats[0])) and all(map(is_evaluation_prompt, cats[1]))
    share = sum(is_evaluation_prompt(f"a cat number {number}") for number in range(2000)) / 2000
    assert 0.03 < share < 0.07
    assert not {pair["prompt"] for pair in kept} & {pair["prompt"] for pair in (*trained, *corpus[1])}
    names = [{file for pair in pairs for file in pair["files"]} for pairs in ((*trained, *corpus[1]), kept)]
    common = {file for file in names[0] & names[1]}
    assert all(known.common for known in CURATED.files if any(alias in common for alias in aliases(known.name)))


def aliases(name: str) -> list[str]:
    from nodewright.workflow.families.names import normalised

    return [f"{family}/{normalised(name)}" for family in ("sd15", "sdxl", "flux", "qwen_image", "z_image", "sd3")]


def test_with_templates_all_sources_are_there(object_info: dict[str, Any]) -> None:
    found = bases(object_info, True, WORKFLOWS)
    card, drawn = Card(), shards(ShardSettings(object_info, CURATED, found, (), 0, False), 1)
    while card.pairs < 200:
        shard = next(drawn)
        card.rejected.update(shard.rejected)
        for row in shard.rows:
            card.count(row)
    shares = {source: count / card.pairs for source, count in card.source.items()}
    assert 0.4 < shares["recipe"] < 0.9 and shares.get("miniature", 0.0) < 0.4
    assert 0.1 < shares["template"] + shares["workflow"] < 0.4 and min(shares.values()) > 0.01
    assert sum(count for reason, count in card.rejected.items() if " is not" in reason) < card.pairs / 5


def test_prompt_files_of_three_kinds(tmp_path: Path) -> None:
    prompts = ["a lake, seen from above", 'a sign that says "open"', "two owls"]
    table = ["prompt\tcategory", *(f"{prompt}\tOutdoor Scenes" for prompt in prompts)]
    (tmp_path / "table.tsv").write_text("\n".join(table), encoding="utf-8")
    lines = [json.dumps({"tag": "counting", "include": [], "prompt": prompt}) for prompt in prompts]
    (tmp_path / "lines.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "plain.txt").write_text("\n".join(prompts) + "\n\n", encoding="utf-8")
    for name in ("table.tsv", "lines.jsonl", "plain.txt"):
        assert read_prompts(tmp_path / name) == prompts, name
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"text": "a cat"}\n', encoding="utf-8")
    with pytest.raises(WorkflowError, match="broken.jsonl, line 1: prompt: missing"):
        read_prompts(broken)


def test_lines_end_at_line_feeds_alone(tmp_path: Path) -> None:
    prompts = ["a\u2028cat", "a\u0085dog", "a fox"]
    file = tmp_path / "prompts.jsonl"
    lines = [json.dumps({"prompt": prompt}, ensure_ascii=False) for prompt in prompts]
    file.write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    assert read_prompts(file) == prompts
    file.write_text('{"prompt": "half a \\ud83d"}', encoding="utf-8")
    (half,) = read_prompts(file)
    assert half == "half a ?" and is_evaluation_prompt(half) in (True, False)
    for name, text in (("prompts.txt", "\n".join(prompts)), ("prompts.tsv", "\n".join(["prompt", *prompts]))):
        (tmp_path / name).write_bytes(text.encode("utf-8-sig"))
        assert read_prompts(tmp_path / name) == prompts
    for content in (b"\xff", b'{"prompt": 3}'):
        file.write_bytes(content)
        with pytest.raises(WorkflowError, match="prompts.jsonl"):
            read_prompts(file)


def test_what_cannot_be_used_is_told(
    object_info_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nodewright.training.corpus.synthesis.templates._PACKAGE", "no_such_package")
    workflows, broken, nothing = tmp_path / "workflows", tmp_path / "broken.json", tmp_path / "nothing.json"
    workflows.mkdir()
    (workflows / "canvas.json").write_text('{"nodes": [], "links": []}', encoding="utf-8")
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "list.json").write_text("[1]", encoding="utf-8")
    broken.write_text('{"models": 3}', encoding="utf-8")
    nothing.write_text("{}", encoding="utf-8")
    given, missing = ["--object-info", str(object_info_path)], str(tmp_path / "missing.txt")
    for options, message in (
        (["--object-info", missing], "missing.txt"),
        (["--object-info", str(nothing)], "nothing can be made with these node classes"),
        ([*given, "--prompts", missing], "missing.txt"),
        ([*given, "--model-list", str(broken)], "broken.json: not a model list"),
        ([*given, "--workflows", missing], "missing.txt: no such folder"),
        ([*given, "--workflows", str(workflows)], "canvas.json: this is a workflow as the canvas saves it"),
        ([*given, "--workflows", str(tmp_path / "lists")], "list.json: a workflow in API format is an object"),
        ([*given, "--templates"], "the official templates are not installed"),
    ):
        assert main([*options, "--out", str(tmp_path / "pairs.jsonl")]) == 2
        told = capsys.readouterr().err
        assert told.startswith("error: ") and message in told
    assert not (tmp_path / "pairs.jsonl").exists()


def test_killed_in_the_middle_it_leaves_the_old_file(object_info_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    out.write_text("old\n", encoding="utf-8")
    command = [sys.executable, "-m", "nodewright.training.corpus", "--object-info", str(object_info_path)]
    process = subprocess.Popen([*command, "--out", str(out), "--count", "100000"])
    try:
        deadline = time.monotonic() + 300
        while not any(part.stat().st_size > 0 for part in tmp_path.glob(".pairs.jsonl.*.partial")):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    assert out.read_text(encoding="utf-8") == "old\n"
    assert not out.with_suffix(".card.json").exists()


def test_what_people_recorded_becomes_graphs(object_info: dict[str, Any], tmp_path: Path) -> None:
    row = {
        "prompt": "highly detailed castle on a hill <lora:oil_look:0.7>", "base_model": "SD 1.5",
        "model_used": "hill_v2", "steps": 24, "cfg": 7.0, "comfy_sampler": "dpmpp_2m", "comfy_scheduler": "karras",
        "final_size": [512, 768], "clip_skip": 2, "hires_upscale": 1.5, "hires_upscaler": "Latent", "denoise": 0.5,
        "page_type": "checkpoint",
    }  # fmt: skip
    others = [row | {"steps": 300}, row | {"base_model": "Other"}, row | {"final_size": [1, 2]}, {"prompt": 3}]
    lines = [json.dumps(each) for each in (row, *others)]
    (tmp_path / "people_imagesite_2023_images.jsonl").write_text("\n".join(lines), encoding="utf-8")
    held_out = is_evaluation_prompt(str(row["prompt"]))
    (record,) = read_records(tmp_path, held_out=held_out)
    assert not read_records(tmp_path, held_out=not held_out) and not read_records(tmp_path / "none", held_out=held_out)
    catalog = installed(catalog_from_object_info(object_info, ()), record_models([record], Random(0)))
    wanted, grammar = wanted_of(asked_of(record.prompt, catalog, Constraints()), catalog)
    workflow = record_workflow(Installation(catalog), record, wanted, Random(0))
    assert workflow is not None
    classes = [node.class_type for node in workflow.nodes]
    assert classes.count("KSampler") == 2 and {"LoraLoader", "CLIPSetLastLayer", "LatentUpscaleBy"} <= set(classes)
    grammar.accept(write_script(workflow, catalog))


@pytest.mark.skipif(os.name == "nt", reason="limits of file sizes are POSIX")
def test_a_full_disk_is_said_and_loses_nothing(object_info: dict[str, Any], tmp_path: Path) -> None:
    import resource

    out = tmp_path / "pairs.jsonl"
    out.write_text("old\n", encoding="utf-8")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(WorkflowError, match="pairs.jsonl: it cannot be written"):
            write_corpus(out, ShardSettings(object_info, CURATED, (), (), 0, False), 1000, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert out.read_text(encoding="utf-8") == "old\n"
    assert [path.name for path in tmp_path.iterdir()] == ["pairs.jsonl"]
