"""What every test may use. The pack under test is the installed package `nodewright` (`pip install --editable .`)."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from installation_data import NEWEST, read_object_info

pytest_plugins = ["comfyui_server", "frontend", "lanes"]

# A busy machine is no mistake.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

REPOSITORY = Path(__file__).resolve().parent.parent

# `python -m pytest` puts the current folder on sys.path. If that is the repository, its nodes/ hides ComfyUI's
# module of that name.
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != REPOSITORY]


# What a shell runs in the background ignores SIGINT, and so would every process that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def object_info() -> dict[str, Any]:
    """What GET /object_info of a ComfyUI 0.33.0 with no model installed returns. It is shared: do not change it."""
    return read_object_info(NEWEST)


@pytest.fixture(scope="session")
def object_info_path(object_info: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a file."""
    path = tmp_path_factory.mktemp("object_info") / f"object_info_{NEWEST}.json"
    path.write_text(json.dumps(object_info), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with "reward", trained on rated workflows of the miniature, and "policy", over which it is."""
    from rated_miniature import write_rated_miniature  # it imports torch

    folder = tmp_path_factory.mktemp("rated")
    write_rated_miniature(folder)
    return folder
