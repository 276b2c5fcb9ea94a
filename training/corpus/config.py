"""What a corpus is drawn from: every option of `nodewright train corpus`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..common.options import parse_options


@dataclass(frozen=True)
class CorpusConfig:
    """The options of the corpus."""

    object_info: Path
    """The node classes of the simulated installations, saved by `nodewright catalog`."""
    out: Path
    """File of the pairs, .jsonl."""
    count: int = 100_000
    """Number of pairs."""
    seed: int = 0
    """Seed of everything that is drawn."""
    prompts: tuple[Path, ...] = ()
    """Files of prompts: .txt, .tsv, .jsonl."""
    templates: bool = False
    """Whether the official templates are varied."""
    workflows: Path | None = None
    """Folder of workflows in API format that are varied."""
    real: Path | None = None
    """Folder with what people published: records beside pictures, and workflows (docs/data.md)."""
    model_list: Path | None = None
    """ComfyUI-Manager's model-list.json, for more well-known files."""
    vocabulary: Path | None = None
    """File that the words of the workflow vocabulary are written to."""
    held_out: bool = False
    """Whether prompts and file names are those that training never draws, for evaluation."""
    zoo: bool = False
    """Whether the installation has the miniature's zoo alone, with its prompts."""
    workers: int = 1
    """Number of processes; the pairs do not depend on it."""


def parse(arguments: Sequence[str] | None) -> CorpusConfig:
    """Return the options of the command line, over those of a --config file."""
    return parse_options(
        CorpusConfig,
        arguments,
        prog="nodewright train corpus",
        description="Draw pairs of prompt and workflow for supervised training.",
    )
