"""Draw whether the best workflow depends on the prompt: an experiment.

    nodewright train heat-map --store S.db --out heat_map.png

Reads triplets. Writes a heat map: rows are checkpoints, LoRAs, stages and sizes, columns are kinds of prompts, cells
mean scores; and a table in Markdown with the same name, which states the number of triplets and the standard error of
each mean.
"""

from __future__ import annotations

import math
import statistics
import struct
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...files import write_text
from ...miniature.scenes import kinds_of
from ...store.durable_file import StoreError
from ...store.triplets import Triplet, TripletStore
from ...workflow.api_format import from_api
from ...workflow.graph import Workflow
from ...workflow.workflow_facts import SAMPLING_CLASSES
from ..common.console import report
from ..common.options import parse_options
from ..common.pairs import DataError
from ..common.report_table import markdown_table
from ..common.stage import run_stage
from ..evaluate.plots import draw_table

GROUPS = ("checkpoint", "LoRA", "stage", "size")
_LOADERS = ("ckpt_name", "unet_name")
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Cell:
    """The scores of one row and kind of prompt."""

    scores: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean of the scores."""
        return statistics.fmean(self.scores)

    @property
    def error(self) -> float:
        """The mean's standard error; NaN for one score."""
        if len(self.scores) < 2:
            return math.nan
        return statistics.stdev(self.scores) / math.sqrt(len(self.scores))


Cells = Mapping[tuple[str, str], Mapping[str, Cell]]
"""(group, row) -> kind -> cell."""


def parts_of(workflow: Workflow) -> Iterator[tuple[str, str]]:
    """Yield (group, row) of all rows that a workflow belongs to, but its size."""
    files = [(name, value) for node in workflow.nodes for name, value in node.inputs if isinstance(value, str)]
    mains = list(dict.fromkeys(_short(value) for name, value in files if name in _LOADERS))
    loras = list(dict.fromkeys(_short(value) for name, value in files if name == "lora_name"))
    if mains:
        yield "checkpoint", mains[0]
    yield from (("LoRA", lora) for lora in loras or ["none"])
    yield from (("stage", stage) for stage in stages(workflow, several=len(mains) > 1))


def stages(workflow: Workflow, *, several: bool) -> list[str]:
    """Return what comes after the first sampling, "plain" where nothing does; `several`: it has several main models."""
    above = _above(workflow)
    samplings = [index for index, node in enumerate(workflow.nodes) if node.class_type in SAMPLING_CLASSES]
    if not samplings:
        return []
    last = samplings[-1]
    before = [workflow.nodes[index].class_type for index in above[last]]
    found = []
    if any(index in above[last] for index in samplings):
        if "VAEEncode" in before:
            how = "an upscaler" if "ImageUpscaleWithModel" in before else "pixels"
            found.append(f"hires-fix through {how}")
        else:
            enlarged = any(name.startswith("LatentUpscale") for name in before)
            found.append("hires-fix latent" if enlarged else "sampled in parts")
        if several:
            found.append("refined by another checkpoint")
    after = [node.class_type for index, node in enumerate(workflow.nodes) if last in above[index]]
    if "ImageUpscaleWithModel" in after:
        found.append("upscaler at the end")
    elif any(name.startswith("ImageScale") for name in after):
        found.append("scaled at the end")
    return found or ["plain"]


def _above(workflow: Workflow) -> list[set[int]]:
    """Return, for each node, the nodes that it depends on."""
    found: list[set[int]] = []
    for node in workflow.nodes:
        found.append({each for _, link in node.links() for each in (link.node, *found[link.node])})
    return found


def _short(file: str) -> str:
    return Path(file.replace("\\", "/")).stem


def picture_size(path: Path) -> str | None:
    """Return width and height of a PNG file as "WxH"; None where there is none."""
    try:
        with path.open("rb") as file:
            head = file.read(24)
    except OSError:
        return None
    if len(head) < 24 or not head.startswith(_PNG):
        return None
    width, height = struct.unpack(">II", head[16:24])
    return f"{width}x{height}"


