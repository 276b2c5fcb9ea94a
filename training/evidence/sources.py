"""Read the public files: rated pictures, votes, tables, a sweep of samplers.

`read_ratings` returns ratings as they stand in the files. A file that is not in the folder is left out; one that is not
as expected ends the reading with its name. docs/evidence.md says where the files are from.
"""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..common.errors import TrainingError

Sort = Literal["per picture", "per model"]
_LARGEST = 200_000_000
"""Bytes of the largest file that is read."""


@dataclass(frozen=True, slots=True)
class Rating:
    """One figure of a public file."""

    source: str
    """What it is from; the scale of its scores is its own."""
    sort: Sort
    """Whether it is of one picture or of a model over many."""
    model: str
    """The model as the source calls it."""
    prompt: str
    """The prompt, or words for the kind of prompts that a table's column is about."""
    group: str
    """What the ratings of one prompt have in common."""
    score: float
    variant: str = ""
    """How settings were varied: "lowstep", or "sampler scheduler steps cfg width height" of the sweep."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A public file, and how it is read."""

    name: str
    read: Callable[[Path], Iterator[Rating]]
    about: str
    """What it is, with its licence."""


def read_ratings(folder: Path) -> list[Rating]:
    """Return the ratings of all public files in a folder.

    Raises TrainingError, naming the file, where one is not as expected or none is there.
    """
    found: list[Rating] = []
    for source in SOURCES:
        path = folder / source.name
        if not path.is_file():
            continue
        if path.stat().st_size > _LARGEST:
            raise TrainingError(f"{path}: larger than {_LARGEST} bytes; this is no file of ratings")
        try:
            found += source.read(path)
        except (KeyError, ValueError, TypeError, AttributeError, RecursionError, csv.Error) as error:
            raise TrainingError(
                f"{path}: not as expected ({error!r}). docs/evidence.md says which file it has to be"
            ) from error
    if not found:
        raise TrainingError(f"{folder}: none of the files {', '.join(each.name for each in SOURCES)} is there")
    wrong = next((each for each in found if not math.isfinite(each.score)), None)
    if wrong is not None:
        raise TrainingError(f"{folder}: a score of {wrong.source} is no number")
    return found


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, strict=True)


def _agiqa3k(path: Path) -> Iterator[Rating]:
    for row in _rows(path):
        score = (float(row["mos_quality"]) + float(row["mos_align"])) / 2
        variant = "" if row["variant"] == "normal" else row["variant"]
        yield Rating("AGIQA-3K", "per picture", row["model"], row["prompt"], row["prompt_id"], score, variant)


def _aigiqa20k(path: Path) -> Iterator[Rating]:
    for row in _rows(path):
        yield Rating("AIGIQA-20K", "per picture", row["model"], row["prompt"], row["prompt"], float(row["mos"]))


def _evalmuse(path: Path) -> Iterator[Rating]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            prompt = row["prompt"] or ", ".join(row["elements"])
            yield Rating("EvalMuse", "per picture", row["model"], prompt, row["prompt_id"], float(row["total"]))


def _aigciqa2023(path: Path) -> Iterator[Rating]:
    for row in _rows(path):
        score = (float(row["quality"]) + float(row["correspondence"])) / 2
        yield Rating("AIGCIQA2023", "per picture", row["model"], row["prompt"], row["prompt"], score)


def _agiqa1k(path: Path) -> Iterator[Rating]:
    for row in _rows(path):
        yield Rating("AGIQA-1K", "per picture", row["model"], row["prompt"], row["prompt"], float(row["mos"]))


def _tifa160(path: Path) -> Iterator[Rating]:
    for row in _rows(path):
        yield Rating("TIFA160", "per picture", row["model"], row["prompt"], row["item"], float(row["mean"]))


def _seetrue(path: Path) -> Iterator[Rating]:
    for row in _rows(path):
        yield Rating("SeeTRUE", "per picture", row["model"], row["prompt"], row["prompt"], float(row["aligned"]))


