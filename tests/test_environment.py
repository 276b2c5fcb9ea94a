"""The environment of runs/: what it refuses, what it uses again; and the pack in custom_nodes, as a link or a copy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import comfyui_process
import environment
import pytest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that NODEWRIGHT_ENVIRONMENT names. Not made yet."""
    path = tmp_path / "environment"
    monkeypatch.setenv("NODEWRIGHT_ENVIRONMENT", str(path))
    return path


def finished(folder: Path, *, test: bool) -> None:
    """Makes `folder` look like an environment that is complete."""
    made = environment.Environment(folder)
    for path in (made.python, made.comfyui / "main.py", made.frontend / "index.html"):
        path.parent.mkdir(parents=True)
        path.touch()
    marker = {"python": environment._python_key(), "requirements": environment._requirements_key(), "test": test}
    made.marker.write_text(json.dumps(marker), encoding="utf-8")


def test_a_folder_of_someone_else_is_left_alone(folder: Path) -> None:
    folder.mkdir()
    (folder / "venv").write_text("mine", encoding="utf-8")
    with pytest.raises(environment.SetupError, match="not empty and was not made by this script"):
        environment.make_environment()
    assert [(path.name, path.read_text(encoding="utf-8")) for path in folder.iterdir()] == [("venv", "mine")]


def test_too_small_a_disk_is_named_before_anything_is_installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "FREE_BYTES", 10**18)
    with pytest.raises(environment.SetupError, match=r"GB free; .* needs 1000000000 GB .*NODEWRIGHT_ENVIRONMENT"):
        environment.make_environment()
    assert not (folder / "venv").exists()


def refuse(*arguments: object) -> None:
    raise environment.SetupError("something would be installed")


def test_a_finished_environment_is_used_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_install", refuse)
    finished(folder, test=True)
    for test in (False, True):
        made = environment.make_environment(test=test)
        assert made.folder == folder
        assert made.variables()["NODEWRIGHT_COMFYUI"] == str(folder / "comfyui")
        assert made.variables()["NODEWRIGHT_FRONTEND"] == str(made.frontend)


@pytest.mark.parametrize("change", ["requirements", "test", "comfyui", "frontend"])
def test_a_changed_environment_is_completed(folder: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    monkeypatch.setattr(environment, "_install", refuse)
    finished(folder, test=change != "test")
    if change == "requirements":
        monkeypatch.setattr(environment, "TORCH", ("torch==1.0",))
    elif change == "comfyui":
        (folder / "comfyui" / "main.py").unlink()
    elif change == "frontend":
        (environment.Environment(folder).frontend / "index.html").unlink()
    with pytest.raises(environment.SetupError, match="would be installed"):
        environment.make_environment(test=True)
    marker = json.loads((folder / environment.MARKER).read_text(encoding="utf-8"))
    assert marker == environment.UNFINISHED | {"python": environment._python_key()}


@pytest.mark.parametrize("change", ["version", "removed", "interrupted"])
def test_a_virtual_environment_that_cannot_be_used_is_removed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    monkeypatch.setattr(environment, "FREE_BYTES", 10**18)  # so that it ends before a new one is made
    finished(folder, test=True)
    if change == "version":
        monkeypatch.setattr(environment, "_python_key", lambda: "another Python")
    elif change == "removed":
        environment.Environment(folder).python.unlink()
    else:
        environment._write_marker(environment.Environment(folder), environment.UNFINISHED)
    with pytest.raises(environment.SetupError, match="GB free"):
        environment.make_environment(test=True)
    assert not (folder / "venv").exists()
    assert json.loads((folder / environment.MARKER).read_text(encoding="utf-8")) == environment.UNFINISHED


def test_a_damaged_marker_says_what_to_delete(folder: Path) -> None:
    folder.mkdir()
    (folder / environment.MARKER).write_text("{", encoding="utf-8")
    with pytest.raises(environment.SetupError, match="is damaged. Delete"):
        environment.make_environment()


def test_the_pack_is_linked_and_linked_once(tmp_path: Path, repository: Path) -> None:
    link = tmp_path / "custom_nodes" / "nodewright"
    for _ in range(2):
        comfyui_process.place_pack(link)
        assert link.is_symlink()
        assert link.resolve() == repository


def test_a_copy_of_the_pack_holds_what_comfyui_reads(tmp_path: Path) -> None:
    comfyui_process.copy_pack(tmp_path / "nodewright")
    names = {path.name for path in (tmp_path / "nodewright").iterdir()}
    assert {"__init__.py", "nodes", "web", "pyproject.toml"} <= names
    assert not names & {"tests", "runs", "benchmarks", "docs", ".git", ".environment"}
    assert (tmp_path / "nodewright" / "web" / "docs").is_dir()


def test_a_server_that_does_not_start_says_why(comfyui_path: Path, tmp_path: Path) -> None:
    server = comfyui_process.ComfyUI(comfyui_path, tmp_path / "base", arguments=["--no-such-option"])
    with pytest.raises(comfyui_process.ComfyUIError, match="--no-such-option"), server:
        pass
    assert server.process.returncode == 2


def test_without_node_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(environment.SetupError, match=r"no `node`.*apt-get install nodejs npm"):
        environment.javascript_tools(environment.Environment(folder))
