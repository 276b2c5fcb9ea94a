"""The options of `nodewright train evidence`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..common.options import parse_options


@dataclass(frozen=True)
class EvidenceConfig:
    """What is read, and what is written."""

    folder: Path | None = None
    """Folder of the public files (docs/evidence.md)."""
    ratings: Path | None = None
    """Instead of --folder: a store with your own ratings, such as ComfyUI/user/nodewright/triplets.db."""
    start: Path | None = None
    """With --ratings: folder of the ensemble to go on from; without it, the one that comes with Nodewright."""
    out: Path | None = None
    """Folder of the ensemble; without it nothing is written but figures."""
    report: bool = True
    """With --folder: whether to measure on sources and prompts kept out; with --out, figures are written beside it."""
    compare: bool = False
    """Whether to measure other ways to learn as well: gradient boosting and small networks."""
    encoder: str | None = None
    """With --compare: the Hugging Face folder of a sentence encoder, whose embeddings of prompts are read too."""
    page: Path | None = None
    """A Markdown page between whose marks the figures are put."""
    members: int = 24
    """Members of the ensemble."""
    seed: int = 0
    """Seed of everything that is drawn."""


def parse(arguments: Sequence[str] | None) -> EvidenceConfig:
    """Return the options of the command line, over those of a --config file."""
    return parse_options(
        EvidenceConfig, arguments, prog="python -m nodewright.training.evidence",
        description="Learn how good models of real families are from public ratings, tables and documentation.",
        exclusive=("folder", "ratings"), check=_check,
    )  # fmt: skip


def _check(config: EvidenceConfig) -> None:
    if config.ratings is None and config.start is not None:
        raise ValueError("--start is for --ratings")
    if config.ratings is not None and (config.compare or config.page is not None):
        raise ValueError("--compare and --page are for --folder")
    if config.encoder is not None and not config.compare:
        raise ValueError("--encoder is for --compare")
    if not 2 <= config.members <= 64:
        raise ValueError("--members: from 2 to 64")
    if config.out is None and not config.report:
        raise ValueError("--no-report without --out does nothing")
