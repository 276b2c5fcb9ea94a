"""The reward ensemble: a store of triplets in, an ensemble's folder out.

    python -m nodewright.training.reward --store triplets.db --out FOLDER

First the members are trained without some prompts and some workflows and measured on these, against what is to be
beaten; then on everything, and that ensemble is written. Beside it, in FOLDER.log: report.json, report.md and the
curves. Training may be killed at any time; the same arguments go on with it.

With --separate-encoders the members are encoders of their own and not adapters over the policy's model; nothing is
measured of them then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from ...models.reward.ensemble import RewardEnsemble
from ..common.command import run_to_its_end
from ..common.console import report, silent
from ..common.devices import open_accelerator
from ..common.errors import TrainingError, check_installed
from ..common.options import parse_options
from ..experiments.separate_encoders import EncoderEnsemble, Spelling, begin_encoder, read_by_encoder
from .config import RewardConfig
from .data import bootstrap
from .fit import Fit
from .measuring import measured
from .start import Prepared, Report, fit_members, fitting, forget, knowledge, prepare, renders


def train(config: RewardConfig, *, report: Report = print) -> RewardEnsemble:
    """Train an ensemble of members over the policy's model, write it to `config.out`, and return it.

    Raises DataError, TrainingError, PolicyError, CheckpointError, RewardError, StoreError.
    """
    prepared, report = _begin(config, report)
    results = measured(config, prepared, report) if config.report else None
    report("training on everything")
    everything = list(range(len(prepared.examples)))
    members, fit = fit_members(config, prepared, everything, "everything", report, {})
    fit.run()
    found = knowledge(config, prepared, results)
    ensemble = RewardEnsemble(prepared.policy, members.requires_grad_(False).eval(), found)
    _finish(config, ensemble, report)
    return ensemble


def train_encoders(config: RewardConfig, *, report: Report = print) -> EncoderEnsemble:
    """Train as many separate encoders on the same triplets, each with a seed and a bootstrap sample of its own, write
    them to `config.out`, and return them. Raises as `train` does."""
    if config.start is not None:
        raise TrainingError("separate encoders begin anew: leave out --start")
    prepared, report = _begin(config, report)
    spelling = Spelling.of(config, prepared.policy)
    _, encoded = fitting(prepared.examples, read_by_encoder(spelling, prepared), spelling.longest, report)
    weights = bootstrap(encoded, config.members, config.seed) * renders(encoded)
    encoders = []
    for member in range(config.members):
        seed = config.seed * 1000 + member
        encoder, own = begin_encoder(config, prepared.policy, seed)
        folder = config.log / f"encoder-{member}"
        Fit(encoder, encoded, weights[member : member + 1], replace(own, seed=seed), folder, report).run()
        encoders.append(encoder.requires_grad_(False).eval())
    ensemble = EncoderEnsemble(spelling, tuple(encoders), knowledge(config, prepared, None))
    _finish(config, ensemble, report)
    return ensemble


def _begin(config: RewardConfig, report: Report) -> tuple[Prepared, Report]:
    """What is trained on, and where to report to: nowhere, but in the first process."""
    check_installed("accelerate", "matplotlib")
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    if config.members < 1 or config.rows < 1 or config.epochs <= 0:
        raise TrainingError("members and rows have to be at least 1, and epochs above 0")
    accelerator = open_accelerator()
    if not accelerator.is_main_process:
        report = silent
    with accelerator.main_process_first():
        return prepare(config, report), report


def _finish(config: RewardConfig, ensemble: RewardEnsemble | EncoderEnsemble, report: Report) -> None:
    accelerator = open_accelerator()
    if accelerator.is_main_process:
        ensemble.save(config.out)
        forget(config.log)
        report(f"wrote {config.out}")
    accelerator.wait_for_everyone()


def parse(arguments: Sequence[str] | None) -> RewardConfig:
    """The options of the command line, over those of a --config file."""
    return parse_options(
        RewardConfig, arguments, prog="python -m nodewright.training.reward", description="Train a reward ensemble.",
        required=("store", "out"), exclusive=(), paths=("store", "out", "start"),
        flags={
            "report": "measure on held-out triplets first (yes)",
            "hold_out_workflows": "hold out topologies and files, too (yes)",
            "baselines": "measure what is to be beaten, too (yes)",
            "separate_encoders": "encoders of their own instead of members over the policy's model (no)",
            "bfloat16": "default: where it is fast",
        },
        lists={},
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; what it returns is `run_to_its_end`'s."""
    config = parse(arguments)
    chosen: Callable[..., object] = train_encoders if config.separate_encoders else train
    return run_to_its_end(lambda: chosen(config, report=report))
