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
from ...miniature.prompts import SPLITS, draw_prompt
from ...miniature.scenes import SCENE_KINDS
from ..common.prompt_file import PromptRecord
from ..common.stage import run_stage

_TRIES = 1000


def balanced(split: str, count: int, seed: int) -> list[PromptRecord]:
    """Return different prompts of the miniature, each kind in turn, so that any first part has all kinds alike.

    A larger count begins with the prompts of a smaller one.

    Raises:
        ValueError: where a kind has not as many different prompts.
    """
    found: dict[str, PromptRecord] = {}
    for number in range(count):
        kind = SCENE_KINDS[number % len(SCENE_KINDS)]
        for attempt in range(_TRIES):
            drawn = draw_prompt(Random(f"{seed}/{split}/{number}/{attempt}"), split, kind)
            if drawn.text not in found:
                found[drawn.text] = PromptRecord(drawn.text, drawn.meaning, kind, split)
                break
        else:
            raise ValueError(f"there are no {count} different prompts of the split {split}")
    return list(found.values())


def main(arguments: Sequence[str] | None = None) -> int:
    """Write prompts to a file that the collector, GRPO and the evaluation read."""
    parser = argparse.ArgumentParser(
        prog="python -m nodewright.training.collect.balanced_prompts", description=main.__doc__
    )
    add = parser.add_argument
    add("--split", default="train", choices=SPLITS)
    add("--count", type=int, required=True)
    add("--seed", type=int, default=0)
    add("--out", type=Path, required=True, metavar="FILE.jsonl")
    options = parser.parse_args(arguments)
    records = balanced(options.split, options.count, options.seed)
    write_text(options.out, "".join(json.dumps(asdict(record), ensure_ascii=False) + "\n" for record in records))
    return 0


if __name__ == "__main__":
    raise SystemExit(run_stage(main))
