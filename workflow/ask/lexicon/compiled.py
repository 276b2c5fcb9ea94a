"""The phrases of all tables in one structure that finds them quickly."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..ask import Kind
from .phrases import Concept, expanded
from .tokens import UNSPACED, WORD, plain

_SHORTEST_PLURAL = 4
_PLAIN = re.compile(r"[a-z]+(?: [a-z]+)*")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase means."""

    kind: Kind
    """"shape", "style" or "effort"."""
    value: str
    """Its name in `words.py`."""
    outright: bool = False
    """Whether the phrase says it outright."""
    aside: bool = False
    """Whether the phrase shows nothing."""
    tag: bool = False
    """Whether the phrase is one that is put behind prompts of any sort; it says nothing then, if it is not outright."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases with their meanings; a phrase without any only looks like one that has some."""

    spaced: dict[str, tuple[Meaning, ...]]
    """Phrases of words, one blank between them, with "=" in front where they count only as a whole part."""
    lengths: dict[str, tuple[int, ...]]
    """For the first word of phrases, how many words they have, the most first."""
    unspaced: dict[str, tuple[Meaning, ...]]
    """Phrases in Han, kana and Hangul, without blanks."""
    unspaced_lengths: dict[str, tuple[int, ...]]
    """For the first character of these, how many characters they have, the most first."""

    def meanings(self, phrase: str) -> tuple[Meaning, ...] | None:
        """Return the meanings of a phrase of words, of its singular where only that is known, None where neither is."""
        found = self.spaced.get(phrase)
        return self.spaced.get(phrase[:-1]) if found is None and phrase.endswith("s") else found

    def lengths_from(self, word: str) -> tuple[int, ...]:
        """Return how many words the phrases have that begin with a word, the most first."""
        found = self.lengths.get(word, ())
        return found or (self.lengths.get(word[:-1], ()) if word.endswith("s") and len(word) > _SHORTEST_PLURAL else ())


def key_of(phrase: str) -> str:
    """Return a phrase as the lexicon has it."""
    if _PLAIN.fullmatch(phrase):
        return phrase
    if UNSPACED.search(phrase):
        return "".join(phrase.lower().split())
    return ("=" if phrase.startswith("=") else "") + " ".join(WORD.findall(plain(phrase)))


def compiled(concepts: Iterable[Concept], nothing: str) -> Lexicon:
    """Return the structure of the concepts' phrases and of those that mean nothing."""
    found: dict[str, dict[tuple[Kind, str], Meaning]] = {}
    for concept in concepts:
        tables = (
            (concept.aside, Meaning(concept.kind, concept.value, outright=True, aside=True)),
            (concept.said, Meaning(concept.kind, concept.value, outright=True)),
            (concept.tags, Meaning(concept.kind, concept.value, outright=True, tag=True)),
            (concept.implied, Meaning(concept.kind, concept.value)),
            (concept.added, Meaning(concept.kind, concept.value, tag=True)),
        )
        for table, meaning in tables:
            for phrase in expanded(table):
                found.setdefault(key_of(phrase), {}).setdefault((concept.kind, concept.value), meaning)
    for phrase in expanded(nothing):
        found[key_of(phrase)] = {}
    spaced = {key: tuple(meanings.values()) for key, meanings in found.items() if not UNSPACED.search(key)}
    unspaced = {key: tuple(meanings.values()) for key, meanings in found.items() if UNSPACED.search(key)}
    return Lexicon(
        spaced,
        _lengths(key.removeprefix("=").split() for key in spaced if not key.startswith("=")),
        unspaced,
        _lengths(unspaced),
    )


def _lengths(phrases: Iterable[str | list[str]]) -> dict[str, tuple[int, ...]]:
    lengths: dict[str, set[int]] = {}
    for phrase in phrases:
        lengths.setdefault(phrase[0], set()).add(len(phrase))
    return {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}
