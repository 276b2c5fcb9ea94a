"""How a stage's command line ends where a file cannot be read or written, however the stage was started."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from .console import report

BAD_INPUT = 2
"""Exit status for files that cannot be read or written."""


def run_stage(main: Callable[[Sequence[str] | None], int], arguments: Sequence[str] | None = None) -> int:
    """Run a stage's command line; return its exit status, or 2 after a message where a file ended it.

    Args:
        main: the stage's `main`.
        arguments: what follows the stage's name; None takes the process's own.
    """
    try:
        return main(arguments)
    except OSError as error:  # of a file that the stage does not read by itself, or cannot write
        reason = error.strerror or str(error)
        report(f"nodewright: {error.filename}: {reason}" if error.filename else f"nodewright: {reason}", sys.stderr)
        return BAD_INPUT
