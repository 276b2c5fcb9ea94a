"""`nodewright generate` and what its options, prompts and files may be."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from adapted import adapted_by_peft
from cli_command import Command
from tiny_policy import tiny_policy
from tokenizers import Tokenizer, models

from nodewright.cli.arguments import make_parser
from nodewright.models.policy.adapters import adapter_of, read_adapter, write_adapter
from nodewright.models.policy.checkpoints import save_checkpoint
from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.vocabulary import Vocabulary

AWKWARD = 'say "hi"\n\t@prompt @end SaveImage <|script|> &1 \\ \N{CAT FACE} {"1": []} \N{RIGHT-TO-LEFT OVERRIDE}'


def texts(api: dict[str, Any]) -> list[str]:
    return [node["inputs"]["text"] for node in api.values() if isinstance(node["inputs"].get("text"), str)]


def test_prints_script_and_seconds_and_writes_a_workflow_that_is_valid(
    nodewright: Command, offline: list[str], object_info_path: Path, tmp_path: Path
) -> None:
    out = tmp_path / "w.json"
    done = nodewright("generate", "a red circle", *offline, "--seed", 5, "--out", out)
    assert done.status == 0, done.err
    assert done.out.startswith("sd15/v1_5_pruned_emaonly\nSaveImage\n")
    assert "s to write: seed 5" in done.out
    assert f"written to {out}" in done.out
    api = json.loads(out.read_text(encoding="utf-8"))
    assert any("a red circle" in text for text in texts(api))
    checked = nodewright("validate", out, "--object-info", object_info_path, "--json")
    # The saved object_info lists no model; with the models folder there is no other problem.
    assert {problem["input"] for problem in checked.document["problems"]} == {"ckpt_name"}


def test_json_is_one_document_and_the_same_seed_gives_the_same_workflow(
    nodewright: Command, offline: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "w.json"
    options = [*offline, "--seed", "7", "-n", "3", "--json", "--out", str(out)]
    first, second = nodewright("generate", AWKWARD, *options), nodewright("generate", AWKWARD, *options)
    document = first.document
    assert set(document) == {"prompt", "seed", "seconds", "catalog_fingerprint", "workflows"}
    assert (document["prompt"], document["seed"]) == (AWKWARD, 7)
    assert document["workflows"] == second.document["workflows"]
    likely = [one["choice_log_probability"] for one in document["workflows"]]
    assert likely == sorted(likely, reverse=True) and len(likely) > 1
    assert {one["seed"] for one in document["workflows"]} == {7, 8, 9}
    assert all(one["log_probability"] < one["choice_log_probability"] < 0 for one in document["workflows"])
    for index, one in enumerate(document["workflows"]):
        assert one["file"] == str(tmp_path / f"w-{index + 1}.json")
        assert json.loads(Path(one["file"]).read_text(encoding="utf-8")) == one["api"]
        assert one["tokens"]["sampled"] > 0
        assert any(AWKWARD in text for text in texts(one["api"]))
    assert not out.exists()


def test_without_a_seed_one_is_drawn_and_told(nodewright: Command, offline: list[str]) -> None:
    seeds = {nodewright("generate", "a cat", *offline, "--json").document["seed"] for _ in range(2)}
    assert len(seeds) == 2


def test_constraints_are_met(nodewright: Command, offline: list[str]) -> None:
    limits = ["--families", "SD15", "--max-nodes", "8", "--max-megapixels", "0.5", "--required", "ImageBlur"]
    more = ["--forbidden", "EmptyImage", "--ends-in", "PreviewImage"]
    document = nodewright("generate", "a cat", *offline, *limits, *more, "-n", 4, "--json").document
    for one in document["workflows"]:
        classes = [node["class_type"] for node in one["api"].values()]
        assert len(classes) <= 8
        assert {"ImageBlur", "PreviewImage"} <= set(classes)
        assert "EmptyImage" not in classes


def test_options_go_before_what_the_prompt_says(nodewright: Command, offline: list[str]) -> None:
    options = ["--shape", "16:9", "--style", "pixel art", "--quality", "quick", "--model", "SD 1.5", "--lora", "none"]
    options += ["--upscale", "no", "--negative", "people", "--seed", "5", "--max-nodes", "9"]
    prompt = "a red circle, 1:1, use the nowhere model"
    done = nodewright("generate", prompt, *offline, *options)
    assert done.status == 0, done.err
    line = next(line for line in done.out.splitlines() if line.startswith("read: "))
    assert line.startswith("read: wide 16:9, pixel art, quick") and "SD 1.5" in line
    (document,) = nodewright("generate", prompt, *offline, *options, "--json").document["workflows"]
    assert (document["read"], document["text"]) == (line, "a red circle")
    sizes = [node["inputs"] for node in document["api"].values() if "batch_size" in node["inputs"]]
    assert [round(size["width"] / size["height"], 1) for size in sizes] == [1.8]
    assert all(f"note: {note}" in done.out for note in document["notes"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model", "nothing.safetensors"], "--model: 'nothing.safetensors' is not installed; installed are v1-5"),
        (["--model", "flux"], "--model: 'flux' is not installed"),
        (["--lora", "nothing"], "--lora: 'nothing' is not installed"),
        (["--shape", "round"], "--shape: 'round' is not one of auto, tall, wide, square or a ratio such as 16:9"),
        (["--upscale", "8x"], "--upscale: '8x' is not installed"),
    ],
)
def test_an_option_that_names_nothing_is_refused(
    nodewright: Command, offline: list[str], options: list[str], message: str
) -> None:
    done = nodewright("generate", "a fox", *offline, *options, "--json")
    assert (done.status, done.document["error"]["kind"]) == (2, "usage")
    assert done.document["error"]["message"].startswith(message)


@pytest.mark.parametrize(
    ("options", "kind", "named"),
    [
        (["--max-nodes", "1"], "constraints", "max_nodes"),
        (["--families", "flux"], "constraints", "flux"),
        (["--required", "ImageBlurr"], "constraints", "ImageBlur"),
        (["--required", "ImageBlur", "--forbidden", "ImageBlur"], "constraints", "ImageBlur"),
        (["--max-megapixels", "0.001"], "constraints", "megapixels"),
        (["--ends-in", "KSampler"], "constraints", "KSampler"),
    ],
)
def test_constraints_that_cannot_be_met_say_which(
    nodewright: Command, offline: list[str], options: list[str], kind: str, named: str
) -> None:
    done = nodewright("generate", "a cat", *offline, *options, "--json")
    assert done.status == 1
    assert done.document["error"]["kind"] == kind
    assert named in done.document["error"]["message"]
    assert done.document["error"]["message"] in done.err


def test_no_model_says_which_files_would_help(nodewright: Command, object_info_path: Path, policy: Path) -> None:
    done = nodewright("generate", "a cat", "--object-info", object_info_path, "--policy", policy, "--json")
    assert done.status == 1
    assert done.document["error"]["kind"] == "no_model"
    assert "models/checkpoints" in done.document["error"]["message"]


# ---- prompts -----------------------------------------------------------------------------------------------------


def type_in(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="ascii"))


def test_a_prompt_of_20000_characters_from_standard_input(
    nodewright: Command, offline: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = ("\N{CAT FACE} a red circle, " * 1300)[:20000]
    type_in(monkeypatch, prompt.encode() + b"\r\n")
    document = nodewright("generate", "-", *offline, "--json").document
    assert document["prompt"] == prompt
    assert any(prompt.strip(", ") in text for text in texts(document["workflows"][0]["api"]))


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "empty"),
        (b" \t\n\n", "empty"),
        (b"a \x00 cat", "U+0000 at position 3"),
        (b"a \x1b[31m cat", "U+001B"),
        ("a \x85 cat".encode(), "U+0085"),
        (b"a \xff cat", "UTF-8"),
        (b"a \xed\xa0\x80 cat", "UTF-8"),
    ],
)
def test_what_is_no_prompt_is_refused(
    nodewright: Command, offline: list[str], monkeypatch: pytest.MonkeyPatch, data: bytes, named: str
) -> None:
    type_in(monkeypatch, data)
    done = nodewright("generate", "-", *offline, "--json")
    assert done.status == 2
    assert done.document["error"]["kind"] == "prompt"
    assert named in done.document["error"]["message"]


def test_an_argument_that_is_no_text_is_refused(nodewright: Command, offline: list[str]) -> None:
    done = nodewright("generate", os.fsdecode(b"caf\xe9"), *offline)
    assert (done.status, done.out) == (2, "")
    assert "position 4" in done.err


@pytest.mark.parametrize("name", ["prompts.txt", "prompts.jsonl", "-"])
def test_a_file_of_prompts_gives_a_line_for_each(
    nodewright: Command, offline: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A line that is no prompt has an error and does not stop the others; each is written as if it were alone."""
    bad = b"a \xff cat", b"a \x07 cat"
    if name == "prompts.jsonl":
        bad = b'{"text": "a cat"}', b'{"prompt": '
        lines = [b'{"prompt": "a red circle", "kind": "shapes"}', bad[0], b"", bad[1], b'{"prompt": "two\\nlines"}']
    else:
        lines = [b"a red circle\r", bad[0], b"", bad[1], b"two cats"]
    (tmp_path / name).write_bytes(b"\n".join(lines) + b"\n")
    type_in(monkeypatch, b"\n".join(lines))
    options = [*offline, "--seed", "4", "--max-nodes", "9"]
    done = nodewright("generate", "--prompts", "-" if name == "-" else tmp_path / name, *options)
    documents = [json.loads(line) for line in done.out.splitlines()]
    assert done.status == 2
    assert [document["line"] for document in documents] == [1, 2, 4, 5]
    for document in documents[1:3]:
        assert set(document) == {"line", "error"}
        assert document["error"]["kind"] == "prompt"
        assert document["error"]["message"].startswith(f"line {document['line']}: ")
        assert document["error"]["message"] in done.err
    for document in (documents[0], documents[3]):
        alone = nodewright("generate", document["prompt"], *options, "--json").document
        assert document["workflows"] == alone["workflows"] and document["seed"] == 4
    assert documents[3]["prompt"] == ("two\nlines" if name == "prompts.jsonl" else "two cats")


