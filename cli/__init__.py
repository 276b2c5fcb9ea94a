"""The command line: `nodewright generate | run | score | catalog | validate | train`. What each does: docs/cli.md.

What is heavy (torch, aiohttp) is imported by the commands that need it, so that --help and mistakes cost nothing.
"""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Sequence

from .arguments import make_parser
from .reporting import BUG, INTERRUPTED, Failure, tell

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status; raises SystemExit only for --help and mistakes in the options."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a console that lacks a character must not end us
    arguments = make_parser(sys.argv[1:] if argv is None else argv).parse_args(argv)
    try:
        status: int = arguments.command(arguments)
        return status
    except Failure as failure:
        return tell(failure, arguments.json)
    except KeyboardInterrupt as stop:
        return tell(Failure(INTERRUPTED, "interrupted", str(stop) or "interrupted"), arguments.json)
    except Exception as error:
        traceback.print_exc()
        return tell(Failure(BUG, "bug", f"this is a mistake in nodewright: {error!r}"), arguments.json)
