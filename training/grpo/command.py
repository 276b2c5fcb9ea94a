"""Tune a policy by GRPO: it learns to write the scripts that a reward function likes, from scripts of its own.

    python -m nodewright.training.grpo --prompts prompts.jsonl --object-info object_info.json --models MODELS \\
        --out DIR --minutes 60

The result is an adapter over the policy (models/policy/adapters.py); at guidance scale 1 the policy writes as tuned.
Training may be killed at any time; the same command goes on with it. trainer.py has the method and its deviations from
the paper.

The loop is our own, on accelerate. TRL's GRPOTrainer could be given rollouts that a grammar decodes (its rollout_func
is experimental), but computes the log-probability of each token over the whole vocabulary, where ours is renormalised
over what the grammar allows; and the many rollouts of one prompt share a context longer than they are, which is read
once for all.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..common.command import run_to_its_end
from ..common.console import report as print_report
from .config import parse
from .start import load_ensemble, prepare
from .trainer import train


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit status of `run_to_its_end`."""
    config = parse(arguments)
    return run_to_its_end(lambda: train(config, prepare(config, load_ensemble), report=print_report))
