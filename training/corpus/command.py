"""Draw pairs of prompt and workflow for supervised training: the stage `corpus`.

    nodewright train corpus --object-info object_info.json --out pairs.jsonl --templates

Reads the node classes of an installation (`nodewright catalog` saves them), workflows to vary, and files of prompts.
Writes pairs (.jsonl), and their counts beside them (.card.json).

Simulated installations are drawn over the node classes, and on each of them workflows for prompts: recipes, variations
of the official templates (--templates) and of saved workflows (--workflows), and workflows on the miniature's zoo of
tiny models for the zoo's own prompts. The other prompts come from the generator and, half of them, from the files of
--prompts. With --zoo there is one installation, of the zoo's files alone, with its prompts and workflows. Every script
has been taken through the grammar.

A line is {"prompt", "files", "mains", "choices", "forced", "source"}: the text; the aliases that the policy reads
(`Grammar.files`), and how many of them are main models; the script; the indices of the choices that were the only one
allowed; and "recipe", "template", "workflow" or "miniature". The same arguments give the same file, whatever the
number of --workers.

Deviations from the paper (arXiv 2505.21478), which learns from workflows that people published:

1. Workflows are drawn from recipes and documented settings, for installations that differ, so that the policy learns
   to read what is installed.
2. A workflow follows its prompt's words (quick, wide, a style) by rules, so that there is something to learn of them.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from ...files import write_atomically, write_json
from ...workflow.catalog.cache import read_object_info
from ...workflow.catalog.object_info import catalog_from_object_info
from ...workflow.graph import WorkflowError
from ..common.console import report
from ..common.pairs import DataError
from ..common.prompt_file import is_evaluation_prompt, read_prompts
from ..sft.tokenizer import catalog_words
from .card import Card, tables
from .config import CorpusConfig, parse
from .installations.gguf import with_gguf_loaders
from .installations.known_files import known_files
from .shards import HOPELESS, ShardSettings, shards
from .synthesis.records import read_records
from .synthesis.variations import bases


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 2 for files that cannot be used."""
    config = parse(arguments)
    try:
        draw_corpus(config)
    except (DataError, ModuleNotFoundError, OSError, WorkflowError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def draw_corpus(config: CorpusConfig) -> None:
    """Write the corpus, its card, and the vocabulary where that is wanted.

    Raises:
        OSError, WorkflowError: for files that cannot be used.
    """
    object_info = read_object_info(config.object_info)
    catalog = catalog_from_object_info(object_info)  # refuses what is none, before anything is drawn
    if config.vocabulary:
        config.vocabulary.parent.mkdir(parents=True, exist_ok=True)
        write_json(config.vocabulary, list(catalog_words(with_gguf_loaders(catalog))))
    prompts = tuple(
        tuple(prompt for prompt in read_prompts(path) if is_evaluation_prompt(prompt) == config.held_out)
        for path in config.prompts
    )
    settings = ShardSettings(
        object_info,
        known_files(config.model_list, installed=config.templates),
        bases(object_info, config.templates, config.workflows, config.real),
        tuple(file for file in prompts if file),
        config.seed,
        config.held_out,
        config.zoo,
        read_records(config.real, held_out=config.held_out) if config.real else (),
    )
    began = time.perf_counter()
    card = write_corpus(config.out, settings, config.count, config.workers)
    figures = {
        **card.figures(),
        "seed": config.seed,
        "held_out": config.held_out,
        "zoo": config.zoo,
        "prompts": {path.name: len(file) for path, file in zip(config.prompts, prompts, strict=True)},
        "bases": dict(Counter(base.source for base in settings.bases)),
    }
    write_json(config.out.with_suffix(".card.json"), figures)
    report(tables(figures))
    report(f"{card.pairs} pairs in {config.out}, {time.perf_counter() - began:.0f} s", sys.stderr)


def write_corpus(out: Path, settings: ShardSettings, count: int, workers: int) -> Card:
    """Write pairs to a file. What was there before stays until all of them are written.

    Args:
        out: the file.
        settings: what is drawn from.
        count: number of pairs.
        workers: number of processes; the file does not depend on it.

    Returns:
        The figures of what was written.

    Raises:
        WorkflowError: where the file cannot be written, or nothing can be made with the node classes.
    """
    card = Card()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with (
            write_atomically(out) as beside,
            beside.open("w", encoding="utf-8", newline="\n") as file,
            closing(shards(settings, workers)) as drawn,
        ):
            for number, shard in enumerate(drawn, 1):
                card.rejected.update(shard.rejected)
                for line, row in zip(shard.lines, shard.rows, strict=True):
                    if card.pairs < count:
                        file.write(line)
                        card.count(row)
                if card.pairs >= count:
                    break
                if not card.pairs and number >= HOPELESS:
                    raise WorkflowError(
                        f"nothing can be made with these node classes on any of {number} installations. --object-info "
                        "needs the classes of a whole ComfyUI, which `nodewright catalog` saves. Of the last one was "
                        f"said: {shard.reason or shard.rejected.most_common(1)[0][0]}"
                    )
    except OSError as error:
        raise WorkflowError(
            f"{out}: it cannot be written ({error}); free some space or choose another --out"
        ) from error
    return card
