"""Show progress on standard error."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator
from typing import TextIO


class Display:
    """Progress on a stream: one line with a bar on a terminal, else a line for each new label."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._label = ""
        self._width = 0

    def show(self, label: str, done: float = 0, total: float = 0, note: str = "") -> None:
        """Show a label, and on a terminal a bar for `done` of `total` and a note that changes often."""
        if self._terminal:
            full = 0 if total <= 0 else round(20 * min(max(done / total, 0), 1))
            bar = f"[{'#' * full}{'-' * (20 - full)}] " if total > 0 else ""
            self._replace(f"{bar}{label} {note}".rstrip())
        elif label != self._label:
            print(label, file=self._stream, flush=True)
        self._label = label

    def clear(self) -> None:
        """Remove the bar, before other output."""
        if self._terminal:
            self._replace("")

    def _replace(self, text: str) -> None:
        text = text[: shutil.get_terminal_size().columns - 1]
        ending = "" if text else "\r"
        print("\r" + text.ljust(self._width) + ending, end="", file=self._stream, flush=True)
        self._width = len(text)


@contextlib.contextmanager
def open_display() -> Iterator[Display]:
    """Open a display on standard error, and clear it at the end."""
    display = Display(sys.stderr)
    try:
        yield display
    finally:
        display.clear()
