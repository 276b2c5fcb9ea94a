"""The miniature's prompts, balanced over their kinds.

python -m nodewright.training.collect.balanced_prompts --split train --count 4000 --out prompts.jsonl
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random

from ...files import write_text
from ...miniature.prompts import PROMPT_SETS, draw_prompt, kinds_in
from ..common.prompt_file import PromptRecord
from ..common.stage import run_stage

_TRIES = 1000


def balanced(prompts: str, count: int, seed: int, kinds: Sequence[str] = ()) -> list[PromptRecord]:
    """Return different prompts of the miniature, each kind in turn, so that any first part has all kinds alike.

    A larger count begins with the prompts of a smaller one.

    Args:
        prompts: the set of prompts (miniature.prompts.PROMPT_SETS).
        count: number of prompts.
        seed: seed of the drawing.
        kinds: their kinds; empty for those of the set.

    Raises:
        ValueError: there is no such set, or a kind has not as many different prompts.
    """
    kinds = kinds or kinds_in(prompts)
    found: dict[str, PromptRecord] = {}
    for number in range(count):
        kind = kinds[number % len(kinds)]
        for attempt in range(_TRIES):
            drawn = draw_prompt(Random(f"{seed}/{prompts}/{number}/{attempt}"), prompts, kind)
            if drawn.text not in found:
                found[drawn.text] = PromptRecord(drawn.text, drawn.meaning, kind, drawn.split)
                break
        else:
            raise ValueError(f"there are no {count} different prompts of {prompts}")
    return list(found.values())


def main(arguments: Sequence[str] | None = None) -> int:
    """Write prompts to a file that the collector, GRPO and the evaluation read."""
    parser = argparse.ArgumentParser(
        prog="python -m nodewright.training.collect.balanced_prompts", description=main.__doc__
    )
    add = parser.add_argument
    add("--split", default="train", choices=PROMPT_SETS)
    add("--count", type=int, required=True)
    add("--seed", type=int, default=0)
    add("--out", type=Path, required=True, metavar="FILE.jsonl")
    options = parser.parse_args(arguments)
    records = balanced(options.split, options.count, options.seed)
    write_text(options.out, "".join(json.dumps(asdict(record), ensure_ascii=False) + "\n" for record in records))
    return 0


if __name__ == "__main__":
    raise SystemExit(run_stage(main))
