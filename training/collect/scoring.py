"""Scoring the pictures of a store, beside the rendering or without any."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence

from ...store.pictures import Picture
from ...store.triplets import TripletStore, Unscored
from ..scorers.base import Scorer
from .waiting import wait

LONGEST_WAIT = 5.0
"""Seconds after which a batch that is not full is scored all the same."""
_POLL_SECONDS = 0.5


def score_batch(scorer: Scorer, pictures: Sequence[Unscored]) -> dict[int, float | str]:
    """Return a scorer's score of each picture by its id; of a picture that cannot be scored, the reason."""
    try:
        scores = scorer([Picture(each.path, each.prompt, each.meaning) for each in pictures])
    except ValueError as error:
        if len(pictures) == 1:
            return {pictures[0].id: str(error)}
        found: dict[int, float | str] = {}
        for each in pictures:  # so that one picture does not take the others with it
            found |= score_batch(scorer, [each])
        return found
    return {
        each.id: float(score) if math.isfinite(score) else f"the scorer says {score}"
        for each, score in zip(pictures, scores, strict=True)
    }


class Scoring:
    """Scores a store's pictures in a thread, so that rendering goes on; the caller's thread alone uses the store.

    Attributes:
        scored: number of scores so far.
    """

    def __init__(
        self, store: TripletStore, scorers: Mapping[str, Scorer], message: Callable[[str], None], batch: int = 64
    ) -> None:
        self.scored = 0
        self._store, self._scorers, self._message, self._batch = store, scorers, message, batch

    async def run(self, over: asyncio.Event) -> None:
        """Score until `over` is set and everything has been scored."""
        last = time.monotonic()
        while True:
            ended = over.is_set()
            patient = not ended and time.monotonic() - last < LONGEST_WAIT
            worked = False
            for name, scorer in self._scorers.items():
                pictures = self._store.unscored(name, self._batch)
                if pictures and not (patient and len(pictures) < self._batch):
                    await self._score(name, scorer, pictures)
                    worked = True
            if worked:
                last = time.monotonic()
                self._discard()
            elif ended:
                self._discard()  # also what an earlier run has scored
                return
            else:
                await wait(over, _POLL_SECONDS)

    async def _score(self, name: str, scorer: Scorer, pictures: Sequence[Unscored]) -> None:
        scores = await asyncio.to_thread(score_batch, scorer, pictures)
        self._store.record_scores(name, scores)
        self.scored += len(scores)
        for job, score in scores.items():
            if isinstance(score, str):
                self._message(f"{name} cannot judge the picture of job {job}: {score}")

    def _discard(self) -> None:
        """Delete the pictures that every scorer has scored, where the store keeps none."""
        if not self._store.keep_images:
            self._store.drop_images(self._store.judged_by(list(self._scorers)))
