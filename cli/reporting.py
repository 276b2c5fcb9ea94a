"""Exit statuses, failures, and what is printed where."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..workflow.problem import Problem

OK, NO, BAD_INPUT, SERVER, BUG, INTERRUPTED = 0, 1, 2, 3, 70, 130
"""Exit statuses; docs/cli.md explains them."""


class Failure(Exception):
    """A reason why a command cannot do its work.

    Attributes:
        status: the exit status.
        kind: a word for scripts, as listed in docs/cli.md.
        problems: the nodes and inputs that are at fault, if any.
    """

    def __init__(self, status: int, kind: str, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.problems = tuple(problems)

    def document(self) -> dict[str, Any]:
        """Return the failure as `error` in --json."""
        error: dict[str, Any] = {"kind": self.kind, "message": str(self)}
        if self.problems:
            error["problems"] = [asdict(problem) for problem in self.problems]
        return error


def report_failure(failure: Failure, as_json: bool, indent: int | None = 2) -> int:
    """Print a failure on standard error, with `as_json` also as a document on standard output; return its status."""
    print_failure(failure)
    if as_json:
        with contextlib.suppress(Failure):  # standard output is what failed, and that was printed above
            print_document({}, failure, indent)
    return failure.status


def print_failure(failure: Failure, about: str = "") -> None:
    """Print a failure on standard error; `about` names the one of several things that failed."""
    warn(f"{about}: {failure}" if about else str(failure))
    for problem in failure.problems:
        print(f"  {problem}", file=sys.stderr)


def file_failure(error: OSError, path: Path | None = None) -> Failure:
    """Return the failure for a file that cannot be read or written; `path` is the one that the user named."""
    name = path or error.filename
    return Failure(BAD_INPUT, "file", f"{name}: {error.strerror or error}" if name else str(error))


@contextlib.contextmanager
def server_failures() -> Iterator[None]:
    """Raise the client's errors as Failure."""
    from ..comfyui.client import RejectedError, RenderError, ServerError

    try:
        yield
    except RejectedError as error:
        raise Failure(NO, "rejected", str(error), error.problems) from error
    except RenderError as error:
        raise Failure(NO, "render", str(error)) from error
    except ServerError as error:
        raise Failure(SERVER, "server", str(error)) from error


def print_text(text: str) -> None:
    """Write to standard output and flush, so that a full disk is noticed while it can still be reported.

    Where the reader is gone (`| head`), this text and everything after it is dropped. Raises Failure.
    """
    try:
        print(text, flush=True)
    except OSError as error:
        # What is left in the buffer would fail again when Python ends.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno in (errno.EPIPE, errno.EINVAL):  # the second on Windows
            return
        raise Failure(BAD_INPUT, "file", f"standard output cannot be written: {error.strerror}") from error


def print_document(content: dict[str, Any], failure: Failure | None = None, indent: int | None = 2) -> None:
    """Write a JSON document to standard output, with a failure as `error`; `indent` None writes one line.

    Raises Failure.
    """
    error = {} if failure is None else {"error": failure.document()}
    print_text(json.dumps({**content, **error}, indent=indent))  # ASCII, whatever the console's encoding is


def warn(message: str) -> None:
    """Print a message on standard error."""
    print(f"nodewright: {message}", file=sys.stderr, flush=True)
