"""How far a script is from the nearest one that was trained on: edit distance over choices, by the longer's length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

_AT_ONCE = 64


class Nearest:
    """Distances to a set of scripts.

    Exact, and quick where something near is there: the number of choices that two scripts share bounds their distance
    from below, and only those are looked at whose bound is below the best distance found. Raises ValueError for none.
    """

    def __init__(self, scripts: Iterable[Sequence[str]]) -> None:
        self._scripts = [*dict.fromkeys(map(tuple, scripts))]
        if not self._scripts:
            raise ValueError("no scripts to be near to")
        self._ids: dict[str, int] = {}
        self._lengths = np.array([len(script) for script in self._scripts])
        self._encoded = [self._encode(script) for script in self._scripts]
        places: dict[tuple[int, int], list[int]] = {}
        for place, ids in enumerate(self._encoded):
            for occurrence in _occurrences(ids):
                places.setdefault(occurrence, []).append(place)
        self._places = {occurrence: np.array(found) for occurrence, found in places.items()}
        self._known: dict[tuple[str, ...], float] = {}

    def distance(self, script: Sequence[str]) -> float:
        """From 0, it is among them, to 1, nothing in common."""
        key = tuple(script)
        if key not in self._known:
            self._known[key] = self._search(self._encode(key))
        return self._known[key]

    def _encode(self, script: Sequence[str]) -> npt.NDArray[np.int64]:
        return np.array([self._ids.setdefault(choice, len(self._ids)) for choice in script], dtype=np.int64)

    def _search(self, ids: npt.NDArray[np.int64]) -> float:
        shared = np.zeros(len(self._scripts))
        for occurrence in _occurrences(ids):
            if (found := self._places.get(occurrence)) is not None:
                shared[found] += 1
        longest = np.maximum(self._lengths, len(ids))
        bounds = (longest - shared) / longest
        order = np.argsort(bounds, kind="stable")
        best = 1.0
        for start in range(0, len(order), _AT_ONCE):
            part = order[start : start + _AT_ONCE]
            part = part[bounds[part] < best]
            if not len(part):
                break
            distances = edit_distances(ids, [self._encoded[place] for place in part]) / longest[part]
            best = min(best, float(distances.min()))
        return best


def edit_distances(one: npt.NDArray[np.int64], others: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    """Levenshtein's distance of one sequence to each of several, all computed together."""
    lengths = np.array([len(other) for other in others])
    width = int(lengths.max())
    padded = np.full((len(others), width), -1, dtype=np.int64)
    for row, other in enumerate(others):
        padded[row, : len(other)] = other
    columns = np.arange(width + 1)
    above = np.broadcast_to(columns, (len(others), width + 1))
    for number, item in enumerate(one, 1):
        here = np.empty_like(above)
        here[:, 0] = number
        here[:, 1:] = np.minimum(above[:, 1:] + 1, above[:, :-1] + (padded != item))
        # Insertions run along the row: the least of what stands to the left, each step one more.
        above = np.minimum.accumulate(here - columns, axis=1) + columns
    found: npt.NDArray[np.int64] = above[np.arange(len(others)), lengths]
    return found


def _occurrences(ids: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Each id with how often it has been there before: as a set, these are the multiset of the ids."""
    seen: Counter[int] = Counter()
    found = []
    for each in ids.tolist():
        found.append((each, seen[each]))
        seen[each] += 1
    return found
