"""The figures of a reward ensemble's report, and its page."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from ...models.reward.by_family import Judge
from ..common.report_table import markdown_table
from ..common.seed_noise import seed_variance
from .data import Example

Floats = npt.NDArray[np.float64]
QUANTILES = 5


def spearman(left: Floats, right: Floats) -> float:
    """Return the rank correlation of two arrays (values,); nan where one of both is constant."""
    return math.nan if _is_constant(left) or _is_constant(right) else float(stats.spearmanr(left, right).statistic)


def pearson(left: Floats, right: Floats) -> float:
    """Return the correlation of two arrays (values,); nan where one of both is constant."""
    return math.nan if _is_constant(left) or _is_constant(right) else float(stats.pearsonr(left, right).statistic)


def _is_constant(values: Floats) -> bool:
    return bool(np.ptp(values) < 1e-9)


def pairwise_accuracy(predicted: Floats, scores: Floats, groups: Sequence[str]) -> tuple[float, int]:
    """Compare the order of workflows of one prompt that have different scores.

    Args:
        predicted: predicted scores, (rows,).
        scores: true scores, (rows,).
        groups: the prompt of each row.

    Returns:
        The share of pairs whose order is right, an undecided one as half, and the number of pairs.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        places[group].append(index)
    right, pairs = 0.0, 0
    for members in places.values():
        ahead = np.sign(predicted[members][:, None] - predicted[members])
        truth = np.sign(scores[members][:, None] - scores[members])
        judged = np.triu(truth != 0, 1)
        pairs += int(judged.sum())
        right += float((0.5 + 0.5 * ahead * truth)[judged].sum())
    return (right / pairs if pairs else math.nan), pairs


def quality(predicted: Floats, examples: Sequence[Example]) -> dict[str, float | None]:
    """Return Spearman, accuracy within prompts, and R2 (1 - squared error / variance) of predictions (examples,)."""
    scores = np.array([example.score for example in examples])
    accuracy, pairs = pairwise_accuracy(predicted, scores, [example.prompt for example in examples])
    variance = float(scores.var())
    r2 = 1 - float(np.mean((predicted - scores) ** 2)) / variance if variance else math.nan
    return {
        "spearman": _number(spearman(predicted, scores)), "accuracy": _number(accuracy), "pairs": pairs,
        "r2": _number(r2),
    }  # fmt: skip


def ceiling(examples: Sequence[Example], variance: float) -> float | None:
    """Return the R2 of a model that knew each workflow's mean over all seeds; None where the seeds' part is unknown.

    It is what is left of the scores' variance without the seeds' part, `variance` over the number of averaged renders.
    """
    scores = np.array([example.score for example in examples])
    if math.isnan(variance) or not scores.var():
        return None
    left = float(np.mean([variance / len(example.scores) for example in examples]))
    return _number(1 - left / float(scores.var()))


def order_ceiling(examples: Sequence[Example]) -> tuple[float, int]:
    """Return how often whoever knew everything but the seed would be right within a prompt, and the pairs it rests on.

    Of two workflows that were rendered twice each, first and second renders agree on the better one in a share
    1/2 + asin(r)/pi, where r is the correlation of both differences, if they are normally distributed; the differences
    of the true means correlate with either by sqrt(r). nan where nothing was rendered twice.
    """
    prompts: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for example in examples:
        if len(example.scores) > 1:
            prompts[example.prompt].append(example.scores[:2])
    signs = [
        math.copysign(1, one[0] - other[0]) * math.copysign(1, one[1] - other[1])
        for found in prompts.values()
        for one, other in combinations(found, 2)
        if one[0] != other[0] and one[1] != other[1]
    ]
    if not signs:
        return math.nan, 0
    agreed = (1 + sum(signs) / len(signs)) / 2
    correlation = max(0.0, math.sin(math.pi * (agreed - 0.5)))
    return 0.5 + math.asin(math.sqrt(correlation)) / math.pi, len(signs)


def calibration(members: Floats, examples: Sequence[Example]) -> dict[str, Any]:
    """Return how well the members' disagreement predicts the error of their mean.

    Args:
        members: the members' predictions, (members, examples).
        examples: the examples.

    Returns:
        Correlations of disagreement and error, both in each fifth of the disagreement, and its 95 % quantile.
    """
    scores = np.array([example.score for example in examples])
    deviation = members.std(0, ddof=1) if len(members) > 1 else np.zeros(len(scores))
    error = np.abs(members.mean(0) - scores)
    parts = np.array_split(np.argsort(deviation, kind="stable"), QUANTILES)
    return {
        "spearman": _number(spearman(deviation, error)),
        "pearson": _number(pearson(deviation, error)),
        "fifths": [
            {"deviation": _number(float(deviation[part].mean())), "error": _number(float(error[part].mean()))}
            for part in parts if len(part)
        ],
        "quantile 0.95": _number(float(np.quantile(deviation, 0.95))),
    }  # fmt: skip


