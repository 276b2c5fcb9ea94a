"""Triplets of prompt, workflow and score: draws jobs, renders them on ComfyUI servers, scores the pictures.

    python -m nodewright.training.collect --store S.db --servers URL [URL ...] --jobs JOBS.jsonl --scorer miniature
    python -m nodewright.training.collect --store S.db --servers URL [URL ...] --prompts PROMPTS.jsonl \\
        --workflows policy --count 10000 --scorer miniature
    python -m nodewright.training.collect --summary S.db

--count is the number of workflows that are drawn: with --each W they are for count / W prompts, and with --seeds K a
share of --repeats of them is rendered K times. The same command goes on where it was stopped, however it was; a larger
--count draws more. With neither --jobs nor --workflows it renders what waits in the store, and without --servers it
scores what has been rendered. A job is its prompt, workflow and seed, and is rendered once. Files of jobs and prompts:
training/collect/sampling.py; the store: store/triplets.py.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from ...comfyui.client import ServerError, server_url
from ...miniature.prompts import SPLITS
from ...models.policy.batches import DecodingError
from ...models.policy.folders import PolicyError
from ...store.triplets import DONE, FAILED, WAITING, StoreError, TripletStore
from ...workflow.catalog.catalog import Catalog
from ...workflow.grammar.constraints import read_constraints
from ...workflow.graph import WorkflowError
from ...writing_options import add_constraint_options, add_tuned_option
from ..common.console import report
from ..common.pairs import DataError
from ..scorers.base import Scorer, ScorerError
from ..scorers.scorers import SCORERS, open_scorer
from .rendering import Farm, together, wait
from .sampling import MINIATURE, POLICY, RANDOM, Drawing, Sampling, read_jobs
from .scoring import Scoring
from .summary import summary

OK, NO, BAD_INPUT, SERVER, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit statuses: all done; some jobs failed; wrong arguments or files; no server is left; stopped."""
GROUPS_AT_ONCE = 16
"""Groups of jobs that are drawn before they are added to the store together."""
REPORT_SECONDS = 30.0
_RATE_OF = 60
"""Lines back from which the rate is told: it changes with the workflows."""


class Reporter:
    """Says how far it is: a line that changes on a terminal, else a line every half minute; and news between."""

    def __init__(self, store: TripletStore) -> None:
        self._store, self._width = store, 0
        self._seen: deque[tuple[float, int]] = deque(maxlen=_RATE_OF)

    def tell(self, message: str) -> None:
        """A line of its own."""
        report("\r" + message.ljust(self._width) if self._width else message, sys.stderr)
        self._width = 0

    async def run(self, farm: Farm, scoring: Scoring, over: asyncio.Event) -> None:
        """Until `over` is set."""
        terminal = sys.stderr.isatty()
        self.line(farm, scoring)  # the rate is counted from here
        while not over.is_set():
            await wait(over, 1.0 if terminal else REPORT_SECONDS)
            text = self.line(farm, scoring)
            if terminal:
                report("\r" + text.ljust(self._width), sys.stderr, end="")
                self._width = len(text)
            else:
                self.tell(text)
        self._end()

    def line(self, farm: Farm, scoring: Scoring) -> str:
        """How far it is, how fast, and how long it will take."""
        states = self._store.states()
        self._seen.append((time.monotonic(), states[DONE]))
        (since, before), (now, done) = self._seen[0], self._seen[-1]
        rate = (done - before) / (now - since) if done > before else 0.0
        left = f"{_clock(states[WAITING] / rate)} left" if rate else "no rate yet"
        up, servers = farm.servers
        return (
            f"{done} of {sum(states.values())} rendered, {states[FAILED]} failed, {scoring.scored} scores; "
            f"{rate:.2f} a second, {left}; {up} of {servers} servers"
        )

    def _end(self) -> None:
        if self._width:
            report("", sys.stderr)
            self._width = 0


async def collect(store: TripletStore, options: argparse.Namespace, scorers: dict[str, Scorer]) -> None:
    """Draws, renders and scores until nothing is left. Raises ServerError where no server is left, and whatever is
    wrong with the arguments' files."""
    reporter = Reporter(store)
    scoring = Scoring(store, scorers, reporter.tell, options.batch)
    rendered, scored = asyncio.Event(), asyncio.Event()
    if not options.servers:
        rendered.set()
        await scoring.run(rendered)
        return
    farm = Farm(
        store, options.servers, reporter.tell, flying=options.flying, timeout=options.timeout,
        seconds_a_job=options.seconds_a_job, patience=options.patience,
    )  # fmt: skip

    async def render() -> None:
        try:
            await together(farm.run(), _draw(store, options, farm, reporter))
        finally:
            rendered.set()

    async def score() -> None:
        await scoring.run(rendered)
        scored.set()

    await together(render(), score(), reporter.run(farm, scoring, scored))


