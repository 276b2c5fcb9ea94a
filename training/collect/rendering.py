"""Rendering the waiting jobs of a store on ComfyUI servers.

Each server has a few jobs in flight, one running and the others queued, so that it never waits. Jobs go out in windows,
and inside a window by main model, because loading a model takes longer than rendering most pictures with a small one.
When a server stops answering, its jobs go back to the plan, and it is used again once it answers. A failure of the job
itself is recorded and not tried again; a failure that may be the server's is tried again a few times.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...comfyui.client import Client, RejectedError, RenderError, ServerError, ServerFile
from ...store.triplets import TripletStore, WaitingJob
from ...workflow.catalog.catalog import Catalog
from ...workflow.catalog.object_info import CatalogError, catalog_from_object_info
from ...workflow.grammar.grammar import Grammar
from ...workflow.graph import WorkflowError
from .waiting import together, wait

WINDOW = 256
"""Jobs that may change places with each other."""
TRIES = 5
"""Number of times that a job is tried which lost its server or was interrupted."""
FAILURES_IN_A_ROW = 25
"""Number of failures in a row after which a server is given up: it, or all of its jobs, must be at fault."""
_LONGEST_PAUSE = 30.0
_POLL_SECONDS = 0.1
_PICTURES = (".png", ".jpg", ".jpeg", ".webp")


class Plan:
    """The jobs that are waiting, and which of them comes next."""

    def __init__(self) -> None:
        self._later: deque[WaitingJob] = deque()
        self._window: dict[str, deque[WaitingJob]] = {}

    def __len__(self) -> int:
        return len(self._later) + sum(map(len, self._window.values()))

    def add(self, jobs: Iterable[WaitingJob]) -> None:
        """Add jobs after all others."""
        self._later.extend(jobs)

    def take(self, main: str | None, others: Collection[str]) -> WaitingJob | None:
        """Return the next job for a server, None if there is none.

        While the window has a job on the server's main model, it is one of these.

        Args:
            main: main model that the server has loaded.
            others: main models that the other servers have loaded.
        """
        if not self._window:
            for _ in range(min(WINDOW, len(self._later))):
                job = self._later.popleft()
                self._window.setdefault(job.main, deque()).append(job)
        if not self._window:
            return None
        if main not in self._window:
            main = max(self._window, key=lambda each: (each not in others, len(self._window[each])))
        jobs = self._window[main]
        job = jobs.popleft()
        if not jobs:
            del self._window[main]
        return job


@dataclass
class _Server:
    """One server while it answers.

    Attributes:
        client: the connection.
        version: of ComfyUI.
        fingerprint: of its catalog.
        main: main model of its last job.
        trouble: why it is given a pause; None while all is well.
    """

    client: Client
    version: str
    fingerprint: str
    main: str | None = None
    trouble: str | None = None


class ServerPool:
    """ComfyUI servers that render the jobs of a store until `finish` has been called and nothing is left.

    Args:
        store: the open store.
        urls: the servers.
        message: called with news of servers and failures.
        in_flight: number of jobs that a server has at a time, one number for all or one for each.
        timeout: seconds that a server may be silent.
        seconds_a_job: the most seconds that a job may take, its time in the server's queue included.
        patience: seconds without an answer from any server after which `run` gives up.

    Attributes:
        plan: the jobs that wait.
        rendered: number of jobs rendered, by server.
        failed: number of jobs that failed for good.
        catalog: what the first server that answered can do.
    """

    def __init__(
        self, store: TripletStore, urls: Sequence[str], message: Callable[[str], None], *,
        in_flight: Sequence[int] = (2,), timeout: float = 30.0, seconds_a_job: float = 600.0, patience: float = 300.0,
    ) -> None:  # fmt: skip
        self.plan = Plan()
        self.rendered: Counter[str] = Counter()
        self.failed = 0
        self.catalog: asyncio.Future[Catalog] = asyncio.get_running_loop().create_future()
        self._store, self._message = store, message
        each = in_flight if len(in_flight) > 1 else tuple(in_flight) * len(urls)
        self._slots = dict(zip(urls, each, strict=True))
        self._timeout, self._limit, self._patience = timeout, seconds_a_job, patience
        self._up: dict[str, _Server] = {}
        self._in_flight = 0
        self._in_a_row: Counter[str] = Counter()
        self._answered = time.monotonic()
        self._last = -1
        self._all_planned = False
        self._over = asyncio.Event()

    def look(self) -> None:
        """Add to the plan the jobs that have been added to the store since the last look."""
        new = self._store.pending(after=self._last)
        if new:
            self._last = new[-1].id
            self.plan.add(new)

    def finish(self) -> None:
        """State that no more jobs will be added to the store."""
        self.look()
        self._all_planned = True

    @property
    def servers(self) -> tuple[int, int]:
        """Number of servers that answer, and of all servers."""
        return len(self._up), len(self._slots)

    async def run(self) -> None:
        """Render until nothing is left. Raises ServerError where no server is left; open jobs stay waiting."""
        await together(*(self._keep(url) for url in self._slots))
        if not self._over.is_set():
            raise ServerError("no server is left that renders; what is not done can be resumed by the same command")

    async def _keep(self, url: str) -> None:
        """Use a server whenever it answers."""
        pause = 1.0
        while not self._over.is_set():
            before = self.rendered[url]
            try:
                async with Client(url, self._timeout) as client:
                    trouble = await self._use(url, client)
            except ServerError as error:
                trouble = str(error)
            finally:
                self._up.pop(url, None)
            if trouble is None:
                return
            if self._in_a_row[url] >= FAILURES_IN_A_ROW:
                self._message(f"{url}: {FAILURES_IN_A_ROW} failures in a row, so it is given up. {trouble}")
                return
            if not self._up and time.monotonic() - self._answered > self._patience:
                self._message(f"{trouble}. No server has answered for {self._patience:g} s")
                return
            pause = 1.0 if self.rendered[url] > before else min(2 * pause, _LONGEST_PAUSE)
            self._message(f"{trouble}. Trying again")
            await wait(self._over, pause)

    async def _use(self, url: str, client: Client) -> str | None:
        """Render on a server that answers; return what went wrong with it, None when all is done."""
        server = await self._meet(client)
        self._up[url] = server
        self._answered = time.monotonic()
        self._message(f"{client.shown} renders (ComfyUI {server.version})")
        await together(*(self._work(url, server) for _ in range(self._slots[url])))
        return server.trouble

    async def _meet(self, client: Client) -> _Server:
        version = await client.version()
        catalog = await read_catalog(client, self._message)
        try:
            files = Grammar(catalog).files
        except WorkflowError:
            files = ()  # nothing to choose from; the errors of its jobs are clearer
        self._store.add_catalog(catalog.fingerprint, files)
        if not self.catalog.done():
            self.catalog.set_result(catalog)
        elif self.catalog.result().fingerprint != catalog.fingerprint:
            self._message(f"{client.shown} has other nodes or models than the first server; it may refuse some jobs")
        return _Server(client, version, catalog.fingerprint)

    async def _work(self, url: str, server: _Server) -> None:
        """Render one job after the other on one server."""
        while server.trouble is None and not self._over.is_set():
            others = {each.main for each in self._up.values() if each is not server and each.main is not None}
            waiting = self.plan.take(server.main, others)
            if waiting is None:
                if self._all_planned and not self._in_flight:
                    self._over.set()
                await wait(self._over, _POLL_SECONDS)
                continue
            server.main = waiting.main
            self._in_flight += 1
            try:
                await self._render(url, server, waiting)
            finally:
                self._in_flight -= 1

    async def _render(self, url: str, server: _Server, waiting: WaitingJob) -> None:
        """Render one job and record how it ended."""
        api, start = self._store.job(waiting.id).api, time.monotonic()
        try:
            done = await asyncio.wait_for(server.client.render(api, lambda progress: None), self._limit)
            image = await server.client.fetch(final_picture(done.files, api))
            self._store.record_result(
                waiting.id, image, seconds=time.monotonic() - start if done.seconds is None else done.seconds,
                comfyui=server.version, catalog=server.fingerprint, server=server.client.shown,
            )  # fmt: skip
        except RejectedError as error:
            self._fail(url, server, waiting, "; ".join([str(error), *map(str, error.problems)]))
        except RenderError as error:
            again = waiting.tries + 1 < (TRIES if error.interrupted else 2 if _out_of_memory(error) else 0)
            self._fail(url, server, waiting, str(error), again)
        except ServerError as error:
            server.trouble = str(error)
            self._fail(url, server, waiting, str(error), waiting.tries + 1 < TRIES)
        except asyncio.TimeoutError:
            self._fail(url, server, waiting, f"it had not ended after {self._limit:g} s")
        except ValueError as error:
            self._fail(url, server, waiting, str(error))
        else:
            self.rendered[url] += 1
            self._in_a_row[url] = 0
            self._answered = time.monotonic()

    def _fail(self, url: str, server: _Server, waiting: WaitingJob, error: str, again: bool = False) -> None:
        self._store.record_failure(waiting.id, error, again=again)
        self._in_a_row[url] += 1
        if again:
            self.plan.add([WaitingJob(waiting.id, waiting.main, waiting.tries + 1)])
        else:
            self.failed += 1
            self._message(f"job {waiting.id} failed: {error}")
        if self._in_a_row[url] >= FAILURES_IN_A_ROW:
            server.trouble = f"The last one: {error}"


async def read_catalog(client: Client, message: Callable[[str], None]) -> Catalog:
    """Return what a server can do; `message` is called for each node class that cannot be read. Raises ServerError."""
    info, models = await client.object_info(), await client.models()
    try:
        catalog = catalog_from_object_info(info, models)
    except CatalogError as error:
        raise ServerError(f"{client.shown}: no node class can be read: {error}") from error
    for found in catalog.left_out.values():
        message(f"{client.shown}: a node class cannot be read and is left out. {found}")
    return catalog


def final_picture(files: Iterable[ServerFile], api: Mapping[str, Any]) -> ServerFile:
    """Return the picture that a workflow was made for.

    Of the pictures that it saved, or else of those that it previewed, that is the first one of the last node.

    Args:
        files: what the workflow put out.
        api: the workflow in API format.

    Raises:
        ValueError: where there is no picture.
    """
    order = {key: position for position, key in enumerate(api)}
    pictures = [file for file in files if file.filename.lower().endswith(_PICTURES)]
    pictures = [file for file in pictures if file.type == "output"] or pictures
    if not pictures:
        raise ValueError("the workflow ran, but saved or showed no picture")
    return max(pictures, key=lambda file: order.get(file.node_id, -1))  # the first of the largest


def _out_of_memory(error: RenderError) -> bool:
    # Every device words it differently; ComfyUI frees what it can before the next job.
    text = f"{error.exception} {error}".lower()
    return any(sign in text for sign in ("outofmemory", "out of memory", "not enough memory"))
