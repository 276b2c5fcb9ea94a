"""The reward ensemble over parts: trees that read the parts of prompt and script as numbers, and no policy.

    ensemble = PartsEnsemble.load(folder)
    reward = ensemble.score("two red stars", [script])[0]

Members over a policy's model read a script as words, of which "8" and "9" are as different as any two; here steps, cfg
and sizes are numbers (workflow/features/parts.py). What it judges may be written by any policy.

Which words make a prompt hard is a matter of many small parts, which a linear model finds best; what a number or a file
is worth for whom, trees find best. So a member is trees (trees.py) that also read what a linear model says, and where
the triplets named kinds of prompts, how likely each kind is by the prompt's words. The linear model also has the
product of each kind and each part of the script: what a file is worth for prompts of two kinds at once is then the sum
of what it is worth for either, also where no triplet combines the two. On disk an ensemble is parts.json, a file for
each member, and kinds.safetensors.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ...files import write_json
from ...json_shapes import ListOf, Object, Text, Whole
from ...workflow.features.parts import WORD, prompt_parts, script_parts, shared_parts
from ..policy.folders import FolderKind, write_folder
from .coverage import novel_words
from .description import read_described
from .ensemble import AGAIN, KNOWLEDGE, Reward, RewardMetadata
from .members import RewardError
from .trees import Forest

FILE = "parts.json"
KINDS_FILE = "kinds.safetensors"
MEMBER = "member-{}.safetensors"
PARTS_FOLDER = FolderKind("a reward ensemble over parts that Nodewright wrote", FILE, (KINDS_FILE, MEMBER.format("*")))
FORMAT = 2
_MOST_COLUMNS, _MOST_MEMBERS = 100_000, 64
_MOST_KINDS = 1000
_Taken = TypeVar("_Taken")
_DESCRIPTION = Object(
    {
        "columns": ListOf(Text(), 1, _MOST_COLUMNS),
        "kinds": ListOf(Text(), 0, _MOST_KINDS),
        "members": Whole(1, _MOST_MEMBERS),
        "knowledge": KNOWLEDGE,
    }
)
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Line:
    """Linear functions of columns.

    Attributes:
        weights: float32 (functions, columns).
        bias: float32 (functions,).
    """

    weights: Floats
    bias: Floats

    def of(self, rows: Floats) -> Floats:
        """Return the functions' values, (rows, functions)."""
        found: Floats = rows @ self.weights.T + self.bias
        return found

    @staticmethod
    def read(tensors: dict[str, Any], functions: int, columns: int) -> Line:
        """Take weights and bias out of a file's tensors. Raises ValueError where they are not of that shape."""
        found = Line(tensors.pop("weights", np.zeros(0)), tensors.pop("bias", np.zeros(0)))
        if found.weights.shape != (functions, columns) or found.bias.shape != (functions,):
            raise ValueError(f"has no weights of {functions} functions of {columns} columns")
        if any(part.dtype != np.float32 or not np.isfinite(part).all() for part in (found.weights, found.bias)):
            raise ValueError("a weight is no finite number")
        return found


@dataclass(frozen=True, eq=False)
class PartsMember:
    """A linear model of parts, kinds and products of both, and trees that read its value behind parts and kinds."""

    line: Line
    trees: Forest

    def score(self, rows: Floats, products: Floats) -> npt.NDArray[np.float64]:
        """Return standardised scores, (rows,).

        Args:
            rows: parts and kinds, (rows, columns + kinds).
            products: of kinds and the script's parts, (rows, products).
        """
        value = self.line.of(np.concatenate([rows, products], axis=1))
        return self.trees.predict(np.concatenate([rows, value], axis=1))


