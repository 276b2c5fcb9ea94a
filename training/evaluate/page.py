"""The report in Markdown, from report.json alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..common.report_table import markdown_table
from .plots import over_optimisation

Row = Mapping[str, Any]
_NONE = "-"


def page(results: Mapping[str, Any], images: str = "") -> str:
    """Return the report in Markdown.

    Args:
        results: the content of report.json.
        images: folder of the plots as the page links to it, with its slash.
    """
    arms = results["arms"]
    parts = [_about(results)]
    if arms:
        parts += [_scores(results), f"![Mean true scores]({images}scores.png)", _oracle(results)]
        parts += [_costs(arms), _diversity(arms)]
        if any(len(row["kinds"]) > 1 for row in arms):
            parts += [_kinds(arms), f"![Mean true scores by kind]({images}kinds.png)"]
        parts += [*_prediction(results, images), _against(results)]
    parts += [*_selection(results["selection"])]
    if notes := [*results["missing"], *results["left_out"]]:
        parts += ["### What is not in it", "\n".join(f"- {note}" for note in notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _about(results: Mapping[str, Any]) -> str:
    facts, settings = results["facts"], results["settings"]
    lines = [
        f"{facts['prompts']} test prompts, {facts['seeds']} render seeds each, {facts['renders']} renders by ComfyUI "
        f"{', '.join(facts['comfyui']) or '(none yet)'}; true score: {', '.join(settings['scorers'])}."
    ]
    lines.append(
        f"The policy has {facts['parameters'] / 1e6:.1f} M parameters and draws at temperature "
        f"{settings['temperature']:g}, top-p {settings['top_p']:g}"
        f"{', and keeps to what is read in each prompt' if settings.get('as_asked') else ''}. "
        "Intervals are 95 %, by bootstrap over prompts, "
        "paired in comparisons; a win is a prompt with a higher mean over its renders, a tie half of one."
    )
    if facts["members"]:
        lines.append(
            f"Predictions are of a reward ensemble of {facts['members']} trained on {facts['triplets']} triplets; "
            f"best of N takes the highest mean - {settings['kappa']:g} standard deviations."
        )
    lines.append("A workflow that did not run, or whose picture cannot be judged, counts as the worst render of all.")
    return " ".join(lines)


def _scores(results: Mapping[str, Any]) -> str:
    best = results["best_baseline"]
    head = ["arm", "prompts", "mean true score", "above SFT", "per cent above SFT", "wins over SFT", f"above {best}"]

    def rows() -> Iterator[Sequence[str]]:
        for row in results["arms"]:
            against, other = row.get("against_reference"), row.get("against_baseline")
            yield [
                row["name"], str(row["prompts"]), _interval(row["score"]),
                _interval(against and against["difference"], sign=True),
                _interval(against and against["relative"], percent=True, sign=True),
                _interval(against and against["wins"], percent=True),
                _interval(other and other["difference"], sign=True),
            ]  # fmt: skip

    called = "it is chosen by its first workflows' score on these very prompts."
    note = f"The best baseline is {best}; {called}" if best else ""
    return "\n\n".join(
        ["### True scores", markdown_table(head if best else head[:-1], _cut(rows(), 7 if best else 6)), note]
    )


def _oracle(results: Mapping[str, Any]) -> str:
    found = results["oracle"]
    if not found or not found["naive"]:
        return ""
    honest = (
        f"Chosen by the other seeds and scored by the one left out, their mean is {_interval(found['honest'])}; c"
        if found["honest"]
        else "C"
    )
    return (
        f"Upper bound: of the workflows that all arms wrote for a prompt ({found['choices']:.1f} different ones in the "
        f"mean), the best by its true score. {honest}hosen and scored by the same renders, luck with the seed "
        f"included, it is {_interval(found['naive'])}."
    )


def _costs(arms: Sequence[Row]) -> str:
    head = ["arm", "ran", "shape kept where one is asked for", "seconds to write, median", "seconds to render, mean"]

    def shape(row: Row) -> str:
        kept = row.get("shapes_kept")
        return _NONE if kept is None else f"{kept:.1%} of {row['shapes_asked']}"

    rows = (
        [
            row["name"], f"{row['valid']:.1%}", shape(row), _number(row["seconds_writing"], 3),
            _number(row["seconds_rendering"], 2),
        ]
        for row in arms
    )  # fmt: skip
    return "### What ran, and what it took\n\n" + markdown_table(head, rows)


def _diversity(arms: Sequence[Row]) -> str:
    head = ["arm", "written", "unique workflows", "unique topologies", "distance to the nearest trained", "copied"]
    rows = (
        [
            row["name"], str(row["written"]), str(row["unique"]), str(row["unique_topologies"]),
            _number(row.get("nearest"), 3), _NONE if "copied" not in row else f"{row['copied']:.1%}",
        ]
        for row in arms
    )  # fmt: skip
    text = (
        "Distance: the fewest choices to add, drop or change for the nearest workflow of the training data, by the "
        "length of the longer one; copied: the share at distance 0."
    )
    return "### Diversity\n\n" + markdown_table(head, rows) + "\n\n" + text


def _kinds(arms: Sequence[Row]) -> str:
    kinds = sorted({kind for row in arms for kind in row["kinds"]})
    rows = ([row["name"], *(_number(row["kinds"].get(kind, {}).get("score"), 3) for kind in kinds)] for row in arms)
    return "### By kind of prompt\n\n" + markdown_table(["arm", *kinds], rows)


def _prediction(results: Mapping[str, Any], images: str) -> Iterator[str]:
    known = [row for row in results["arms"] if "predicted" in row]
    if not known:
        return
    yield "### Predicted and true"
    rows = (
        [row["name"], _number(row["predicted"], 3), _number(row["deviation"], 3), _interval(row["true_standardised"])]
        for row in known
    )
    yield markdown_table(["arm", "predicted", "the members' deviation", "true, in the same unit"], rows)
    if found := results["prediction"]:
        within = "" if found["within"] is None else f", {found['within']:.2f} within a prompt"
        yield (
            f"Over {found['workflows']} pairs of prompt and workflow, prediction and true score correlate by "
            f"{found['correlation']:.2f}{within} (Pearson)."
        )
    if over_optimisation(results["arms"]):
        yield f"![Predicted and true scores]({images}over_optimisation.png)"


def _against(results: Mapping[str, Any]) -> str:
    """Return the table of all arms against the whole method, best of several against its best of several."""
    whole = results["settings"]["against"]
    known = [row for row in results["arms"] if "against_whole" in row]
    rows = (
        [
            row["name"], _interval(row["against_whole"]["difference"], sign=True),
            _interval(row["against_whole"]["wins"], percent=True), f"{row['unique']} of {row['written']}",
        ]
        for row in known
    )  # fmt: skip
    head = ["arm", f"above {whole}", f"wins over {whole}", "unique workflows"]
    text = "Best of several is compared with the best of several of that arm."
    return f"### Compared with {whole}\n\n{markdown_table(head, rows)}\n\n{text}" if known else ""


def _selection(selection: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the chosen baselines are."""
    if not selection:
        return
    yield "### The baselines that were chosen"
    rows = []
    for name, chosen in selection["chosen"].items():
        shown = f"{chosen['candidates']} on {chosen['prompts']} prompts"
        rows.append([name, shown, _number(chosen["score"], 3)])
    yield markdown_table(["for", "chosen from", "mean on validation prompts"], iter(rows))
    if (accuracy := selection.get("kinds_told")) is not None:
        yield f"Retrieval's classifier recognises the kind of {accuracy:.1%} of the test prompts by their words."
    fixed = selection["chosen"].get("all prompts")
    if fixed:
        yield "The best single workflow:\n\n```\n" + fixed["script"].strip() + "\n```"


def _interval(estimate: Mapping[str, float] | None, *, percent: bool = False, sign: bool = False) -> str:
    if not estimate:
        return _NONE
    form = ("+" if sign else "") + (".1%" if percent else ".3f")
    value, low, high = (format(estimate[name], form) for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _number(value: float | None, digits: int) -> str:
    return _NONE if value is None else f"{value:.{digits}f}"


def _cut(rows: Iterator[Sequence[str]], count: int) -> Iterator[Sequence[str]]:
    return (row[:count] for row in rows)
