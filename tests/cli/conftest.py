"""An installation without ComfyUI: a saved object_info, a models folder, and a policy with random weights."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from cli_command import CHECKPOINT, Command, Done
from tiny_policy import PROMPTS, one_thread, tiny_policy

from nodewright.cli import main
from nodewright.models.policy.checkpoints import save_checkpoint
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.training.sft.tokenizer import train_tokenizer

__all__ = ["one_thread"]


@pytest.fixture(scope="session")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that knows nothing: what it writes is whatever the grammar allows."""
    folder = tmp_path_factory.mktemp("policy") / "random"
    save_checkpoint(tiny_policy(Vocabulary(train_tokenizer(PROMPTS[:1], 400)), context=8192), folder)
    return folder


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with one checkpoint, known by its name."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / CHECKPOINT).touch()
    return folder


@pytest.fixture
def served_object_info(object_info: dict[str, Any]) -> dict[str, Any]:
    """What a server with that checkpoint would answer."""
    info = copy.deepcopy(object_info)
    info["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"] = [[CHECKPOINT], {}]
    return info


@pytest.fixture(scope="session")
def offline(object_info_path: Path, models: Path, policy: Path) -> list[str]:
    """Options of `generate` that need no server."""
    return ["--object-info", str(object_info_path), "--models", str(models), "--policy", str(policy)]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalog cache of a test is its own."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))


@pytest.fixture
def nodewright(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command in this process."""

    def run(*arguments: object) -> Done:
        capsys.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = int(stop.code or 0)
        printed = capsys.readouterr()
        return Done(status, printed.out, printed.err)

    return run
