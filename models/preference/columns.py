"""Features as rows of numbers: one column for each number, its square, and each name that was met more than once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...json_shapes import ListOf, Number, Object, TableOf, Text
from .features import CROSS, Features

Matrix = npt.NDArray[np.float64]

MOST_NAMES = 2000
"""Most names that have a column; of more, the commonest."""
_WEIGHTS = {"word": 0.2, "lora good": 0.7, "line": 0.7, "kind": 0.7}
_CROSS_WEIGHT = 0.7
"""What a column is multiplied with: the smaller it is, the more ratings it takes to be believed."""
_SQUARE_WEIGHT = 0.5
_FARTHEST = 3.0  # deviations from the mean, so that one odd number does not outweigh everything else

COLUMNS_SHAPE = Object(
    {
        "numbers": TableOf(ListOf(Number(-1e9, 1e9), 2, 2), most=1000),
        "names": ListOf(Text(1, 500), most=MOST_NAMES),
        "means": ListOf(Number(0, 1), most=MOST_NAMES),
    }
)
"""The form of `Columns.document`."""


@dataclass(frozen=True)
class Columns:
    """What each column stands for.

    Attributes:
        numbers: mean and deviation of each number.
        names: the names.
        means: share of the ratings that have each name.
    """

    numbers: Mapping[str, tuple[float, float]]
    names: tuple[str, ...]
    means: tuple[float, ...]

    @staticmethod
    def of(known: Sequence[Features]) -> Columns:
        """Return the columns for the features of rated pictures."""
        values = {name: [each.numbers[name] for each in known if name in each.numbers] for name in _number_names(known)}
        numbers = {name: (float(np.mean(found)), float(np.std(found))) for name, found in values.items()}
        counts = Counter(name for each in known for name in sorted(each.names))
        # What all have, or only one, tells nothing of the others.
        met = [(name, count) for name, count in counts.most_common() if 1 < count < len(known)][:MOST_NAMES]
        met.sort()
        return Columns(
            {name: ends for name, ends in sorted(numbers.items()) if ends[1] > 1e-9},
            tuple(name for name, _ in met),
            tuple(count / len(known) for _, count in met),
        )

    @property
    def titles(self) -> tuple[str, ...]:
        """The name of each column; that of a square ends in "^2"."""
        return (*self.numbers, *(f"{name}^2" for name in self.numbers), *self.names)

    def matrix(self, features: Sequence[Features]) -> Matrix:
        """Return features as rows, (rows, columns). Of the rated pictures that they are of, each column has mean 0."""
        rows = np.zeros((len(features), len(self.numbers)))
        for column, (name, (mean, deviation)) in enumerate(self.numbers.items()):
            for row, each in enumerate(features):
                rows[row, column] = (each.numbers.get(name, mean) - mean) / deviation
        rows = rows.clip(-_FARTHEST, _FARTHEST)
        present = np.array([[name in each.names for name in self.names] for each in features], dtype=np.float64)
        present = present.reshape(len(features), len(self.names)) - np.array(self.means)
        weights = np.array([_weight(name) for name in self.names])
        return np.concatenate([rows, _SQUARE_WEIGHT * (rows**2 - 1), present * weights], axis=1)

    def document(self) -> dict[str, Any]:
        """Return the columns as JSON."""
        return {"numbers": dict(self.numbers), "names": list(self.names), "means": list(self.means)}

    @staticmethod
    def of_document(document: Mapping[str, Any]) -> Columns:
        """Return what `document` returned, whose form has been checked. Raises ValueError where it is inconsistent."""
        numbers = {name: (float(mean), float(deviation)) for name, (mean, deviation) in document["numbers"].items()}
        names, means = tuple(document["names"]), tuple(map(float, document["means"]))
        if len(names) != len(means) or any(deviation <= 0 for _, deviation in numbers.values()):
            raise ValueError("its columns do not fit together")
        return Columns(numbers, names, means)


def _number_names(known: Sequence[Features]) -> list[str]:
    return sorted({name for each in known for name in each.numbers})


def _weight(name: str) -> float:
    return _CROSS_WEIGHT if CROSS in name else _WEIGHTS.get(name.split(":")[0], 1.0)
