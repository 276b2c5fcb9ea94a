from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from nodewright.cli import main
from nodewright.cli.train import ALIASES, EXPERIMENTS, STAGES


@pytest.mark.parametrize("stage", [*STAGES, *EXPERIMENTS, *ALIASES])
def test_each_stage_has_its_own_help(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["train", stage, "--help"])
    assert stop.value.code == 0
    assert {"collect": "--store"}.get(stage, "--out") in capsys.readouterr().out


def test_help_of_train_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom nodewright.cli import main\n"
        "try: main(['train', '-h'])\nexcept SystemExit: print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    unwrapped = re.sub(r"-\n\s+", "-", done.stdout)  # a line may end in a stage's hyphen
    assert all(stage in unwrapped for stage in [*STAGES, *EXPERIMENTS])
    assert not {"torch", "transformers", "numpy", "matplotlib"} & set(done.stdout.split())


def test_every_stage_is_in_the_documentation(repository: Path) -> None:
    page = (repository / "docs" / "cli.md").read_text(encoding="utf-8")
    (usage,) = re.findall(r"nodewright train (\S+)", page)
    assert (
        set(usage.split("|")) == set(re.findall(r"^\| `([a-z-]+)` \| ", page, re.MULTILINE)) == {*STAGES, *EXPERIMENTS}
    )


def test_options_go_to_the_stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "pairs.jsonl"
    data.write_text('{"prompt": "x"}', encoding="utf-8")
    assert main(["train", "sft", "--data", str(data), "--out", str(tmp_path / "out"), "--steps", "1"]) == 2
    assert "pairs.jsonl, line 1" in capsys.readouterr().err


def test_a_small_policy_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "pairs.jsonl"
    pair = {"files": ["sdxl/photo"], "choices": ["sdxl/photo", "KSampler", "@end"], "forced": [2]}
    lines = (json.dumps({"prompt": f"a cat {number}", **pair}) for number in range(60))
    data.write_text("\n".join(lines), encoding="utf-8")
    shape = ["--hidden", "16", "--layers", "1", "--heads", "2", "--tokens", "300", "--row-tokens", "128"]
    assert main(["train", "sft", "--data", str(data), "--out", str(tmp_path / "out"), "--steps", "2", *shape]) == 0
    assert "wrote" in capsys.readouterr().out
    assert (tmp_path / "out" / "nodewright.json").is_file()
    assert (tmp_path / "out.log" / "curves.png").is_file()


@pytest.mark.parametrize("missing", ["accelerate", "matplotlib", "safetensors"])
def test_what_is_not_installed_is_named(missing: str, tmp_path: Path) -> None:
    code = (
        "import sys, importlib.machinery\n"
        f"find = importlib.machinery.PathFinder.find_spec\n"
        "def hidden(name, *more):\n"
        f"    return None if name.partition('.')[0] == {missing!r} else find(name, *more)\n"
        "importlib.machinery.PathFinder.find_spec = hidden\n"
        "from nodewright.cli import main\n"
        "sys.exit(main(['train', 'sft', '--data', 'x', '--out', 'y', '--steps', '1']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert missing in done.stderr and "nodewright[train]" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("directly", [True, False])
def test_a_file_that_cannot_be_read_is_a_sentence_however_the_stage_is_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, directly: bool
) -> None:
    missing = tmp_path / "missing.json"
    arguments = ["--base", "x", "--layers", "0", "--data", "x", "--vocabulary", str(missing), "--out", str(tmp_path)]
    if directly:
        monkeypatch.setattr(sys, "argv", ["bases", *arguments])
        with pytest.raises(SystemExit) as stop:
            runpy.run_module("nodewright.training.bases", run_name="__main__")
        status = stop.value.code
    else:
        status = main(["train", "bases", *arguments])
    assert status == 2
    assert capsys.readouterr().err == f"nodewright: {missing}: No such file or directory\n"


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_runs_under_the_same_guard(stage: str, repository: Path) -> None:
    page = repository / "training" / stage.replace("-", "_") / "__main__.py"
    assert "run_stage(main)" in page.read_text(encoding="utf-8")
