"""Fit linear members: ridge regressions that differ in the sources and prompts they saw, and in what they assume.

Each member weighs sources and prompts anew (a smooth bootstrap), so that members disagree where sources do. And each is
drawn towards coefficients of its own, taken from what is assumed before any evidence, so that they disagree where there
is none (Osband et al., "Randomized Prior Functions for Deep Reinforcement Learning", arXiv 1806.03335).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from ...models.reward.design import ONE, columns
from ...workflow.features.features import features
from ...workflow.features.prompt_words import PROMPT_WORDS, prompt_words
from .rows import DOCUMENTATION, Row

Floats = npt.NDArray[np.float64]

_EXPECTED: tuple[tuple[str, float], ...] = (
    (rf"{ONE}$", 1.0),
    (r"family=[^*]*$", 0.3),
    (r"family=.*\*", 0.5),
    (r"file=unknown$", 0.2),
    (r"file=[^*]*$", 0.4),
    (r"file=.*\*", 0.3),
    (r"variant=[^/]*$", 0.4),
    (r"variant=.*/", 0.3),
    (r"released$", 0.5),
    (r"(second_pass|more_passes|upscaled|styled_phrases|negative_phrases|other_\w+)$", 0.1),
    (r"", 2.0),
)
"""The size that a coefficient is expected to have, by the name of its column; the first that matches counts."""
_LEVEL, _FREE = 1.0, 10.0
"""By how much a source's mean may differ from others', and that of a source that says nothing about it."""
_OWN = 0.5
"""By how much the mean of a model differs between sources for reasons of their own, as members take it to do.

With this, seven of ten figures of a source that was kept out lie within one deviation of the members' mean.
"""


@dataclass(frozen=True, eq=False)
class Table:
    """Rows as a sparse matrix."""

    rows: Sequence[Row]
    names: tuple[str, ...]
    matrix: csr_matrix
    scores: Floats
    weights: Floats

    @cached_property
    def levels(self) -> tuple[npt.NDArray[np.int64], Floats]:
        """Return the number of each row's level, and how far each level may lie from 0."""
        names, numbers = np.unique([row.level for row in self.rows], return_inverse=True)
        models: dict[str, set[str]] = {name: set() for name in names}
        for row in self.rows:
            models[row.level].add(row.script[0])
        free = [_FREE if len(models[name]) < 2 or name.startswith(DOCUMENTATION) else _LEVEL for name in names]
        return numbers, np.array(free)

    def words(self) -> npt.NDArray[np.float32]:
        """Return the words of the rows' prompts as columns."""
        found = np.zeros((len(self.rows), len(PROMPT_WORDS)), np.float32)
        for index, row in enumerate(self.rows):
            found[index, [PROMPT_WORDS.index(word) for word in prompt_words(row.prompt)]] = 1
        return found


def table_of(rows: Sequence[Row], released: Mapping[str, float]) -> Table:
    """Return rows with the columns of their prompts and scripts."""
    read = [columns(features(row.prompt, row.script), released) for row in rows]
    names = tuple(sorted({name for each in read for name in each}))
    place = {name: index for index, name in enumerate(names)}
    cells = [(row, place[name], value) for row, each in enumerate(read) for name, value in each.items()]
    at, across, values = zip(*cells, strict=True)
    matrix = csr_matrix((values, (at, across)), shape=(len(rows), len(names)))
    return Table(rows, names, matrix, np.array([row.score for row in rows]), np.array([row.weight for row in rows]))


def expected_sizes(names: Sequence[str]) -> Floats:
    """Return the size that each column's coefficient is expected to have."""
    return np.array([next(size for words, size in _EXPECTED if re.match(words, name)) for name in names])


def fit(table: Table, weights: Floats, prior: Floats | None = None, scores: Floats | None = None) -> Floats:
    """Return the coefficients of the ridge regression over rows of these weights, drawn towards `prior`.

    Each level has a mean of its own, which is found along and left out.
    """
    numbers, free = table.levels
    scores = table.scores if scores is None else scores
    sizes = expected_sizes(table.names)
    levels = csr_matrix((np.ones(len(numbers)), (np.arange(len(numbers)), numbers)))
    weighted = table.matrix.multiply(weights[:, None]).tocsr()
    left = np.asarray((table.matrix.T @ weighted).todense())
    across = np.asarray((levels.T @ weighted).todense())
    down = np.asarray(levels.T @ weights) + 1 / free**2
    right, level_right = table.matrix.T @ (weights * scores), levels.T @ (weights * scores)
    left = left - across.T @ (across / down[:, None]) + np.diag(1 / sizes**2)
    right = right - across.T @ (level_right / down)
    if prior is not None:
        right = right + prior / sizes**2
    found: Floats = np.linalg.solve(left, right)
    return found


def fit_members(table: Table, count: int, seed: int, without: Collection[str] = ()) -> Floats:
    """Return the coefficients of members, (count, columns), without the rows of some sources."""
    random = np.random.default_rng(seed)
    sources, source = np.unique([row.source for row in table.rows], return_inverse=True)
    groups, group = np.unique([f"{row.source} {row.group}" for row in table.rows], return_inverse=True)
    kept = np.array([name not in without for name in sources], float)
    kept_documentation = np.array([name == DOCUMENTATION for name in sources])
    cells, cell = np.unique([f"{row.source} {row.script[0]}" for row in table.rows], return_inverse=True)
    sizes = expected_sizes(table.names)
    plain = fit(table, table.weights * kept[source])
    found = []
    for _ in range(count):
        shares = np.where(kept_documentation, 1.0, random.exponential(size=len(sources))) * kept
        weights = table.weights * shares[source] * random.exponential(size=len(groups))[group]
        moved = np.where(kept_documentation[source], 0.0, _OWN * random.normal(size=len(cells))[cell])
        found.append(fit(table, weights, random.normal(size=len(sizes)) * sizes, table.scores + moved))
    members = np.array(found)
    centred: Floats = plain + members - members.mean(0)
    return centred
