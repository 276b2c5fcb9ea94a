"""Write pairs for a policy that is conditioned on its workflow's score: an experiment, ComfyGen-FT's idea.

    nodewright train score-conditioned --store S.db --object-info object_info.json --models MODELS --out pairs.jsonl

Reads triplets and the installation that rendered them. Writes pairs as `nodewright train corpus` does;
`nodewright train sft` learns from them, and `nodewright train evaluate --scored-policy` asks for the highest bucket.

ComfyGen-FT (arXiv 2410.01731, section 3) is fine-tuned on prompt and score to write the workflow that had that score,
and in use is given a high one. Deviations from it:

1. The score stands before the prompt in words, "score 9 of 9. ", as a bucket by quantiles of the train scores.
2. The policy writes scripts under the grammar.
"""

from __future__ import annotations

import json
import statistics
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...files import write_atomically
from ...store.durable_file import StoreError
from ...store.triplets import TripletStore
from ...workflow.catalog.cache import load_catalog
from ...workflow.grammar.grammar import DeadEndError, Grammar, GrammarError
from ...workflow.graph import WorkflowError
from ..common.console import report
from ..common.constraint_options import FORMER_NAMES, ConstraintOptions
from ..common.options import parse_options
from ..common.pairs import DataError
from ..common.score_prefix import BUCKETS, score_prefix
from ..common.stage import run_stage
from ..reward.data import Example, gather


def bounds(scores: Sequence[float], buckets: int) -> list[float]:
    """Return the scores at which the next bucket begins. Raises DataError where there are too few."""
    if len(set(scores)) < buckets:
        raise DataError(f"{len(set(scores))} different scores do not make {buckets} buckets; give fewer --buckets")
    return statistics.quantiles(scores, n=buckets, method="inclusive")


def scored_pairs(examples: Iterable[Example], grammar: Grammar, buckets: int) -> Iterator[dict[str, Any]]:
    """Yield a line for each prompt and script of the train triplets that the installation can run. Raises DataError."""
    kept = [example for example in examples if not example.validation]
    limits = bounds([example.score for example in kept], buckets)
    for example in kept:
        try:
            forced = grammar.forced_choices(example.choices)
        except DeadEndError:
            raise
        except GrammarError:
            continue
        bucket = 1 + bisect_right(limits, example.score)
        yield {
            "prompt": score_prefix(bucket, buckets) + example.prompt, "files": grammar.files,
            "mains": len(grammar.mains),
            "choices": example.choices, "forced": forced, "source": f"bucket {bucket}",
        }  # fmt: skip


@dataclass(frozen=True)
class ScoreConditionedConfig(ConstraintOptions):
    """The options of the experiment."""

    store: Path
    """Store of triplets."""
    object_info: Path
    """Node classes that were rendered with, saved by `nodewright catalog`."""
    out: Path
    """File of the pairs, .jsonl."""
    models: Path | None = None
    """Models folder that was rendered with."""
    buckets: int = BUCKETS
    """Number of buckets that scores are divided into."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 2 for files that cannot be used."""
    config = parse_options(
        ScoreConditionedConfig, arguments, prog="nodewright train score-conditioned",
        description="Write pairs for a policy that is conditioned on its workflow's score.", former=FORMER_NAMES,
        check=_check,
    )  # fmt: skip
    try:
        if not config.store.is_file():
            raise DataError(f"{config.store}: there is no such store")
        grammar = Grammar(load_catalog(config.object_info, config.models), config.constraints)
        with TripletStore(config.store) as store:
            examples, _ = gather(store.triplets())
        counts = _write(config.out, scored_pairs(examples, grammar, config.buckets))
    except (DataError, StoreError, WorkflowError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    report(f"{counts.total()} pairs in {config.out}, of {len(examples)} pairs of prompt and workflow in the store")
    return 0


def _check(config: ScoreConditionedConfig) -> None:
    if config.buckets < 2:
        raise ValueError("--buckets must be at least 2")


def _write(path: Path, lines: Iterable[dict[str, Any]]) -> Counter[str]:
    """Write the lines whole or not at all, and return how many there are of each source."""
    counts: Counter[str] = Counter()
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            counts[line["source"]] += 1
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return counts


if __name__ == "__main__":
    raise SystemExit(run_stage(main))
