"""`nodewright train`: the training modules' own command lines, which need the extra `train`."""

from __future__ import annotations

import argparse
import importlib
import importlib.util

from .reporting import BAD_INPUT, Failure

STAGES = {
    "corpus": "pairs of prompt and workflow, drawn over simulated installations",
    "sft": "a policy that has learned from the pairs",
    "reward": "a reward ensemble that has learned from triplets",
    "grpo": "a policy that writes what a reward ensemble likes",
    "evaluate-policy": "what a policy has learned",
    "collect": "triplets of prompt, workflow and score, rendered on servers",
    "scorers": "a table of what scorers say of pictures",
    "score-conditioned": "pairs for a policy that is told how good its workflow is to be, from triplets",
    "heat-map": "which checkpoints, LoRAs, stages and sizes suit which prompts, from triplets",
    "evaluate": "what policies are worth on real renders, against baselines",
}

_MODULES = {stage: f"{stage.replace('-', '_')}.command" for stage in STAGES} | {
    "score-conditioned": "experiments.score_conditioned",
    "heat-map": "experiments.heat_map",
}


def train_command(arguments: argparse.Namespace) -> int:
    """Hand everything after the stage to its module."""
    try:
        module = importlib.import_module(f"..training.{_MODULES[arguments.stage]}", __package__)
    except ModuleNotFoundError as error:
        name = _missing(error) or ("accelerate" if importlib.util.find_spec("accelerate") is None else str(error))
        advice = 'pip install "nodewright[train]", or in a clone pip install --editable ".[train]"'
        raise Failure(BAD_INPUT, "install", f"{name} is not installed; training needs it: {advice}") from error
    status: int = module.main(arguments.arguments)
    return status


def _missing(error: BaseException | None) -> str | None:
    """The module that was not found. transformers says only which of its own it could not import, and why in what
    came before."""
    while error is not None:
        if isinstance(error, ModuleNotFoundError) and error.name:
            return error.name
        error = error.__cause__ or error.__context__
    return None
