"""Why a user is likely to like a picture, in words, with the ratings that say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...workflow.ask.words import style_name
from ...workflow.families.lookup import FAMILIES
from .features import CROSS

MOST_REASONS = 2
_LEAST = 0.15  # log-odds that are worth a word

_NUMBERS: Mapping[str, tuple[str, str, str]] = {
    "ratio": ("size", "wide pictures", "tall pictures"),
    "megapixels": ("size", "larger pictures", "smaller pictures"),
    "steps": ("steps", "more steps", "fewer steps"),
    "cfg": ("cfg", "a higher cfg", "a lower cfg"),
    "guidance": ("guidance", "more guidance", "less guidance"),
    "loras": ("lora", "LoRAs", "pictures without LoRAs"),
    "lora strength": ("lora", "strong LoRAs", "weak LoRAs"),
    "denoise": ("second_pass", "second passes that change more", "second passes that change less"),
}
"""Number -> the choice on a card, what more of it is called, and what less of it is called."""
_STAGES: Mapping[str, tuple[str, str]] = {
    "second pass": ("second_pass", "pictures with a second pass"),
    "enlarged": ("upscale", "enlarged pictures"),
}
"""Stage -> the choice on a card, and what pictures with it are called."""


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for a workflow.

    Attributes:
        choice: what of the workflow it is about, as `workflow/cards/reasons.py` calls it: "model", "size", ...
        value: which one.
        words: the reason, a sentence without its end: "you liked 7 of 8 pictures by this model".
    """

    choice: str
    value: str
    words: str


def reasons_of(
    parts: Mapping[str, float], values: Mapping[str, float], liked: Mapping[str, tuple[int, int]]
) -> tuple[Reason, ...]:
    """Return what speaks for a workflow most, each choice once.

    Args:
        parts: what each column adds to the log-odds.
        values: the workflow's value in each column; of a number, above 0 where it has more of it than most.
        liked: for each name, how many pictures that have it were liked, and how many there are.
    """
    found: dict[str, tuple[float, Reason]] = {}
    for title, part in _summed(parts).items():
        reason = _reason(title, values[title], liked) if part >= _LEAST else None
        if reason is not None and part > found.get(reason.choice, (0.0, reason))[0]:
            found[reason.choice] = (part, reason)
    best = sorted(found.values(), key=lambda one: -one[0])[:MOST_REASONS]
    return tuple(reason for _, reason in best)


def _summed(parts: Mapping[str, float]) -> dict[str, float]:
    """Return the parts with those of squares added to their numbers."""
    summed: dict[str, float] = {}
    for title, part in parts.items():
        summed[title.removesuffix("^2")] = summed.get(title.removesuffix("^2"), 0.0) + part
    return summed


def _reason(title: str, value: float, liked: Mapping[str, tuple[int, int]]) -> Reason | None:
    if title not in _NUMBERS:
        return _of_name(title, liked.get(title)) if value > 0 else None
    choice, more, less = _NUMBERS[title]
    sides = (more_of(title), less_of(title))
    here, there = sides if value > 0 else sides[::-1]
    good, of = liked.get(here, (0, 0))
    other_good, other = liked.get(there, (0, 0))
    if not of or not other or good / of <= other_good / other:
        return None
    words = more if value > 0 else less
    pictures = words if "picture" in words else f"pictures with {words}"
    return Reason(choice, words, f"you liked {good} of {of} {pictures}")


def more_of(number: str) -> str:
    """Return the name under which pictures are counted that have more of a number than the mean."""
    return f"{number}:more"


def less_of(number: str) -> str:
    """Return the name under which pictures are counted that have less of a number than the mean."""
    return f"{number}:less"


def _of_name(title: str, counts: tuple[int, int] | None) -> Reason | None:
    asked, _, name = title.rpartition(CROSS)
    group, _, value = name.partition(":")
    if counts is None or 2 * counts[0] <= counts[1]:
        return None
    of = f"you liked {counts[0]} of {counts[1]}"
    style = asked.partition(":")[2]
    kind = f" of {style_name(style)}" if style and style != "general" else ""
    stage, stage_words = _STAGES.get(value, ("", ""))
    shown = {
        "model": ("model", value, f"{of} pictures{kind} by this model"),
        "family": ("model", value, f"{of} pictures{kind} by {_title(value)} models"),
        "line": ("model", value, f"{of} pictures by {value} models"),
        "good": ("model", value, f"{of} pictures{kind} by models for {style_name(value)}"),
        "kind": ("model", value, f"{of} pictures by models of {'few' if value == 'distilled' else 'all'} steps"),
        "sampler": ("sampler", value, f"{of} pictures sampled with {value}"),
        "scheduler": ("sampler", value, f"{of} pictures with the schedule {value}"),
        "lora": ("lora", value, f"{of} pictures with this LoRA"),
        "stage": (stage, value, f"{of} {stage_words}"),
    }.get(group)
    if shown is None or (group == "good" and value == "general"):
        return None
    return Reason(*shown)


def _title(family: str) -> str:
    return FAMILIES[family].shown_name if family in FAMILIES else family
