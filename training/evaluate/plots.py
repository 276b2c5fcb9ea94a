"""The plots of a report, from report.json alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...files import write_atomically
from .measures import CHECKPOINT

COLOURS = {
    "baseline": "#8c8c8c",
    "policy": "#1f77b4",
    "guidance": "#2ca02c",
    "ablation": "#9467bd",
    CHECKPOINT: "#ff7f0e",
}
Row = Mapping[str, Any]


def draw_plots(folder: Path, results: Mapping[str, Any]) -> list[Path]:
    """Draw every plot that there is data for, and return the files."""
    arms = results["arms"]
    drawn = []
    if arms:
        drawn.append(_scores(folder / "scores.png", results))
    if any(len(row["kinds"]) > 1 for row in arms):
        drawn.append(_kinds(folder / "kinds.png", arms))
    if panels := over_optimisation(arms):
        drawn.append(_over_optimisation(folder / "over_optimisation.png", panels))
    return drawn


def over_optimisation(arms: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    """Return the series of arms that have a prediction: the guidance sweep, and each tuning's checkpoints.

    Returns:
        (title, axis) -> arms in the order of their place; series of one arm are left out.
    """
    series: dict[tuple[str, str], list[Row]] = {}
    for row in arms:
        if "predicted" in row and row["place"] is not None:
            best = f", best of {row['best_of']}" if row["best_of"] > 1 else ""
            if row["group"] == CHECKPOINT:
                series.setdefault((f"{row['series']}{best}", "step of the tuning"), []).append(row)
            else:
                series.setdefault((f"guidance{best}", "guidance scale"), []).append(row)
    return {key: sorted(rows, key=lambda row: row["place"]) for key, rows in series.items() if len(rows) > 1}


def _scores(path: Path, results: Mapping[str, Any]) -> Path:
    figure, save = _figure(9.5, 1.2 + 0.28 * len(results["arms"]))
    axes = figure.subplots()
    rows = sorted(results["arms"], key=lambda row: row["score"]["value"])
    for place, row in enumerate(rows):
        score = row["score"]
        error = [[score["value"] - score["low"]], [score["high"] - score["value"]]]
        axes.errorbar([score["value"]], [place], xerr=error, fmt="o", capsize=3, color=COLOURS[row["group"]])
    axes.set_yticks(range(len(rows)), [row["name"] for row in rows])
    oracle = (results["oracle"] or {}).get("honest")
    if oracle:
        axes.axvline(oracle["value"], linestyle="--", color="black", linewidth=1)
        axes.text(oracle["value"], 0, " oracle", va="center")
    axes.set_xlabel("mean true score, 95 % interval")
    axes.grid(True, axis="x", alpha=0.3)
    return save(path)


def _kinds(path: Path, arms: Sequence[Row]) -> Path:
    kinds = sorted({kind for row in arms for kind in row["kinds"]})
    values = [[row["kinds"].get(kind, {}).get("score", float("nan")) for kind in kinds] for row in arms]
    return draw_table(path, values, [row["name"] for row in arms], kinds, "mean true score")


def draw_table(
    path: Path, values: Sequence[Sequence[float]], rows: Sequence[str], columns: Sequence[str], label: str
) -> Path:
    """Draw a table of numbers as a heat map, coloured by the difference to the column's mean.

    Args:
        path: the picture to write.
        values: (rows, columns); NaN leaves a cell empty.
        rows: titles of the rows.
        columns: titles of the columns.
        label: what the numbers are.
    """
    import numpy as np

    table = np.array(values, dtype=float)
    relative = table - np.nanmean(table, axis=0, keepdims=True)
    figure, save = _figure(2.6 + 0.85 * len(columns), 1.4 + 0.3 * len(rows))
    axes = figure.subplots()
    reach = float(np.nanmax(np.abs(relative))) or 1.0
    image = axes.imshow(relative, cmap="RdYlGn", vmin=-reach, vmax=reach, aspect="auto")
    for place, value in np.ndenumerate(table):
        if not np.isnan(value):
            axes.text(place[1], place[0], f"{value:.2f}", ha="center", va="center", fontsize=8)
    axes.set_xticks(range(len(columns)), columns, rotation=30, ha="right")
    axes.set_yticks(range(len(rows)), rows)
    figure.colorbar(image, ax=axes, label=f"{label}: difference to the column's mean")
    return save(path)


def _over_optimisation(path: Path, panels: Mapping[tuple[str, str], Sequence[Row]]) -> Path:
    figure, save = _figure(5.2 * min(2, len(panels)), 3.8 * -(-len(panels) // 2))
    cells = figure.subplots(-(-len(panels) // 2), min(2, len(panels)), squeeze=False)
    for axes, ((title, label), rows) in zip(cells.flat, panels.items(), strict=False):
        places = [row["place"] for row in rows]
        true = [row["true_standardised"] for row in rows]
        predicted, deviations = ([row[name] for row in rows] for name in ("predicted", "deviation"))
        axes.plot(places, predicted, marker="s", label="predicted by the ensemble")
        ends = ([one + side * other for one, other in zip(predicted, deviations, strict=True)] for side in (-1, 1))
        axes.fill_between(places, *ends, alpha=0.1, color="C0", label="its members' deviation")
        axes.plot(places, [each["value"] for each in true], marker="o", label="true, on real renders")
        low, high = ([each[end] for each in true] for end in ("low", "high"))
        axes.fill_between(places, low, high, alpha=0.2, color="C1")
        axes.set_title(title)
        axes.set_xlabel(label)
        axes.set_ylabel("standard deviations of the scores")
        axes.grid(True, alpha=0.3)
        axes.legend()
    for axes in list(cells.flat)[len(panels) :]:
        axes.set_axis_off()
    return save(path)


def _figure(width: float, height: float) -> Any:
    """Return a figure, and a function that writes it to a path whole or not at all."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    canvas = FigureCanvasAgg(figure)

    def save(path: Path) -> Path:
        with write_atomically(path) as beside:
            canvas.figure.savefig(beside, dpi=110, format=path.suffix[1:])
        return path

    return figure, save
