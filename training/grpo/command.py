"""GRPO: a policy learns to write the scripts that a reward function likes, from scripts of its own.

    python -m nodewright.training.grpo --prompts prompts.jsonl --object-info object_info.json --models MODELS \\
        --out DIR --minutes 60

After "Policy Optimized Text-to-Image Pipeline Design" (arXiv 2505.21478), which takes GRPO from arXiv 2402.03300. The
result is an adapter over the policy (models/policy/adapters.py); with guidance 1 it writes as tuned.

The loop is our own, on accelerate. TRL's GRPOTrainer could be given rollouts that a grammar decodes (its rollout_func
is experimental), but computes the log-probability of each token over the whole vocabulary. Here probabilities are
renormalised over what the grammar allows, files are picked whole by a logit in the context, forced tokens have no
probability at all; and many rollouts of one prompt share a context that is longer than they are, which is read once for
all.

Everything that is drawn follows from the seed, the step and the index of prompt and rollout. So a run that goes on ends
as one that was never interrupted, and several processes (torchrun) draw what one does: each takes some of a step's
prompts, and gradients are summed.
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
