"""The figures as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..common.report_table import markdown_table
from .cliffs import Cliffs
from .learned import Gathered
from .report import Pairs, Report, families, median


def page_of(gathered: Gathered, report: Report, found: Cliffs) -> str:
    """Return all figures."""
    parts = [_sources(gathered), _order(report), *_arms(report), _pairs(report), _calibration(report), _cliffs(found)]
    return "\n\n".join([*parts, _families(gathered)])


def _sources(gathered: Gathered) -> str:
    counts = Counter((row.source, row.sort) for row in gathered.rows)
    models = {source: len({row.script[0] for row in gathered.rows if row.source == source}) for source, _ in counts}
    rows = [[source, sort, f"{count:,}", str(models[source])] for (source, sort), count in sorted(counts.items())]
    left_out = gathered.left_out
    return (
        f"**Read.** {len(gathered.ratings):,} figures in the files; {sum(left_out.values()):,} are of "
        f"{len(left_out)} models that are closed or of no known family.\n\n"
        + markdown_table(["source", "of", "rows", "models"], rows, left=2)
    )


def _order(report: Report) -> str:
    rows = [
        [one.source, str(one.models), _number(one.all_models), _number(one.shared), _number(one.plain)]
        for one in report.ordered["linear"]
    ]
    ordered = report.ordered["linear"]
    medians = ["median", "", *(_number(median([getattr(one, name) for one in ordered])) for name in _ORDER)]
    return (
        "**Whole sources kept out.** Rank correlation over the models of a source: all of them; those that another "
        "source has; and, over the latter, the plain mean of the other sources' standardised means.\n\n"
        + markdown_table(["source", "models", "all", "shared", "plain mean, shared"], [*rows, medians])
    )


_ORDER = ("all_models", "shared", "plain")


def _arms(report: Report) -> list[str]:
    if len(report.ordered) < 2:
        return []
    rows = [
        [
            name,
            _number(median([one.all_models for one in ordered])),
            _number(median([one.shared for one in ordered])),
            _number(_mean([one.shared for one in ordered])),
            f"{_right(report.pairs[name])[0]:.1%}",
        ]
        for name, ordered in report.ordered.items()
    ]
    head = ["", "all, median", "shared, median", "shared, mean", "right order for a prompt"]
    return ["**Other ways to learn** from the same rows.\n\n" + markdown_table(head, rows)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _right(pairs: Sequence[Pairs]) -> tuple[float, float]:
    total = sum(one.pairs for one in pairs)
    return sum(one.right * one.pairs for one in pairs) / total, sum(one.possible * one.pairs for one in pairs) / total


def _pairs(report: Report) -> str:
    pairs = report.pairs["linear"]
    rows = [[one.source, f"{one.pairs:,}", f"{one.right:.1%}", f"{one.possible:.1%}"] for one in pairs]
    right, possible = _right(pairs)
    rows.append(["all", f"{sum(one.pairs for one in pairs):,}", f"{right:.1%}", f"{possible:.1%}"])
    return (
        "**Prompts kept out.** Two pictures of one prompt by different models in the right order, and how often the "
        "order of these models' true means in that source is.\n\n"
        + markdown_table(["source", "pairs", "right", "by true means"], rows)
    )


def _calibration(report: Report) -> str:
    found = report.calibration
    if found is None:
        return ""
    return (
        f"**Calibration.** Of {found.figures} figures of sources kept out, {found.within_one:.0%} lie within one "
        f"deviation of the ensemble's members, {found.within_two:.0%} within two; mean error {found.error:.2f}, mean "
        f"deviation {found.deviation:.2f}. Rank correlation of error and deviation: {found.correlation:.2f}; of error "
        f"and how few other sources have the model: {found.few_sources:.2f}. Mean error for models that at most one "
        f"other source has: {found.error_few:.2f}; for the others: {found.error_more:.2f}."
    )


def _cliffs(found: Cliffs) -> str:
    rows = [[reason, f"{distance:.1f}"] for reason, distance in sorted(found.least.items())]
    return (
        f"**Cliffs and plains**, over {found.models} documented families and variants. The least that broken settings "
        "lie below documented ones of the same model, in standard deviations:\n\n"
        + markdown_table(["broken", "at least"], rows)
        + f"\n\nA documented workflow of any model scores above a broken one of any other in {found.auc:.1%} of pairs. "
        f"Within what is documented of a model the standard deviation is {found.plain:.2f}, between models "
        f"{found.between:.2f}."
    )


def _families(gathered: Gathered) -> str:
    sorts = ("per picture", "per model", "settings", "documentation")
    rows = [[family, *(f"{counts[sort]:,}" if sort in counts else "" for sort in sorts)]
            for family, counts in families(gathered).items()]  # fmt: skip
    head = ["family", "rated pictures", "tables", "sweep of settings", "documentation"]
    return "**What there is for each family**, in rows.\n\n" + markdown_table(head, rows)


def _number(value: float) -> str:
    return f"{value:.2f}"
