"""A prompt generator, so that training depends on no prompt collection.

Prompts are short or long, chatty or lists of tags; somewhat less than half of them carry a cue (cues.py).
Those that are held out show other subjects, places and businesses, and say half of their cues in words that no
training prompt has.
"""

from __future__ import annotations

import re
from functools import lru_cache
from random import Random
from zlib import crc32

from . import words
from .cues import EFFORT_CUES, SIZE_CUES

__all__ = ["HELD_OUT_WORDINGS", "draw_prompt", "unseen_wording"]

_CUE_WEIGHTS = {
    "tall": 12, "wide": 12, "square": 10, "photo": 12, "anime": 11, "pixel_art": 10, "painting": 11, "logo": 9,
    "text": 10, "quick": 12, "detailed": 12,
}  # fmt: skip
_CUE_COUNTS = ((0, 56), (1, 29), (2, 11), (3, 4))
_EXCLUDING = (frozenset(SIZE_CUES), frozenset(EFFORT_CUES), frozenset({"photo", "anime", "pixel_art", "painting"}))
_CATEGORIES = (  # nouns, the actions that go with them, how often
    (words.ANIMALS, "animal", 24),
    (words.PEOPLE, "person", 28),
    (words.THINGS, "thing", 18),
    (words.SCENES, "scene", 20),
    (words.CREATURES, "animal", 10),
)


def _said(wording: str) -> str:
    """Return the part of a wording that expresses the cue: the longest run of its own words, in lower case."""
    return max((part.strip(" ,.\"'") for part in re.split(r"\{\w*\}", wording.lower())), key=len)


HELD_OUT_WORDINGS: dict[str, tuple[str, ...]] = {
    cue: tuple(dict.fromkeys(_said(text) for text in (*wordings.leads, *wordings.tags, *wordings.asks)))
    for cue, wordings in words.UNSEEN.items()
}
"""Cue -> phrases that express it and that no training prompt holds."""


@lru_cache(maxsize=1)
def _unseen_patterns() -> dict[str, re.Pattern[str]]:
    return {
        cue: re.compile("|".join(rf"(?<!\w){re.escape(phrase)}(?!\w)" for phrase in phrases))
        for cue, phrases in HELD_OUT_WORDINGS.items()
    }


def unseen_wording(prompt: str, cue: str) -> bool:
    """Return whether a prompt expresses a cue in words of HELD_OUT_WORDINGS."""
    return _unseen_patterns()[cue].search(prompt.lower()) is not None


def _head(phrase: str) -> str:
    """Return the noun of a phrase: "bear" of "polar bear", "cup" of "cup of coffee"."""
    return re.split(r" (?:of|with|in|full|for|about) ", phrase)[0].split(" ")[-1]


@lru_cache(maxsize=64)
def _half(table: tuple[str, ...], held_out: bool) -> tuple[str, ...]:
    """Return the entries for training, or the fifth that is held out; entries with one noun are in one part."""
    return tuple(entry for entry in table if (crc32(_head(entry).encode("utf-8")) % 5 == 0) is held_out)


def draw_prompt(random: Random, *, held_out: bool = False) -> str:
    """Return one prompt; the same for the same state of `random`."""
    cues = _drawn_cues(random)
    register = random.choices(("terse", "sentence", "chatty", "tags", "long"), (18, 28, 18, 22, 14))[0]
    scene = _typed(_scene(random, register, held_out), random)
    lead, rest = _lead(random, scene, cues, register, held_out)
    if register == "chatty":
        text = _chatty(random, lead, rest, held_out)
    elif register == "tags":
        text = _tags(random, lead, rest, held_out)
    elif register == "long":
        text = _long(random, lead, rest, held_out)
    else:
        tags = [_wording(random, cue, "tags", held_out) for cue in rest]
        moods = random.sample(words.MOODS, random.choice((0, 0, 1))) if register == "sentence" else []
        text = ", ".join([lead, *moods, *tags])
    return _cased(text, random)


def _drawn_cues(random: Random) -> list[str]:
    count = random.choices([number for number, _ in _CUE_COUNTS], [weight for _, weight in _CUE_COUNTS])[0]
    chosen: list[str] = []
    while len(chosen) < count:
        free = [cue for cue in _CUE_WEIGHTS if cue not in chosen and not any(_exclude(cue, other) for other in chosen)]
        chosen.append(random.choices(free, [_CUE_WEIGHTS[cue] for cue in free])[0])
    random.shuffle(chosen)
    return chosen


def _exclude(cue: str, other: str) -> bool:
    return any(cue in group and other in group for group in _EXCLUDING)


# ---- the scene ---------------------------------------------------------------------------------------------------


