"""Distance of a script to the nearest of a set of scripts: edit distance over choices, by the longer one's length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein


class Nearest:
    """Distances to a set of scripts.

    Args:
        scripts: the set.

    Raises:
        ValueError: where the set is empty.
    """

    def __init__(self, scripts: Iterable[Sequence[str]]) -> None:
        distinct = dict.fromkeys(map(tuple, scripts))
        if not distinct:
            raise ValueError("no scripts to measure distances to")
        self._characters: dict[str, str] = {}
        self._scripts = [self._encode(script) for script in distinct]
        self._known: dict[tuple[str, ...], float] = {}

    def distance(self, script: Sequence[str]) -> float:
        """Return the distance to the nearest script: 0 if it is in the set, 1 if it shares nothing with any."""
        key = tuple(script)
        if key not in self._known:
            _, distance, _ = process.extractOne(
                self._encode(key), self._scripts, scorer=Levenshtein.normalized_distance
            )  # fmt: skip
            self._known[key] = float(distance)
        return self._known[key]

    def _encode(self, script: Sequence[str]) -> str:
        """Return a script as a text with one character a choice, the form that rapidfuzz compares fastest."""
        return "".join(self._characters.setdefault(choice, chr(len(self._characters))) for choice in script)
