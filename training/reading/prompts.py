"""Prompts with what they say, for training readers and for measuring them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from zlib import crc32

from ...guarded_json import JsonError, parse_json
from ...workflow.ask.lexicon.compiled import Lexicon
from ...workflow.ask.lexicon.reading import meaning_statements
from ...workflow.ask.syntax import read_ask
from ...workflow.families.style_words import name_styles
from ..common.pairs import DataError
from ..corpus.prompts.generator import draw_prompt
from .split import Split

FROM_NAMES = frozenset({"photo", "anime"})
"""What the name of a checkpoint says about the prompts that people gave it."""
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt with what it says."""

    prompt: str
    labels: frozenset[str]


def heard(prompt: str, lexicon: Lexicon | None = None) -> frozenset[str]:
    """Return what the lexicon hears in a prompt."""
    return frozenset(str(one.value) for one in meaning_statements(prompt, lexicon))


def scenes(count: int, random: Random, *, held_out: bool) -> list[str]:
    """Return generated prompts that say nothing about shape, style or effort."""
    found: list[str] = []
    while len(found) < count:
        prompt = draw_prompt(random, held_out=held_out)
        ask = read_ask(prompt)
        if not ask.statements:
            found.append(prompt)
    return found


def silent(count: int, random: Random, nothing: Sequence[str], *, held_out: bool) -> list[Example]:
    """Return prompts that say nothing, half of them with a phrase that sounds as if they did."""
    drawn = scenes(count, random, held_out=held_out)
    return [
        Example(f"{scene}, {random.choice(nothing)}" if nothing and random.random() < 0.5 else scene, frozenset())
        for scene in drawn
    ]


def saying(
    count: int, random: Random, phrases: Mapping[str, frozenset[str]], *, held_out: bool, most: int = 1
) -> list[Example]:
    """Return prompts with one or several of the phrases; every label is as frequent as the others.

    Args:
        count: how many.
        random: the source.
        phrases: the phrases with what they say.
        held_out: whether the scenes are those that training does not have.
        most: the most phrases in one prompt.
    """
    by_label: dict[str, list[str]] = {}
    for phrase, labels in phrases.items():
        for label in labels:
            by_label.setdefault(label, []).append(phrase)
    found = []
    for scene in scenes(count, random, held_out=held_out):
        chosen = random.sample(sorted(by_label), min(len(by_label), random.randint(1, most)))
        prompt, said = scene, frozenset[str]()
        for label in chosen:
            phrase = random.choice(by_label[label])
            said |= phrases[phrase]
            prompt = _joined(prompt, phrase, random)
        found.append(Example(prompt, said))
    return found


def _joined(scene: str, phrase: str, random: Random) -> str:
    alone, phrase = phrase.startswith("="), phrase.removeprefix("=")
    if phrase.endswith((" of", " with", " for", " by")):
        return f"{phrase} {scene}"
    way = random.random()
    if way < 0.5:
        return f"{scene}, {phrase}"
    if way < 0.8 or alone:
        return f"{phrase}, {scene}"
    return f"{phrase} of {scene}"


def training_examples(split: Split, people: Sequence[Example], rows: int, seed: int) -> list[Example]:
    """Return what an encoder is trained of: generated prompts, and people's where there are some.

    Of people's prompts those are left out in which a phrase stands that is kept out: they would teach its silence.
    """
    random = Random(seed + 1)
    real = []
    for one in people:
        known = heard(one.prompt, split.lexicon)
        if known == heard(one.prompt):
            real.append(Example(one.prompt, one.labels | known))
    random.shuffle(real)
    real = real[: rows // 6]
    quiet = silent(rows // 3, random, split.nothing, held_out=False)
    spoken = saying(rows - len(real) - len(quiet), random, split.known, held_out=False, most=2)
    found = [*real, *quiet, *spoken]
    random.shuffle(found)
    return found


def read_people(path: Path) -> tuple[list[Example], list[Example]]:
    """Return people's prompts with what the names of their checkpoints say: for training, and those of a fifth of them.

    Raises:
        DataError: a line is no such object.
    """
    sides: tuple[list[Example], list[Example]] = ([], [])
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = parse_json(line, f"{path}, line {number}")
        except JsonError as error:
            raise DataError(str(error)) from error
        prompt, model = (row.get("prompt"), row.get("model")) if isinstance(row, dict) else (None, None)
        if not isinstance(prompt, str) or not isinstance(model, str):
            raise DataError(f'{path}, line {number}: a line is {{"prompt": text, "model": name}}')
        labels = frozenset(name_styles(model)) & FROM_NAMES
        if len(labels) == 1:
            sides[crc32(model.encode("utf-8")) % 5 == 0].append(Example(prompt[:_LONGEST], labels))
    return sides
