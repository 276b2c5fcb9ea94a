"""Evaluate policies on real renders, against baselines: the stage `evaluate`.

    nodewright train evaluate --servers URL [URL ...] --store TRIPLETS.db --reward REWARD --out DIR

Reads test prompts, a policy with its adapters, a reward ensemble, and triplets from which baselines are chosen.
Writes DIR/report.json, DIR/report.md and plots; what the arms wrote is kept in DIR/arms, and their renders in
DIR/renders.db, so that the same command goes on where it was stopped. Without servers it writes what can be written
and reports on what has been rendered.

Every arm writes a workflow for each test prompt; all are rendered by ComfyUI with the same seeds and scored. The arms:
a fixed workflow and one for each kind of prompt, both chosen on validation prompts; a random one; a recipe of the
corpus; score-conditioned SFT; SFT; GRPO; guidance at each scale; further adapters; checkpoints of a tuning; each policy
also as best of several by the reward ensemble; and the oracle over all of them.

Deviations from the paper (arXiv 2505.21478):

1. Scores are of pictures rendered with several seeds, with intervals by bootstrap over prompts, paired between arms.
2. ComfyGen's retrieval (arXiv 2410.01731) is a table of the best workflow for each kind of prompt, validated.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ...comfyui.client import ServerError
from ...models.policy.decoding import DecodingError
from ...models.policy.folders import PolicyError
from ...models.reward.members import RewardError
from ...store.durable_file import StoreError
from ...workflow.graph import WorkflowError
from ..common.console import report
from ..common.pairs import DataError
from ..scorers.base import ScorerError
from .config import parse
from .evaluation import evaluate, put_into_page
from .page import page

OK, NO, BAD_INPUT, SERVER, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit statuses: the report is complete; renders are missing; wrong arguments or files; no server is left; stopped."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    config = parse(arguments)

    def message(text: str) -> None:
        report(text, sys.stderr)

    try:
        results = evaluate(config, message)
        if config.page is not None:
            put_into_page(config.page, results)
    except ServerError as error:
        message(f"evaluate: {error}")
        return SERVER
    except (
        DataError, PolicyError, RewardError, StoreError, WorkflowError, ScorerError, DecodingError, OSError, ValueError,
    ) as error:  # fmt: skip
        message(f"evaluate: {error}")
        return BAD_INPUT
    except KeyboardInterrupt:
        message("stopped; the same command goes on from here")
        return INTERRUPTED
    report(page(results))
    return NO if results["missing"] else OK