def cells_of(store: TripletStore, scorer: str, least: int, sources: Sequence[str] = ()) -> tuple[Cells, Counter[str]]:
    """Return the scores of each row and kind, and the number of triplets of each kind.

    A triplet with a combined prompt is one of each of its kinds.

    Args:
        store: the open store.
        scorer: whose scores.
        least: number of triplets that a row needs, or a tenth of all if these are few.
        sources: of the triplets; empty for any.

    Raises:
        DataError: where the scorer has scored no such triplet.
        StoreError: where the store cannot be read.
    """
    scores: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    kinds: Counter[str] = Counter()
    for triplet in store.triplets():
        if triplet.split == "test" or scorer not in triplet.scores:
            continue
        if sources and triplet.source not in sources:
            continue
        its = kinds_of(triplet.kind)
        kinds.update(its)
        for row in dict.fromkeys([*parts_of(from_api(triplet.api)), *_size_of(store, triplet)]):
            for kind in its:
                scores[row][kind].append(triplet.scores[scorer])
    if not kinds:
        raise DataError(f"{store.path}: no triplet {_of(sources)}was judged by {scorer}")
    least = min(least, kinds.total() // 10)
    kept = {
        row: {kind: Cell(tuple(values)) for kind, values in by_kind.items()}
        for row, by_kind in sorted(scores.items(), key=lambda item: (GROUPS.index(item[0][0]), item[0][1]))
        if sum(map(len, by_kind.values())) >= least
    }
    return kept, kinds


def _of(sources: Sequence[str]) -> str:
    return f"of {', '.join(sources)} " if sources else ""


def _size_of(store: TripletStore, triplet: Triplet) -> list[tuple[str, str]]:
    size = None if triplet.image is None else picture_size(store.image_path(triplet.image))
    return [] if size is None else [("size", size)]


def best_rows(cells: Cells, kinds: Sequence[str], group: str, least: int) -> list[str]:
    """Return, for each kind, the best row of a group among those with enough triplets; "-" where there is none."""
    found = []
    for kind in kinds:
        known = {row: each[kind] for (its, row), each in cells.items() if its == group and kind in each}
        known = {row: cell for row, cell in known.items() if len(cell.scores) >= least}
        found.append(max(known, key=lambda row: known[row].mean) if known else "-")
    return found


def markdown(cells: Cells, kinds: Counter[str], scorer: str, least: int, sources: Sequence[str] = ()) -> str:
    """Return all cells as tables: mean, standard error, number."""
    names = sorted(kinds)
    parts = [
        f"Mean {scorer} score, its standard error, and how many of {kinds.total()} triplets {_of(sources)}it is of. "
        "Rows are not exclusive: a triplet counts in every row that it belongs to."
    ]
    parts.append("Best of each group:\n\n" + markdown_table(
        ["kind", *names], ([group, *best_rows(cells, names, group, least)] for group in GROUPS)
    ))  # fmt: skip
    for group in GROUPS:
        rows = [(row, each) for (its, row), each in cells.items() if its == group]
        if rows:
            cells_of_rows = ([row, *(_cell(each.get(kind)) for kind in names)] for row, each in rows)
            parts.append(markdown_table([group, *names], cells_of_rows))
    return "\n\n".join(parts) + "\n"


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return "-"
    error = "" if math.isnan(cell.error) else f" ± {cell.error:.3f}"
    return f"{cell.mean:.3f}{error} ({len(cell.scores)})"


def draw(path: Path, cells: Cells, kinds: Counter[str], scorer: str) -> None:
    """Draw the heat map."""
    names = sorted(kinds)
    values = [[each[kind].mean if kind in each else math.nan for kind in names] for each in cells.values()]
    rows = [f"{group}: {row}" for group, row in cells]
    draw_table(path, values, rows, [name or "any" for name in names], f"mean {scorer} score")


@dataclass(frozen=True)
class HeatMapConfig:
    """The options of the experiment."""

    store: Path
    """Store of triplets."""
    out: Path
    """Picture to write, .png; the table is written beside it as .md."""
    scorer: str = "miniature"
    """Name of the scorer whose scores are drawn."""
    sources: tuple[str, ...] = ()
    """Sources of the triplets: corpus, random, policy, ...; without it, all."""
    least: int = 30
    """Number of triplets that a row needs."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 2 for a store that cannot be used."""
    config = parse_options(
        HeatMapConfig, arguments, prog="nodewright train heat-map",
        description="Draw whether the best workflow depends on the prompt.", former={"source": "sources"},
    )  # fmt: skip
    try:
        if not config.store.is_file():
            raise DataError(f"{config.store}: there is no such store")
        with TripletStore(config.store) as store:
            cells, kinds = cells_of(store, config.scorer, config.least, config.sources)
        config.out.parent.mkdir(parents=True, exist_ok=True)
        draw(config.out, cells, kinds, config.scorer)
        text = markdown(cells, kinds, config.scorer, max(1, config.least // 5), config.sources)
        write_text(config.out.with_suffix(".md"), text)
    except (DataError, StoreError, OSError) as error:
        report(f"error: {error}", sys.stderr)
        return 2
    report(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(run_stage(main))
