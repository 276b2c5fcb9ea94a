"""Regression trees whose values add up, as numpy computes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

TENSORS = ("roots", "columns", "thresholds", "children", "values")
"""The names of a forest's arrays in its file."""
DEEPEST = 64
"""Steps from a root to its farthest leaf, at most."""


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees over the same columns.

    Attributes:
        roots: the node with which each tree begins, int32 (trees,).
        columns: the column that each node compares, int32 (nodes,).
        thresholds: the number up to which a value goes to the first child, float32 (nodes,).
        children: the two nodes that follow, int32 (nodes, 2); of a leaf both are the leaf itself.
        values: what a leaf adds, float32 (nodes,).
    """

    roots: npt.NDArray[np.int32]
    columns: npt.NDArray[np.int32]
    thresholds: npt.NDArray[np.float32]
    children: npt.NDArray[np.int32]
    values: npt.NDArray[np.float32]

    def predict(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Return the sum over the trees, (rows,), of rows (rows, columns)."""
        at = np.repeat(self.roots[None], len(rows), 0)
        row = np.arange(len(rows))[:, None]
        for _ in range(DEEPEST):
            after = self.children[at, (rows[row, self.columns[at]] > self.thresholds[at]).astype(np.int8)]
            if np.array_equal(after, at):
                break
            at = after
        found: npt.NDArray[np.float64] = self.values[at].sum(1, dtype=np.float64)
        return found

    def tensors(self) -> dict[str, Any]:
        """Return the arrays by name, as they are written to a file."""
        return {name: np.ascontiguousarray(getattr(self, name)) for name in TENSORS}

    @staticmethod
    def of(tensors: Mapping[str, Any], columns: int) -> Forest:
        """Return a forest over so many columns from what `tensors` returned.

        Raises:
            ValueError: the arrays are of no such forest.
        """
        if set(tensors) != set(TENSORS):
            raise ValueError(f"has {', '.join(sorted(tensors))} in place of {', '.join(TENSORS)}")
        found = Forest(*(tensors[name] for name in TENSORS))
        nodes = len(found.columns)
        whole = (found.roots, found.columns, found.children)
        if any(array.dtype != np.int32 for array in whole) or found.roots.ndim != 1 or found.columns.ndim != 1:
            raise ValueError("its nodes are no numbers of nodes")
        if found.children.shape != (nodes, 2) or any(
            array.shape != (nodes,) or array.dtype != np.float32 or not np.isfinite(array).all()
            for array in (found.thresholds, found.values)
        ):
            raise ValueError("its arrays are not of the same nodes")
        limits = ((found.roots, nodes), (found.columns, columns), (found.children, nodes))
        if any(array.size and not 0 <= int(array.min()) <= int(array.max()) < most for array, most in limits):
            raise ValueError("a node or a column that it names is not there")
        return found
