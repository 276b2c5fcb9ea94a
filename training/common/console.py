"""What a training prints, also where nobody reads it any more."""

from __future__ import annotations

import errno
import os
import sys
from typing import TextIO

_GONE = (errno.EPIPE, errno.EINVAL)
"""How a write to a pipe that nobody reads fails; the second on Windows."""


def report(text: str, stream: TextIO | None = None, end: str = "\n") -> None:
    """Print a text at once, on standard output unless another stream is given.

    Once the reader is gone (`| head`), this text and what follows is dropped, and the program works on, so that its
    files and its exit status are the same as with a reader. Raises OSError for any other failure, such as a full disk.
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


def silent(_: str) -> None:
    """Print nothing: the report of all processes but the first."""
