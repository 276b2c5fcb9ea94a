"""Waiting for what other processes do. A busy machine is no mistake: only what has stopped for good fails a test."""

from __future__ import annotations

import time
from collections.abc import Callable

LIMIT = 300.0


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Return as soon as `condition` holds. Raises AssertionError, with `what`, if it never does."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, f"not within {LIMIT:.0f} s: {what}"
        time.sleep(0.1)
