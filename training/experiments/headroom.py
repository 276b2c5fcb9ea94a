"""Measure how much a workflow of its own for each prompt can gain on the zoo: an experiment.

    nodewright train headroom --out DIR
    nodewright train headroom --out DIR --prompts test          (prompts of one kind, in place of combined ones)

Renders a grid of fixed workflows without ComfyUI (miniature/render.py): every checkpoint, without a LoRA and with each,
in three formats, as it is or enlarged by an upscaler and sampled again. Writes DIR/scores.jsonl, from which the same
command goes on, and DIR/headroom.md with what the following have on test prompts:

- the best fixed workflow: the one that is best on choosing prompts, whatever their kind;
- retrieval by kind: the best on choosing prompts for the kind that is closest to the kinds that a prompt's words tell
  (training/evaluate/kind_classifier.py);
- the honest bound: for each prompt the best of the grid by all renders but one, scored by that one, in turn, so that
  luck with a seed does not count.

Choosing prompts are of no combination that a combined test prompt has, and share no composition with it. For a prompt
the bound looks at both of the above, and of the grid at the LoRA that it asks for or none, and at the format that it
asks for or a square: a bound over the whole grid could only be higher.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from ...files import write_text
from ...miniature.evaluate import Bench, Way, finished
from ...miniature.prompts import PROMPT_SETS, kinds_to_choose_by
from ...miniature.render import Settings
from ...miniature.slim import WEIGHTS
from ...miniature.zoo import CHECKPOINTS, LORAS, TURBO
from ..collect.balanced_prompts import balanced
from ..common.console import report
from ..common.options import parse_options
from ..common.pairs import DataError
from ..common.prompt_file import PromptRecord, read_rows
from ..common.report_table import markdown_table
from ..common.stage import run_stage
from ..evaluate.kind_classifier import KindClassifier, closest
from ..evaluate.measures import best_by_other_seeds
from ..evaluate.statistics import Bootstrap, Comparison, Estimate

FORMATS = {"square": (64, 64), "wide": (64, 96), "tall": (96, 64)}
"""Height and width of the first picture."""
FINISHES = (None, "2x_miniature_sharp")
"""The upscaler before a second sampling; None for none."""
STRENGTH = 1.0
_SHRINK = 2.0
"""Number of renders that a workflow's mean over all choosing prompts weighs as much as, beside those of a kind."""
_TOLD_BY = 40
"""Number of train prompts of each kind from which the kinds are told."""


@dataclass(frozen=True)
class HeadroomConfig:
    """The options of the measurement."""

    out: Path
    """Folder of everything that is written."""
    prompts: str = "combined-test"
    """The test prompts: a set of the miniature's (combined-test, test, combined-validation, ...)."""
    count: int = 72
    """Number of test prompts."""
    validation: int = 4
    """Number of prompts of each kind that choose the fixed workflow and those of the kinds."""
    seeds: int = 2
    """Number of renders of a workflow for a test prompt."""
    weights: Path = WEIGHTS
    """The folder of the zoo's slim files."""
    seed: int = 0
    """Seed of prompts, renders and intervals."""


@dataclass(frozen=True)
class GridWorkflow:
    """A workflow of the grid."""

    checkpoint: str
    lora: str | None
    format: str
    finish: str | None

    @property
    def name(self) -> str:
        """Its name in tables and in the file of scores."""
        parts = (self.checkpoint, self.lora, self.format, self.finish and f"{self.finish} and again")
        return ", ".join(part for part in parts if part)

    @property
    def way(self) -> Way:
        """How it makes a picture: sampled as its checkpoint is meant to be."""
        member = next(one for one in CHECKPOINTS if one.name == self.checkpoint)
        height, width = FORMATS[self.format]
        settings = Settings(height, width, member.steps, member.cfg)
        return Way(self.name, self.checkpoint, settings, finished(self.finish, again=True), self.lora, STRENGTH)

    def suits(self, meaning: Mapping[str, object]) -> bool:
        """Return whether a person who reads the prompt might take it: no other LoRA or format than it asks for."""
        style = next((member.style for member in LORAS if member.name == self.lora), None)
        return style in (None, meaning.get("style")) and self.format in ("square", meaning.get("aspect"))


def grid() -> list[GridWorkflow]:
    """Return every workflow of the grid; the distilled checkpoint has no LoRA."""
    return [
        GridWorkflow(checkpoint.name, lora, format_, finish)
        for checkpoint in CHECKPOINTS
        for lora in (None, *(member.name for member in LORAS))
        if lora is None or checkpoint.name != TURBO
        for format_ in FORMATS
        for finish in FINISHES
    ]


