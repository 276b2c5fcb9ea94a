"""Train a reward ensemble: a store of triplets in, an ensemble's folder out.

    python -m nodewright.training.reward --store triplets.db --out FOLDER

First the members are trained without some prompts and some workflows, and measured on these against baselines; then
they are trained on everything, and that ensemble is written. Beside it, FOLDER.log holds report.json, report.md and the
curves. Training may be killed at any time; the same command goes on with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...models.policy.folders import check_replaceable
from ...models.reward.ensemble import REWARD_FOLDER, RewardEnsemble, RewardMetadata
from ...models.reward.parts_ensemble import PartsEnsemble
from ..common.command import run_to_its_end
from ..common.console import report as print_report
from .config import PARTS, RewardConfig, parse
from .measuring import measured
from .parts import train_parts
from .start import Report, begin, finish, fit_members, metadata


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit status of `run_to_its_end`."""
    config = parse(arguments)
    return run_to_its_end(lambda: train(config, report=print_report))


def train(config: RewardConfig, *, report: Report = print) -> RewardEnsemble | PartsEnsemble:
    """Train an ensemble, write it to `config.out`, and return it.

    Raises DataError, TrainingError, PolicyError, CheckpointError, RewardError, StoreError.
    """
    return train_parts(config, report) if config.over == PARTS else train_members(config, report)


def train_members(config: RewardConfig, report: Report) -> RewardEnsemble:
    """Train an ensemble of members over the policy's model, as `train` does."""
    check_replaceable(config.out, REWARD_FOLDER)  # now, and not after hours
    inputs, report = begin(config, report)
    results = measured(config, inputs, report) if config.report else None
    report("training on everything")
    everything = list(range(len(inputs.examples)))
    members, fit = fit_members(config, inputs, everything, "everything", report, {})
    fit.run()
    started = RewardMetadata() if inputs.start is None else inputs.start.metadata
    found = metadata(config, inputs, results, started)
    ensemble = RewardEnsemble(inputs.policy, members.requires_grad_(False).eval(), found)
    finish(config, ensemble.save, report)
    return ensemble
