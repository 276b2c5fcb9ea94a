"""Rendering the waiting jobs of a store on ComfyUI servers.

Each server has a few jobs in flight, one running and the others queued, so that it never waits. Jobs go out in windows,
and inside a window by main model, because loading one takes longer than most pictures of a small one do. A server that
cannot be reached any more gives its jobs back and is used again when it answers again. What a job did wrong itself is
recorded with it and not tried again; what may be no fault of its own is, a few times.
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
from ...workflow.catalog.object_info import CatalogError, catalog_of_readable
from ...workflow.grammar.grammar import Grammar
from ...workflow.graph import WorkflowError

WINDOW = 256
"""Jobs that may change places with each other."""
TRIES = 5
"""How often a job is tried that lost its server or was interrupted."""
FAILURES_IN_A_ROW = 25
"""After as many a server is not asked any more: it, or what it is asked for, is wrong as a whole."""
_LONGEST_PAUSE = 30.0
_LOOK_SECONDS = 0.1
_PICTURES = (".png", ".jpg", ".jpeg", ".webp")


class Plan:
    """Which job comes next."""

    def __init__(self) -> None:
        self._later: deque[WaitingJob] = deque()
        self._window: dict[str, deque[WaitingJob]] = {}

    def __len__(self) -> int:
        return len(self._later) + sum(map(len, self._window.values()))

    def add(self, jobs: Iterable[WaitingJob]) -> None:
        """Jobs to come after all others."""
        self._later.extend(jobs)

    def take(self, main: str | None, others: Collection[str]) -> WaitingJob | None:
        """The next job for a server that has `main` loaded, where other servers have `others`; None if there is
        none. While the window has a job on `main`, it is one of these."""
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
    """One server while it answers. main: the main model of its last job; trouble: why it is given a pause."""

    client: Client
    version: str
    fingerprint: str
    main: str | None = None
    trouble: str | None = None


class Farm:
    """Renders what `plan` holds and will hold, until `finish` has been called and nothing is left.

    flying: jobs for a server at a time, one number for all or one for each. seconds_a_job: the most a job may take, its
    time in the server's queue included. patience: seconds without an answer from any server after which `run` gives up.
    tell: where news of servers and failures go.
    """

    def __init__(
        self, store: TripletStore, urls: Sequence[str], tell: Callable[[str], None], *,
        flying: Sequence[int] = (2,), timeout: float = 30.0, seconds_a_job: float = 600.0, patience: float = 300.0,
    ) -> None:  # fmt: skip
        self.plan = Plan()
        self.rendered: Counter[str] = Counter()  # by server
        self.failed = 0
        self.catalog: asyncio.Future[Catalog] = asyncio.get_running_loop().create_future()
        """What the first server that answered can do."""
        self._store, self._tell = store, tell
        each = flying if len(flying) > 1 else tuple(flying) * len(urls)
        self._slots = dict(zip(urls, each, strict=True))
        self._timeout, self._limit, self._patience = timeout, seconds_a_job, patience
        self._up: dict[str, _Server] = {}
        self._flying = 0
        self._in_a_row: Counter[str] = Counter()
        self._answered = time.monotonic()
        self._last = -1
        self._all_planned = False
        self._over = asyncio.Event()

    def look(self) -> None:
        """Plans the jobs that have been added to the store since the last look."""
        new = self._store.pending(after=self._last)
        if new:
            self._last = new[-1].id
            self.plan.add(new)

    def finish(self) -> None:
        """No more jobs will be added to the store."""
        self.look()
        self._all_planned = True

    @property
    def servers(self) -> tuple[int, int]:
        """How many servers answer, and how many there are."""
        return len(self._up), len(self._slots)

    async def run(self) -> None:
        """Renders. Raises ServerError where no server is left to do it; jobs that are not done stay waiting."""
        await together(*(self._keep(url) for url in self._slots))
        if not self._over.is_set():
            raise ServerError("no server is left that renders; what is not done can be resumed by the same command")

    async def _keep(self, url: str) -> None:
        """Uses a server whenever it answers."""
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
                self._tell(f"{url}: {FAILURES_IN_A_ROW} failures in a row, so it is not asked any more. {trouble}")
                return
            if not self._up and time.monotonic() - self._answered > self._patience:
                self._tell(f"{trouble}. No server has answered for {self._patience:g} s")
                return
            pause = 1.0 if self.rendered[url] > before else min(2 * pause, _LONGEST_PAUSE)
            self._tell(f"{trouble}. Trying again")
            await wait(self._over, pause)

    async def _use(self, url: str, client: Client) -> str | None:
        """Renders on a server that answers. Returns what went wrong with it, None when all is done."""
        server = await self._meet(client)
        self._up[url] = server
        self._answered = time.monotonic()
        self._tell(f"{client.shown} renders (ComfyUI {server.version})")
        await together(*(self._work(url, server) for _ in range(self._slots[url])))
        return server.trouble

    async def _meet(self, client: Client) -> _Server:
        version = await client.version()
        catalog = await read_catalog(client, self._tell)
        try:
            files = Grammar(catalog).files
        except WorkflowError:
            files = ()  # nothing to choose from; its jobs say so better
        self._store.add_catalog(catalog.fingerprint, files)
        if not self.catalog.done():
            self.catalog.set_result(catalog)
        elif self.catalog.result().fingerprint != catalog.fingerprint:
            self._tell(f"{client.shown} has other nodes or models than the first server; it may refuse some jobs")
        return _Server(client, version, catalog.fingerprint)

    async def _work(self, url: str, server: _Server) -> None:
        """One job after the other on one server."""
        while server.trouble is None and not self._over.is_set():
            others = {each.main for each in self._up.values() if each is not server and each.main is not None}
            waiting = self.plan.take(server.main, others)
            if waiting is None:
                if self._all_planned and not self._flying:
                    self._over.set()
                await wait(self._over, _LOOK_SECONDS)
                continue
            server.main = waiting.main
            self._flying += 1
            try:
                await self._render(url, server, waiting)
            finally:
                self._flying -= 1

    async def _render(self, url: str, server: _Server, waiting: WaitingJob) -> None:
        """One job to its end, recorded."""
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
            self._tell(f"job {waiting.id} failed: {error}")
        if self._in_a_row[url] >= FAILURES_IN_A_ROW:
            server.trouble = f"The last one: {error}"


async def read_catalog(client: Client, tell: Callable[[str], None]) -> Catalog:
    """What a server can do. Raises ServerError."""
    info, models = await client.object_info(), await client.models()
    try:
        catalog, errors = catalog_of_readable(info, models)
    except CatalogError as error:
        raise ServerError(f"{client.shown}: no node class can be read: {error}") from error
    for found in errors.values():
        tell(f"{client.shown}: a node class cannot be read and is left out. {found}")
    return catalog


def final_picture(files: Iterable[ServerFile], api: Mapping[str, Any]) -> ServerFile:
    """The picture that a workflow was made for: of those it saved, or else of those it showed, the first one of the
    node that comes last. Raises ValueError where there is none."""
    order = {key: position for position, key in enumerate(api)}
    pictures = [file for file in files if file.filename.lower().endswith(_PICTURES)]
    pictures = [file for file in pictures if file.type == "output"] or pictures
    if not pictures:
        raise ValueError("the workflow ran, but saved or showed no picture")
    return max(pictures, key=lambda file: order.get(file.node_id, -1))  # the first of the largest


async def together(*parts: Any) -> None:
    """Runs coroutines until all have ended or one has failed; then the others are cancelled and waited for."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event is set, but no longer than `seconds`."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except asyncio.TimeoutError:
        return


def _out_of_memory(error: RenderError) -> bool:
    # Each device says it in its own way; ComfyUI frees what it can before the next job.
    said = f"{error.exception} {error}".lower()
    return any(sign in said for sign in ("outofmemory", "out of memory", "not enough memory"))
