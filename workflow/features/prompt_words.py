"""What a prompt is about, as words of which evidence speaks: styles, and what is hard for some models.

Published tables give figures for kinds of prompts ("counting", "animation"), and rated pictures have prompts; these
words are what both have in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ..ask.lexicon.reading import meaning_statements
from ..ask.words import STYLES

SUBJECTS = (
    "person", "counting", "lettering", "colours", "position", "several", "action", "texture", "unreal", "long", "short",
)  # fmt: skip
PROMPT_WORDS = (*STYLES, *SUBJECTS)
"""All words that `prompt_words` returns."""

_COLOURS = r"red|green|blue|yellow|orange|purple|pink|brown|black|white|gr[ae]y|golden?|silver|teal|turquoise|beige"
_WORDS: dict[str, re.Pattern[str]] = {
    "person": re.compile(
        r"\b(man|men|woman|women|girls?|boys?|person|people|portrait|lady|king|queen|child|children|face|hands?"
        r"|selfie|doctor|soldiers?|chef|artists?|\d?girl|\d?boy)\b"
    ),
    "counting": re.compile(
        r"\b(two|three|four|five|six|seven|eight|nine|ten|dozen|\d{1,2})\s+(?!k\b|mm\b|steps?\b|years?\b)[a-z]{3,}"
    ),
    "lettering": re.compile(
        r"[\"“„«][^\"“”„«»\n]{1,80}[\"”“»]|\b(text|sign|says?|saying|written|letters?|words?|logo|caption|title|reads)\b"
    ),
    "colours": re.compile(rf"\b({_COLOURS})\b.{{1,60}}\b({_COLOURS})\b"),
    "position": re.compile(
        r"\b(left|right|above|below|behind|beneath|under|next to|on top|in front|between|beside|near)\b"
    ),
    "several": re.compile(r"\b(and|with)\b.{2,80}\b(and|with)\b"),
    "action": re.compile(
        r"\b(run|jump|danc|play|rid|fly|eat|cook|fight|swim|climb|driv|throw|skat|box|read|drink|sing)\w*ing\b"
    ),
    "texture": re.compile(
        r"\b(made of|wooden|metal\w*|glass|leather|fluffy|fabric|plastic|rubber|furry|marble|stone)\b"
    ),
    "unreal": re.compile(
        r"\b(dragon|wizard|alien|robot|astronaut|fantasy|magic\w*|surreal|cyberpunk|futuristic|monster|fairy|space)\b"
    ),
}  # fmt: skip
_LONG, _SHORT = 30, 6
"""Words of a prompt that is long, and of one that is short."""
_MOST_READ = 2000


@lru_cache(maxsize=16384)
def prompt_words(prompt: str) -> tuple[str, ...]:
    """Return the words of `PROMPT_WORDS` that stand for a prompt, in their order."""
    found = set(_found(prompt[:_MOST_READ]))
    return tuple(word for word in PROMPT_WORDS if word in found)


def _found(prompt: str) -> Iterator[str]:
    for statement in meaning_statements(prompt):
        if statement.kind == "style" and isinstance(statement.value, str):
            yield statement.value
    lower = prompt.lower()
    for word, pattern in _WORDS.items():
        if pattern.search(lower):
            yield word
    count = len(prompt.split())
    if count >= _LONG:
        yield "long"
    elif count <= _SHORT:
        yield "short"