def test_a_file_of_prompts_that_are_all_good(nodewright: Command, offline: list[str], tmp_path: Path) -> None:
    (tmp_path / "prompts").write_text("a cat\na cat\n", encoding="utf-8")
    done = nodewright("generate", "--prompts", tmp_path / "prompts", *offline, "-n", 2, "--max-nodes", 9, "--json")
    assert done.status == 0
    first, second = (json.loads(line) for line in done.out.splitlines())
    assert first["seed"] != second["seed"]
    assert "Prompt 2 of 2" in done.err


@pytest.mark.parametrize(
    ("options", "kind", "named"),
    [
        (["--out", "x.json"], "usage", "--out"),
        (["--guidance", "2"], "policy", "was not tuned"),
        (["--max-nodes", "1"], "constraints", "max_nodes"),
    ],
)
def test_what_is_wrong_for_every_prompt_ends_the_command(
    nodewright: Command, offline: list[str], tmp_path: Path, options: list[str], kind: str, named: str
) -> None:
    (tmp_path / "prompts").write_text("a cat\na dog\n", encoding="utf-8")
    done = nodewright("generate", "--prompts", tmp_path / "prompts", *offline, *options)
    (line,) = done.out.splitlines()
    error = json.loads(line)["error"]
    assert error["kind"] == kind and named in error["message"] and done.status == (1 if kind == "constraints" else 2)


