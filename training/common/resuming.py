"""What a training that goes on must share with the one that it continues."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ...models.policy.folders import CheckpointError
from .pairs import DataError


def file_digest(path: Path) -> str:
    """SHA-256 of a file of data. Raises DataError."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(2**20):
                digest.update(block)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    return digest.hexdigest()


def make_log_folder(log: Path) -> None:
    """The folder beside what is trained. Raises DataError where something else has its name, such as output that was
    sent to a file of it."""
    try:
        log.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"{log}: cannot be made, and the training keeps there what it needs to go on: {error.strerror}. Move what "
            "has this name, or give another --out"
        ) from error


def check_same(path: Path, state: dict[str, Any]) -> None:
    """Raises CheckpointError, naming what differs, unless `path` says what `state` does."""
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
        different = sorted(name for name in {*before, *state} if before.get(name) != state.get(name))
    except (OSError, ValueError, TypeError) as error:
        raise CheckpointError(f"{path}: cannot be read: {error}. Delete {path.parent} to begin anew") from error
    if different:
        raise CheckpointError(
            f"{path.parent}: of a training with other data or settings ({', '.join(different)}). Give the same to go "
            "on with it, another --out, or delete it to begin anew"
        )
