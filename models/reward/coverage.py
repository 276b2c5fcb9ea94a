"""Training coverage: which words and which numbers a reward ensemble met in training.

The members score any prompt and any script. Where these lie outside what training covered, their scores rest on next to
nothing, and a warning says so (`Reward.warning`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

NOVEL_SHARE = 1 / 3
"""Share of a prompt's words that may be novel without a warning: names are novel in many an ordinary prompt."""

COVERED_SHARE = 0.99
"""Share of a setting's numbers in training that its range covers."""

_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")


def words_of(prompt: str) -> tuple[str, ...]:
    """Return the words of a prompt, each once and in order, in lower case."""
    return tuple(dict.fromkeys(_WORD.findall(prompt.lower())))


def novel_words(prompt: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return the words that no training prompt had, if they are more than `NOVEL_SHARE` of the prompt's words.

    Parameters:
        prompt: the user's prompt.
        known: the words of the training prompts. Where there are none, no word counts as novel.
    """
    words, among = words_of(prompt), set(known)
    novel = tuple(word for word in words if word not in among)
    return novel if among and len(novel) > NOVEL_SHARE * len(words) else ()


def numeric_settings(script: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Yield the numeric settings of a script: the choice that names the input ("steps="), and the number."""
    for name, value in zip(script, script[1:], strict=False):
        if name.endswith("=") and _NUMBER.fullmatch(value):
            yield name, float(value)


def covered_ranges(scripts: Iterable[Sequence[str]], known: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """Return the least and the largest number of each setting that training covers.

    Parameters:
        scripts: the scripts of the training triplets.
        known: the ranges of an earlier training, which are widened, never narrowed.

    Returns:
        The two ends of the range that holds `COVERED_SHARE` of the numbers, by setting ("steps=").
    """
    found: dict[str, list[float]] = defaultdict(list)
    for script in scripts:
        for name, value in numeric_settings(script):
            found[name].append(value)
    ranges = {name: list(ends) for name, ends in known.items()}
    for name, values in found.items():
        values.sort()
        cut = round((1 - COVERED_SHARE) / 2 * (len(values) - 1))
        low, high = values[cut], values[-1 - cut]
        before = ranges.get(name, [low, high])
        ranges[name] = [min(low, before[0]), max(high, before[1])]
    return dict(sorted(ranges.items()))


def outside_ranges(script: Sequence[str], ranges: Mapping[str, Sequence[float]]) -> Iterator[str]:
    """Yield the settings of a script that lie outside the ranges of training, with these, as text."""
    for name, value in numeric_settings(script):
        if name in ranges and not ranges[name][0] <= value <= ranges[name][1]:
            yield f"{name}{value:g} (mostly {ranges[name][0]:g} to {ranges[name][1]:g})"
