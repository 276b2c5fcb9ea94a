"""How the lexicon's phrases are written down.

A table is a text of phrases with commas between them, in lower or upper case; line breaks do not matter:

    (oil|acrylic|) painting of     alternatives in parentheses, one of which may be empty
    =icon                          counts only where it is all that stands between two commas

Punctuation, accents, and blanks between digits and letters do not matter: "35mm" is "35 mm" and "8-bit" is "8 bit". A
plural "s" at the end is understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from ..ask import Kind


@dataclass(frozen=True, slots=True)
class Concept:
    """A shape, style or effort, with phrases for it."""

    kind: Kind
    """"shape", "style" or "effort"."""
    value: str
    """Its name in `words.py`."""
    said: str = ""
    """Phrases that say it outright."""
    implied: str = ""
    """Phrases that make it likely; they count where nothing of the kind is said outright."""
    tags: str = ""
    """Phrases that say it outright, but not where they stand between commas among several of their kind: so they are
    put behind prompts of any sort.
    """
    added: str = ""
    """Phrases that are put behind prompts of any sort, and say nothing."""
    aside: str = ""
    """Phrases that say it outright and show nothing, such as "vertical format": the picture model need not read them.
    """


_ALTERNATIVES = re.compile(r"\(([^()]*)\)")


def expanded(table: str) -> Iterator[str]:
    """Yield the phrases of a table, each of its alternatives written out."""
    for phrase in table.split(","):
        if not phrase.strip():
            continue
        pieces = _ALTERNATIVES.split(phrase)
        choices = [piece.split("|") if index % 2 else [piece] for index, piece in enumerate(pieces)]
        for words in product(*choices):
            yield " ".join("".join(words).split())
