"""The command line: `nodewright generate | run | score | catalog | validate | train`, described in docs/cli.md.

Commands import torch and aiohttp themselves where they need them, so that --help and mistakes in the options cost
nothing.
"""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Sequence

from .arguments import make_parser
from .reporting import BUG, INTERRUPTED, Failure, report_failure

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status. Raises SystemExit only for --help and mistakes in the options."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a console that lacks a character must not end the command
    arguments = make_parser(sys.argv[1:] if argv is None else argv).parse_args(argv)
    try:
        status: int = arguments.command(arguments)
        return status
    except Failure as error:
        failure = error
    except KeyboardInterrupt as stop:
        failure = Failure(INTERRUPTED, "interrupted", str(stop) or "interrupted")
    except Exception as error:
        traceback.print_exc()
        failure = Failure(BUG, "bug", f"this is a mistake in nodewright: {error!r}")
    lines = getattr(arguments, "prompts", None) is not None
    return report_failure(failure, arguments.json or lines, None if lines else 2)
