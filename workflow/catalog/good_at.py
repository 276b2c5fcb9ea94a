"""What a model file is good at, and who says so: header, sidecar, the table of known files, its name, or its folder.

The first of these that states a style counts. A file that is said to be good at everything, as general models are, is
not good at anything in particular, nor is a LoRA of one subject: it is used where the subject is asked for
(`subjects.py`).

    for each in good_at_sources(file):
        print(each)  # "anime: sidecar, 'anime style'"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ..families.lookup import FAMILIES
from ..families.names import normalised
from ..families.style_words import line_styles, name_styles, text_styles
from ..families.well_known import well_known
from .catalog import ModelFile
from .subjects import is_of_a_subject

Origin = Literal["header", "sidecar", "known file", "name", "folder", "family"]

MOST_STYLES = 3
"""With more styles than this a file is a general one."""
_MOST_TRAINED_TAGS = 6  # the tags of a LoRA's training pictures that stand for what all of them show
_FIRST_STYLES = frozenset({"photo", "anime", "pixel_art", "painting", "logo", "text"})
"""The styles that the families' tables of files state."""


@dataclass(frozen=True, slots=True)
class GoodAt:
    """A style that a file is good at."""

    style: str
    """The style (`workflow/ask/words.py`)."""
    source: Origin
    """Who says so."""
    words: str
    """The words that say so."""

    def __str__(self) -> str:
        return f"{self.style}: {self.source}, {self.words!r}"


def good_at(file: ModelFile) -> frozenset[str]:
    """Return the styles that a file is good at; none for a general one, for a LoRA of a subject, and where unknown."""
    return frozenset(each.style for each in good_at_sources(file))


@lru_cache(maxsize=32768)
def good_at_sources(file: ModelFile) -> tuple[GoodAt, ...]:
    """Return the styles that a file is good at, each once, with who says so."""
    if file.folder not in ("checkpoints", "diffusion_models", "loras"):
        return ()
    lora = file.folder == "loras"
    if lora and is_of_a_subject(file):
        return ()
    found = {each.style: each for each in reversed(list(_stated(file, lora)))}
    if not found:
        found = {each.style: each for each in by_name(file.name, lora=lora, families=file.families, lines=not lora)}
    if not found:
        found = {each.style: each for each in _by_folder(file.name)}
    if len(found) > MOST_STYLES:
        found = {}
    for family in () if lora else sorted(file.families):
        if family in FAMILIES:
            for style in sorted(FAMILIES[family].good_at):
                found.setdefault(style, GoodAt(style, "family", family))
    return tuple(sorted(found.values(), key=lambda each: each.style))


def by_name(name: str, *, lora: bool, families: frozenset[str] = frozenset(), lines: bool = True) -> tuple[GoodAt, ...]:
    """Return what is known of a file of this name, or what the name says.

    Args:
        name: the file's name, or its alias.
        lora: whether it is a LoRA.
        families: the families that the file is of; empty where they are not known. A known file of another family only
            has the same name.
        lines: whether the name of a line of fine-tunes ("pony") tells what a file is good at; not of a LoRA for it.
    """
    stem = normalised(name)
    file = well_known(name, lora=lora)
    known = None if file is None or (families and file.family not in families) else file.styles
    named = name_styles(stem, lines=lines)
    if known is None:
        return tuple(GoodAt(style, "name", word) for style, word in named.items())
    more = {style: word for style, word in named.items() if style not in _FIRST_STYLES}
    return (
        *(GoodAt(style, "known file", stem) for style in sorted(known)),
        *(GoodAt(style, "name", word) for style, word in more.items() if style not in known),
    )


def _by_folder(name: str) -> Iterator[GoodAt]:
    """Yield the styles of the folders into which a person sorted a file ("anime/mix_v7.safetensors")."""
    for folder in re.split(r"[/\\]", name)[:-1]:
        for style, words in text_styles(folder).items():
            yield GoodAt(style, "folder", words)


def _stated(file: ModelFile, lora: bool) -> Iterator[GoodAt]:
    """Yield the styles that the file's header and sidecars state: by title, trigger words and tags, else elsewhere."""
    facts = file.facts
    if facts.empty:
        return
    sources = {name: source for name, source in facts.sources if source != "known file"}
    found = False
    tags = facts.tags[:_MOST_TRAINED_TAGS] if sources.get("tags") == "header" else facts.tags
    for name, texts in (("title", (facts.title,)), ("trigger_words", facts.trigger_words), ("tags", tags)):
        for text in texts if name in sources else ():
            # A trainer's title is mostly the name of a file.
            said = text_styles(text) if " " in text or name != "title" else name_styles(normalised(text))
            for style, words in said.items():
                found = True
                yield GoodAt(style, sources[name], words)
    if found:
        return
    if facts.shown:
        yield from (GoodAt(style, sources["shown"], "example pictures") for style in facts.shown)
        return
    said = text_styles(facts.description) if "description" in sources else {}
    if 0 < len(said) < MOST_STYLES:
        yield from (GoodAt(style, sources["description"], words) for style, words in said.items())
    elif not lora and "base" in sources:  # a LoRA for Pony may be of anything
        based = line_styles(normalised(facts.base))
        yield from (GoodAt(style, sources["base"], words) for style, words in based.items())
