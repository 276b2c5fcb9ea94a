"""`nodewright train`: the command lines of the training stages, which need the extra `train`."""

from __future__ import annotations

import argparse
import importlib
import importlib.util

from .reporting import BAD_INPUT, Failure

STAGES = {
    "corpus": "draw pairs of prompt and workflow over simulated installations",
    "bases": "prune a larger language model to a policy's base",
    "sft": "train a policy on the pairs",
    "collect": "render triplets of prompt, workflow and score on servers",
    "scorers": "score a folder of pictures",
    "reward": "train a reward ensemble on triplets",
    "evidence": "train a reward ensemble of real families on public ratings, tables and documentation",
    "grpo": "tune a policy against a reward ensemble",
    "join-adapters": "make one tuned adapter of several",
    "evaluate": "measure policies on real renders, against baselines",
    "evaluate-policy": "measure what a policy has learned, without rendering",
}
"""What each stage does; a stage is a folder of `training`."""

EXPERIMENTS = {
    "separate-encoders": "train a reward of encoders that share nothing with the policy, and tune a policy against it",
    "score-conditioned": "write pairs for a policy that is conditioned on its workflow's score, from triplets",
    "headroom": "measure how much a workflow of its own for each prompt can gain on the zoo",
    "heat-map": "draw which checkpoints, LoRAs, stages and sizes suit which prompts, from triplets",
}
"""What each comparison does; a comparison is a module of `training/experiments`, and makes nothing that ships."""

ALIASES = {"score-images": "scorers"}
"""Former names of stages, which still work."""


def train_command(arguments: argparse.Namespace) -> int:
    """Run a stage with everything that follows its name.

    Raises:
        Failure: where a package that the stage needs is not installed.
    """
    stage = ALIASES.get(arguments.stage, arguments.stage)
    name = stage.replace("-", "_")
    module = f"experiments.{name}" if stage in EXPERIMENTS else f"{name}.command"
    try:
        command = importlib.import_module(f"..training.{module}", __package__)
        run_stage = importlib.import_module("..training.common.stage", __package__).run_stage
    except ModuleNotFoundError as error:
        missing = _missing(error) or ("accelerate" if importlib.util.find_spec("accelerate") is None else str(error))
        advice = 'pip install "nodewright[train]", or in a clone pip install --editable ".[train]"'
        raise Failure(BAD_INPUT, "install", f"{missing} is not installed; training needs it: {advice}") from error
    status: int = run_stage(command.main, arguments.arguments)
    return status


def _missing(error: BaseException | None) -> str | None:
    """Return the name of the module that was not found.

    transformers names only its own module that could not be imported; the cause stands in the chained exceptions.
    """
    while error is not None:
        if isinstance(error, ModuleNotFoundError) and error.name:
            return error.name
        error = error.__cause__ or error.__context__
    return None
