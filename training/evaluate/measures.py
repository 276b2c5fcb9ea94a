"""The figures of the arms once their workflows have been rendered, as plain data for report.json."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...miniature.scenes import kinds_of
from ...workflow.catalog.catalog import Catalog
from ...workflow.script.script import read_script
from ..common.prompt_file import PromptRecord
from ..common.topology import topology
from .asked_shape import keeps_shape
from .nearest import Nearest
from .rendered import Outcome, Outcomes, TrueScore, worst
from .statistics import Bootstrap
from .written import Arm, PromptScripts, Script

BASELINE = "baseline"
REFERENCE = "SFT"
"""The arm that all others are compared with."""
TUNED = "GRPO"
ABLATION = "ablation"
"""The group of further adapters."""
CHECKPOINT = "along"
"""The group of a tuning's checkpoints, under the name that report.json has had for it from the first."""


@dataclass(frozen=True)
class Rendered:
    """An arm with its renders.

    Attributes:
        arm: the arm.
        scripts: its script for each prompt.
        scores: (prompts, seeds). A workflow that did not run, or whose picture cannot be scored, counts as the worst
            render of the evaluation.
        ran: (prompts, seeds), whether the server ran it.
        seconds: of the renders that were scored.
    """

    arm: Arm
    scripts: tuple[Script | None, ...]
    scores: npt.NDArray[np.float64]
    ran: npt.NDArray[np.bool_]
    seconds: tuple[float, ...]

    @property
    def by_prompt(self) -> npt.NDArray[np.float64]:
        """The mean of each prompt's renders, (prompts,)."""
        found: npt.NDArray[np.float64] = self.scores.mean(axis=1)
        return found


@dataclass(frozen=True)
class Evaluation:
    """All that the report is made from.

    Attributes:
        prompts: those that were rendered.
        seeds: the render seeds of each prompt.
        arms: the arms in the order of the report.
        written: what each author wrote, by name, for these prompts and maybe for more.
        outcomes: how the renders ended.
        true: how a picture's scores become one number.
        catalog: the installation.
        kappa: number of the members' deviations that a prediction is lowered by.
        against: name of the arm that all others are compared with, best of several with its best of several.
        sweep: number of prompts of the arms on a curve.
        nearest: distances to what was trained on; None where nothing is known of it.
        bootstrap: for intervals.
    """

    prompts: Sequence[PromptRecord]
    seeds: Sequence[Sequence[int]]
    arms: Sequence[Arm]
    written: Mapping[str, Sequence[PromptScripts]]
    outcomes: Outcomes
    true: TrueScore
    catalog: Catalog
    kappa: float
    against: str
    sweep: int
    nearest: Nearest | None
    bootstrap: Bootstrap


def measure(evaluation: Evaluation, message: Callable[[str], None]) -> dict[str, Any]:
    """Return the figures of every arm whose renders are complete; "missing" names the other arms."""
    rendered, missing = [], []
    for arm in evaluation.arms:
        found = _rendered(evaluation, arm)
        if isinstance(found, int):
            missing.append(f"{arm.name}: {found} of its renders are not there yet; the same command goes on with them")
        else:
            rendered.append(found)
    baselines = [each for each in rendered if each.arm.group == BASELINE and not each.arm.best]
    best = max(baselines, key=lambda each: float(each.by_prompt.mean()), default=None)
    named = {each.arm.name: each for each in rendered}
    whole = {each.arm.best: each for each in rendered if each.arm.author.name == evaluation.against}
    rows = []
    for each in rendered:
        message(f"measuring {each.arm.name}")
        others = {"against_reference": named.get(REFERENCE), "against_baseline": best}
        others["against_whole"] = whole.get(each.arm.best)
        rows.append(_row(evaluation, each, others))
    return {
        "arms": rows,
        "best_baseline": None if best is None else best.arm.name,
        "oracle": oracle(rendered, evaluation.bootstrap) if rendered else None,
        "prediction": _prediction(evaluation, rendered),
        "missing": missing,
    }


