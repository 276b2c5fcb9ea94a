"""Words of a prompt in the form in which the lexicon has them: lower case, without accents, with their places."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_UNSPACED = "\u3005\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\uff66-\uff9f"
"""Ranges of the scripts whose words have no borders, or borders that endings blur: Han, kana and Hangul."""
WORD = re.compile(rf"\d+|[^\W\d_{_UNSPACED}]+")
UNSPACED = re.compile(f"[{_UNSPACED}]")
UNSPACED_RUN = re.compile(rf"[A-Za-z0-9&]{{0,12}} ?[{_UNSPACED}][{_UNSPACED} A-Za-z0-9&]*")
_BREAK = re.compile(r"[,;:!?()\[\]{}|\n\t\"“”«»。，、；：！？…·—]|\.(?!\w)| - ")
_MARKS = re.compile("[\u0300-\u036f]")
_APOSTROPHES = str.maketrans("’‘`´", "''''")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a prompt."""

    texts: tuple[str, ...]
    """Each word in its plain form."""
    starts: tuple[int, ...]
    """Index of the first character of each in the prompt."""
    ends: tuple[int, ...]
    """Index after the last character of each."""
    part_starts: tuple[int, ...]
    """For each word the index of the first word of its part; punctuation divides parts."""
    part_ends: tuple[int, ...]
    """For each word the index after the last word of its part."""


def plain(text: str) -> str:
    """Return a text in lower case and without accents. Its length may differ."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES).casefold())
    return unicodedata.normalize("NFC", _MARKS.sub("", decomposed))


def words_of(prompt: str) -> Words:
    """Return the words of a prompt; those of Han, kana and Hangul are left out."""
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    first_of_part: list[int] = []
    part, before = 0, 0
    for match in WORD.finditer(prompt):
        if texts and _BREAK.search(prompt, before, match.start() + 1):
            part = len(texts)
        texts.append(plain(match[0]))
        starts.append(match.start())
        ends.append(before := match.end())
        first_of_part.append(part)
    last_of_part = list(first_of_part)
    end = len(texts)
    for index in reversed(range(len(texts))):
        last_of_part[index] = end
        if first_of_part[index] == index:
            end = index
    return Words(tuple(texts), tuple(starts), tuple(ends), tuple(first_of_part), tuple(last_of_part))
