"""How readers of meaning are trained and compared: every option of `python -m nodewright.training.reading`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..common.options import parse_options


@dataclass(frozen=True)
class ReadingConfig:
    """The options of the comparison."""

    out: Path
    """Folder for the table, report.md, and the figures, report.json."""
    encoders: tuple[str, ...] = ()
    """Encoders to fine-tune, each as NAME=FOLDER in the format of transformers; without any, the lexicon alone."""
    people: Path | None = None
    """People's prompts, lines {"prompt": text, "model": name of the checkpoint}, for photographs and anime."""
    plain: Path | None = None
    """Prompts that say nothing about shape, style or effort, one a line, for false alarms."""
    kept_out: float = 0.2
    """Share of the lexicon's entries that neither the measured lexicon nor the training knows."""
    languages: tuple[str, ...] = ("japanese", "portuguese")
    """Languages that neither knows."""
    rows: int = 24_000
    """Prompts of which an encoder is trained, once each."""
    batch: int = 32
    """Prompts in one step."""
    rate: float = 2e-4
    """Highest learning rate, after a warm-up over 5 % of the steps, falling linearly."""
    tests: int = 1_500
    """Prompts of each kind in the measurement."""
    false_alarms: float = 0.02
    """Share of prompts that say nothing in which a reader may hear something."""
    seed: int = 0
    """Seed of what is kept out and of the prompts."""


def parse(arguments: Sequence[str] | None) -> ReadingConfig:
    """Return the options of a command line."""
    return parse_options(
        ReadingConfig,
        arguments,
        prog="python -m nodewright.training.reading",
        description="Fine-tune sentence encoders as readers of prompts, and compare them with the lexicon.",
    )
