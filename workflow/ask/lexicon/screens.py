"""The ratios of cinemas and screens that a prompt names: "cinemascope" is 2.39:1, which "wide" alone would not be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..ask import Ratio, Statement

_RATIOS = (
    (re.compile(r"ultra panavision"), Ratio(2.76, 1)),
    (re.compile(r"cinerama"), Ratio(2.59, 1)),
    (re.compile(r"cinema ?scope|panavision|techniscope|superscope|scope ratio"), Ratio(2.39, 1)),
    (re.compile(r"todd ao|univisium"), Ratio(2, 1)),
    (re.compile(r"super ultra ?wide"), Ratio(32, 9)),
    (re.compile(r"ultra ?wide(?! (?:shot|angle|lens))"), Ratio(21, 9)),
)


def screen_ratios(prompt: str, statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yield the ratios of the formats that statements of a wide shape name; their words stay."""
    for one in statements:
        words = re.sub(r"[\W_]+", " ", prompt[one.start : one.end].lower())
        ratio = next((ratio for pattern, ratio in _RATIOS if pattern.search(words)), None)
        if one.kind == "shape" and one.value == "wide" and ratio is not None:
            yield Statement("ratio", ratio, one.start, one.end, stays=True)
