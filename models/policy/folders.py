"""Folders of weights and JSON: reading, writing as a whole, digests, and the errors they lead to."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from safetensors import SafetensorError


class PolicyError(ValueError):
    """A policy cannot be loaded. The message names the file and states what is wrong and what to do."""


class CheckpointError(PolicyError):
    """A checkpoint cannot be read or written. The message names the file and states what to do."""


def write_folder(folder: Path, write: Callable[[Path], None]) -> None:
    """Replace a folder as a whole, or not at all.

    Parameters:
        folder: the folder to replace, or to create.
        write: fills the empty folder that it is given, which lies beside `folder` and is renamed afterwards.

    Raises:
        CheckpointError: when a file cannot be written or renamed. `folder` is unchanged then.
    """
    folder = Path(folder)
    beside: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        fresh = beside / "new"
        fresh.mkdir()
        write(fresh)
        if folder.exists():
            os.replace(folder, beside / "old")
        try:
            os.replace(fresh, folder)
        except OSError:
            if (beside / "old").exists():
                os.replace(beside / "old", folder)
            raise
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{folder}: could not be written: {error}. What was there before is unchanged. Free some space, or name "
            "a folder that may be written to"
        ) from error
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)  # only our own temporary folder; a leftover does no harm


def read_json(path: Path) -> dict[str, Any]:
    """Read a file that holds a JSON object.

    Raises:
        CheckpointError: naming the file, when it is missing, unreadable or holds something else.
    """
    try:
        parsed = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{path}: missing. Copy or download its folder again") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read: {error}. Copy or download its folder again") from error
    if not isinstance(parsed, dict):
        raise CheckpointError(f"{path}: not a JSON object. Copy or download its folder again")
    return parsed


def weights_digest(files: Iterable[Path]) -> str:
    """Return the SHA-256 of the contents of some files, one after another."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def folder_digest(folder: Path) -> str:
    """Return the SHA-256 of all weights in a folder and its subfolders."""
    return weights_digest(sorted(folder.rglob("*.safetensors")))