def _scene(random: Random, register: str, held_out: bool) -> str:
    """Return what is in the picture, as a phrase."""
    tables = [table for table, _, _ in _CATEGORIES]
    index = random.choices(range(len(tables)), [weight for _, _, weight in _CATEGORIES])[0]
    noun = random.choice(_half(tables[index], held_out))
    kind = _CATEGORIES[index][1]
    if random.random() < 0.45:
        noun = f"{random.choice(words.ADJECTIVES)} {noun}"
    if register == "terse" and random.random() < 0.5:
        return noun
    parts = [_with_article(noun, random, several=kind != "scene")]
    for chance, table in ((0.5, words.ACTIONS[kind]), (0.45, words.PLACES), (0.3, words.TIMES)):
        if random.random() < (chance if register != "terse" else chance / 3):
            parts.append(random.choice(_half(table, held_out) if table is words.PLACES else table))
    if random.random() < 0.05 and register != "terse":
        parts.append(random.choice(words.CONFUSING))
    return " ".join(parts)


def _with_article(noun: str, random: Random, *, several: bool) -> str:
    draw = random.random()
    if several and draw < 0.05 and " " not in noun and not noun.endswith(("s", "y", "f", "x", "h")):
        return f"{random.choice(('two', 'three', 'four', 'several'))} {noun}s"
    if draw < 0.1:
        return f"the {noun}"
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


# ---- the cues ----------------------------------------------------------------------------------------------------


def _wording(random: Random, cue: str, form: str, held_out: bool) -> str:
    """Return a wording of a cue, filled in but for the scene; half of the held-out ones are unseen in training."""
    table = words.UNSEEN if held_out and random.random() < 0.5 else words.WORDINGS
    wordings = table[cue]
    options = {"leads": wordings.leads, "tags": wordings.tags, "asks": wordings.asks}[form]
    text = random.choice(options)
    if "{q}" in text:
        text = text.replace("{q}", random.choice(_half(words.SHOWN, held_out)))
    if "{b}" in text:
        text = text.replace("{b}", random.choice(_half(words.BUSINESSES, held_out)))
    return text


def _lead(random: Random, scene: str, cues: list[str], register: str, held_out: bool) -> tuple[str, list[str]]:
    """Return the scene with the words around it, and the cues that are still to be expressed."""
    if cues and random.random() < (0.3 if register == "tags" else 0.6):
        text = _wording(random, cues[0], "leads", held_out)
        return _in_place(text, scene), cues[1:]
    if random.random() < 0.2:
        return _in_place(random.choice(words.MEDIA), scene), cues
    return scene, cues


def _in_place(text: str, scene: str) -> str:
    """Return a wording with the scene in it; after an adjective the scene loses its article."""
    bare = re.sub(r"^(a|an|the) ", "", scene)
    needs_article = re.search(r"(^| )(of|with|showing|next to|above|over|beside|under|to|and|cover|like|made of|,) ?$",
                              text.split("{}", 1)[0]) or not text.split("{}", 1)[0].strip()  # fmt: skip
    return text.replace("{}", scene if needs_article or text.split("{}", 1)[0].rstrip().endswith(",") else bare)


# ---- the registers -----------------------------------------------------------------------------------------------


def _chatty(random: Random, lead: str, rest: list[str], held_out: bool) -> str:
    text = random.choice(words.OPENERS) + lead
    for cue in rest:
        text += random.choice((", ", ", ", " - ", ". ")) + _wording(random, cue, "asks", held_out)
    return text + random.choice(words.CLOSERS)


def _tags(random: Random, lead: str, rest: list[str], held_out: bool) -> str:
    tags = [_wording(random, cue, "tags", held_out) for cue in rest]
    tags += random.sample(words.MOODS, random.randint(1, 5))
    random.shuffle(tags)
    tags.insert(0 if random.random() < 0.8 else random.randint(0, len(tags)), lead)
    return random.choice((", ", ", ", ", ", " , ", "; ", ". ")).join(tags)


def _long(random: Random, lead: str, rest: list[str], held_out: bool) -> str:
    """Return a prompt of two to five sentences."""
    sentences = [lead]
    for _ in range(random.randint(1, 3)):
        sentences.append(_detail(random, held_out))
    for cue in rest:
        said = _wording(random, cue, "asks", held_out)
        sentences.insert(random.randint(1, len(sentences)), said)
    return ". ".join(sentence[0].upper() + sentence[1:] for sentence in sentences) + random.choice((".", ".", "", "!"))


def _detail(random: Random, held_out: bool) -> str:
    """Return one more sentence about the picture."""
    text = random.choice(words.DETAILS)
    for place, table in (("{thing}", words.THINGS), ("{scene}", words.SCENES)):
        if place in text:
            text = text.replace(place, _with_article(random.choice(_half(table, held_out)), random, several=False))
    return text


# ---- how it is typed ---------------------------------------------------------------------------------------------


def _typed(scene: str, random: Random) -> str:
    """Return the scene, now and then with two letters of a word swapped or one letter missing."""
    if random.random() > 0.04:
        return scene
    parts = scene.split(" ")
    index = random.randrange(len(parts))
    word = parts[index]
    if len(word) > 4:
        at = random.randint(1, len(word) - 3)
        parts[index] = word[:at] + (word[at + 1] + word[at] if random.random() < 0.5 else word[at]) + word[at + 2 :]
    return " ".join(parts)


def _cased(text: str, random: Random) -> str:
    draw = random.random()
    if draw < 0.03:
        return text.upper()
    if draw < 0.45:
        return text[0].upper() + text[1:]
    return text.lower() if draw < 0.75 else text
