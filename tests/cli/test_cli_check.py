"""`nodewright check | fix | improve`: what they print, write and return."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_command import CHECKPOINT, Command
from test_cli_score import graph, reward
from test_cli_validate import canvas, write

__all__ = ["reward"]


@pytest.fixture
def source(object_info_path: Path, models: Path) -> list[str]:
    return ["--object-info", str(object_info_path), "--models", str(models)]


def missing_model() -> dict[str, Any]:
    api = graph()
    api["1"]["inputs"]["ckpt_name"] = "nothing_like_it.safetensors"
    return api


def test_findings_and_the_status(nodewright: Command, source: list[str], tmp_path: Path) -> None:
    done = nodewright("check", write(tmp_path / "w.json", canvas()), *source)
    assert (done.status, done.out) == (0, f"{tmp_path / 'w.json'}: nothing found\n")
    path = write(tmp_path / "w.json", missing_model())
    done = nodewright("check", path, *source)
    assert done.status == 1
    assert done.out.startswith("error: node '1' (CheckpointLoaderSimple), input 'ckpt_name': nothing_like_it")
    done = nodewright("check", path, *source, "--json")
    assert (done.status, done.document["errors"]) == (1, 1)
    assert done.document["findings"][0]["kind"] == "missing_file"


def test_a_warning_is_no_failure(nodewright: Command, source: list[str], tmp_path: Path) -> None:
    path = write(tmp_path / "w.json", graph(denoise=0.5))
    done = nodewright("check", path, *source, "--json")
    assert (done.status, done.document["warnings"]) == (0, 1)
    (finding,) = done.document["findings"]
    assert finding["change"]["edits"] == [{"edit": "set", "node_id": "5", "input": "denoise", "value": 1.0}]


def test_a_workflow_is_made_to_run_and_written(nodewright: Command, source: list[str], tmp_path: Path) -> None:
    given, out = write(tmp_path / "w.json", missing_model()), tmp_path / "fixed.json"
    before = given.read_bytes()
    done = nodewright("fix", given, *source, "--out", out)
    assert done.status == 0, done.err
    assert f"nothing_like_it.safetensors -> {CHECKPOINT}: " in done.out
    assert given.read_bytes() == before
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["1"]["inputs"]["ckpt_name"] == CHECKPOINT
    assert nodewright("validate", out, *source[:2]).status in (0, 1)  # the saved object_info lists no models
    done = nodewright("fix", out, *source, "--json")
    assert done.document["proposal"] == {"substitutions": [], "edits": [], "missing": []}


def test_what_stays_missing_is_status_1(nodewright: Command, object_info_path: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "w.json", missing_model())
    done = nodewright("fix", path, "--object-info", object_info_path)
    assert done.status == 1 and "missing: node '1'" in done.out


def test_improvements_or_why_there_are_none(
    nodewright: Command, offline: list[str], reward: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "w.json", graph())
    done = nodewright("improve", path, *offline, "--reward", reward)
    assert done.status == 0, done.err
    assert "hardly seen any workflow with" in done.out
    done = nodewright("improve", path, *offline, "--reward", reward, "--json")
    assert done.document["changes"] == [] and "hardly seen" in done.document["reason"]


@pytest.mark.parametrize("command", ["check", "fix", "improve"])
def test_files_that_cannot_be_read(nodewright: Command, offline: list[str], tmp_path: Path, command: str) -> None:
    options = offline if command == "improve" else offline[:4]
    assert nodewright(command, tmp_path / "nowhere.json", *options).status == 2
    (tmp_path / "w.json").write_text("{", encoding="utf-8")
    done = nodewright(command, tmp_path / "w.json", *options)
    assert done.status == 2 and "w.json" in done.err