def _votes(path: Path) -> Iterator[Rating]:
    """Yield one rating a model: its strength in a Bradley-Terry model of the votes; ties count as half."""
    wins: dict[tuple[str, str], float] = defaultdict(float)
    for row in _rows(path):
        first, second = row["model_a"], row["model_b"]
        share = {"model_a": 1.0, "model_b": 0.0}.get(row["winner"], 0.5)
        wins[first, second] += share
        wins[second, first] += 1 - share
    names = sorted({name for pair in wins for name in pair})
    strength = dict.fromkeys(names, 1.0)
    for _ in range(200):
        for name in names:
            won = sum(wins[name, other] for other in names)
            met = sum(
                (wins[name, other] + wins[other, name]) / (strength[name] + strength[other])
                for other in names
                if other != name
            )
            strength[name] = max(won, 0.5) / max(met, 1e-9)
    for name in names:
        yield Rating("GenAI-Arena votes", "per model", name, "", "all", math.log(strength[name]))


_WORDS: Mapping[str, str] = {
    "animation": "anime",
    "concept-art": "concept art",
    "painting": "painting",
    "photo": "photo",
    "two objects": "a cat and a dog with a ball and a hat",
    "counting": "four apples",
    "numeracy": "three cats and two dogs",
    "colors": "a red apple and a green cup",
    "color": "a red apple and a green cup",
    "color attribution": "a red apple and a green cup",
    "position": "a cat left of a dog",
    "2d-spatial": "a cat left of a dog",
    "3d-spatial": "a cat behind a dog",
    "texture": "a wooden table and a leather chair",
}
"""A column of a table -> a prompt of its kind. Columns that are no kind of prompts stand for any prompt."""
_MEANS = frozenset({"average", "overall", "anonymous"})


def _tables(path: Path) -> Iterator[Rating]:
    """Yield the figures of tables, each of which is a source with all its metrics; means over columns are left out."""
    rows = list(_rows(path))
    columns: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        columns[row["benchmark"], row["metric"]].add(row["category"])
    for row in rows:
        benchmark, metric, category = row["benchmark"], row["metric"], row["category"]
        if benchmark.startswith("GenAI-Arena"):  # the votes themselves are read
            continue
        if category in _MEANS and len(columns[benchmark, metric]) > 1:
            continue
        source = benchmark.partition(" (")[0].removesuffix(" README")
        group = "votes" if category.startswith("votes=") else f"{metric}: {category}"
        yield Rating(source, "per model", row["model"], _WORDS.get(category, ""), group, float(row["value"]))


def _sweep(path: Path) -> Iterator[Rating]:
    for row in _rows(path):
        settings = " ".join(row[name] for name in ("sampler", "scheduler", "steps", "cfg", "width", "height"))
        score = float(row["score"]) / float(row["best_seen_for_prompt"])
        yield Rating("sampler sweep", "per picture", row["unet"], row["prompt"], row["prompt_key"], score, settings)


SOURCES: tuple[SourceFile, ...] = (
    SourceFile("mos_agiqa3k.csv", _agiqa3k, "AGIQA-3K, MIT"),
    SourceFile("mos_aigiqa20k.csv", _aigiqa20k, "AIGIQA-20K (training part, in MA-AGIQA), Apache-2.0"),
    SourceFile("align_evalmuse_recovered.jsonl", _evalmuse, "EvalMuse-40K by way of EvalMuse_RFT, Apache-2.0"),
    SourceFile("mos_aigciqa2023.csv", _aigciqa2023, "AIGCIQA2023, no licence stated"),
    SourceFile("mos_agiqa1k.csv", _agiqa1k, "AGIQA-1K, MIT"),
    SourceFile("ratings_tifa160.csv", _tifa160, "TIFA160 ratings (in t2v_metrics), Apache-2.0"),
    SourceFile("align_seetrue_sd.csv", _seetrue, "SeeTRUE (in t2v_metrics), Apache-2.0"),
    SourceFile("arena_genai_votes_2024-02.csv", _votes, "GenAI-Arena votes, Apache-2.0"),
    SourceFile("bench_model_level.csv", _tables, "published tables, copied by hand"),
    SourceFile("sweep_qwen_image_samplers.csv", _sweep, "a sweep of samplers on Qwen-Image, no licence stated"),
)
"""The public files, in the form that docs/evidence.md describes."""


def known(ratings: Iterable[Rating], aliases: Mapping[str, str]) -> list[Rating]:
    """Return the ratings of models that are known."""
    return [rating for rating in ratings if rating.model in aliases]