def _rendered(evaluation: Evaluation, arm: Arm) -> Rendered | int:
    """Return an arm with its renders, or the number of renders that are missing."""
    written = evaluation.written[arm.author.name]
    scripts, ends, missing = [], list[list[Outcome]](), 0
    for record, seeds, each in zip(evaluation.prompts, evaluation.seeds, written[: arm.author.rendered], strict=False):
        script = arm.script(each, evaluation.kappa)
        scripts.append(script)
        nothing = Outcome(None, ran=False)
        found = [
            nothing if script is None else evaluation.outcomes.get((record.prompt, script.choices, seed))
            for seed in seeds
        ]
        missing += found.count(None)
        ends.append([end or nothing for end in found])
    if missing or not scripts:
        return missing
    floor = worst(evaluation.outcomes)
    scores = np.array([[floor if end.score is None else end.score for end in row] for row in ends])
    ran = np.array([[end.ran for end in row] for row in ends])
    seconds = tuple(end.seconds for row in ends for end in row if end.score is not None)
    return Rendered(arm, tuple(scripts), scores, ran, seconds)


def _row(evaluation: Evaluation, rendered: Rendered, others: Mapping[str, Rendered | None]) -> dict[str, Any]:
    """Return an arm's figures; `others` are the arms that it is compared with, by the name of the comparison."""
    arm, bootstrap = rendered.arm, evaluation.bootstrap
    row: dict[str, Any] = {
        "name": arm.name, "group": arm.group, "best_of": arm.author.candidates if arm.best else 1,
        "series": arm.series, "place": arm.place, "prompts": len(rendered.scores), "renders": rendered.scores.size,
        "valid": float(rendered.ran.mean()), "score": bootstrap.mean(rendered.by_prompt).to_json(),
    }  # fmt: skip
    for title, other in others.items():
        if other is not None and other is not rendered:
            compared = bootstrap.compare(rendered.by_prompt, other.by_prompt, ratio=evaluation.true.ratio)
            row[title] = compared.to_json()
    written = evaluation.written[arm.author.name]
    times = [each.together if arm.best else each.alone for each in written[: arm.author.rendered]]
    known = [each for each in times if each is not None]
    row["seconds_writing"] = statistics.median(known) if known else None
    row["seconds_rendering"] = statistics.fmean(rendered.seconds) if rendered.seconds else None
    row |= _shapes(evaluation, rendered) | _diversity(evaluation, arm, written) | _predicted(evaluation, rendered)
    kinds: dict[str, list[float]] = defaultdict(list)
    for record, score in zip(evaluation.prompts, rendered.by_prompt, strict=False):
        for kind in kinds_of(record.kind):
            kinds[kind].append(float(score))
    row["kinds"] = {kind: {"score": statistics.fmean(its), "prompts": len(its)} for kind, its in sorted(kinds.items())}
    return row


def _shapes(evaluation: Evaluation, rendered: Rendered) -> dict[str, Any]:
    """Return on how many prompts a shape is asked for, and on what share of them the picture has it."""
    kept = [
        found
        for record, script in zip(evaluation.prompts, rendered.scripts, strict=False)
        if script is not None and (found := keeps_shape(record.prompt, script.choices, evaluation.catalog)) is not None
    ]
    return {"shapes_asked": len(kept), "shapes_kept": sum(kept) / len(kept) if kept else None}


def _diversity(evaluation: Evaluation, arm: Arm, written: Sequence[PromptScripts]) -> dict[str, Any]:
    """Return how many different workflows were written, also for prompts that are not rendered."""
    found = [script for each in written[: arm.prompts] if (script := arm.script(each, evaluation.kappa)) is not None]
    distinct = dict.fromkeys(script.choices for script in found)
    shapes = {topology(read_script(choices, evaluation.catalog)) for choices in distinct}
    row: dict[str, Any] = {"written": len(found), "unique": len(distinct), "unique_topologies": len(shapes)}
    if evaluation.nearest is not None and found:
        distances = [evaluation.nearest.distance(script.choices) for script in found]
        row["nearest"] = statistics.fmean(distances)
        row["copied"] = sum(distance == 0 for distance in distances) / len(distances)
    return row


