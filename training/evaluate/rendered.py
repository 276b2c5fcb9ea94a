"""Rendering what arms wrote, and what became of it.

The collector (training/collect) does it, into a store of the evaluation's own. A job is its prompt, workflow and seed,
so that a workflow that two arms wrote is rendered once for both.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import TracebackType

from ...store.triplets import WAITING, Job, TripletStore
from ...workflow.catalog.catalog import Catalog
from ..collect import command as collect
from ..collect.sampling import job_of
from ..common.prompt_file import PromptRecord
from ..reward.data import score_of
from ..scorers.standardisation import Standardisation


class RenderingStoppedError(Exception):
    """The collector ended early; `status` is its exit status. It has said why."""

    def __init__(self, status: int) -> None:
        super().__init__(f"rendering ended with status {status}")
        self.status = status


@dataclass(frozen=True)
class Farmed:
    """How to render. options: what the collector is told beside the store, the servers and the scorers."""

    store: Path
    servers: tuple[str, ...]
    scorers: tuple[str, ...]
    options: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The scorers' names, as the store has them."""
        return tuple(scorer.partition("=")[0] for scorer in self.scorers)

    @property
    def arguments(self) -> list[str]:
        """What the collector is told."""
        given = ["--store", str(self.store), *self.options]
        given += [part for scorer in self.scorers for part in ("--scorer", scorer)]
        return [*given, *(["--servers", *self.servers] if self.servers else [])]

    def render(self, jobs: Iterable[Job]) -> int:
        """Adds jobs to the store, and renders and scores all that is left; returns how many jobs still wait, some
        only where there are no servers. Raises RenderingStoppedError, StoreError."""
        with TripletStore(self.store) as store:
            store.add_jobs(jobs)
            waiting = store.states()[WAITING]
            scored = all(not store.unscored(name, 1) for name in self.names)
        if scored and not (waiting and self.servers):
            return waiting
        with contextlib.redirect_stdout(sys.stderr):  # standard output is the report's
            status = collect.main(self.arguments)
        if status not in (collect.OK, collect.NO):
            raise RenderingStoppedError(status)
        return 0 if self.servers else waiting


class Meanwhile:
    """Renders in a process of its own while more is being written. What it leaves, and why, `Farmed.render` does and
    tells afterwards."""

    def __init__(self, farm: Farmed) -> None:
        self._farm = farm
        self._process: subprocess.Popen[bytes] | None = None

    def add(self, jobs: Iterable[Job]) -> None:
        """Adds jobs to the store, and renders what waits there unless it is at work already. Raises StoreError."""
        with TripletStore(self._farm.store) as store:
            store.add_jobs(jobs)
        if self._farm.servers and (self._process is None or self._process.poll() is not None):
            command = [sys.executable, "-m", collect.__name__, *self._farm.arguments]
            self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def __enter__(self) -> Meanwhile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None) -> None:
        if self._process is not None:
            if kind is not None:
                self._process.terminate()
            self._process.wait()


@dataclass(frozen=True)
class Outcome:
    """What became of a job: its score, None where it failed or its picture could not be judged; the seconds it took;
    whether the server ran it."""

    score: float | None
    seconds: float = 0.0
    ran: bool = True


Outcomes = Mapping[tuple[str, tuple[str, ...], int], Outcome]
"""By prompt, choices and seed; what still waits is not there."""


@dataclass(frozen=True)
class TrueScore:
    """One number from what the scorers say: the raw score of one, the weighted standardised ones of several.

    standardisation: how the reward ensemble's training saw them; None is possible with one scorer only. predicted:
    whether the ensemble's predictions are in this unit; not where it did not know all of several scorers.
    """

    names: tuple[str, ...]
    standardisation: Standardisation | None
    predicted: bool = True

    @property
    def ratio(self) -> bool:
        """Whether 0 means nothing, so that one can speak of per cent."""
        return len(self.names) == 1

    def of(self, raw: Mapping[str, float]) -> float | None:
        """None where a scorer has not judged."""
        if any(name not in raw for name in self.names):
            return None
        return raw[self.names[0]] if self.ratio else score_of(self._required, raw)

    def standardised(self, score: float) -> float | None:
        """A score of `of` in the units of the ensemble's predictions; None where these are not known."""
        if not self.ratio:
            return score if self.predicted else None
        if self.standardisation is None or self.names[0] not in self.standardisation.means:
            return None
        return score_of(self.standardisation, {self.names[0]: score})

    @property
    def _required(self) -> Standardisation:
        if self.standardisation is None:
            raise ValueError("several scorers cannot be weighed together without a standardisation")
        return self.standardisation


def outcomes(path: Path, true: TrueScore) -> dict[tuple[str, tuple[str, ...], int], Outcome]:
    """All that the store knows the end of. Raises StoreError."""
    found = {}
    with TripletStore(path) as store:
        judged = set(store.judged_by(true.names))
        for triplet in store.triplets():
            score = true.of(triplet.scores)
            if score is not None:
                found[triplet.prompt, triplet.choices, triplet.seed] = Outcome(score, triplet.seconds)
                judged.discard(triplet.id)
        failed = {number for number, _, _ in store.failures()}
        for number in (*judged, *failed):
            job = store.job(number)
            found[job.prompt, job.choices, job.seed] = Outcome(None, ran=number not in failed)
    return found


def versions(path: Path) -> list[str]:
    """The versions of ComfyUI that rendered. Raises StoreError."""
    with TripletStore(path) as store:
        return sorted({triplet.comfyui for triplet in store.triplets()})


def render_seeds(seed: int, split: str, index: int, count: int) -> list[int]:
    """The seeds that a prompt is rendered with, the same for all arms."""
    return [Random(f"{seed}/render/{split}/{index}/{number}").getrandbits(48) for number in range(count)]


def jobs_for(
    catalog: Catalog, asked: PromptRecord, scripts: Iterable[Sequence[str]], seeds: Sequence[int], source: str
) -> list[Job]:
    """A job for every script and seed."""
    distinct = dict.fromkeys(map(tuple, scripts))
    return [job_of(catalog, asked, script, seed, source) for script in distinct for seed in seeds]


def mean_score(
    found: Outcomes, cases: Iterable[tuple[PromptRecord, Sequence[int]]], script: Sequence[str], floor: float
) -> float | None:
    """A script's mean over prompts with their seeds; what failed counts as `floor`. None where one still waits."""
    values = []
    for asked, seeds in cases:
        for seed in seeds:
            outcome = found.get((asked.prompt, tuple(script), seed))
            if outcome is None:
                return None
            values.append(floor if outcome.score is None else outcome.score)
    return statistics.fmean(values) if values else None


def worst(found: Outcomes) -> float:
    """The lowest score of all; 0 where there is none."""
    return min((each.score for each in found.values() if each.score is not None), default=0.0)
