"""Compare readers of shape, style and effort: the lexicon, sentence encoders, and both together.

    python -m nodewright.training.reading --out report --encoders minilm=all-MiniLM-L6-v2 base=models/shipped \\
        --people prompts.jsonl --plain plain.txt

A share of the lexicon's entries and whole languages are kept out of the measured lexicon and of the training, and so
are the subjects of the prompts and a fifth of people's checkpoints. docs/lab/reading.md has the figures.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

from ...files import write_json, write_text
from ..common.command import run_to_its_end
from ..common.console import report
from ..common.errors import TrainingError
from .config import ReadingConfig, parse
from .encoder import fine_tuned
from .measure import Hearing, Tests, both, draw_tests, encoder_hearing, lexicon_hearing, measured, threshold
from .prompts import Example, read_people, silent, training_examples
from .split import split


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit status of `run_to_its_end`."""
    config = parse(arguments)
    return run_to_its_end(lambda: compare(config))


def compare(config: ReadingConfig) -> dict[str, dict[str, float]]:
    """Train the encoders, measure all readers, write the report, and return the figures by reader.

    Raises DataError, TrainingError.
    """
    parts = split(config.kept_out, config.languages, config.seed)
    people: tuple[list[Example], list[Example]] = read_people(config.people) if config.people else ([], [])
    plain = config.plain.read_text(encoding="utf-8").splitlines()[: config.tests] if config.plain else []
    tests = draw_tests(parts, people[1], plain, config)
    lexicon = lexicon_hearing(parts)
    readers: dict[str, Hearing] = {"lexicon": lexicon}
    figures = {"lexicon": _measured(lexicon, tests)}
    report(f"lexicon: {figures['lexicon']}")
    examples = training_examples(parts, people[0], config.rows, config.seed) if config.encoders else []
    quiet = [one.prompt for one in silent(config.tests, Random(config.seed + 3), parts.nothing, held_out=False)]
    for name, folder in map(_named, config.encoders):
        reader = fine_tuned(folder, examples, config, lambda line, name=name: report(f"{name}: {line}"))
        likely, already = reader.probabilities(quiet), lexicon(quiet)
        alone = encoder_hearing(
            reader.probabilities, threshold(likely, [frozenset()] * len(quiet), config.false_alarms)
        )
        beside = encoder_hearing(reader.probabilities, threshold(likely, already, config.false_alarms))
        readers |= {name: alone, f"lexicon and {name}": both(lexicon, beside)}
        for one in (name, f"lexicon and {name}"):
            figures[one] = _measured(readers[one], tests)
            report(f"{one}: {figures[one]}")
    config.out.mkdir(parents=True, exist_ok=True)
    write_json(config.out / "report.json", figures)
    write_text(config.out / "report.md", table(figures))
    return figures


def _measured(hear: Hearing, tests: Tests) -> dict[str, float]:
    """Return a reader's figures, with its time for one prompt on this machine."""
    found = measured(hear, tests)
    prompts = [one.prompt for one in tests.spoken["seen wordings"][:200]]
    began = time.perf_counter()
    for prompt in prompts:
        hear([prompt])
    return found | {"ms for one prompt": (time.perf_counter() - began) / len(prompts) * 1e3}


def _named(option: str) -> tuple[str, str]:
    name, equals, folder = option.partition("=")
    if not equals or not Path(folder).is_dir():
        raise TrainingError(f"--encoders {option!r}: give NAME=FOLDER of an encoder")
    return name, folder


def table(figures: dict[str, dict[str, float]]) -> str:
    """Return the figures as a table in Markdown, one line a measure."""
    names = list(figures)
    lines = [f"| | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    lines += [
        f"| {measure} | {' | '.join(_shown(measure, figures[name][measure]) for name in names)} |"
        for measure in figures[names[0]]
    ]
    return "\n".join(lines) + "\n"


def _shown(measure: str, value: float) -> str:
    return f"{value:.1f}" if measure.startswith("ms") else f"{100 * value:.1f} %"
