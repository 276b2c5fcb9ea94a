"""Folders of weights and JSON: reading, writing as a whole, digests, and the errors they lead to."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from ... import guarded_json
from ...files import sync_files, sync_folder
from ...guarded_json import JsonError


class PolicyError(ValueError):
    """A policy cannot be loaded. The message names the file and states what is wrong and what to do."""


class CheckpointError(PolicyError):
    """A checkpoint cannot be read or written. The message names the file and states what to do."""


@dataclass(frozen=True)
class FolderKind:
    """What a folder of one kind holds, so that no other is ever replaced by one.

    Attributes:
        name: what the folder is, for messages.
        mark: the file that every folder of the kind has.
        others: the other files that it may have, as patterns of paths in it; `*` stands for a part of one name.
    """

    name: str
    mark: str
    others: tuple[str, ...]

    def has(self, path: Path) -> bool:
        """Return whether a folder of this kind may hold a file of this path, which is relative to the folder."""
        return any(
            len(path.parts) == len(pattern.split("/")) and all(map(fnmatchcase, path.parts, pattern.split("/")))
            for pattern in (self.mark, *self.others)
        )


def check_replaceable(folder: Path, kind: FolderKind) -> None:
    """Check that a folder may be replaced: it is missing or empty, or `write_folder` wrote it as one of this kind.

    Raises:
        CheckpointError: naming the file that would be lost.
    """
    if not os.path.lexists(folder):
        return
    advice = "Nothing was written or deleted. Name a new or an empty folder"
    if not folder.is_dir():
        raise CheckpointError(f"{folder}: a file, and {kind.name} is a folder. {advice}")
    try:
        files = [Path(top, name).relative_to(folder) for top, name in _files_in(folder)]
    except OSError as error:
        raise CheckpointError(f"{folder}: cannot be read: {error}. {advice}") from error
    if not files:
        return
    foreign = next((path for path in sorted(files) if not kind.has(path)), None)
    if foreign is not None:
        raise CheckpointError(
            f"{folder}: it would be replaced as a whole, and holds {foreign.as_posix()}, which is no part of "
            f"{kind.name}. {advice}, or move that file away first"
        )
    if Path(kind.mark) not in files:
        raise CheckpointError(
            f"{folder}: it would be replaced as a whole, and is not {kind.name}: it holds "
            f"{min(files).as_posix()}, and no {kind.mark}. {advice}"
        )


def _files_in(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield folder and name of everything but folders in a folder; a link to one is no folder. Raises OSError."""

    def fail(error: OSError) -> None:
        raise error

    for top, folders, names in os.walk(folder, onerror=fail):
        for name in names:
            yield top, name
        for name in folders:
            if os.path.islink(os.path.join(top, name)):
                yield top, name


def write_folder(folder: Path, kind: FolderKind, write: Callable[[Path], None]) -> None:
    """Replace a folder as a whole, or not at all.

    Parameters:
        folder: the folder to create, or to replace where `check_replaceable` lets it.
        kind: what the folder becomes.
        write: fills the empty folder that it is given, which lies beside `folder` and is renamed afterwards.

    Raises:
        CheckpointError: when the folder holds something else, or a file cannot be written or renamed. `folder` is
            unchanged then.
    """
    folder = Path(folder)
    check_replaceable(folder, kind)
    beside: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        fresh = beside / "new"
        fresh.mkdir()
        write(fresh)
        check_replaceable(folder, kind)  # again: writing takes a while, and what appeared meanwhile is somebody's
        sync_files(fresh)  # before the old folder makes way: the power may fail at any moment
        if folder.exists():
            os.replace(folder, beside / "old")
        try:
            os.replace(fresh, folder)
        except OSError:
            if (beside / "old").exists():
                os.replace(beside / "old", folder)
            raise
        sync_folder(folder.parent)
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
        parsed = guarded_json.read_json(path)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: missing. Copy or download its folder again") from None
    except JsonError as error:
        raise CheckpointError(f"{error}. Copy or download its folder again") from error
    except OSError as error:
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
