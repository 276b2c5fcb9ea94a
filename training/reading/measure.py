"""What readers hear in prompts, against what these say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import torch

from .config import ReadingConfig
from .prompts import Example, heard, saying, silent
from .split import LABELS, Split

Hearing = Callable[[Sequence[str]], list[frozenset[str]]]
"""Returns what is heard in each prompt."""


@dataclass(frozen=True)
class Tests:
    """Prompts that no reader was made with."""

    quiet: Mapping[str, list[Example]]
    """Prompts that say nothing, by kind."""
    spoken: Mapping[str, list[Example]]
    """Prompts that say something, by kind."""


def draw_tests(split: Split, people: Sequence[Example], plain: Sequence[str], config: ReadingConfig) -> Tests:
    """Return the prompts of the measurement."""
    random, count = Random(config.seed + 2), config.tests
    quiet = {
        "generated": silent(count, random, (), held_out=True),
        "sounds like it": silent(count, random, split.nothing_kept_out, held_out=True),
    }
    if plain:
        quiet["people's"] = [Example(prompt, frozenset()) for prompt in plain]
    spoken = {
        "seen wordings": saying(count, random, split.known, held_out=True),
        "kept-out wordings": saying(count, random, split.kept_out, held_out=True),
        "kept-out, other languages": saying(count, random, split.kept_out_elsewhere, held_out=True),
        "kept-out languages": saying(count, random, split.other_languages, held_out=True),
    }
    for label in ("photo", "anime"):
        found = [one for one in people if one.labels == {label}]
        if found:
            spoken[f"checkpoint: {label}"] = random.sample(found, min(count, len(found)))
    return Tests(quiet, spoken)


def lexicon_hearing(split: Split) -> Hearing:
    """Return the measured lexicon as a reader."""
    return lambda prompts: [heard(prompt, split.lexicon) for prompt in prompts]


def encoder_hearing(probabilities: Callable[[Sequence[str]], torch.Tensor], threshold: float) -> Hearing:
    """Return an encoder as a reader that hears what is likelier than a threshold."""

    def hear(prompts: Sequence[str]) -> list[frozenset[str]]:
        rows = probabilities(prompts) > threshold
        return [frozenset(label for label, said in zip(LABELS, row, strict=True) if said) for row in rows.tolist()]

    return hear


def both(one: Hearing, other: Hearing) -> Hearing:
    """Return a reader that hears what either hears."""
    return lambda prompts: [first | second for first, second in zip(one(prompts), other(prompts), strict=True)]


def threshold(likely: torch.Tensor, already: Sequence[frozenset[str]], share: float) -> float:
    """Return the least threshold at which a reader hears something in at most a share of prompts that say nothing.

    Args:
        likely: the encoder's probabilities on such prompts, (prompts, labels).
        already: what another reader hears in them.
        share: the share that is allowed; where the other reader alone goes beyond it, half of it is added.
    """
    noisy = sum(map(bool, already))
    room = max(int(share * len(already)) - noisy, int(share * len(already) / 2))
    highest = sorted((max(row) for row, said in zip(likely.tolist(), already, strict=True) if not said), reverse=True)
    return max(0.2, highest[min(room, len(highest) - 1)])


def measured(hear: Hearing, tests: Tests) -> dict[str, float]:
    """Return false alarms, and of each kind of prompts the share of what is said that is heard, and what else is."""
    found: dict[str, float] = {}
    for kind, examples in tests.quiet.items():
        said = hear([one.prompt for one in examples])
        found[f"false alarms: {kind}"] = sum(map(bool, said)) / len(said)
    for kind, examples in tests.spoken.items():
        said = hear([one.prompt for one in examples])
        pairs = [
            (len(one.labels & got), len(one.labels), one.labels, got) for one, got in zip(examples, said, strict=True)
        ]
        found[f"heard: {kind}"] = sum(right for right, _, _, _ in pairs) / sum(count for _, count, _, _ in pairs)
        if not kind.startswith("checkpoint"):
            found[f"something else: {kind}"] = sum(bool(got - labels) for _, _, labels, got in pairs) / len(pairs)
    return found
