"""Drawing, rendering and scoring at the same time: the work of the stage `collect`, as a function."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from ...store.triplets import DONE, FAILED, WAITING, TripletStore
from ...workflow.catalog.catalog import Catalog
from ..common.console import report
from ..scorers.base import Scorer
from ..scorers.scorers import open_scorer
from .config import CollectConfig
from .rendering import ServerPool
from .sampling import Drawing, Sampling, check_drawn_from, check_jobs, read_jobs
from .scoring import Scoring
from .waiting import together, wait

GROUPS_AT_ONCE = 16
"""Groups of jobs that are drawn before they are added to the store together."""
REPORT_SECONDS = 30.0
"""Seconds between lines of progress where standard error is no terminal."""
_RATE_LINES = 60
"""Lines of progress over which the rate is averaged; it changes with the workflows."""


def open_scorers(names: Sequence[str], device: str) -> dict[str, Scorer]:
    """Return scorers by name.

    Args:
        names: each as NAME or NAME=SOURCE, see `open_scorer`.
        device: where they run, as torch names it.

    Raises:
        ScorerError: where one cannot be opened.
    """
    parts = [text.partition("=") for text in names]
    return {name: open_scorer(name, source or None, device=device) for name, _, source in parts}


def collect(config: CollectConfig, store: TripletStore, scorers: Mapping[str, Scorer]) -> None:
    """Draw, render and score until nothing is left to do.

    Args:
        config: what is drawn, and how it is rendered.
        store: the open store, which this process has claimed.
        scorers: those of `config`, open.

    Raises:
        ServerError: where no server is left; jobs that are not done stay waiting.
        KeyboardInterrupt: on SIGINT and SIGTERM, after the servers' jobs have been taken back.
        DataError, WorkflowError, PolicyError, DecodingError: for files that jobs cannot be drawn from.
        StoreError: for the store.
    """
    sampling = _sampling(config)
    if config.jobs is not None:  # before the store is changed or a server waited for
        check_jobs(config.jobs)
    elif sampling is not None:
        check_drawn_from(sampling)
    if config.retry_failed:
        store.retry_failed()
    if config.rescore:
        for name in scorers:
            store.forget_scores(name)
    with _terminated_as_interrupted():
        asyncio.run(_collect(config, store, scorers))


async def _collect(config: CollectConfig, store: TripletStore, scorers: Mapping[str, Scorer]) -> None:
    progress = Progress(store)
    scoring = Scoring(store, scorers, progress.message, config.batch)
    rendered, scored = asyncio.Event(), asyncio.Event()
    if not config.servers:
        rendered.set()
        await scoring.run(rendered)
        return
    pool = ServerPool(
        store, config.servers, progress.message, in_flight=config.in_flight, timeout=config.timeout,
        seconds_a_job=config.seconds_a_job, patience=config.patience,
    )  # fmt: skip

    async def render() -> None:
        try:
            await together(pool.run(), _add_jobs(config, store, pool, progress.message))
        finally:
            rendered.set()

    async def score() -> None:
        await scoring.run(rendered)
        scored.set()

    await together(render(), score(), progress.run(pool, scoring, scored))


# ---- jobs --------------------------------------------------------------------------------------------------------


async def _add_jobs(
    config: CollectConfig, store: TripletStore, pool: ServerPool, message: Callable[[str], None]
) -> None:
    """Add the jobs of the config to the store, while the first ones are rendered."""
    pool.look()
    if config.jobs is not None:
        catalog = await asyncio.shield(pool.catalog)
        jobs = read_jobs(config.jobs, lambda: catalog)
        while chunk := await asyncio.to_thread(lambda: list(islice(jobs, 256))):
            store.add_jobs(chunk)
            pool.look()
    elif (sampling := _sampling(config)) is not None:
        catalog = await asyncio.shield(pool.catalog)
        await draw_workflows(store, sampling, config.count, catalog, message, pool.look, config.device)
    pool.finish()


def _sampling(config: CollectConfig) -> Sampling | None:
    """Return what a configuration draws, None where it draws nothing."""
    if config.workflows is None:
        return None
    return Sampling(
        config.workflows, config.prompts, config.constraints, each=config.each, seeds=config.seeds,
        repeats=config.repeats, seed=config.seed, temperature=config.temperature, exchange=config.exchange,
        tuned=config.tuned, redrawn=config.redrawn, named=config.named,
    )  # fmt: skip


async def draw_workflows(
    store: TripletStore, sampling: Sampling, count: int, catalog: Catalog,
    message: Callable[[str], None], added_some: Callable[[], None], device: str = "cpu",
) -> None:  # fmt: skip
    """Add the jobs of `count` workflows to the store, going on from what the same sampling has drawn for it before.

    Args:
        store: the open store.
        sampling: what is drawn.
        count: number of workflows, rounded up to whole prompts.
        catalog: what the servers can do.
        message: called with each piece of news.
        added_some: called when jobs have been added.
        device: where a policy writes, as torch names it.

    Raises:
        DataError, WorkflowError, PolicyError: where the sampling cannot be drawn.
    """
    groups = -(-count // sampling.each)
    drawing = await asyncio.to_thread(Drawing, sampling, catalog, device)
    key = sampling.key(drawing.policy)
    start = drawn = store.drawn(key)
    if drawn >= groups:
        return
    if drawing.policy:
        _note_policy(store, sampling, drawn > 0, message)
    added = 0
    while drawn < groups:
        numbers = range(drawn, min(groups, drawn + GROUPS_AT_ONCE))
        jobs = await asyncio.to_thread(lambda: [job for number in numbers for job in drawing.group(number)])  # noqa: B023
        drawn = numbers.stop
        added += store.add_jobs(jobs, (key, drawn))
        added_some()
    unfit = f"; {drawing.left_out} draws from the corpus do not fit this installation" if drawing.left_out else ""
    message(f"{added} jobs drawn for {drawn - start} prompts{unfit}")


def _note_policy(store: TripletStore, sampling: Sampling, known: bool, message: Callable[[str], None]) -> None:
    """Report where another policy has written for this store under the same sampling: one with other weights.

    Args:
        store: the open store.
        sampling: what is drawn.
        known: whether this very policy has written for it before.
        message: called with the report.
    """
    any_policy = sampling.key("")
    if not known and store.drawn(any_policy):
        message(
            f"--workflows {sampling.workflows}: its weights are others than those that wrote for this store under the "
            "same options before. It begins with the first prompt; what the others wrote stays"
        )
    store.add_jobs((), (any_policy, 1))


# ---- progress ----------------------------------------------------------------------------------------------------


class Progress:
    """Progress on standard error: a line that is rewritten on a terminal, else a line every half minute."""

    def __init__(self, store: TripletStore) -> None:
        self._store, self._width = store, 0
        self._seen: deque[tuple[float, int]] = deque(maxlen=_RATE_LINES)

    def message(self, text: str) -> None:
        """Print a message on a line of its own."""
        report("\r" + text.ljust(self._width) if self._width else text, sys.stderr)
        self._width = 0

    async def run(self, pool: ServerPool, scoring: Scoring, over: asyncio.Event) -> None:
        """Print lines of progress until `over` is set."""
        terminal = sys.stderr.isatty()
        self.line(pool, scoring)  # the rate is counted from here
        while not over.is_set():
            await wait(over, 1.0 if terminal else REPORT_SECONDS)
            text = self.line(pool, scoring)
            if terminal:
                report("\r" + text.ljust(self._width), sys.stderr, end="")
                self._width = len(text)
            else:
                self.message(text)
        self._end()

    def line(self, pool: ServerPool, scoring: Scoring) -> str:
        """Return how many jobs are done, the rate, and the time that is left."""
        states = self._store.states()
        self._seen.append((time.monotonic(), states[DONE]))
        (since, before), (now, done) = self._seen[0], self._seen[-1]
        rate = (done - before) / (now - since) if done > before else 0.0
        left = f"{_clock(states[WAITING] / rate)} left" if rate else "no rate yet"
        up, servers = pool.servers
        return (
            f"{done} of {sum(states.values())} rendered, {states[FAILED]} failed, {scoring.scored} scores; "
            f"{rate:.2f} a second, {left}; {up} of {servers} servers"
        )

    def _end(self) -> None:
        if self._width:
            report("", sys.stderr)
            self._width = 0


def _clock(seconds: float) -> str:
    minutes, hours = int(seconds / 60) % 60, int(seconds / 3600)
    return f"{hours}:{minutes:02}:{int(seconds) % 60:02}"


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Treat SIGTERM, which job schedulers send, as an interrupt, so that the servers' jobs are taken back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