def data_facts(examples: Sequence[Example]) -> dict[str, Any]:
    """Return counts, and how much of the scores' variance is the seed's."""
    scores = np.array([score for example in examples for score in example.scores])
    variance, renders = seed_variance(example.scores for example in examples)
    order, pairs = order_ceiling(examples)
    return {
        "examples": len(examples),
        "renders": len(scores),
        "prompts": len({example.prompt for example in examples}),
        "scripts": len({example.choices for example in examples}),
        "topologies": len({example.topology for example in examples}),
        "variance": _number(float(scores.var())),
        "variance of the seed": _number(variance),
        "renders it rests on": renders,
        "right order of whoever knew all but the seed": _number(order),
        "pairs it rests on": pairs,
    }


def seconds_per_script(
    ensemble: Judge, examples: Sequence[Example], sizes: Sequence[int] = (1, 8, 64)
) -> dict[str, float]:
    """Return the seconds for one script by batch size, the best of three."""
    scripts = list(dict.fromkeys(example.choices for example in examples))[: max(sizes)]
    ensemble.score(examples[0].prompt, scripts[:1])
    found = {}
    for size in sizes:
        part = scripts[:size]
        taken = []
        for repeat in range(3):
            start = time.perf_counter()
            ensemble.score(examples[repeat % len(examples)].prompt, part)
            taken.append(time.perf_counter() - start)
        found[str(size)] = round(min(taken) / len(part), 5)
    return found


def page(results: Mapping[str, Any]) -> str:
    """Return the report in Markdown."""
    parts = ["# Reward ensemble", _data(results), _qualities(results), _calibration(results), _seconds(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _data(results: Mapping[str, Any]) -> str:
    facts, held = results["data"], results["held out"]
    seed = facts["variance of the seed"]
    known = seed is not None and facts["variance"]
    share = f"{100 * seed / facts['variance']:.0f} %" if known else "unknown (no repeats)"
    order = facts["right order of whoever knew all but the seed"]
    lines = [
        f"{facts['renders']} renders of {facts['examples']} pairs of prompt and workflow: {facts['prompts']} prompts, "
        f"{facts['scripts']} scripts, {facts['topologies']} topologies. The seed's share of the variance: {share}.",
        f"Trained on {results['trained']} pairs for this report; held out: "
        + "; ".join(f"{name}: {count}" for name, count in held["examples"].items())
        + f". Held-out topologies: {held['topologies']}; files: {', '.join(held['files']) or 'none'}.",
    ]
    if order is not None:
        lines.append(
            f"Of two workflows for a prompt, whoever knew everything but the seed would name the better one in "
            f"{100 * order:.0f} % (by {facts['pairs it rests on']} pairs that were rendered twice)."
        )
    return "\n".join(lines)


def _qualities(results: Mapping[str, Any]) -> str:
    names = [name for name, count in results["held out"]["examples"].items() if count]
    tables = []
    for name in names:
        top = results["ceilings"][name]
        best = f"R2 of a model that knew everything but the seed: {top:.3f}.\n\n" if top is not None else ""
        title = f"## Held out: {name}\n\n{best}"
        rows = [
            [model, *(_cell(found[name][key]) for key in ("spearman", "accuracy", "r2"))]
            for model, found in results["models"].items()
        ]
        table = markdown_table(("model", "Spearman", "right order within a prompt", "R2"), rows)
        pairs = next(iter(results["models"].values()))[name]["pairs"]
        tables.append(f"{title}{table}\n\n{pairs} pairs within prompts.")
    return "\n\n".join(tables)


def _calibration(results: Mapping[str, Any]) -> str:
    rows = []
    for name, found in results["calibration"].items():
        fifths = [f"{each['deviation']:.2f}: {each['error']:.2f}" for each in found["fifths"]]
        rows.append([name, _cell(found["spearman"]), *fifths, *[""] * (QUANTILES - len(fifths))])
    head = ["held out", "rank correlation", *(f"fifth {number + 1}" for number in range(QUANTILES))]
    return (
        "## Does the disagreement predict the error?\n\nIn each fifth of the disagreement: mean standard deviation "
        "over the members, and mean error.\n\n" + markdown_table(head, rows)
    )


def _seconds(results: Mapping[str, Any]) -> str:
    seconds = results["seconds"]
    rendering = seconds["rendering"]
    scored = ", ".join(f"{each:.4f} s in batches of {size}" for size, each in seconds["scoring"].items())
    told = f"; rendering one took {rendering:.2f} s" if rendering else ""
    return f"## Seconds\n\nScoring a workflow with all members took {scored}{told}."


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _number(value: float) -> float | None:
    """As JSON has it: nothing for what is no number."""
    return round(value, 5) if math.isfinite(value) else None