class Scores:
    """Scores of workflows of the grid for prompts, rendered once and kept in a file.

    Args:
        path: the file.
        weights: folder of the zoo's slim files.
        seed: seed of the renders.

    Raises:
        DataError: the file is damaged.
    """

    def __init__(self, path: Path, weights: Path, seed: int) -> None:
        self._path, self._seed = path, seed
        self._bench = Bench(weights)
        self._known: dict[tuple[str, str, int], float] = {}
        for row in read_rows(path) if path.is_file() else ():
            score, turn = row.get("score"), row.get("turn")
            if not isinstance(score, float | int) or not isinstance(turn, int):
                raise DataError(f"{row.place}: score and turn must be numbers. Delete the file to render all again")
            self._known[row.text("workflow"), row.text("prompt"), turn] = float(score)

    def of(self, workflow: GridWorkflow, record: PromptRecord, seeds: int) -> list[float]:
        """Return the scores of each render that `render` has made of it."""
        return [self._known[workflow.name, record.prompt, turn] for turn in range(seeds)]

    def render(self, workflow: GridWorkflow, records: Iterable[PromptRecord], seeds: int) -> None:
        """Render a workflow for prompts, each `seeds` times, where that has not been done."""
        missing = [
            (record, turn)
            for record in records
            for turn in range(seeds)
            if (workflow.name, record.prompt, turn) not in self._known
        ]
        if not missing:
            return
        verdicts = self._bench.verdicts(
            workflow.way,
            [(record.prompt, record.meaning or {}) for record, _ in missing],
            [Random(f"{self._seed}/{record.prompt}/{turn}").getrandbits(48) for record, turn in missing],
        )
        with self._path.open("a", encoding="utf-8") as file:
            for (record, turn), verdict in zip(missing, verdicts, strict=True):
                self._known[workflow.name, record.prompt, turn] = verdict.score
                row = {"workflow": workflow.name, "prompt": record.prompt, "turn": turn, "score": verdict.score}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


@dataclass(frozen=True)
class Choice:
    """What is chosen on choosing prompts: a workflow for all prompts, and one for each kind."""

    fixed: GridWorkflow
    kinds: Mapping[str, GridWorkflow]


def choose(found: Mapping[GridWorkflow, Mapping[str, Sequence[float]]]) -> Choice:
    """Choose by scores of every workflow by kind: for a kind by its mean there, shrunk towards its mean over all."""
    means = {
        flow: float(np.mean([score for of in by_kind.values() for score in of])) for flow, by_kind in found.items()
    }

    def shrunk(flow: GridWorkflow, kind: str) -> float:
        scores = found[flow][kind]
        return (sum(scores) + _SHRINK * means[flow]) / (len(scores) + _SHRINK)

    kinds = {kind for by_kind in found.values() for kind in by_kind}
    return Choice(
        max(means, key=means.__getitem__),
        {kind: max(found, key=lambda flow: shrunk(flow, kind)) for kind in sorted(kinds)},
    )


@dataclass(frozen=True)
class Headroom:
    """What was measured, as means with intervals over prompts.

    Attributes:
        fixed, retrieval, bound: the scores.
        over_fixed, over_retrieval: the bound against each, paired.
        kinds: (fixed, retrieval, bound) of the prompts of each kind.
    """

    fixed: Estimate
    retrieval: Estimate
    bound: Estimate
    over_fixed: Comparison
    over_retrieval: Comparison
    kinds: Mapping[str, tuple[float, float, float]]


