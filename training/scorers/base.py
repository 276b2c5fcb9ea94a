"""What a scorer is: a function from pictures to numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ...store.pictures import Picture


class ScorerError(Exception):
    """A scorer that cannot be opened. The message says what is missing and what to do."""


class Scorer(Protocol):
    """A function that scores pictures in a unit of its own; higher is better."""

    def __call__(self, pictures: Sequence[Picture], /) -> list[float]:
        """Return one raw score for each picture, in order.

        Raises:
            ValueError: naming a picture that cannot be scored.
        """
