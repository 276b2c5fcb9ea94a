"""Rendering the workflows of the arms, and how each render ended.

The collector (training/collect) renders, into a store of the evaluation's own. A job is its prompt, workflow and seed,
so that a workflow that two arms wrote is rendered once for both.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from types import TracebackType

from ...comfyui.client import ServerError
from ...store.durable_file import StoreError
from ...store.triplets import WAITING, Job, TripletStore
from ...workflow.catalog.catalog import Catalog
from ..collect.collector import collect, open_scorers
from ..collect.config import CollectConfig
from ..collect.sampling import job_of
from ..common.console import report
from ..common.prompt_file import PromptRecord
from ..reward.data import score_of
from ..scorers.base import Scorer, ScorerError
from ..scorers.standardisation import Standardisation


class RenderFarm:
    """Renders jobs in the foreground.

    Args:
        store: path of the evaluation's own store.
        config: servers and scorers.
    """

    def __init__(self, store: Path, config: CollectConfig) -> None:
        self.store, self.config = store, config

    @cached_property
    def _scorers(self) -> dict[str, Scorer]:
        return open_scorers(self.config.scorers, self.config.device)

    def render(self, jobs: Iterable[Job]) -> int:
        """Add jobs to the store, then render and score all that is left.

        Returns:
            Number of jobs that still wait; above 0 only without servers.

        Raises:
            ServerError: where no server is left.
            StoreError, ScorerError: where the store or a scorer cannot be opened.
        """
        names = [text.partition("=")[0] for text in self.config.scorers]
        with TripletStore(self.store) as store:
            store.add_jobs(jobs)
            waiting = store.states()[WAITING]
            scored = all(not store.unscored(name, 1) for name in names)
            if scored and not (waiting and self.config.servers):
                return waiting
            with store.claim():
                collect(self.config, store, self._scorers)
        return 0 if self.config.servers else waiting


class BackgroundRender:
    """A context in which jobs are rendered by a process of their own while more is being written.

    What the process leaves undone, and why, `RenderFarm.render` does and reports afterwards.
    """

    def __init__(self, farm: RenderFarm) -> None:
        self._farm = farm
        self._process: BaseProcess | None = None

    def add(self, jobs: Iterable[Job]) -> None:
        """Add jobs to the store, and render what waits there unless that is being done. Raises StoreError."""
        with TripletStore(self._farm.store) as store:
            store.add_jobs(jobs)
        if self._farm.config.servers and (self._process is None or not self._process.is_alive()):
            context = multiprocessing.get_context("spawn")
            self._process = context.Process(target=_render_waiting, args=(self._farm.store, self._farm.config))
            self._process.start()

    def __enter__(self) -> BackgroundRender:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None) -> None:
        if self._process is not None:
            if kind is not None:
                self._process.terminate()
            self._process.join()


def _render_waiting(path: Path, config: CollectConfig) -> None:
    """Render what waits in the store; run in a process of its own."""
    with contextlib.suppress(KeyboardInterrupt):
        try:
            scorers = open_scorers(config.scorers, config.device)
            with TripletStore(path) as store, store.claim():
                collect(config, store, scorers)
        except (ServerError, StoreError, ScorerError) as error:
            report(f"evaluate: {error}", sys.stderr)


@dataclass(frozen=True)
class Outcome:
    """How a render ended.

    Attributes:
        score: None where it failed or its picture could not be scored.
        seconds: how long it took.
        ran: whether the server ran it.
    """

    score: float | None
    seconds: float = 0.0
    ran: bool = True


Outcomes = Mapping[tuple[str, tuple[str, ...], int], Outcome]
"""By prompt, choices and seed; renders that still wait are missing."""


@dataclass(frozen=True)
class TrueScore:
    """One number from the scores of a picture: the raw score of one scorer, the standardised sum of several.

    Attributes:
        names: the scorers.
        standardisation: by which the reward ensemble was trained; None is possible with one scorer only.
        predicted: whether the ensemble's predictions have this unit; they have not where it did not know all of
            several scorers.
    """

    names: tuple[str, ...]
    standardisation: Standardisation | None
    predicted: bool = True

    @property
    def ratio(self) -> bool:
        """Whether a score of 0 means nothing, so that differences can be given in per cent."""
        return len(self.names) == 1

    def of(self, raw: Mapping[str, float]) -> float | None:
        """Return the score of a picture's raw scores, None where a scorer has not scored it."""
        if any(name not in raw for name in self.names):
            return None
        return raw[self.names[0]] if self.ratio else score_of(self._required, raw)

    def standardised(self, score: float) -> float | None:
        """Return a score of `of` in the unit of the ensemble's predictions; None where that is not known."""
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


def outcomes(store: TripletStore, true: TrueScore) -> dict[tuple[str, tuple[str, ...], int], Outcome]:
    """Return how the renders of a store ended. Raises StoreError."""
    found = {}
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


def versions(store: TripletStore) -> list[str]:
    """Return the versions of ComfyUI that rendered. Raises StoreError."""
    return sorted({triplet.comfyui for triplet in store.triplets()})


def render_seeds(seed: int, split: str, index: int, count: int) -> list[int]:
    """Return the seeds that a prompt is rendered with, the same for all arms."""
    return [Random(f"{seed}/render/{split}/{index}/{number}").getrandbits(48) for number in range(count)]


def jobs_for(
    catalog: Catalog, record: PromptRecord, scripts: Iterable[Sequence[str]], seeds: Sequence[int], source: str
) -> list[Job]:
    """Return a job for every script and seed of a prompt."""
    distinct = dict.fromkeys(map(tuple, scripts))
    return [job_of(catalog, record, script, seed, source) for script in distinct for seed in seeds]


def mean_score(
    found: Outcomes, cases: Iterable[tuple[PromptRecord, Sequence[int]]], script: Sequence[str], floor: float
) -> float | None:
    """Return a script's mean score over prompts and their seeds; None where a render still waits.

    Args:
        found: how the renders ended.
        cases: prompts, each with its seeds.
        script: the workflow.
        floor: score of a render that failed.
    """
    values = []
    for record, seeds in cases:
        for seed in seeds:
            outcome = found.get((record.prompt, tuple(script), seed))
            if outcome is None:
                return None
            values.append(floor if outcome.score is None else outcome.score)
    return statistics.fmean(values) if values else None


def worst(found: Outcomes) -> float:
    """Return the lowest score of all; 0 where there is none."""
    return min((each.score for each in found.values() if each.score is not None), default=0.0)
