"""`nodewright run`: write workflows, run them on a server, and save their pictures."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .progress import Display, open_display
from .prompts import read_prompt
from .reporting import NO, OK, Failure, file_failure, print_document, print_failure, print_text, server_failures, warn
from .writer import Writer
from .written import Written, workflow_document

if TYPE_CHECKING:
    from ..comfyui.client import Client, Progress


def run_command(arguments: argparse.Namespace) -> int:
    """Run `nodewright run` and return its exit status."""
    from ..comfyui.address import shown_url

    with _terminated_as_interrupted():
        prompt = read_prompt(arguments.prompt)
        written = Writer.open(arguments).write(prompt)
        if not arguments.json:
            for index in range(len(written.workflows)):
                print_text(written.heading(index))
            print_text(written.read())
            print_text(written.figures())
        try:
            arguments.out.mkdir(parents=True, exist_ok=True)  # before minutes of rendering are spent
        except OSError as error:
            raise file_failure(error, arguments.out) from error
        rendered, failure = asyncio.run(_render_all(arguments, written))
    if arguments.json:
        results = iter(rendered)  # fewer than workflows where the rest was not tried
        workflows = [{**workflow_document(one), **next(results, {})} for one in written.workflows]
        print_document({**written.document(), "server": shown_url(arguments.server), "workflows": workflows}, failure)
    return OK if failure is None else failure.status


async def _render_all(arguments: argparse.Namespace, written: Written) -> tuple[list[dict[str, Any]], Failure | None]:
    """Run one workflow after the other, and print the results.

    Where the server is gone, or pictures cannot be saved, the rest is not tried.

    Returns:
        The results as JSON, and the last failure.
    """
    from ..comfyui.client import Client

    rendered: list[dict[str, Any]] = []
    failure: Failure | None = None
    async with Client(arguments.server, arguments.timeout) as client:
        for index, workflow in enumerate(written.workflows):
            try:
                with server_failures():
                    done = await _render(client, workflow.api, arguments.out)
            except (asyncio.CancelledError, KeyboardInterrupt):
                if client.left_running:
                    warn(f"the job {client.left_running} could not be stopped in time; it may still run on the server")
                raise
            except Failure as found:
                failure = found
                print_failure(found, f"workflow {index + 1}" if len(written.workflows) > 1 else "")
                rendered.append({"error": found.document()})
                if found.status != NO:
                    break
                continue
            rendered.append(done)
            if not arguments.json:
                print_text(f"{done['seconds_rendering']:.2f} s to render")
                for path in done["images"]:
                    print_text(path)
    return rendered, failure


async def _render(client: Client, api: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run one workflow, save its pictures, and return what --json has of it. Raises Failure."""
    start = time.perf_counter()
    with open_display() as display:
        done = await client.render(api, lambda progress: _show(display, progress))
        seconds = time.perf_counter() - start
        paths = []
        for file in done.files:
            display.show(f"Saving {file.filename}")
            try:
                paths.append(await client.save(file, folder))
            except OSError as error:
                raise file_failure(error, folder) from error
    for problem in done.problems:
        warn(f"the server left out a part of the workflow. {problem}")
    if not paths:
        raise Failure(NO, "render", f"the workflow ran as {done.prompt_id}, but saved or showed no picture")
    images = [str(path.resolve()) for path in paths]
    return {"prompt_id": done.prompt_id, "seconds_rendering": round(seconds, 4), "images": images}


def _show(display: Display, progress: Progress) -> None:
    if progress.node is None:
        display.show(f"Waiting behind {progress.waiting} other jobs" if progress.waiting else "Queued")
        return
    part = progress.step / progress.steps if progress.steps > 0 else 0
    label = f"{progress.node} ({min(progress.finished + 1, progress.nodes)} of {progress.nodes})"
    note = f"{progress.step:g}/{progress.steps:g}" if progress.steps > 1 else ""
    display.show(label, progress.finished + part, progress.nodes, note)


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Handle SIGTERM, which `timeout` and job schedulers send, as Ctrl-C: the server's job must not outlive it."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
