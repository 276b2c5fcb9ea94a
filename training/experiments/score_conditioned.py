"""Pairs for a policy that is told how good its workflow is to be, and asked for the best: ComfyGen-FT's idea.

    python -m nodewright.training.experiments.score_conditioned --store S.db --object-info object_info.json \\
        --models MODELS --out pairs.jsonl

ComfyGen-FT (arXiv 2410.01731, section 3) is fine-tuned on prompt and score, and answers with the workflow that had that
score; in use it is asked for a high one. Here the score is a word before the prompt, "score 9 of 9. ": its bucket,
by quantiles of the scores of the train triplets. The lines are those of `nodewright train corpus`, and
`nodewright train sft` learns from them; `nodewright train evaluate --scored-policy` asks for the highest bucket.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ...files import write_atomically
from ...store.durable_file import StoreError
from ...store.triplets import TripletStore
from ...workflow.catalog.cache import load_catalog
from ...workflow.grammar.constraints import read_constraints
from ...workflow.grammar.grammar import Grammar, GrammarError
from ...workflow.graph import WorkflowError
from ...writing_options import add_constraint_options
from ..common.console import report
from ..common.pairs import DataError
from ..common.score_prefix import BUCKETS, score_prefix
from ..reward.data import Example, gather


def bounds(scores: Sequence[float], buckets: int) -> list[float]:
    """The scores at which the next bucket begins. Raises DataError where there are too few."""
    if len(set(scores)) < buckets:
        raise DataError(f"{len(set(scores))} different scores do not make {buckets} buckets; give fewer --buckets")
    return statistics.quantiles(scores, n=buckets, method="inclusive")


def scored_pairs(examples: Iterable[Example], grammar: Grammar, buckets: int) -> Iterator[dict[str, Any]]:
    """A line for each prompt and script of the train triplets that the installation can run. Raises DataError."""
    kept = [example for example in examples if not example.validation]
    limits = bounds([example.score for example in kept], buckets)
    for example in kept:
        try:
            forced = grammar.forced_choices(example.choices)
        except GrammarError:
            continue
        bucket = 1 + bisect_right(limits, example.score)
        yield {
            "prompt": score_prefix(bucket, buckets) + example.prompt, "files": grammar.files,
            "mains": len(grammar.mains),
            "choices": example.choices, "forced": forced, "source": f"bucket {bucket}",
        }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m nodewright.training.experiments.score_conditioned", description=(__doc__ or "").split("\n")[0]
    )
    add = parser.add_argument
    add("--store", type=Path, required=True, metavar="S.db", help="triplets (training/collect/command.py)")
    add("--object-info", type=Path, required=True, metavar="FILE", help="saved by `nodewright catalog`")
    add("--models", type=Path, metavar="DIR", help="the models folder that was rendered with")
    add("--out", type=Path, required=True, metavar="PAIRS.jsonl")
    add("--buckets", type=int, default=BUCKETS, help=f"how finely the score is told ({BUCKETS})")
    add_constraint_options(parser)
    options = parser.parse_args(arguments)
    if options.buckets < 2:
        parser.error("--buckets must be at least 2")
    try:
        if not options.store.is_file():
            raise DataError(f"{options.store}: there is no such store")
        grammar = Grammar(load_catalog(options.object_info, options.models), read_constraints(vars(options)))
        with TripletStore(options.store) as store:
            examples, _ = gather(store.triplets())
        counts = _write(options.out, scored_pairs(examples, grammar, options.buckets))
    except (DataError, StoreError, WorkflowError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    report(f"{counts.total()} pairs in {options.out}, of {len(examples)} pairs of prompt and workflow in the store")
    return 0


def _write(path: Path, lines: Iterable[dict[str, Any]]) -> Counter[str]:
    """Writes the lines beside and renames; how many there are of each source."""
    counts: Counter[str] = Counter()
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            counts[line["source"]] += 1
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return counts


if __name__ == "__main__":
    raise SystemExit(main())
