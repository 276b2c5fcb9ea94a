"""The curves of a training, as numbers and as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...files import write_atomically, write_json

Record = Mapping[str, Any]


def write_curves(folder: Path, training: Sequence[Record], held_out: Sequence[Record]) -> None:
    """Write curves.json and curves.png of a fine-tuning.

    Args:
        folder: where to write.
        training: records with minutes, steps, tokens and loss (nats per choice).
        held_out: the same, with `kinds`, the loss of each kind of choice.
    """
    write_json(
        folder / "curves.json", {"unit": "nats per choice", "training": [*training], "held_out": [*held_out]}, indent=1
    )
    if held_out or training:
        _draw(folder / "curves.png", training, held_out)


@dataclass(frozen=True)
class Panel:
    """A plot of some of the records' numbers; a record may lack one.

    Attributes:
        title: the plot's title.
        names: keys of the numbers.
    """

    title: str
    names: tuple[str, ...]


def write_panels(folder: Path, records: Sequence[Record], panels: Sequence[Panel]) -> None:
    """Write curves.json and curves.png: the panels' numbers over each record's `step`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    write_json(folder / "curves.json", {"records": [*records]}, indent=1)
    rows = -(-len(panels) // 3)
    figure = Figure(figsize=(14, 3.6 * rows), layout="constrained")
    for axes, panel in zip(figure.subplots(rows, 3, squeeze=False).flat, panels, strict=False):
        for name in panel.names:
            points = [(record["step"], record[name]) for record in records if name in record]
            if points:
                axes.plot(*zip(*points, strict=True), label=name, linewidth=1)
        axes.set_title(panel.title)
        axes.set_xlabel("step")
        axes.grid(True, alpha=0.3)
        if axes.lines:
            axes.legend()
    _save(FigureCanvasAgg(figure), folder / "curves.png")


def _save(canvas: Any, path: Path) -> None:
    with write_atomically(path) as beside:
        canvas.figure.savefig(beside, dpi=110, format="png")


def _draw(path: Path, training: Sequence[Record], held_out: Sequence[Record]) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.5), layout="constrained")
    whole, kinds = figure.subplots(1, 2)
    for records, label in ((training, "training"), (held_out, "held out")):
        if records:
            whole.plot([r["minutes"] for r in records], [r["loss"] for r in records], label=label, marker=".")
    whole.set_title("all choices")
    for kind in held_out[-1]["kinds"] if held_out else ():
        kinds.plot([r["minutes"] for r in held_out], [r["kinds"].get(kind) for r in held_out], label=kind, marker=".")
    kinds.set_title("held out, by what the choice says")
    for axes in (whole, kinds):
        axes.set_xlabel("minutes of training")
        axes.set_ylabel("nats per choice")
        axes.set_yscale("log")
        axes.grid(True, which="both", alpha=0.3)
        if axes.lines:
            axes.legend()
    steps = axis_of_steps(training or held_out)
    if steps is not None:
        figure.suptitle(steps)
    _save(FigureCanvasAgg(figure), path)


def axis_of_steps(records: Sequence[Record]) -> str | None:
    """Return how far the training is, as a text; None without records."""
    if not records:
        return None
    return f"{records[-1]['steps']:,} steps, {records[-1]['tokens'] / 1e6:,.1f} M tokens"