async def _draw(store: TripletStore, options: argparse.Namespace, farm: Farm, reporter: Reporter) -> None:
    """Adds the jobs of the arguments to the store, while the first ones are rendered."""
    farm.look()
    if options.jobs is not None:
        catalog = await asyncio.shield(farm.catalog)
        jobs = read_jobs(options.jobs, lambda: catalog)
        while chunk := await asyncio.to_thread(lambda: list(islice(jobs, 256))):
            store.add_jobs(chunk)
            farm.look()
    elif options.workflows is not None:
        catalog = await asyncio.shield(farm.catalog)
        settings = _sampling(options)
        await draw_workflows(store, settings, options.count, catalog, reporter.tell, farm.look, options.device)
    farm.finish()


async def draw_workflows(
    store: TripletStore, settings: Sampling, count: int, catalog: Catalog,
    tell: Callable[[str], None], added_some: Callable[[], None], device: str = "cpu",
) -> None:  # fmt: skip
    """Adds the jobs of `count` workflows to the store, from where a drawing of the same settings is there.

    tell: where news go. added_some: called when jobs have been added. device: where a policy writes. Raises DataError,
    WorkflowError or PolicyError.
    """
    groups = -(-count // settings.each)
    drawing = await asyncio.to_thread(Drawing, settings, catalog, device)
    key = settings.key(drawing.policy)
    start = drawn = store.drawn(key)
    if drawn >= groups:
        return
    if drawing.policy:
        _note_policy(store, settings, drawn > 0, tell)
    added = 0
    while drawn < groups:
        numbers = range(drawn, min(groups, drawn + GROUPS_AT_ONCE))
        jobs = await asyncio.to_thread(lambda: [job for number in numbers for job in drawing.group(number)])  # noqa: B023
        drawn = numbers.stop
        added += store.add_jobs(jobs, (key, drawn))
        added_some()
    unfit = f"; {drawing.left_out} draws from the corpus do not fit this installation" if drawing.left_out else ""
    tell(f"{added} jobs drawn for {drawn - start} prompts{unfit}")


def _note_policy(store: TripletStore, settings: Sampling, known: bool, tell: Callable[[str], None]) -> None:
    """Says so where another policy wrote under the same settings: it was trained anew. known: this one did."""
    any_policy = settings.key("")
    if not known and store.drawn(any_policy):
        tell(
            f"--workflows {settings.workflows}: its weights are others than those that wrote for this store under the "
            "same options before. It begins with the first prompt; what the others wrote stays"
        )
    store.add_jobs((), (any_policy, 1))


def _sampling(options: argparse.Namespace) -> Sampling:
    return Sampling(
        options.workflows, options.prompts, read_constraints(vars(options)), each=options.each, seeds=options.seeds,
        repeats=options.repeats, seed=options.seed, temperature=options.temperature, exchange=options.exchange,
        tuned=options.tuned,
    )  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m nodewright.training.collect", description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add = parser.add_argument
    add("--store", type=Path, metavar="S.db", help="where jobs and triplets are kept; made if it is not there")
    add("--summary", type=Path, metavar="S.db", help="print what is in a store, and the noise of its scores")
    add("--servers", nargs="+", default=[], metavar="URL", type=_server, help="running ComfyUI servers")
    add("--scorer", action="append", default=[], metavar="NAME[=SOURCE]", help=f"{', '.join(SCORERS)}; SOURCE: its files; or one's own as package.module:function; may be repeated")  # fmt: skip # noqa: E501
    add("--rescore", action="store_true", help="let the scorers judge again what they have judged")
    add("--device", default="cpu", help="where scorers and a policy run, as torch names it (cpu)")
    add("--batch", type=int, default=64, help="pictures that are scored together (64)")
    add("--discard-images", action="store_true", help="pictures go when all scorers of the command have judged them")
    add("--retry-failed", action="store_true", help="try failed jobs again")
    what = parser.add_argument_group("jobs")
    add = what.add_argument
    add("--jobs", type=Path, metavar="JOBS.jsonl", help="jobs as they are")
    add("--prompts", metavar="FILE", help="a .jsonl file of prompts, or miniature:SPLIT")
    add("--workflows", metavar="WHO", help="random, policy, policy:PATH, or a corpus file (.jsonl)")
    add_tuned_option(what)
    add("--count", type=int, default=1000, metavar="N", help="workflows to draw, rounded up to whole prompts (1000)")
    add("--each", type=int, default=1, metavar="W", help="workflows for a prompt, of which equal ones become one (1)")
    add("--exchange", action="store_true", help="write one, and make the others of it with other main models")
    add("--seeds", type=int, default=1, metavar="K", help="renders of a workflow, each with a seed of its own (1)")
    add("--repeats", type=float, default=1.0, metavar="SHARE", help="of the workflows that get all the seeds (1)")
    add("--seed", type=int, default=0, help="of the drawing (0)")
    add("--temperature", type=float, default=1.0, help="of the policy (1)")
    add_constraint_options(parser)
    servers = parser.add_argument_group("servers")
    add = servers.add_argument
    add("--flying", type=int, nargs="+", default=[2], metavar="N", help="jobs that a server has at a time: one number for all, or one for each (2)")  # fmt: skip # noqa: E501
    add("--timeout", type=float, default=30.0, metavar="SECONDS", help="how long a server may be silent (30)")
    add("--seconds-a-job", type=float, default=600.0, metavar="SECONDS", help="the most that a job may take (600)")
    add("--patience", type=float, default=300.0, metavar="SECONDS", help="how long all servers may be gone (300)")
    return parser


def _server(text: str) -> str:
    try:
        return str(server_url(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.store is None:
        parser.error("--store (or --summary) is required")
    if options.jobs is not None and options.workflows is not None:
        parser.error("--jobs and --workflows: one of the two")
    if (options.jobs is not None or options.workflows is not None) and not options.servers:
        parser.error("rendering needs --servers")
    if not options.servers and not options.scorer:
        parser.error("there is nothing to do without --servers or --scorer")
    if options.tuned is not None and (options.workflows or "").partition(":")[0] != POLICY:
        parser.error("--tuned goes with --workflows policy")
    for name in ("count", "each", "seeds", "batch"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 1")
    if min(options.flying) < 1:
        parser.error("--flying must be at least 1")
    if len(options.flying) not in (1, len(options.servers)):
        parser.error(f"--flying: one number, or one for each of the {len(options.servers)} servers")
    if not options.temperature >= 0:
        parser.error("--temperature must be at least 0")
    split = (options.prompts or "").removeprefix(MINIATURE)
    if (options.prompts or "").startswith(MINIATURE) and split not in SPLITS:
        parser.error(f"--prompts {options.prompts}: the miniature has the splits {', '.join(SPLITS)}")
    corpus = options.workflows is not None and options.workflows.partition(":")[0] not in (POLICY, RANDOM)
    if corpus and options.each > 1 and options.prompts is None and not options.exchange:
        parser.error("--each: a pair of a corpus has one workflow; with --prompts or --exchange there are several")
    if not 0 <= options.repeats <= 1:
        parser.error("--repeats is a share, from 0 to 1")
    if options.discard_images and not options.scorer:
        parser.error("--discard-images needs a --scorer, or nothing would be left of the renders")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        if options.summary is not None:
            if not options.summary.is_file():
                parser.error(f"{options.summary}: there is no such store")
            with TripletStore(options.summary) as store:
                report(summary(store))
            return OK
        _check(parser, options)
        names = [text.partition("=") for text in options.scorer]
        scorers = {name: open_scorer(name, source or None, device=options.device) for name, _, source in names}
        with TripletStore(options.store, False if options.discard_images else None) as store, store.claim():
            return _run(store, options, scorers)
    except (StoreError, DataError, WorkflowError, ScorerError, PolicyError, DecodingError) as error:
        report(f"collect: {error}", sys.stderr)
        return BAD_INPUT


def _run(store: TripletStore, options: argparse.Namespace, scorers: dict[str, Scorer]) -> int:
    """Collects, and accounts for all jobs, however it ends."""
    if options.retry_failed:
        store.retry_failed()
    if options.rescore:
        for name in scorers:
            store.forget_scores(name)
    status = OK
    try:
        with _terminated_as_interrupted():
            asyncio.run(collect(store, options, scorers))
    except KeyboardInterrupt:
        report("Stopped; the same command goes on from here.", sys.stderr)
        status = INTERRUPTED
    except ServerError as error:
        report(f"collect: {error}", sys.stderr)
        status = SERVER
    finally:
        states = store.states()
        report("\n".join(f"{state:8}{count:9}" for state, count in [*states.items(), ("all", sum(states.values()))]))
    return NO if status == OK and states[FAILED] else status


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Job schedulers send SIGTERM: the servers' jobs must not outlive that, either."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _clock(seconds: float) -> str:
    minutes, hours = int(seconds / 60) % 60, int(seconds / 3600)
    return f"{hours}:{minutes:02}:{int(seconds) % 60:02}"
