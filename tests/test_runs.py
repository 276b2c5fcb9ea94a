"""The scripts in runs/ as far as they only call commands: an interpreter in their place notes what it is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no sh")

INTERPRETER = """#!/bin/sh
printf '%s\\n' "$@" END >>"$LOG"
while [ $# -gt 1 ]; do
    [ "$1" != --out ] || echo made >"$2"
    shift
done
"""


def test_paths_may_be_relative(tmp_path: Path, repository: Path) -> None:
    """The scripts leave the folder that they were called from."""
    tools = tmp_path / "a folder"
    tools.mkdir()
    (tools / "python").write_text(INTERPRETER, encoding="utf-8")
    (tools / "python").chmod(0o755)
    for name in ("info.json", "base.gguf", "prompts.txt", "list.json"):
        (tmp_path / name).write_text("[]", encoding="utf-8")
    given = {"PYTHON": "a folder/python", "LOG": str(tmp_path / "log.txt"), "BASE": "base.gguf"}
    given |= {"PROMPTS": "prompts.txt", "MODEL_LIST": "list.json", "WORKFLOWS": "a folder"}
    given |= {"FRESH": "yes", "REAL": "a folder"}
    script = repository / "runs" / "sft_cpu.sh"
    subprocess.run(["sh", str(script), "made", "info.json"], env=os.environ | given, check=True, cwd=tmp_path)
    log = (tmp_path / "log.txt").read_text(encoding="utf-8").split("\n")
    for name in ("base.gguf", "prompts.txt", "list.json", "a folder"):
        assert str(tmp_path / name) in log, name
    assert (tmp_path / "made" / "object_info.json").read_text(encoding="utf-8") == "[]"


def test_tuning_for_real_families_is_told_all_that_is_named(tmp_path: Path, repository: Path) -> None:
    interpreter, log = tmp_path / "python", tmp_path / "log.txt"
    interpreter.write_text(INTERPRETER, encoding="utf-8")
    interpreter.chmod(0o755)
    for name in ("info.json", "prompts.txt", "pairs.jsonl"):
        (tmp_path / name).write_text("[]", encoding="utf-8")
    (tmp_path / "sft").mkdir()
    (tmp_path / "toy").mkdir()
    given = {"PYTHON": "./python", "LOG": str(log), "POLICY": "sft", "PROMPTS": "prompts.txt", "MINUTES": "3"}
    given |= {"REPLAY": "pairs.jsonl", "MINIATURE": "toy"}
    script = repository / "runs" / "real_cpu.sh"
    subprocess.run(["sh", str(script), "made", "info.json"], env=os.environ | given, check=True, cwd=tmp_path)
    commands = [command.split("\n") for command in log.read_text(encoding="utf-8").split("\nEND\n")]
    tuning = next(command for command in commands if "nodewright.training.grpo" in command)
    assert (option(tuning, "--installations"), option(tuning, "--minutes")) == ("simulated", "3")
    assert (option(tuning, "--policy"), option(tuning, "--prompts")) == (
        str(tmp_path / "sft"), str(tmp_path / "prompts.txt"),
    )  # fmt: skip
    assert option(tuning, "--kl-replay") == str(tmp_path / "pairs.jsonl")
    joining = next(command for command in commands if "join-adapters" in command)
    assert joining[joining.index("--adapters") + 1 :][:2] == ["tuned", str(tmp_path / "toy")]
    measuring = next(command for command in commands if "evaluate-policy" in command)
    assert option(measuring, "--tuned") == option(joining, "--out") == "joined"
    assert option(measuring, "--policy") == option(measuring, "--against") == str(tmp_path / "sft")


def collected(folder: Path, repository: Path, script: str, *arguments: str, triplets: str | None) -> list[list[str]]:
    """What the script tells each `nodewright train collect` that draws."""
    log, interpreter = folder / "log.txt", folder / "python"
    interpreter.write_text(INTERPRETER, encoding="utf-8")
    interpreter.chmod(0o755)
    (folder / "models" / "loras").mkdir(parents=True)
    given = {"PYTHON": str(interpreter), "SERVERS": "http://127.0.0.1:1", "MODELS": str(folder / "models")}
    given |= {"SCORERS": f"--scorer pickscore={folder}"}
    given |= {"LOG": str(log)} | ({} if triplets is None else {"TRIPLETS": triplets})
    subprocess.run(
        ["sh", str(repository / "runs" / script), str(folder / "made"), *arguments],
        env=os.environ | given, check=True, cwd=folder,
    )  # fmt: skip
    commands = [command.split("\n") for command in log.read_text(encoding="utf-8").split("\nEND\n")]
    return [
        command
        for command in commands
        if "collect" in command and "--workflows" in command and "trial.db" not in command
    ]


def option(command: list[str], name: str) -> str:
    return command[command.index(name) + 1]


def renders(command: list[str]) -> float:
    """How many it asks for, whole prompts counted."""
    each, seeds = int(option(command, "--each")), int(option(command, "--seeds"))
    workflows = -(-int(option(command, "--count")) // each) * each
    return workflows * (1 + float(option(command, "--repeats")) * (seeds - 1))


@pytest.mark.parametrize(
    ("script", "triplets", "stated"),
    [
        ("miniature_cpu.sh", None, 3600), ("miniature_cpu.sh", "3", 3),
        ("miniature_gpu.sh", None, 40000), ("miniature_gpu.sh", "500", 500),
    ],
)  # fmt: skip
def test_the_miniatures_runs_collect_what_they_state(
    tmp_path: Path, repository: Path, script: str, triplets: str | None, stated: int
) -> None:
    commands = collected(tmp_path, repository, script, triplets=triplets)
    found = {
        (option(each, "--workflows"), option(each, "--prompts"), "--tuned" in each, "--exchange" in each): renders(each)
        for each in commands
    }
    assert len(found) == len(commands) == 12
    assert len({option(each, "--seed") for each in commands}) == 12, "each with prompts of its own"
    a_prompt = 4 * 1.12
    assert stated <= sum(found.values()) <= stated + 12 * 2 * a_prompt
    train, validation = "miniature:train", "miniature:validation"
    combined, choosing = "miniature:combined-train", "miniature:combined-validation"
    shares = {
        ("pairs.jsonl", train, False, False): 0.16, ("pairs.jsonl", combined, False, False): 0.24,
        ("policy:sft", train, False, False): 0.1, ("policy:sft", combined, False, False): 0.12,
        ("random", combined, False, False): 0.08, ("pairs.jsonl", validation, False, False): 0.02,
        ("policy:sft", choosing, False, False): 0.03, ("policy:sft", train, True, False): 0.05,
        ("policy:sft", combined, True, False): 0.08, ("policy:sft", combined, True, True): 0.09,
        ("policy:sft", choosing, True, False): 0.02, ("policy:sft", validation, True, True): 0.01,
    }  # fmt: skip
    assert sum(shares.values()) == pytest.approx(1)
    for who, share in shares.items():
        assert a_prompt - 0.01 <= found[who] == pytest.approx(share * stated, abs=2 * a_prompt)


def test_packed_triplets_take_the_place_of_renders(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "table.json.xz").write_bytes(b"")
    monkeypatch.setenv("PACKED", "table.json.xz")
    assert collected(tmp_path, repository, "miniature_cpu.sh", triplets=None) == []
    commands = (tmp_path / "log.txt").read_text(encoding="utf-8").split("\nEND\n")
    (unpacking,) = (command.split("\n") for command in commands if "--unpack" in command)
    assert option(unpacking, "--unpack") == str(tmp_path / "table.json.xz")
    tuned = [option(command.split("\n"), "--reward") for command in commands if "nodewright.training.grpo" in command]
    assert tuned == ["reward"], "there is no first tuning, which only says where to render"


@pytest.mark.parametrize(("triplets", "stated"), [(None, 100_000), ("1", 1)])
def test_the_run_at_full_size_collects_what_it_states(
    tmp_path: Path, repository: Path, triplets: str | None, stated: int
) -> None:
    (tmp_path / "prompts.jsonl").write_text('{"prompt": "a cat"}\n', encoding="utf-8")
    commands = collected(tmp_path, repository, "llama_8b.sh", "prompts.jsonl", triplets=triplets)
    assert all("--scorer" in each and option(each, "--device") == "cuda" for each in commands)
    assert [option(each, "--prompts") for each in commands] == ["train.jsonl", "validation.jsonl"]
    assert stated <= sum(map(renders, commands)) <= 1.05 * stated + 2 * 4 * 1.05
    assert "100,000 triplets" in (repository / "runs" / "llama_8b.sh").read_text(encoding="utf-8")
