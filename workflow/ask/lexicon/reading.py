"""Find what a prompt says about shape, style and effort.

    >>> [one.value for one in meaning_statements("phone wallpaper, anime girl, quick draft, no text")]
    ['tall', 'anime', 'quick']

The longest phrase counts, within one part of the prompt as punctuation divides it. Of shapes and efforts there is one:
what is said outright goes before what is implied ("portrait of"), the format itself ("vertical format") before a thing
that has it ("wallpaper"), then the first that is said. A thing may be turned: a "horizontal movie poster" is wide.
Styles there may be several; implied ones ("kodak") count where no look is said outright. "Not a photo" takes implied
statements of a photo away, too.

Quality tags ("masterpiece, best quality, 8k, ultra detailed") are put behind prompts of any sort: three of them say
nothing about effort, while "an ultra detailed map" and "take your time" do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from ..ask import Kind, Statement
from ..words import STYLES
from .compiled import Lexicon, Meaning, compiled
from .concepts import CONCEPTS
from .negation import negated_unspaced, negates
from .nothing import NOTHING, is_thing_of_the_scene
from .quoted import shown_words
from .tokens import UNSPACED_RUN, Words, words_of

_LOOKS = frozenset(STYLES) - {"text", "fantasy", "film"}
"""Styles that say how the whole picture is made."""
_TURNED_BEFORE = {
    "horizontal": "wide", "wide": "wide", "widescreen": "wide", "panoramic": "wide", "vertical": "tall", "tall": "tall",
    "upright": "tall", "square": "square", "squared": "square",
    **{f"horizontal{ending}": "wide" for ending in ("e", "er", "es", "en")},
    **{f"vertikal{ending}": "tall" for ending in ("e", "er", "es", "en")},
    **{f"quadratisch{ending}": "square" for ending in ("e", "er", "es", "en")},
}  # fmt: skip
"""Adjectives that give a thing another shape than it mostly has; "landscape" and "portrait" may mean its subject."""
_TURNED_AFTER = {
    **dict.fromkeys(("horizontal", "horizontale", "panoramique", "panoramico", "panoramica"), "wide"),
    **dict.fromkeys(("vertical", "verticale"), "tall"),
    **dict.fromkeys(("square", "carre", "carree", "cuadrado", "cuadrada", "quadrado", "quadrada"), "square"),
}
"""The same behind a thing, where nothing but what it shows may follow."""
_SHOWING = frozenset({
    "of", "with", "for", "de", "d", "du", "des", "del", "da", "do", "avec", "con", "com", "pour", "para",
})  # fmt: skip
"""Words that what it shows begins with."""
_BETWEEN = frozenset({
    "wall", "movie", "film", "travel", "art", "photo", "vintage", "retro", "modern", "minimalist", "printable", "big",
    "large", "huge", "small",
})  # fmt: skip
"""Words that may stand between such an adjective and the thing."""
_MOST_TAGS = 2
"""How many quality tags may stand in a prompt in which one of them asks for something."""


@dataclass(frozen=True, slots=True)
class _Found:
    meaning: Meaning
    start: int
    end: int
    whole_part: bool
    negated: bool


@lru_cache(maxsize=1)
def shipped_lexicon() -> Lexicon:
    """Return the lexicon of all tables."""
    return compiled(CONCEPTS, NOTHING)


def meaning_statements(prompt: str, lexicon: Lexicon | None = None) -> Iterator[Statement]:
    """Yield what a prompt says about shape, style and effort, in the order of the prompt.

    Args:
        prompt: the prompt.
        lexicon: the phrases; None for all that there are.
    """
    for one in _that_count(_all_found(prompt, lexicon or shipped_lexicon())):
        stays = not (one.meaning.aside and one.whole_part)
        yield Statement(one.meaning.kind, one.meaning.value, one.start, one.end, stays=stays)


def has_quality_tags(prompt: str) -> bool:
    """Return whether quality tags stand in a prompt that say nothing: alone between commas, or more than two."""
    tags = [one for one in _all_found(prompt, shipped_lexicon()) if one.meaning.tag and not one.negated]
    more = len({(one.start, one.end) for one in tags}) > _MOST_TAGS
    return more or any(one.whole_part and not one.meaning.outright for one in tags)


def _all_found(prompt: str, lexicon: Lexicon) -> list[_Found]:
    """Return all that is found, in the order of the prompt."""
    shown = list(shown_words(prompt))
    begins = [start for start, _ in shown]
    found = [
        one
        for one in (*_spaced(words_of(prompt), lexicon), *_unspaced(prompt, lexicon))
        if not (place := bisect_right(begins, one.start)) or one.end > shown[place - 1][1]
    ]
    found += [_Found(Meaning("style", "text", True), start, end, False, False) for start, end in shown]
    return sorted(found, key=lambda one: (one.start, one.end))


def _spaced(words: Words, lexicon: Lexicon) -> Iterator[_Found]:
    """Yield what is found among words with blanks between them."""
    texts = words.texts
    busy: dict[tuple[Kind, str], int] = {}
    negated_end = -1
    blocked = 0
    for index, first in enumerate(texts):
        part_end = words.part_ends[index]
        at_start = words.part_starts[index] == index
        lengths = lexicon.lengths_from(first)
        if at_start:
            lengths = (part_end - index, *lengths)
        for place, length in enumerate(lengths):
            end = index + length
            if end > part_end or index < blocked:
                continue
            phrase = " ".join(texts[index:end])
            whole = at_start and end == part_end
            meanings = lexicon.spaced.get("=" + phrase) if at_start and not place else None
            meanings = lexicon.meanings(phrase) if meanings is None else meanings
            if meanings is None:
                continue
            if not meanings:
                blocked = end
                break
            if is_thing_of_the_scene(words, index, end):
                busy.update(((meaning.kind, _slot(meaning)), end) for meaning in meanings)
                continue
            denied_end = negated_end
            for meaning in meanings:
                slot = meaning.kind, _slot(meaning)
                if busy.get(slot, 0) <= index:
                    meant, first_word, after_last = _turned(meaning, words, index, end)
                    busy[slot] = after_last
                    negated = negates(words, first_word, denied_end)
                    negated_end = end if negated else negated_end
                    yield _Found(meant, words.starts[first_word], words.ends[after_last - 1], whole, negated)


def _turned(meaning: Meaning, words: Words, index: int, end: int) -> tuple[Meaning, int, int]:
    """Return what a phrase means under the adjective beside it, and the indices of its first word and after its last.

    Args:
        meaning: what the phrase means by itself.
        words: the words of the prompt.
        index: of the phrase's first word.
        end: index after its last word.
    """
    texts, part_start, part_end = words.texts, words.part_starts[index], words.part_ends[index]
    is_thing = meaning.outright or "poster" in texts[index:end]  # in "a tall mountain landscape" the mountain is tall
    if meaning.kind != "shape" or meaning.aside or not is_thing:
        return meaning, index, end
    first = index - 1
    if first > part_start and texts[first] in _BETWEEN:
        first -= 1
    before = _TURNED_BEFORE.get(texts[first]) if first >= part_start else None
    if before is not None:
        return replace(meaning, value=before, outright=True), first, end
    after = _TURNED_AFTER.get(texts[end]) if end < part_end else None
    if after is not None and (end + 1 == part_end or texts[end + 1] in _SHOWING):
        return replace(meaning, value=after, outright=True), index, end + 1
    return meaning, index, end


def _slot(meaning: Meaning) -> str:
    """Return what a phrase keeps shorter ones within it from saying again: a style only itself, a shape any shape."""
    return meaning.value if meaning.kind == "style" else ""


def _unspaced(prompt: str, lexicon: Lexicon) -> Iterator[_Found]:
    """Yield what is found in Han, kana and Hangul."""
    for run in UNSPACED_RUN.finditer(prompt):
        # Blanks do not matter here; `places` leads back from each character to the prompt.
        places = [place for place in range(run.start(), run.end()) if not prompt[place].isspace()]
        text = "".join(prompt[place] for place in places).lower()
        for meaning in lexicon.unspaced.get("=" + text, ()):
            yield _Found(meaning, places[0], places[-1] + 1, True, False)
        busy: dict[tuple[Kind, str], int] = {}
        blocked = 0
        for index, first in enumerate(text):
            for length in lexicon.unspaced_lengths.get(first, ()):
                end = index + length
                meanings = lexicon.unspaced.get(text[index:end]) if index >= blocked and end <= len(text) else None
                if meanings is None or _cut_out(prompt, places, text, index, end):
                    continue
                if not meanings:
                    blocked = end
                    break
                negated = negated_unspaced(text, index, end)
                for meaning in meanings:
                    slot = meaning.kind, _slot(meaning)
                    if busy.get(slot, 0) <= index:
                        busy[slot] = end
                        yield _Found(meaning, places[index], places[end - 1] + 1, length == len(text), negated)


def _cut_out(prompt: str, places: list[int], text: str, start: int, end: int) -> bool:
    """Return whether a short phrase is only a piece of a longer word.

    Words in katakana and in Hangul begin somewhere: there is a logo in neither a "professional golfer" (プロゴルファー)
    nor a word that ends with its syllables.
    """
    if end - start > 2 or start == 0:
        return False
    first, before = text[start], text[start - 1]
    if "\u30a0" <= first <= "\u30ff":
        return "\u30a0" <= before <= "\u30ff"
    joined = places[start] == places[start - 1] + 1
    return "\uac00" <= first <= "\ud7af" and joined and "\uac00" <= before <= "\ud7af"


def _rank(one: _Found) -> int:
    """Return where a shape or effort stands: "vertical format" goes before "wallpaper", and this before "portrait"."""
    return 0 if one.meaning.aside else 1 if one.meaning.outright else 2


def _that_count(found: list[_Found]) -> list[_Found]:
    """Return the found phrases that count."""
    denied = {(one.meaning.kind, one.meaning.value) for one in found if one.negated}
    tags = {(one.start, one.end) for one in found if one.meaning.tag}
    held = [
        one
        for one in found
        if not one.negated
        and not (one.meaning.tag and (not one.meaning.outright or (one.whole_part and len(tags) > _MOST_TAGS)))
        and (one.meaning.outright or (one.meaning.kind, one.meaning.value) not in denied)
    ]
    winners: set[tuple[Kind, str]] = set()
    for kind in ("shape", "effort"):
        of_kind = [one for one in held if one.meaning.kind == kind]
        winners |= {(one.meaning.kind, one.meaning.value) for one in sorted(of_kind, key=_rank)[:1]}
    looks = any(one.meaning.kind == "style" and one.meaning.outright and one.meaning.value in _LOOKS for one in held)
    return [
        one
        for one in held
        if (one.meaning.kind == "style" and (one.meaning.outright or not looks or one.meaning.value == "text"))
        or (one.meaning.kind, one.meaning.value) in winners
    ]
