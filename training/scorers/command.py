"""Scores of a folder of pictures, as a table.

    nodewright train score-images PICTURES --scorer pickscore --scorer hps-v2.1=MODELS --prompts P.jsonl --out t.csv

Each scorer gives a column in its own unit. Given a standardisation, or told to fit one, there is also one number for
each picture: the weighted sum of its standardised scores. Pictures that cannot be judged are named, and the rest is
scored.
"""

from __future__ import annotations

import argparse
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
from ...store.pictures import Picture, Scorer
from ..common.console import report
from .scorers import PROMPTLESS, SCORERS, ScorerError, Standardisation, open_scorer

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})


class TableError(Exception):
    """What was asked for cannot be scored. The message says what to change."""


@dataclass(frozen=True)
class Row:
    """A picture and its raw scores by scorer; `score` sums them up, where that was asked for."""

    file: str
    prompt: str
    scores: Mapping[str, float]
    score: float | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. 0 when every picture was scored, 1 when some were not, 2 when none could be."""
    options = _parser().parse_args(arguments)
    try:
        table_format(options.out)
        chosen = _chosen(options.scorer)
        weights = dict(_weight(text) for text in options.weight) or None
        standardisation = _read_standardisation(options.standardisation) if options.standardisation else None
        check_sum(chosen, weights, standardisation, options.fit_standardisation)
        asked = bool(chosen.keys() - PROMPTLESS)
        pictures, problems = find_pictures(options.pictures, options.prompt, options.prompts, asked)
        scores, refused = score_all(chosen, pictures, options.device, options.batch)
        rows = [Row(file, pictures[file].prompt, row) for file, row in scores.items()]
        if rows:
            write_table(options.out, rows)  # whatever comes of the sum
        if options.fit_standardisation and rows:
            standardisation = Standardisation.fit([row.scores for row in rows], weights)
            options.fit_standardisation.parent.mkdir(parents=True, exist_ok=True)
            write_json(options.fit_standardisation, standardisation.to_json())
        if standardisation and rows:
            rows = [replace(row, score=standardisation.weighted(row.scores)) for row in rows]
            write_table(options.out, rows)
    except (ScorerError, TableError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    problems += refused
    for problem in problems:
        report(f"not scored: {problem}", sys.stderr)
    report(f"{len(rows)} pictures scored, {len(problems)} problems" + (f"; wrote {options.out}" if rows else ""))
    return 2 if not rows else 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    names = "; ".join(f"{name}: {what}" for name, what in SCORERS.items())
    parser = argparse.ArgumentParser(prog="nodewright train score-images", description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("pictures", type=Path, help="a folder; its subfolders are searched as well")
    add("--scorer", required=True, action="append", metavar="NAME[=FOLDER]", help=f"may be given again. {names}")
    prompts = parser.add_mutually_exclusive_group()
    prompts.add_argument("--prompt", help="what all of the pictures should show")
    prompts.add_argument(
        "--prompts",
        type=Path,
        help='what each should show: lines {"file": path within the folder, "prompt": text, "meaning": for miniature}',
    )
    add("--out", type=Path, required=True, help="the table, as .csv or .jsonl")
    sums = parser.add_mutually_exclusive_group()
    sums.add_argument("--standardisation", type=Path, help="add one number for each picture, by this JSON file")
    sums.add_argument(
        "--fit-standardisation", type=Path, help="the same, by mean and deviation of these pictures; written here"
    )
    add("--weight", action="append", default=[], metavar="NAME=NUMBER", help="for fitting (all the same, 1 in sum)")
    add("--device", default="cpu", help="cpu, cuda, cuda:1, mps (cpu)")
    add("--batch", type=int, default=8, help="pictures at a time (8)")
    return parser


def _chosen(texts: Sequence[str]) -> dict[str, str | None]:
    chosen: dict[str, str | None] = {}
    for text in texts:
        name, _, source = text.partition("=")
        if name in chosen:
            raise TableError(f"--scorer {name}: once is enough")
        chosen[name] = source or None
    return chosen


def _weight(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise TableError(f"--weight {text}: say NAME=NUMBER") from None


def _read_standardisation(path: Path) -> Standardisation:
    try:
        return Standardisation.from_json(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise TableError(f"{path}: {error}") from error


def check_sum(
    chosen: Collection[str], weights: Mapping[str, float] | None, given: Standardisation | None, fitted: Path | None
) -> None:
    """Say before hours of scoring what would fail after them. Raises TableError."""
    if weights and not fitted:
        raise TableError("--weight is for --fit-standardisation; a file of --standardisation has its own weights")
    for name in [*(weights or ()), *(given.means if given else ())]:
        if name not in chosen:
            raise TableError(f"the sum should have {name} in it: say --scorer {name} as well")


# ---- pictures ----------------------------------------------------------------------------------------------------


def find_pictures(
    folder: Path, prompt: str | None, prompts: Path | None, asked: bool
) -> tuple[dict[str, Picture], list[str]]:
    """The pictures by their path within `folder`, sorted, and what is wrong with others. asked: whether a scorer
    reads prompts. Raises TableError."""
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
        if asked and not (prompt or "").strip():
            raise TableError("what should the pictures show? Say --prompt TEXT or --prompts FILE.jsonl")
        return {name: Picture(folder / name, prompt or "") for name in found}, []
    lines = read_prompts(prompts, folder)
    problems = [f"{folder / name}: {prompts} says nothing of it" for name in found if name not in lines]
    problems += [f"{folder / name}: {prompts} names it, but it is not there" for name in lines if name not in found]
    return {name: lines[name] for name in found if name in lines}, problems


def read_prompts(path: Path, folder: Path) -> dict[str, Picture]:
    """Pictures by their path within `folder`. Raises TableError naming the line."""
    pictures: dict[str, Picture] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), 1):
        if not line.strip():
            continue
        place = f"{path}, line {number}"
        try:
            content: Any = json.loads(line)
        except ValueError as error:
            raise TableError(f"{place}: not JSON: {error}") from error
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
    chosen: Mapping[str, str | None], pictures: Mapping[str, Picture], device: str, batch: int
) -> tuple[dict[str, dict[str, float]], list[str]]:
    """Scores by file and scorer of the pictures that no scorer refuses, and what is said of the others. All scorers
    are opened before the first one works. Raises ScorerError."""
    scorers = {name: open_scorer(name, source, device=device, batch=batch) for name, source in chosen.items()}
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
    """The scores, under the keys of `pictures`, and what the scorer says of those that it refuses: a batch with one of
    them is scored one by one."""
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
    """ "csv" or "jsonl". Raises TableError."""
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in ("csv", "jsonl"):
        raise TableError(f"{path}: the table is written as .csv or .jsonl; name it so")
    return suffix


def write_table(path: Path, rows: Sequence[Row]) -> None:
    """One line for each picture: file, prompt, the score of each scorer, and `score` where there is one."""
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