def test_a_file_of_prompts_that_cannot_be_read_or_is_empty(
    nodewright: Command, offline: list[str], tmp_path: Path
) -> None:
    (tmp_path / "empty").write_bytes(b"\n \n")
    for name, kind in (("nothing", "file"), ("empty", "prompt")):
        done = nodewright("generate", "--prompts", tmp_path / name, *offline)
        assert (done.status, json.loads(done.out)["error"]["kind"]) == (2, kind)
        assert str(tmp_path / name) in done.err


def test_a_prompt_or_a_file_of_them(nodewright: Command, offline: list[str]) -> None:
    for options in ([], ["a cat", "--prompts", "x"]):
        assert nodewright("generate", *options, *offline, "--json").document["error"]["kind"] == "usage"


# ---- files and options -------------------------------------------------------------------------------------------


def test_malformed_object_info_names_class_and_input(
    nodewright: Command, object_info: dict[str, Any], policy: Path, tmp_path: Path
) -> None:
    path = tmp_path / "object_info.json"
    broken = {"KSampler": {**object_info["KSampler"], "input": {"required": {"steps": 5}}}}
    path.write_text(json.dumps(broken), encoding="utf-8")
    done = nodewright("generate", "a cat", "--object-info", path, "--policy", policy, "--json")
    assert done.status == 2
    assert done.document["error"]["kind"] == "object_info"
    assert "KSampler" in done.document["error"]["message"] and "steps" in done.document["error"]["message"]


