"""What a reward ensemble has met in training, as far as it can be told without a model: prompts' words, and the range
of each numeric setting. Members answer for anything; beyond this their answers rest on nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

STRANGE = 1 / 3
"""The share of a prompt's words that may be new before it counts as foreign: names are new in many a usual prompt."""

_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")


def words_of(prompt: str) -> tuple[str, ...]:
    """The words of a prompt, each once and in order, in lower case."""
    return tuple(dict.fromkeys(_WORD.findall(prompt.lower())))


def strange_words(prompt: str, known: Sequence[str]) -> tuple[str, ...]:
    """The words that no training prompt had, if they are more than `STRANGE` of all; nothing where no word is known."""
    words, among = words_of(prompt), set(known)
    new = tuple(word for word in words if word not in among)
    return new if among and len(new) > STRANGE * len(words) else ()


def numbers_of(script: Sequence[str]) -> Iterator[tuple[str, float]]:
    """The numeric settings of a script: the choice that names the input ("steps="), and the number."""
    for name, value in zip(script, script[1:], strict=False):
        if name.endswith("=") and _NUMBER.fullmatch(value):
            yield name, float(value)


def ranges(scripts: Iterable[Sequence[str]], known: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """The least and the greatest number of each input, over scripts and what was known before."""
    found = {name: list(ends) for name, ends in known.items()}
    for script in scripts:
        for name, value in numbers_of(script):
            low, high = found.get(name, (value, value))
            found[name] = [min(low, value), max(high, value)]
    return dict(sorted(found.items()))


def beyond(script: Sequence[str], known: Mapping[str, Sequence[float]]) -> Iterator[str]:
    """The settings of a script that are outside what training had, in words."""
    for name, value in numbers_of(script):
        if name in known and not known[name][0] <= value <= known[name][1]:
            yield f"{name}{value:g} (only {known[name][0]:g} to {known[name][1]:g})"
