"""Files that are written whole or not at all.

A file is written under another name in the same folder and then renamed, so that a reader sees the old content or the
new, and a full disk, an error or a killed process leaves the old. A killed process may leave `.NAME.*.partial` beside
the file, which can be deleted.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """Yield a new path beside `path`, and rename it to `path` when the block ends without an exception.

    The block writes the file and closes it. After an exception the partial file is removed and `path` is unchanged.
    The folder must exist.

    Raises:
        OSError: the path names a folder, or the file cannot be flushed to the disk or renamed.
    """
    # Not the whole name: with what is added, it could be longer than a file system allows.
    if not path.name:
        raise IsADirectoryError(errno.EISDIR, "a folder; name a file in it", str(path))
    beside = path.with_name(f".{path.name[:50]}.{uuid.uuid4().hex[:8]}.partial")
    try:
        yield beside
        with beside.open("r+b") as file:  # for writing: Windows does not flush a file that was opened for reading
            os.fsync(file.fileno())
        os.replace(beside, path)
        sync_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):  # the exception that is on its way says more than one about a leftover
            beside.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk before anything else is written, where the system allows that."""
    with contextlib.suppress(OSError):  # Windows opens no folders, and some network disks sync none
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_files(folder: Path) -> None:
    """Have all files in a folder and its subfolders on the disk. Raises OSError."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("r+b") as file:
                os.fsync(file.fileno())
    sync_folder(folder)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file of bytes. Raises OSError."""
    with write_atomically(path) as beside:
        beside.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file; a line ends as it does in `text`, on Windows as well. Raises OSError."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, content: Any, *, indent: int | None = None) -> None:
    """Write a JSON file: compact and in ASCII, or, with `indent`, for people to read.

    Raises:
        OSError: the file cannot be written.
        TypeError, ValueError: `content` is no JSON.
    """
    separators = (",", ":") if indent is None else None
    text = json.dumps(content, indent=indent, ensure_ascii=indent is None, separators=separators)
    write_text(path, text + "\n")
