"""Keep a part of the lexicon's entries and whole languages out of what is measured and trained.

An entry is kept out with all of its alternatives, so that "(oil|acrylic) painting" is known or unknown as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random

from ...workflow.ask.lexicon.compiled import Lexicon, compiled, key_of
from ...workflow.ask.lexicon.concepts import CONCEPTS, LANGUAGES
from ...workflow.ask.lexicon.nothing import NOTHING
from ...workflow.ask.lexicon.phrases import Concept, expanded
from ...workflow.ask.words import EFFORTS, SHAPES, STYLES

LABELS = (*SHAPES, *STYLES, *EFFORTS)
"""What a reader may hear."""


@dataclass(frozen=True)
class Split:
    """A lexicon without what is kept out, and the phrases of each side with their labels."""

    lexicon: Lexicon
    """What is measured."""
    known: dict[str, frozenset[str]]
    """Phrases of the measured lexicon, with all that they say."""
    kept_out: dict[str, frozenset[str]]
    """English phrases kept out."""
    kept_out_elsewhere: dict[str, frozenset[str]]
    """Phrases kept out of the other languages that are known."""
    other_languages: dict[str, frozenset[str]]
    """Phrases of the languages that are not known."""
    nothing: tuple[str, ...]
    """Phrases that say nothing, for training."""
    nothing_kept_out: tuple[str, ...]
    """Such phrases that neither the measured lexicon nor the training knows."""


def split(share: float, unknown: Iterable[str], seed: int) -> Split:
    """Return the lexicon without a share of its entries and without some languages.

    Args:
        share: of each table's entries.
        unknown: names of languages.
        seed: which entries they are.
    """
    random, left_out = Random(seed), set(unknown)
    measured: list[Concept] = []
    out: dict[str, list[tuple[str, str]]] = {"english": [], "elsewhere": [], "unknown": []}
    for language, concepts in LANGUAGES.items():
        for concept in concepts:
            if language in left_out:
                out["unknown"] += [(phrase, concept.value) for phrase in _phrases(concept)]
                continue
            known, kept = _halves(concept, share, random)
            measured.append(known)
            place = "english" if language == "english" else "elsewhere"
            out[place] += [(phrase, concept.value) for phrase in _phrases(kept)]
    nothing, nothing_out = _entries(NOTHING, share, random)
    known_labels = _labelled((phrase, concept.value) for concept in measured for phrase in _phrases(concept))
    everything = _labelled((phrase, concept.value) for concept in CONCEPTS for phrase in _phrases(concept))
    known_nothing = tuple(expanded(nothing))
    known_keys = {key_of(phrase) for phrase in known_labels}
    silent = {key_of(phrase) for phrase in expanded(NOTHING)}

    def unseen(pairs: list[tuple[str, str]]) -> dict[str, frozenset[str]]:
        new = {phrase for phrase, _ in pairs if key_of(phrase) not in known_keys and key_of(phrase) not in silent}
        return {phrase: everything[phrase] for phrase in sorted(new)}

    return Split(
        compiled(measured, nothing), known_labels, unseen(out["english"]), unseen(out["elsewhere"]),
        unseen(out["unknown"]), known_nothing, tuple(one for one in expanded(nothing_out) if one not in known_nothing),
    )  # fmt: skip


def _halves(concept: Concept, share: float, random: Random) -> tuple[Concept, Concept]:
    tables = (concept.said, concept.implied, concept.aside, concept.tags)
    said, implied, aside, tags = (_entries(table, share, random) for table in tables)
    # What is put behind prompts of any sort says nothing, and may be said elsewhere in other words that are kept out.
    known, kept = (
        replace(concept, said=said[side], implied=implied[side], aside=aside[side], tags=tags[side], added="")
        for side in (0, 1)
    )
    return known, kept


def _entries(table: str, share: float, random: Random) -> tuple[str, str]:
    """Return the entries of a table that are known, and those that are kept out."""
    sides: tuple[list[str], list[str]] = ([], [])
    for entry in table.split(","):
        sides[random.random() < share].append(entry)
    return ",".join(sides[0]), ",".join(sides[1])


def _phrases(concept: Concept) -> list[str]:
    tables = (concept.said, concept.aside, concept.implied, concept.tags)
    return [phrase for table in tables for phrase in expanded(table)]


def _labelled(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    labels: dict[str, set[str]] = {}
    for phrase, label in pairs:
        labels.setdefault(phrase, set()).add(label)
    return {phrase: frozenset(found) for phrase, found in labels.items()}
