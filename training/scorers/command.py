"""Score the pictures of a folder, as a table: the stage `scorers`.

    nodewright train scorers PICTURES --scorers pickscore hps-v2.1=MODELS --prompts P.jsonl --out t.csv

Reads a folder of pictures, and what each should show (one --prompt, or lines of --prompts).
Writes a table (.csv or .jsonl) with one row for each picture and one column for each scorer, in the scorer's own unit.
With --standardisation or --fit-standardisation there is also one number for each picture, the weighted sum of its
standardised scores. A picture that cannot be scored is named on standard error, and the others are scored.

Deviations from ComfyGen (arXiv 2410.01731), whose scorers these are: see `standardisation.py` for the weights, and each
scorer's module for what differs from its published code.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...files import write_json, write_text
from ...guarded_json import MEBIBYTE, JsonError, parse_json, read_bytes, read_json
from ...store.pictures import Picture
from ..common.console import report
from ..common.options import parse_options
from .base import Scorer, ScorerError
from .scorers import SCORERS, open_scorer, reads_prompt
from .standardisation import Standardisation

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})
"""Suffixes of the files that are taken for pictures."""

LARGEST_PROMPTS = 256 * MEBIBYTE
"""Largest file of prompts in bytes."""


class TableError(Exception):
    """A table that cannot be made as asked. The message says what to change."""


@dataclass(frozen=True)
class ScorersConfig:
    """What is scored, and where the table goes: every option of `nodewright train scorers`."""

    pictures: Path
    """Folder of the pictures; its subfolders are searched as well."""
    scorers: tuple[str, ...]
    """Scorers, each as NAME or NAME=SOURCE, or an own function as package.module:function (docs/scorers.md)."""
    out: Path
    """Table to write, as .csv or .jsonl."""
    prompt: str | None = None
    """What all of the pictures should show."""
    prompts: Path | None = None
    """Lines {"file": path within the folder, "prompt": text, "meaning": for miniature} of what each should show."""
    standardisation: Path | None = None
    """JSON file of a standardisation, by which each picture gets one number more."""
    fit_standardisation: Path | None = None
    """File to write a standardisation to that is fitted on these pictures; each of them gets one number more."""
    weights: tuple[str, ...] = ()
    """Weights of the scorers in the fitted sum, each as NAME=NUMBER; without it, all weigh the same, 1 in sum."""
    device: str = "cpu"
    """Where the scorers run: cpu, cuda, cuda:1, mps."""
    batch: int = 8
    """Number of pictures at a time."""


@dataclass(frozen=True)
class TableRow:
    """A row of the table.

    Attributes:
        file: path of the picture within the folder.
        prompt: what it should show.
        scores: raw scores by scorer.
        score: their weighted sum, None where no standardisation was named.
    """

    file: str
    prompt: str
    scores: Mapping[str, float]
    score: float | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0 when every picture was scored, 1 when some were not, 2 when none could be.
    """
    names = "; ".join(f"{name}: {entry.description}" for name, entry in SCORERS.items())
    config = parse_options(
        ScorersConfig, arguments, prog="nodewright train scorers",
        description=f"Score the pictures of a folder, as a table. Scorers are {names}.", positional="pictures",
        former={"scorer": "scorers", "weight": "weights"}, check=_check,
    )  # fmt: skip
    try:
        rows, problems = score_folder(config)
    except (ScorerError, TableError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for problem in problems:
        report(f"not scored: {problem}", sys.stderr)
    report(f"{len(rows)} pictures scored, {len(problems)} problems" + (f"; wrote {config.out}" if rows else ""))
    return 2 if not rows else 1 if problems else 0


def score_folder(config: ScorersConfig) -> tuple[list[TableRow], list[str]]:
    """Score a folder of pictures and write the table.

    Returns:
        The rows, and a line for each picture that could not be scored.

    Raises:
        ScorerError, TableError, ValueError, OSError: where nothing can be scored, or the sum cannot be fitted.
    """
    table_format(config.out)
    sources = _sources(config.scorers)
    weights = dict(_weight(text) for text in config.weights) or None
    standardisation = _read_standardisation(config.standardisation) if config.standardisation else None
    check_sum(sources, weights, standardisation, config.fit_standardisation)
    prompts_needed = any(map(reads_prompt, sources))
    pictures, problems = find_pictures(config.pictures, config.prompt, config.prompts, prompts_needed)
    scores, refused = score_all(sources, pictures, config.device, config.batch)
    rows = [TableRow(file, pictures[file].prompt, row) for file, row in scores.items()]
    if rows:
        write_table(config.out, rows)  # before the sum, whose fit may fail
    if config.fit_standardisation and rows:
        standardisation = Standardisation.fit([row.scores for row in rows], weights)
        config.fit_standardisation.parent.mkdir(parents=True, exist_ok=True)
        write_json(config.fit_standardisation, standardisation.to_json())
    if standardisation and rows:
        rows = [replace(row, score=standardisation.weighted(row.scores)) for row in rows]
        write_table(config.out, rows)
    return rows, problems + refused


def _check(config: ScorersConfig) -> None:
    """Raise ValueError for options that exclude each other."""
    if config.prompt is not None and config.prompts is not None:
        raise ValueError("--prompt and --prompts: one of the two")
    if config.standardisation is not None and config.fit_standardisation is not None:
        raise ValueError("--standardisation and --fit-standardisation: one of the two")


def _sources(scorers: Sequence[str]) -> dict[str, str | None]:
    """Return the source of each scorer by its name. Raises TableError."""
    sources: dict[str, str | None] = {}
    for text in scorers:
        name, _, source = text.partition("=")
        if name in sources:
            raise TableError(f"--scorers {name}: once is enough")
        sources[name] = source or None
    return sources


def _weight(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise TableError(f"--weights {text}: write it as NAME=NUMBER") from None


def _read_standardisation(path: Path) -> Standardisation:
    try:
        return Standardisation.from_json(read_json(path))
    except ValueError as error:
        raise TableError(f"{path}: {error}") from error


def check_sum(
    scorers: Collection[str], weights: Mapping[str, float] | None, given: Standardisation | None, fitted: Path | None
) -> None:
    """Check, before hours of scoring, that the sum can be made after them.

    Args:
        scorers: names of the scorers.
        weights: weights for fitting.
        given: a standardisation that was read.
        fitted: where one is fitted.

    Raises:
        TableError: where a scorer of the sum is missing, or the weights have no use.
    """
    if weights and not fitted:
        raise TableError("--weights is for --fit-standardisation; a file of --standardisation has its own weights")
    for name in [*(weights or ()), *(given.means if given else ())]:
        if name not in scorers:
            raise TableError(f"the sum should have {name} in it: add {name} to --scorers")


# ---- pictures ----------------------------------------------------------------------------------------------------


def find_pictures(
    folder: Path, prompt: str | None, prompts: Path | None, prompts_needed: bool
) -> tuple[dict[str, Picture], list[str]]:
    """Find the pictures of a folder and what they should show.

    Args:
        folder: where they are, in subfolders as well.
        prompt: what all of them should show.
        prompts: a .jsonl file of what each should show.
        prompts_needed: whether a scorer reads prompts.

    Returns:
        The pictures by their path within `folder`, sorted; and a line for each picture without a prompt and each
        prompt without a picture.

    Raises:
        TableError: where there is no picture, or no prompt that is needed.
    """
    if not folder.is_dir():
        raise TableError(f"{folder}: no such folder")
    found = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file()
    )
    if not found:
        raise TableError(f"{folder}: there are no pictures in it ({', '.join(sorted(SUFFIXES))})")
    if prompts is None:
        if prompts_needed and not (prompt or "").strip():
            raise TableError("what should the pictures show? Add --prompt TEXT or --prompts FILE.jsonl")
        return {name: Picture(folder / name, prompt or "") for name in found}, []
    lines = read_prompts(prompts, folder)
    problems = [f"{folder / name}: {prompts} has no line for it" for name in found if name not in lines]
    problems += [f"{folder / name}: {prompts} names it, but it is not there" for name in lines if name not in found]
    return {name: lines[name] for name in found if name in lines}, problems


def read_prompts(path: Path, folder: Path) -> dict[str, Picture]:
    """Return the pictures of a .jsonl file by their path within `folder`. Raises TableError naming the line."""
    pictures: dict[str, Picture] = {}
    try:
        lines = read_bytes(path, LARGEST_PROMPTS).decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise TableError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    except JsonError as error:
        raise TableError(str(error)) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{path}, line {number}"
        try:
            content: Any = parse_json(line, place, surrogates=True)
        except JsonError as error:
            raise TableError(str(error)) from error
        if not isinstance(content, dict) or not all(isinstance(content.get(key), str) for key in ("file", "prompt")):
            raise TableError(f'{place}: it should have the texts "file" and "prompt"')
        meaning = content.get("meaning")
        if meaning is not None and not isinstance(meaning, dict):
            raise TableError(f'{place}: "meaning" should be an object')
        name = Path(content["file"]).as_posix()
        if name in pictures:
            raise TableError(f"{place}: {name} was there before")
        prompt = content["prompt"].encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair cannot be written
        pictures[name] = Picture(folder / name, prompt, meaning)
    return pictures


# ---- scores ------------------------------------------------------------------------------------------------------


def score_all(
    sources: Mapping[str, str | None], pictures: Mapping[str, Picture], device: str, batch: int
) -> tuple[dict[str, dict[str, float]], list[str]]:
    """Score pictures by several scorers, all of which are opened before the first one works.

    Returns:
        Scores by file and scorer of the pictures that every scorer could score, and a line for each of the others.

    Raises:
        ScorerError: where a scorer cannot be opened.
    """
    scorers = {name: open_scorer(name, source, device=device, batch=batch) for name, source in sources.items()}
    scores: dict[str, dict[str, float]] = {file: {} for file in pictures}
    problems: list[str] = []
    for name, scorer in scorers.items():
        began = time.monotonic()
        found, refused = score_each(scorer, {file: pictures[file] for file in scores}, batch)
        problems += [f"{name}: {problem}" for problem in refused]
        scores = {file: row | {name: found[file]} for file, row in scores.items() if file in found}
        report(f"{name}: {len(found)} pictures in {time.monotonic() - began:.1f} s", sys.stderr)
    return scores, problems


def score_each(scorer: Scorer, pictures: Mapping[str, Picture], batch: int) -> tuple[dict[str, float], list[str]]:
    """Score pictures in batches; a batch with a picture that cannot be scored is scored one by one.

    Returns:
        The scores, under the keys of `pictures`, and a line for each picture that could not be scored.
    """
    scores: dict[str, float] = {}
    refused: list[str] = []
    files = list(pictures)
    for start in range(0, len(files), batch):
        some = files[start : start + batch]
        try:
            scores.update(zip(some, scorer([pictures[file] for file in some]), strict=True))
        except (ValueError, OSError):
            for file in some:
                try:
                    (scores[file],) = scorer([pictures[file]])
                except (ValueError, OSError) as error:
                    refused.append(f"{file}: {error}")
    return scores, refused


# ---- the table ---------------------------------------------------------------------------------------------------


def table_format(path: Path) -> str:
    """Return the format that a table's name states, "csv" or "jsonl". Raises TableError for any other."""
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in ("csv", "jsonl"):
        raise TableError(f"{path}: the table is written as .csv or .jsonl; give it such a name")
    return suffix


def write_table(path: Path, rows: Sequence[TableRow]) -> None:
    """Write a row for each picture: file, prompt, the score of each scorer, and their sum where there is one."""
    summed = rows[0].score is not None
    text = io.StringIO(newline="")
    if table_format(path) == "csv":
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["file", "prompt", *rows[0].scores, *(["score"] if summed else [])])
        for row in rows:
            last = [row.score] if summed else []
            writer.writerow([row.file, row.prompt, *row.scores.values(), *last])
    else:
        for row in rows:
            content: dict[str, Any] = {"file": row.file, "prompt": row.prompt, "scores": dict(row.scores)}
            text.write(json.dumps(content | ({"score": row.score} if summed else {}), ensure_ascii=False) + "\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text.getvalue())
