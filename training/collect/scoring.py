"""Scoring the pictures of a store, beside the rendering or without any."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence

from ...store.pictures import Picture
from ...store.triplets import TripletStore, Unscored
from ..scorers.base import Scorer
from .rendering import wait

LONGEST_WAIT = 5.0
"""Seconds after which a batch that is not full is scored all the same."""
_LOOK_SECONDS = 0.5


def judge(scorer: Scorer, pictures: Sequence[Unscored]) -> dict[int, float | str]:
    """What a scorer says of each picture; of one that it cannot judge, why not."""
    asked = [Picture(each.path, each.prompt, each.meaning) for each in pictures]
    try:
        said = scorer(asked)
    except ValueError as error:
        if len(pictures) == 1:
            return {pictures[0].id: str(error)}
        judged: dict[int, float | str] = {}
        for each in pictures:  # so that one picture does not take the others with it
            judged |= judge(scorer, [each])
        return judged
    return {
        each.id: float(score) if math.isfinite(score) else f"the scorer says {score}"
        for each, score in zip(pictures, said, strict=True)
    }


class Scoring:
    """Scores in a thread, so that rendering goes on; the store is touched by the caller's thread alone."""

    def __init__(
        self, store: TripletStore, scorers: Mapping[str, Scorer], tell: Callable[[str], None], batch: int = 64
    ) -> None:
        self.scored = 0
        self._store, self._scorers, self._tell, self._batch = store, scorers, tell, batch

    async def run(self, over: asyncio.Event) -> None:
        """Until `over` is set and everything has been scored."""
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
                self._clear()
            elif ended:
                self._clear()  # also of what an earlier run had scored
                return
            else:
                await wait(over, _LOOK_SECONDS)

    async def _score(self, name: str, scorer: Scorer, pictures: Sequence[Unscored]) -> None:
        said = await asyncio.to_thread(judge, scorer, pictures)
        self._store.record_scores(name, said)
        self.scored += len(said)
        for job, score in said.items():
            if isinstance(score, str):
                self._tell(f"{name} cannot judge the picture of job {job}: {score}")

    def _clear(self) -> None:
        if not self._store.keep_images:
            self._store.drop_images(self._store.judged_by(list(self._scorers)))
