"""Threads for work that the event loop of ComfyUI's server must not wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")

THREADS = 2
# The loop's own threads read static files, which would wait for this work.
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="nodewright")


async def in_thread(work: Callable[..., Result], *arguments: Any) -> Result:
    """Return the result of `work` in one of these threads."""
    return await asyncio.get_running_loop().run_in_executor(_threads, work, *arguments)