@dataclass(frozen=True, eq=False)
class PartsEnsemble:
    """Members over the parts of prompts and scripts.

    Attributes:
        columns: the parts that members read, in the order of their columns.
        kinds: the names of the kinds of prompts.
        told_by: of parts, the logarithm of each kind's odds.
        members: the members.
        metadata: what the scores mean and rest on.
    """

    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    told_by: Line
    members: tuple[PartsMember, ...]
    metadata: RewardMetadata
    _places: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note the column of each part."""
        object.__setattr__(self, "_places", {name: place for place, name in enumerate(self.columns)})

    @staticmethod
    def load(folder: Path) -> PartsEnsemble:
        """Read an ensemble. Raises RewardError, naming the file, when one is missing or damaged."""
        folder = Path(folder)
        path = folder / FILE
        described = read_described(path, _DESCRIPTION, FORMAT, AGAIN)
        try:
            metadata = RewardMetadata.from_json(described["knowledge"])
        except TypeError as error:
            raise RewardError(f"{path}: knowledge: {error}. {AGAIN}") from error
        columns, kinds = tuple(described["columns"]), tuple(described["kinds"])
        told_by = _read(folder / KINDS_FILE, lambda tensors: Line.read(tensors, len(kinds), len(columns)))
        width, products = len(columns) + len(kinds), len(kinds) * len(script_places(columns))
        members = [
            _read(folder / MEMBER.format(number), lambda tensors: _member(tensors, width, products))
            for number in range(described["members"])
        ]
        return PartsEnsemble(columns, kinds, told_by, tuple(members), metadata)

    def save(self, folder: Path) -> None:
        """Write the ensemble; `folder` is replaced as a whole, or not at all. Raises CheckpointError."""

        def write(target: Path) -> None:
            described: dict[str, Any] = {
                "format": FORMAT, "columns": list(self.columns), "kinds": list(self.kinds),
                "members": len(self.members), "knowledge": self.metadata.to_json(),
            }  # fmt: skip
            write_json(target / FILE, described, indent=1)
            files = {KINDS_FILE: _tensors(self.told_by)}
            for number, member in enumerate(self.members):
                files[MEMBER.format(number)] = _tensors(member.line) | member.trees.tensors()
            for name, tensors in files.items():
                save_file(tensors, target / name)
                shutil.copymode(target / FILE, target / name)

        write_folder(folder, PARTS_FOLDER, write)

    @property
    def member_count(self) -> int:
        """The number of members."""
        return len(self.members)

    def score(self, prompt: str, scripts: Sequence[Sequence[str]]) -> list[Reward]:
        """Score scripts for one prompt; equal scripts get equal rewards.

        Raises RewardError for a script that is empty.
        """
        if not all(scripts):
            raise RewardError("a script without choices cannot be scored")
        distinct = list(dict.fromkeys(map(tuple, scripts)))
        if not distinct:
            return []
        scores = self.members_scores([(prompt, script) for script in distinct]).T.tolist()
        novel = novel_words(prompt, self.metadata.words)
        found = {
            script: self.metadata.reward(script, each, novel) for script, each in zip(distinct, scores, strict=True)
        }
        return [found[tuple(script)] for script in scripts]

    def members_scores(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> npt.NDArray[np.float64]:
        """Return each member's standardised scores of pairs of prompt and script, (members, pairs)."""
        rows = with_kinds(parts_matrix(pairs, self._places), self.told_by)
        products = kind_products(rows, self.columns)
        return np.stack([member.score(rows, products) for member in self.members])


def parts_matrix(pairs: Sequence[tuple[str, Sequence[str]]], places: Mapping[str, int]) -> Floats:
    """Return the parts of pairs of prompt and script that have a column, (pairs, columns).

    Args:
        pairs: prompts with scripts.
        places: the column of each part.
    """
    found = np.zeros((len(pairs), len(places)), np.float32)
    for row, (prompt, script) in zip(found, pairs, strict=True):
        for name, value in parts_of(prompt, script).items():
            if (place := places.get(name)) is not None:
                row[place] = value
    return found


def parts_of(prompt: str, script: Sequence[str]) -> dict[str, float]:
    """Return all parts of a prompt with a script."""
    return prompt_parts(prompt) | script_parts(script) | shared_parts(prompt, script)


def with_kinds(rows: Floats, told_by: Line) -> Floats:
    """Return parts with how likely each kind of prompt is, (rows, columns + kinds)."""
    odds = np.clip(told_by.of(rows), -30, 30)
    return np.concatenate([rows, 1 / (1 + np.exp(-odds))], axis=1).astype(np.float32)


def script_places(columns: Sequence[str]) -> list[int]:
    """Return the places of the columns that are no words of the prompt."""
    return [place for place, name in enumerate(columns) if not name.startswith(WORD)]


def kind_products(rows: Floats, columns: Sequence[str]) -> Floats:
    """Return the products of how likely each kind is and each part of the script, (rows, kinds * script's parts).

    Args:
        rows: parts and kinds, (rows, columns + kinds).
        columns: the names of the parts.
    """
    found: Floats = rows[:, len(columns) :, None] * rows[:, None, script_places(columns)]
    return found.reshape(len(rows), -1)


def _tensors(line: Line) -> dict[str, Any]:
    return {"weights": np.ascontiguousarray(line.weights), "bias": np.ascontiguousarray(line.bias)}


def _member(tensors: dict[str, Any], width: int, products: int) -> PartsMember:
    line = Line.read(tensors, 1, width + products)
    return PartsMember(line, Forest.of(tensors, width + 1))


def _read(path: Path, take: Callable[[dict[str, Any]], _Taken]) -> _Taken:
    """Return what is taken out of a file's tensors. Raises RewardError."""
    try:
        return take(dict(load_file(path)))
    except (OSError, SafetensorError, ValueError) as error:
        raise RewardError(f"{path}: {error}. {AGAIN}") from error
