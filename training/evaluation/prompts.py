"""The prompts of an evaluation."""

from __future__ import annotations

from random import Random

from ..miniature.prompts import draw_prompt
from ..miniature.scenes import KINDS
from ..sampling import Asked

_TRIES = 1000


def balanced(split: str, count: int, seed: int) -> list[Asked]:
    """Different prompts of the miniature, each kind in turn, so that any first part has all kinds alike. A larger
    count begins with the prompts of a smaller one.

    Raises ValueError where a kind has not as many different prompts.
    """
    found: dict[str, Asked] = {}
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        for attempt in range(_TRIES):
            drawn = draw_prompt(Random(f"{seed}/{split}/{number}/{attempt}"), split, kind)
            if drawn.text not in found:
                found[drawn.text] = Asked(drawn.text, drawn.meaning, kind, split)
                break
        else:
            raise ValueError(f"there are no {count} different prompts of the split {split}")
    return list(found.values())
