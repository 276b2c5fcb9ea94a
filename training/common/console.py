"""What a training prints, while it is still read."""

from __future__ import annotations

import errno
import os
import sys
from typing import TextIO

_GONE = (errno.EPIPE, errno.EINVAL)
"""How a write to a pipe that nobody reads fails; the second on Windows."""


def told(text: str, stream: TextIO | None = None, end: str = "\n") -> None:
    """A report that is seen at once, on standard output unless another stream is named.

    Where its reader is gone (`| head`), this and what follows is dropped, and the work goes on: what it writes, and its
    exit status, are those that it would have had.
    """
    stream = sys.stdout if stream is None else stream
    try:
        print(text, file=stream, end=end, flush=True)
    except OSError as error:
        if error.errno not in _GONE:
            raise
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # what is left in the buffer goes there, too
        os.close(nowhere)


def untold(_: str) -> None:
    """In place of `told` in all processes but the first."""
