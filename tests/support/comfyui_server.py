"""Fixtures that give a real ComfyUI: its folder, its modules in this process, and a running server."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from comfyui_process import ComfyUI, place_pack

CHECKPOINT = "miniature.ckpt"
IDLE: dict[str, list[Any]] = {"queue_running": [], "queue_pending": []}
"""What GET /queue returns where nothing runs and nothing waits."""


@pytest.fixture(scope="session")
def comfyui_path() -> Path:
    """ComfyUI's own folder, the one with main.py. Its requirements must be installed in this Python."""
    folder = os.environ.get("NODEWRIGHT_COMFYUI")
    if not folder:
        pytest.fail(
            "NODEWRIGHT_COMFYUI does not name a ComfyUI folder (runs/tests.py sets it). Name one, or leave these tests "
            "out with -m 'not comfyui'"
        )
    path = Path(folder).resolve()
    if not (path / "main.py").is_file():
        pytest.fail(f"NODEWRIGHT_COMFYUI={folder}: there is no main.py in it, so it is not ComfyUI's folder")
    return path


@pytest.fixture(scope="session")
def comfyui_modules(comfyui_path: Path) -> None:
    """Makes ComfyUI's modules (`nodes`, `execution`, `folder_paths`, `comfy`, ...) importable in this process.

    `import nodes` must be ComfyUI's: its folder comes first on sys.path, and comfy is told to use the CPU before
    anything asks for a device.
    """
    sys.path.insert(0, str(comfyui_path))
    importlib.import_module("comfy.cli_args").args.cpu = True
    importlib.import_module("utils.extra_config")  # before comfy's own `utils` can take the name
    nodes = importlib.import_module("nodes")
    if Path(str(nodes.__file__)).parent != comfyui_path:
        pytest.fail(f"`import nodes` gave {nodes.__file__}, which is not ComfyUI's")


@pytest.fixture(scope="session")
def miniature_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The miniature text-to-image model as one ComfyUI checkpoint file."""
    from nodewright.miniature.export import write_checkpoint

    return write_checkpoint(tmp_path_factory.mktemp("miniature") / CHECKPOINT)


@pytest.fixture(scope="session")
def comfyui_server(
    comfyui_path: Path, miniature_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ComfyUI]:
    """A running server with this pack in custom_nodes and the miniature model in models/checkpoints. It is one for
    the whole session: tests leave its queue empty, and start their own `ComfyUI` to change what is installed."""
    base = installed(tmp_path_factory.mktemp("comfyui"), miniature_checkpoint)
    with ComfyUI(comfyui_path, base) as server:
        yield server


def installed(base: Path, checkpoint: Path) -> Path:
    """Place the pack and a checkpoint in a server's folder; return the folder."""
    place_pack(base / "custom_nodes" / "nodewright")
    checkpoints = base / "models" / "checkpoints"
    checkpoints.mkdir(parents=True)
    shutil.copyfile(checkpoint, checkpoints / CHECKPOINT)
    return base