@pytest.mark.parametrize("content", [b"", b'{"KSampler": ', b"\xff\xfe", b"[]", b'"text"'])
def test_object_info_that_is_none(nodewright: Command, policy: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "object_info.json"
    path.write_bytes(content)
    done = nodewright("generate", "a cat", "--object-info", path, "--policy", policy, "--json")
    assert done.status == 2
    assert done.document["error"]["kind"] == "object_info"


def test_files_that_are_not_there(nodewright: Command, object_info_path: Path, policy: Path, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    for options in (
        ["--object-info", nothing, "--policy", policy],
        ["--object-info", object_info_path, "--models", nothing],
    ):
        done = nodewright("generate", "a cat", *options)
        assert (done.status, done.out) == (2, "")
        assert str(nothing) in done.err


def test_a_policy_that_is_not_there_or_not_whole(
    nodewright: Command, offline: list[str], policy: Path, tmp_path: Path
) -> None:
    half = tmp_path / "half"
    half.mkdir()
    (half / "nodewright.json").write_bytes((policy / "nodewright.json").read_bytes())
    for source in (tmp_path / "nothing", half):
        done = nodewright("generate", "a cat", *offline, "--policy", source, "--json")
        assert done.status == 2
        assert done.document["error"]["kind"] == "policy"
        assert str(source) in done.document["error"]["message"]


def test_a_policy_that_cannot_tell_choices_apart_is_refused(
    nodewright: Command, offline: list[str], tmp_path: Path
) -> None:
    tokenizer = Tokenizer(models.WordLevel({"a": 0, "?": 1}, unk_token="?"))
    save_checkpoint(tiny_policy(Vocabulary(tokenizer, end_id=0)), tmp_path / "poor")
    done = nodewright("generate", "a cat", *offline, "--policy", tmp_path / "poor", "--json")
    assert (done.status, done.document["error"]["kind"]) == (2, "policy")
    assert "the same ids" in done.document["error"]["message"]


def test_a_tuned_policy_is_guided(nodewright: Command, offline: list[str], policy: Path, tmp_path: Path) -> None:
    base = load_policy(policy)
    write_adapter(tmp_path / "lora", adapter_of(adapted_by_peft(base.model, layers=[1])), base.base_sha256)
    save_checkpoint(replace(base, adapter=read_adapter(tmp_path / "lora", base)), tmp_path / "whole")

    def script(*options: object) -> object:
        done = nodewright("generate", "a cat", *offline, "--seed", 4, "--max-nodes", 12, "--json", *options)
        assert done.status == 0, done.err
        return done.document["workflows"][0]["script"], done.document["workflows"][0]["log_probability"]

    plain, tuned = script(), script("--tuned", tmp_path / "lora")
    assert script("--tuned", tmp_path / "lora", "--guidance", 0) == plain == script("--guidance", 0)
    assert script("--tuned", tmp_path / "lora", "--guidance", 1) == tuned != plain
    assert script("--policy", tmp_path / "whole") == tuned, "its subfolder is taken by itself"
    assert script("--policy", tmp_path / "whole", "--guidance", 2) not in (plain, tuned)


def test_guidance_without_a_tuned_policy_is_refused(
    nodewright: Command, offline: list[str], policy: Path, tmp_path: Path
) -> None:
    for options, message in (
        (["--guidance", "1.5"], f"{policy}: the guidance scale is 1.5, and this policy was not tuned"),
        (["--tuned", str(tmp_path / "nothing")], f"{tmp_path / 'nothing'}: no such folder"),
    ):
        done = nodewright("generate", "a cat", *offline, *options, "--json")
        assert (done.status, done.document["error"]["kind"]) == (2, "policy")
        assert message in done.document["error"]["message"]


@pytest.mark.parametrize(
    "options",
    [
        ["--guidance", "-1"],
        ["--seed", "-1"],
        ["--seed", "9007199254740992"],
        ["--temperature", "nan"],
        ["--top-p", "0"],
        ["-n", "0"],
        ["--max-nodes", "many"],
        ["--server", "ftp://127.0.0.1"],
        ["--server", "http://"],
        ["--server", "http://127.0.0.1:70000"],
        ["--server", "http://127.0.0.1", "--object-info", "x"],
        ["--models", "x"],
        ["--out", "."],
        ["--out", ".."],
        ["--nonsense"],
    ],
)
def test_mistakes_in_the_options(nodewright: Command, options: list[str]) -> None:
    done = nodewright("generate", "a cat", *options, "--json")
    assert done.status == 2
    assert done.document["error"]["kind"] == "usage"
    plain = nodewright("generate", "a cat", *options)
    assert (plain.status, plain.out) == (2, "")
    assert "nodewright: " in plain.err


# ---- a full disk -------------------------------------------------------------------------------------------------

LIMITED = """
import resource, sys
from nodewright.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the size of files cannot be limited")
def test_a_full_disk_loses_nothing(offline: list[str], tmp_path: Path) -> None:
    """No file may become larger than 600 bytes: to the program that is a write that fails half-way."""
    out = tmp_path / "w.json"
    out.write_text("what was there", encoding="utf-8")
    command = [sys.executable, "-c", LIMITED, "generate", "a cat", *offline, "--out", str(out)]
    plain = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "SaveImage" in plain.stdout and re.search(r"seed \d+", plain.stdout) and "written to" not in plain.stdout
    done = subprocess.run([*command, "--json"], cwd=tmp_path, capture_output=True, text=True)
    document = json.loads(done.stdout)
    assert document["error"]["kind"] == "file" and str(out) in document["error"]["message"]
    (workflow,) = document["workflows"]
    assert workflow["api"] and "file" not in workflow and document["seed"] >= 0
    for ended in (plain, done):
        assert ended.returncode == 2
        assert str(out) in ended.stderr and "Traceback" not in ended.stderr
    assert out.read_text(encoding="utf-8") == "what was there"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "w.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_standard_output_that_is_full(offline: list[str], tmp_path: Path, options: list[str]) -> None:
    command = [sys.executable, "-m", "nodewright", "generate", "a cat", *offline, *options]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert "standard output" in done.stderr and "Traceback" not in done.stderr and "Exception" not in done.stderr


def test_standard_output_that_is_not_read_any_more(offline: list[str], tmp_path: Path) -> None:
    """As by `| head`: nothing is said of it, and files are written all the same."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "nodewright", "generate", "a cat", *offline, "--out", "w.json"]
    with open(writing, "w") as closed:
        done = subprocess.run(command, cwd=tmp_path, stdout=closed, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0
    assert "standard output" not in done.stderr and "Exception" not in done.stderr
    assert (tmp_path / "w.json").is_file()


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = "import sys\nfrom nodewright.cli import main\ntry: main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "generate" in done.stdout
    assert not {"torch", "transformers", "aiohttp", "numpy"} & set(done.stdout.split())


def option_names(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Every option of a parser and of its commands, those that --help does not show as well."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from option_names(command)


def test_the_documentation_names_every_option_and_kind_of_failure(repository: Path) -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (repository / "cli").glob("*.py"))
    documented = (repository / "docs" / "cli.md").read_text(encoding="utf-8")
    options = set(option_names(make_parser(()))) - {"-h"}
    kinds = set(re.findall(r'Failure\([A-Z_]+, "([a-z_]+)"', source))
    assert len(options) > 25 and len(kinds) > 8
    assert [word for word in sorted(options | kinds) if f"`{word}" not in documented] == []
