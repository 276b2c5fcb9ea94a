"""Find words in quotes that the picture is to show."""

from __future__ import annotations

import re
from collections.abc import Iterator

_QUOTES = re.compile(
    r"\"[^\"\n]{1,80}\"|“[^”\n]{1,80}”|„[^“”\n]{1,80}[“”]|«[^»\n]{1,80}»|「[^」\n]{1,80}」|『[^』\n]{1,80}』|"
    r"(?:(?<=\s)|(?<=^))['‘](?=\w)[^'’\n]{1,60}(?:['’]\w[^'’\n]{0,40}){0,3}(?<=[\w!?.])['’](?!\w)"
)
_BEFORE_A_TITLE = re.compile(
    r"(?:\b(?:style of|from|by|film|movie|series|game|like|called|band|song|show|novel|anime|album)(?: the)?\s*)$", re.I
)
_LOOK_BACK = 40


def shown_words(prompt: str) -> Iterator[tuple[int, int]]:
    """Yield the places of quoted words that the picture is to show; the title of a film is none, nor a whole prompt."""
    for match in _QUOTES.finditer(prompt):
        before = prompt[max(0, match.start() - _LOOK_BACK) : match.start()]
        said = re.search(r"[^\W_]", match[0]) and len(match[0]) < len(prompt.strip())
        if said and not _BEFORE_A_TITLE.search(before):
            yield match.start(), match.end()
