"""Opening files that somebody names, without waiting for another program.

To open a named pipe is to wait until a program writes to it, perhaps for ever. Pipes that are written to, such as a
shell's `<(command)`, are read.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path
from typing import BinaryIO, TextIO


def open_ordinary_text(path: Path, encoding: str) -> TextIO:
    """Open a text file that is read more than once, its line ends as they are. Raises OSError, for a pipe too."""
    if stat.S_ISFIFO(path.stat().st_mode):
        raise OSError(errno.EINVAL, "a pipe, and it is read twice; write its content to a file first", str(path))
    return path.open(encoding=encoding, newline="\n")


def open_ordinary(path: Path) -> BinaryIO:
    """Open a file of bytes that has an end: neither a pipe nor a device. Raises OSError, for those too."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "no ordinary file; write its content to one first", str(path))
    return path.open("rb")


def read_start(path: Path, most: int) -> bytes:
    """Return the first `most` bytes of a file, or all of a shorter one. Raises OSError."""
    with open(path, "rb", buffering=0, opener=_opened_at_once) as file:
        if not stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
            return _read(file, most)
        start = file.read(most)  # None: nothing is there yet, but a program that may write
        if start == b"":
            raise OSError(errno.ENXIO, "a pipe that no program writes to", str(path))
        os.set_blocking(file.fileno(), True)
        return (start or b"") + _read(file, most - len(start or b""))


def _read(file: io.FileIO, most: int) -> bytes:
    """Return up to `most` further bytes of a file, which may come in parts."""
    return io.BufferedReader(file).read(most)


def _opened_at_once(name: str, flags: int) -> int:
    """Open a file for `open`; a pipe so that reading from it does not wait either, everything else as ever."""
    descriptor = os.open(name, flags | getattr(os, "O_NONBLOCK", 0))  # Windows has no pipes in folders
    if hasattr(os, "O_NONBLOCK") and not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        os.set_blocking(descriptor, True)
    return descriptor
