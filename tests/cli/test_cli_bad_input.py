"""Every file that a command reads, as what it should not be: a documented status and a sentence."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_command import Command

from nodewright.cli.arguments import make_parser

PATHS_AS_TEXT = ("--policy", "--prompts")
"""Options of paths whose type is a text, because they take other names too."""


def _rows() -> list[tuple[str, str]]:
    """Each command but train with each of its options, "" for what stands without one, that name what is read."""
    (commands,) = (each for each in make_parser([])._actions if isinstance(each, argparse._SubParsersAction))
    rows = []
    for command, parser in commands.choices.items():
        for action in parser._actions if command != "train" else ():
            name = next((option for option in action.option_strings if option.startswith("--")), "")
            named = action.type is Path or name in PATHS_AS_TEXT
            if named and name != "--out" and action.help != argparse.SUPPRESS:
                rows.append((command, name))
    return rows


@pytest.fixture(scope="module")
def usual(
    tmp_path_factory: pytest.TempPathFactory, object_info_path: Path, models: Path, policy: Path
) -> dict[str, list[str]]:
    """Arguments of each command that come as far as reading what a row damages."""
    workflow = tmp_path_factory.mktemp("usual") / "workflow.json"
    workflow.write_text('{"1": {"class_type": "SaveImage", "inputs": {}}}', encoding="utf-8")
    info, own = ["--object-info", str(object_info_path)], ["--policy", str(policy)]
    return {
        "generate": ["a cat", *info, "--models", str(models), "--max-nodes", "6", *own],
        "run": ["a cat", "--server", "http://127.0.0.1:9", *own],
        "score": [str(workflow), *info, "--models", str(models), *own],
        "validate": [str(workflow), *info],
        "check": [str(workflow), *info],
        "fix": [str(workflow), *info],
        "improve": [str(workflow), *info, "--models", str(models), *own],
    }


def _bad_files(folder: Path) -> Iterator[Path]:
    """Names of what cannot be read, or holds what nothing takes."""
    (folder / "garbage.jsonl").write_bytes(bytes(range(255, -1, -1)) * 20)
    yield folder / "garbage.jsonl"
    (folder / "deep.jsonl").write_bytes(b'{"a":' * 2000 + b"9" * 4301 + b"}" * 2000)
    yield folder / "deep.jsonl"
    yield folder / "missing.jsonl"
    yield folder.joinpath(*["y" * 200] * 30)
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.jsonl")
        yield folder / "pipe.jsonl"


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("command", "option"), _rows())
def test_what_is_no_such_file_ends_in_a_sentence(
    command: str, option: str, usual: dict[str, list[str]], tmp_path: Path, nodewright: Command
) -> None:
    given = usual[command][1:] if option in ("", "--prompts") else usual[command]
    for bad in _bad_files(tmp_path):
        done = nodewright(command, *given, *([option] if option else []), bad)
        assert done.status in (1, 2, 3), (bad.name, done.err[-3000:])
        assert done.err.strip(), bad.name
        assert "Traceback" not in done.err, (bad.name, done.err[-3000:])


@pytest.mark.parametrize("command", ["generate", "catalog"])
def test_a_name_to_write_that_is_too_long(command: str, tmp_path: Path, nodewright: Command) -> None:
    long = tmp_path.joinpath(*["y" * 200] * 30)
    done = nodewright(command, *(["a cat"] if command == "generate" else []), "--out", long)
    assert done.status == 2
    assert "--out" in done.err or "ame too long" in done.err


@pytest.mark.parametrize("option", ["--data", "--vocabulary"])
def test_a_stage_that_cannot_read_a_file(option: str, tmp_path: Path, nodewright: Command) -> None:
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text('{"prompt": "a cat", "choices": ["KSampler", "@end"]}', encoding="utf-8")
    given = ["--base", tmp_path / "none", "--layers", "0", "--data", pairs, "--out", tmp_path / "out"]
    done = nodewright("train", "bases", *given, option, tmp_path / "missing.json")
    assert done.status == 2
    assert "missing.json" in done.err and "Traceback" not in done.err


def test_what_is_written_needs_a_name(tmp_path: Path, nodewright: Command) -> None:
    assert nodewright("train", "reward", "--store", tmp_path / "s.db", "--out", "").status == 2
