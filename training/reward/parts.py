"""Models that learn from the parts of prompts and scripts alone, and share nothing with the policy (scikit-learn)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ...workflow.features.parts import prompt_parts, script_parts
from .data import Example

Floats = npt.NDArray[np.float64]
_LEAST = 6
"""Examples that must have a part for it to have a column."""
TREES, LEAVES, RATE = 400, 31, 0.06


@dataclass(frozen=True)
class Columns:
    """The parts that have a column, by name."""

    index: Mapping[str, int]

    @staticmethod
    def of(examples: Sequence[Example]) -> Columns:
        """Return the columns of the parts that enough examples have."""
        counts = Counter(name for example in examples for name in parts_of(example))
        names = sorted(name for name, count in counts.items() if count >= _LEAST)
        return Columns({name: column for column, name in enumerate(names)})

    def matrix(self, examples: Sequence[Example]) -> npt.NDArray[np.float32]:
        """Return the parts, (examples, columns)."""
        found = np.zeros((len(examples), len(self.index)), np.float32)
        for row, example in enumerate(examples):
            for name, value in parts_of(example).items():
                if (column := self.index.get(name)) is not None:
                    found[row, column] = value
        return found


@dataclass(frozen=True)
class Boosting:
    """Gradient boosting on histograms of the parts (Ke et al. 2017, LightGBM, as scikit-learn has it)."""

    columns: Columns
    model: Any

    @staticmethod
    def fit(examples: Sequence[Example], weights: npt.NDArray[np.float32] | None = None, seed: int = 0) -> Boosting:
        """Fit trees to the examples' scores.

        Args:
            examples: the examples.
            weights: how much each counts, (examples,).
            seed: of the columns that each split is chosen from.
        """
        from sklearn.ensemble import HistGradientBoostingRegressor

        columns = Columns.of(examples)
        model: Any = HistGradientBoostingRegressor(
            max_iter=TREES, learning_rate=RATE, max_leaf_nodes=LEAVES, min_samples_leaf=15, l2_regularization=1.0,
            max_features=0.3, random_state=seed,
        )  # fmt: skip
        targets = np.array([example.score for example in examples])
        return Boosting(columns, model.fit(columns.matrix(examples), targets, sample_weight=weights))

    def predict(self, examples: Sequence[Example]) -> Floats:
        """Return the predicted scores, (examples,)."""
        found: Floats = self.model.predict(self.columns.matrix(examples))
        return found


def parts_of(example: Example) -> dict[str, float]:
    """Return the parts of an example's prompt and script."""
    return prompt_parts(example.prompt) | _script_parts(example.choices)


@lru_cache(maxsize=100_000)
def _script_parts(choices: tuple[str, ...]) -> dict[str, float]:
    return script_parts(choices)