def measure(config: HeadroomConfig, workflows: Sequence[GridWorkflow]) -> tuple[Choice, Headroom]:
    """Render, choose and measure. Raises DataError for a damaged file of scores."""
    config.out.mkdir(parents=True, exist_ok=True)
    scores = Scores(config.out / "scores.jsonl", config.weights, config.seed)
    kinds = kinds_to_choose_by(config.prompts)
    choosing = balanced("validation", config.validation * len(kinds), config.seed, kinds)
    asked = balanced(config.prompts, config.count, config.seed)
    found: dict[GridWorkflow, dict[str, list[float]]] = {}
    for number, workflow in enumerate(workflows, 1):
        report(f"{number} of {len(workflows)}: {workflow.name}", sys.stderr)
        scores.render(workflow, choosing, 1)
        found[workflow] = defaultdict(list)
        for record in choosing:
            found[workflow][record.kind] += scores.of(workflow, record, 1)
        scores.render(workflow, [record for record in asked if workflow.suits(record.meaning or {})], config.seeds)
    choice = choose(found)
    told = _told(config, kinds)
    taken = [choice.kinds[closest(told.kinds_of(record.prompt), choice.kinds)] for record in asked]
    scores.render(choice.fixed, asked, config.seeds)
    for record, workflow in zip(asked, taken, strict=True):
        scores.render(workflow, [record], config.seeds)
    rows = []
    for record, retrieved in zip(asked, taken, strict=True):
        fixed, by_kind = (scores.of(workflow, record, config.seeds) for workflow in (choice.fixed, retrieved))
        suitable = [scores.of(flow, record, config.seeds) for flow in workflows if flow.suits(record.meaning or {})]
        rows.append((np.mean(fixed), np.mean(by_kind), best_by_other_seeds(np.array([*suitable, fixed, by_kind]))))
    return choice, headroom_of(np.array(rows), [record.kind for record in asked], config.seed)


def headroom_of(rows: np.ndarray, kinds: Sequence[str], seed: int) -> Headroom:
    """Return the figures of scores (prompts, 3) of the fixed workflow, retrieval and the bound."""
    bootstrap = Bootstrap(seed)
    fixed, retrieval, bound = rows.T
    by_kind = {}
    for kind in sorted(set(kinds)):
        own = rows[[one == kind for one in kinds]].mean(axis=0).tolist()
        by_kind[kind] = (own[0], own[1], own[2])
    return Headroom(
        bootstrap.mean(fixed), bootstrap.mean(retrieval), bootstrap.mean(bound),
        bootstrap.compare(bound, fixed, ratio=False), bootstrap.compare(bound, retrieval, ratio=False), by_kind,
    )  # fmt: skip


def _told(config: HeadroomConfig, kinds: Sequence[str]) -> KindClassifier:
    """Return what tells the kinds of a prompt, learned from train prompts of the kinds that were chosen for."""
    records = balanced("train", _TOLD_BY * len(kinds), config.seed + 1, kinds)
    return KindClassifier((record.prompt, record.kind) for record in records)


def page(config: HeadroomConfig, choice: Choice, found: Headroom) -> str:
    """Return the report in Markdown."""
    rows = [("best fixed workflow", found.fixed), ("retrieval by kind", found.retrieval), ("honest bound", found.bound)]
    parts = [
        f"{config.count} prompts of the set {config.prompts}, {config.seeds} renders each; chosen on "
        f"{config.validation} prompts of each of {len(choice.kinds)} kinds. Intervals are 95 %, by bootstrap.",
        markdown_table(["", "mean score"], ([name, _interval(value)] for name, value in rows)),
        markdown_table(
            ["the bound above", "difference", "needed"],
            [["best fixed workflow", _interval(found.over_fixed.difference), "0.12"],
             ["retrieval by kind", _interval(found.over_retrieval.difference), "0.06"]],
        ),
        markdown_table(
            ["kind", "best fixed workflow", "retrieval by kind", "honest bound"],
            ([kind, *(f"{value:.3f}" for value in values)] for kind, values in found.kinds.items()),
        ),
        f"The fixed workflow: {choice.fixed.name}.",
        markdown_table(["kind", "its workflow"], ([kind, flow.name] for kind, flow in choice.kinds.items()), left=2),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _interval(value: Estimate) -> str:
    return f"{value.value:.3f} ({value.low:.3f} to {value.high:.3f})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 2 for files that cannot be used."""
    config = parse_options(
        HeadroomConfig, arguments, prog="nodewright train headroom",
        description="Measure how much a workflow of its own for each prompt can gain on the zoo.", check=_check,
    )  # fmt: skip
    try:
        choice, found = measure(config, grid())
    except (DataError, ValueError, OSError) as error:
        report(f"error: {error}", sys.stderr)
        return 2
    text = page(config, choice, found)
    write_text(config.out / "headroom.md", text)
    report(text)
    return 0


def _check(config: HeadroomConfig) -> None:
    """Raise ValueError for options that cannot be used."""
    if config.prompts not in PROMPT_SETS:
        raise ValueError(f"--prompts {config.prompts}: the miniature has {', '.join(PROMPT_SETS)}")
    for name, least in (("count", 1), ("validation", 1), ("seeds", 2)):
        if getattr(config, name) < least:
            raise ValueError(f"--{name} must be at least {least}")


if __name__ == "__main__":
    raise SystemExit(run_stage(main))
