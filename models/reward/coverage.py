"""Training coverage: which words, sizes and numbers a reward ensemble met in training.

The members score any prompt and any script. Where the prompt's words or the picture's size lie outside what training
covered, nothing supports their scores, and there is no mean (`Reward.missing`); of other settings a warning says so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...workflow.features.script_settings import read_settings

NOVEL_SHARE = 1 / 3
"""Share of a prompt's words that may be novel: names are novel in many an ordinary prompt."""

COVERED_SHARE = 0.99
"""Share of a setting's numbers in training that its range covers."""

_WORD = re.compile(r"[^\W\d_]+")
SHAPELESS = frozenset(
    _WORD.findall(
        "a an and are as at be by can for from i in is it its me my of on or please that the this to with you your"
    )
)
"""English words that no picture shows: that training had them says nothing about a prompt."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")


def words_of(prompt: str) -> tuple[str, ...]:
    """Return the words of a prompt, each once and in order, in lower case."""
    return tuple(dict.fromkeys(_WORD.findall(prompt.lower())))


def novel_words(prompt: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return the words that no training prompt had, if they are more than `NOVEL_SHARE` of the prompt's words.

    Words of `SHAPELESS` do not count.

    Parameters:
        prompt: the user's prompt.
        known: the words of the training prompts. Where there are none, no word counts as novel.
    """
    words, among = [word for word in words_of(prompt) if word not in SHAPELESS], set(known)
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


def covered_sides(scripts: Iterable[Sequence[str]], known: Sequence[float]) -> list[float]:
    """Return the least and the largest side of the pictures that training sampled; nothing where it sampled none.

    Args:
        scripts: the scripts of the training triplets.
        known: what this returned for an earlier training, which is widened.
    """
    sides = sorted(side for script in scripts for side in sampled_sides(script))
    cut = round((1 - COVERED_SHARE) / 2 * (len(sides) - 1))
    ends = [*known, *([sides[cut], sides[-1 - cut]] if sides else [])]
    return [min(ends), max(ends)] if ends else []


def sampled_sides(script: Sequence[str]) -> Iterator[float]:
    """Yield width and height of each picture that a script samples from noise, also where they are defaults."""
    for sampling in read_settings(script).samplings:
        if sampling.empty and sampling.width and sampling.height:
            yield from (sampling.width, sampling.height)


def outside_sides(script: Sequence[str], sides: Sequence[float]) -> str:
    """Return which size of a script lies outside the sides of training, with these, as text; else nothing."""
    found = list(sampled_sides(script))
    for width, height in zip(found[::2], found[1::2], strict=True):
        if sides and not sides[0] <= min(width, height) <= max(width, height) <= sides[1]:
            return f"{width:g}x{height:g} (sides in training: {sides[0]:g} to {sides[1]:g})"
    return ""
