"""What the commands tell: exit statuses, failures, and what is printed where."""

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
    from ..workflow.validate import Problem

OK, NO, BAD_INPUT, SERVER, BUG, INTERRUPTED = 0, 1, 2, 3, 70, 130
"""Exit statuses; docs/cli.md says what they mean."""


class Failure(Exception):
    """Why a command cannot do what it was asked to. `kind` is a word for scripts, `problems` name nodes and inputs."""

    def __init__(self, status: int, kind: str, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.problems = tuple(problems)

    def document(self) -> dict[str, Any]:
        """As `error` in --json."""
        error: dict[str, Any] = {"kind": self.kind, "message": str(self)}
        if self.problems:
            error["problems"] = [asdict(problem) for problem in self.problems]
        return error


def tell(failure: Failure, as_json: bool) -> int:
    """Report a failure: in words on standard error, with --json also as a document on standard output."""
    tell_in_words(failure)
    if as_json:
        with contextlib.suppress(Failure):  # standard output is what failed, and standard error has said so
            print_document({}, failure)
    return failure.status


def tell_in_words(failure: Failure, about: str = "") -> None:
    """Report a failure on standard error; `about` says of which of several things."""
    warn(f"{about}: {failure}" if about else str(failure))
    for problem in failure.problems:
        print(f"  {problem}", file=sys.stderr)


def file_failure(error: OSError, path: Path | None = None) -> Failure:
    """For a file that cannot be read or written; `path` is the one that the user named."""
    name = path or error.filename
    return Failure(BAD_INPUT, "file", f"{name}: {error.strerror or error}" if name else str(error))


@contextlib.contextmanager
def server_failures() -> Iterator[None]:
    """Raises the client's errors as Failure."""
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
    """Write to standard output now, while a full disk can still be told. Where its reader is gone (`| head`), this and
    what follows is dropped. Raises Failure."""
    try:
        print(text, flush=True)
    except OSError as error:
        # What is left in the buffer would fail again when Python ends.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno in (errno.EPIPE, errno.EINVAL):  # the second on Windows
            return
        raise Failure(BAD_INPUT, "file", f"standard output cannot be written: {error.strerror}") from error


def print_document(content: dict[str, Any], failure: Failure | None = None) -> None:
    """Write what --json promises; with a failure, `content` is what there is in spite of it. Raises Failure."""
    error = {} if failure is None else {"error": failure.document()}
    print_text(json.dumps({**content, **error}, indent=2))  # ASCII, whatever the console's encoding is


def warn(message: str) -> None:
    """Say on standard error what does not stop the command."""
    print(f"nodewright: {message}", file=sys.stderr, flush=True)
