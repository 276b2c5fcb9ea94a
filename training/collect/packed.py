"""Packed tables of triplets: prompt, script, seed and scores, without pictures, small enough to be committed.

Everything after rendering needs no more: the workflow in API format follows from script, prompt and seed, which is
checked as a table is packed. Columns stand together, so that xz finds what repeats.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...files import write_bytes
from ...guarded_json import MEBIBYTE, JsonError, parse_json
from ...json_shapes import ListOf, Maybe, Number, Object, TableOf, Text, Whole, check
from ...store.triplets import Job, StoreError, Triplet, TripletStore
from ...workflow.catalog.catalog import Catalog
from ...workflow.graph import WorkflowError
from ..common.pairs import DataError
from ..common.prompt_file import PromptRecord
from .sampling import job_of

_FORMAT = 1
_LARGEST = 256 * MEBIBYTE
"""Largest size of a table once it is unpacked: some 30 times that of 16,000 triplets."""
_TABLE = Object({
    "format": Whole(1), "catalog": Text(), "comfyui": Text(), "files": ListOf(Text()), "sources": ListOf(Text()),
    "scorers": ListOf(Text()), "choices": ListOf(Text()),
    "prompts": ListOf(Object({"prompt": Text(), "kind": Text(), "split": Text(), "meaning": Maybe(TableOf())})),
    "scripts": ListOf(ListOf(Whole(0))),
    "rows": Object({
        "prompt": ListOf(Whole(0)), "script": ListOf(Whole(0)), "source": ListOf(Whole(0)), "seed": ListOf(Whole(0)),
        "seconds": ListOf(Number()), "scores": ListOf(ListOf(Maybe(Number()))),
    }),
})  # fmt: skip
"""The form of a table: `scripts` hold places in `choices`, rows places in the other lists; `scores` has a column for
each scorer."""


class _Places:
    """Numbers values in the order in which they first occur."""

    def __init__(self) -> None:
        self.of: dict[Any, int] = {}

    def __call__(self, value: Any) -> int:
        return self.of.setdefault(value, len(self.of))


def pack(store: TripletStore, catalog: Catalog, path: Path) -> int:
    """Write all scored triplets of a store that one installation rendered into a table.

    Args:
        store: the open store.
        catalog: the installation.
        path: the file, named *.json.xz.

    Returns:
        The number of triplets.

    Raises:
        DataError: there is none, or a workflow is not what its script becomes on this installation.
        StoreError: the store cannot be read.
    """
    choices, scripts, prompts, sources = _Places(), _Places(), _Places(), _Places()
    rows: dict[str, list[Any]] = {name: [] for name in ("prompt", "script", "source", "seed", "seconds")}
    given: list[Mapping[str, float]] = []
    catalogs, versions = set(), set()
    # Alike rows next to each other: xz looks back a limited way.
    for triplet in sorted(_scored(store), key=lambda one: (one.split, one.source, one.prompt, one.choices, one.seed)):
        record = PromptRecord(triplet.prompt, triplet.meaning, triplet.kind, triplet.split)
        if job_of(catalog, record, triplet.choices, triplet.seed, triplet.source).api != triplet.api:
            raise DataError(
                f"{store.path}: the workflow of job {triplet.id} is not what its script becomes on this installation; "
                "name the object_info of the servers that rendered it"
            )
        meaning = None if triplet.meaning is None else json.dumps(triplet.meaning, sort_keys=True)
        rows["prompt"].append(prompts((triplet.prompt, triplet.kind, triplet.split, meaning)))
        rows["script"].append(scripts(tuple(choices(choice) for choice in triplet.choices)))
        rows["source"].append(sources(triplet.source))
        rows["seed"].append(triplet.seed)
        rows["seconds"].append(round(triplet.seconds, 2))
        given.append(triplet.scores)
        catalogs.add(triplet.catalog)
        versions.add(triplet.comfyui)
    if not given:
        raise DataError(f"{store.path}: there is no scored triplet to pack")
    if len(catalogs) > 1:
        raise DataError(f"{store.path}: rendered by {len(catalogs)} installations; a table is of one")
    fingerprint = catalogs.pop()
    scorers = sorted({name for scores in given for name in scores})
    table = {
        "format": _FORMAT, "catalog": fingerprint, "comfyui": ", ".join(sorted(versions)),
        "files": list(store.catalogs().get(fingerprint, ())), "sources": list(sources.of), "scorers": scorers,
        "choices": list(choices.of),
        "prompts": [
            {"prompt": prompt, "kind": kind, "split": split, "meaning": meaning and json.loads(meaning)}
            for prompt, kind, split, meaning in prompts.of
        ],
        "scripts": [list(script) for script in scripts.of],
        "rows": rows | {"scores": [[scores.get(name) for scores in given] for name in scorers]},
    }  # fmt: skip
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    write_bytes(path, lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    return len(given)


def unpack(path: Path, catalog: Catalog, store: TripletStore) -> int:
    """Add the triplets of a table to a store and return the number of new ones; unpacking again adds none.

    Args:
        path: the table.
        catalog: the installation, which turns scripts into workflows.
        store: the open store.

    Raises:
        DataError: the file is no such table, or refers to what is not in it.
        WorkflowError: the installation cannot read a script.
        StoreError: the store cannot be written.
    """
    table = _read(path)
    if table["files"]:
        store.add_catalog(table["catalog"], table["files"])
    try:
        return store.add_scored(_jobs(table, catalog), catalog=table["catalog"], comfyui=table["comfyui"])
    except (WorkflowError, StoreError):
        raise
    except (IndexError, ValueError) as error:  # a place that is not there, or columns of unequal length
        raise DataError(f"{path}: damaged: a row refers to what is not in the table ({error})") from error


def _scored(store: TripletStore) -> Iterator[Triplet]:
    """Yield the triplets that scorers have scored; a user's ratings are nobody else's."""
    return (triplet for triplet in store.triplets() if triplet.scores)


def _jobs(table: Mapping[str, Any], catalog: Catalog) -> Iterator[tuple[Job, dict[str, float], float]]:
    """Yield the job, scores and seconds of each row."""
    rows, scripts = table["rows"], table["scripts"]
    records = [PromptRecord(one["prompt"], one["meaning"], one["kind"], one["split"]) for one in table["prompts"]]
    columns = (rows["prompt"], rows["script"], rows["source"], rows["seed"], rows["seconds"])
    for number, (prompt, script, source, seed, seconds) in enumerate(zip(*columns, strict=True)):
        choices = tuple(table["choices"][place] for place in scripts[script])
        job = job_of(catalog, records[prompt], choices, seed, table["sources"][source])
        scores = zip(table["scorers"], rows["scores"], strict=True)
        yield job, {name: column[number] for name, column in scores if column[number] is not None}, seconds


def _read(path: Path) -> dict[str, Any]:
    try:
        with lzma.open(path) as file:
            content = file.read(_LARGEST + 1)
        table: dict[str, Any] = check(parse_json(content, str(path), maximum_bytes=_LARGEST), _TABLE, str(path))
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise DataError(f"{path}: cannot be read as a packed table: {error}") from error
    except JsonError as error:
        raise DataError(f"{error}; it is no packed table of triplets") from error
    if table["format"] != _FORMAT:
        raise DataError(f"{path}: a table of format {table['format']}; this version reads {_FORMAT}")
    return table
