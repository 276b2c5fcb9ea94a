"""`nodewright train`: the training modules' own command lines, which need the extra `train`."""

from __future__ import annotations

import argparse
import importlib

from .reporting import BAD_INPUT, Failure

STAGES = {
    "corpus": "pairs of prompt and workflow, drawn over simulated installations",
    "sft": "a policy that has learned from the pairs",
    "evaluate-policy": "what a policy has learned",
}


def train_command(arguments: argparse.Namespace) -> int:
    """Hand everything after the stage to its module."""
    try:
        module = importlib.import_module(f"..training.{arguments.stage.replace('-', '_')}", __package__)
    except ModuleNotFoundError as error:
        raise Failure(
            BAD_INPUT, "install", f"{error.name} is not installed. Training needs more than writing workflows does: "
            'pip install "nodewright[train]", or in a clone pip install --editable ".[train]"',
        ) from error  # fmt: skip
    status: int = module.main(arguments.arguments)
    return status