def _predicted(evaluation: Evaluation, rendered: Rendered) -> dict[str, Any]:
    """Return the ensemble's predictions and the true scores in the same unit, for all arms on the curves' prompts."""
    first = rendered.scripts[: evaluation.sweep]
    scripts = [script for script in first if script is not None and script.mean is not None]
    true = [evaluation.true.standardised(float(score)) for score in rendered.by_prompt[: evaluation.sweep]]
    if len(scripts) < len(first) or not scripts or None in true:
        return {}
    values = np.array(true, dtype=np.float64)
    return {
        "predicted": statistics.fmean(script.mean or 0.0 for script in scripts),
        "deviation": statistics.fmean(script.deviation or 0.0 for script in scripts),
        "true_standardised": evaluation.bootstrap.mean(values).to_json(),
    }


def _prediction(evaluation: Evaluation, rendered: Sequence[Rendered]) -> dict[str, Any] | None:
    """Return how well predictions and true scores of the distinct workflows correlate, over all and within a prompt."""
    pairs: dict[int, dict[tuple[str, ...], tuple[float, float]]] = defaultdict(dict)
    for each in rendered:
        for index, (script, score) in enumerate(zip(each.scripts, each.by_prompt, strict=True)):
            if script is not None and script.mean is not None:
                pairs[index][script.choices] = (script.mean, float(score))
    everything = np.array([pair for found in pairs.values() for pair in found.values()])
    if len(everything) < 3 or everything.std(axis=0).min() < 1e-9:
        return None
    centred = np.array(
        [
            (mean - statistics.fmean(each[0] for each in found.values()),
             score - statistics.fmean(each[1] for each in found.values()))
            for found in pairs.values() if len(found) > 1 for mean, score in found.values()
        ]
    )  # fmt: skip
    within = None
    if len(centred) > 2 and centred.std(axis=0).min() > 1e-9:
        within = float(np.corrcoef(centred.T)[0, 1])
    return {"workflows": len(everything), "correlation": float(np.corrcoef(everything.T)[0, 1]), "within": within}


def best_by_other_seeds(scores: npt.NDArray[np.float64]) -> float:
    """Return the score of the best of several workflows for a prompt, without luck with a seed.

    Args:
        scores: (workflows, seeds), of two seeds or more. The best is chosen by its mean on all seeds but one and scored
            by that one, in turn.
    """
    turns = range(scores.shape[1])
    chosen = [int(np.delete(scores, turn, axis=1).mean(axis=1).argmax()) for turn in turns]
    return float(np.mean([scores[place, turn] for turn, place in zip(turns, chosen, strict=True)]))


def oracle(rendered: Sequence[Rendered], bootstrap: Bootstrap) -> dict[str, Any]:
    """Return the score of the best workflow of all arms for each prompt.

    Returns:
        "honest": chosen by the score on all seeds but one and scored by that one, in turn, so that luck with a seed
        does not count; None with one seed. "naive": chosen and scored by the same renders. "choices": mean number of
        different workflows for a prompt. "prompts": number of prompts.
    """
    prompts = max(len(each.scores) for each in rendered)
    honest, naive, sizes = [], [], []
    for index in range(prompts):
        options = {
            script.choices: each.scores[index]
            for each in rendered
            if index < len(each.scores) and (script := each.scripts[index]) is not None
        }
        if not options:
            continue
        scores = np.array(list(options.values()))
        sizes.append(len(scores))
        naive.append(float(scores.mean(axis=1).max()))
        if scores.shape[1] > 1:
            honest.append(best_by_other_seeds(scores))
    return {
        "prompts": len(naive),
        "choices": statistics.fmean(sizes) if sizes else 0.0,
        "honest": bootstrap.mean(np.array(honest)).to_json() if honest else None,
        "naive": bootstrap.mean(np.array(naive)).to_json() if naive else None,
    }
