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
from pathlib import Path

import torch

from ...models.policy.checkpoints import shipped_policy_path
from ...models.policy.folders import folder_digest
from ...models.policy.loading import load_policy
from ...models.policy.policy import Policy
from ...models.reward.ensemble import RewardEnsemble, RewardMetadata, lower_confidence_bound, shipped_reward_path
from ...workflow.catalog.cache import load_catalog
from ...workflow.grammar.constraints import read_constraints
from ...workflow.grammar.grammar import Grammar
from ...workflow.graph import WorkflowError
from ..common.command import run_to_its_end
from ..common.console import report
from ..common.devices import in_bfloat16, open_accelerator
from ..common.errors import TrainingError
from ..common.options import parse_options
from ..common.pairs import DataError, Pair, read_pairs
from ..common.prompt_file import read_prompts
from ..experiments.separate_encoders import EncoderEnsemble, are_encoders
from .config import GrpoConfig
from .group_updates import RewardFunction
from .trainer import Setting, train

LEAST_R2 = 0.25
"""R2 on new prompts below which tuning once made pictures worse; with 0.4 and more it helped (docs/lab/results.md)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; what it returns is `run_to_its_end`'s."""
    config = parse(arguments)
    return run_to_its_end(lambda: train(config, prepare(config), report=report))


def parse(arguments: Sequence[str] | None) -> GrpoConfig:
    """The options of the command line, over those of a --config file."""
    return parse_options(
        GrpoConfig, arguments, prog="python -m nodewright.training.grpo", description=(__doc__ or "").split("\n")[0],
        required=("prompts", "object_info", "out"), exclusive=("minutes", "steps"),
        paths=("prompts", "out", "reward", "object_info", "models", "anchors"),
        flags={
            "divide_by_deviation": "advantages in units of their group's deviation (no)",
            "bfloat16": "default: where it is fast",
        },
        lists={
            "object_info": ("FILE", "saved by `nodewright catalog`; of several, one is drawn for each prompt"),
            "models": ("DIR", "the models folder of each --object-info"),
            "families": ("FAMILY", "model families that scripts are written for (all that are installed)"),
            "lora_targets": ("MODULE", "modules that get adapters"),
        },
        old={"maximum_nodes": "max_nodes", "maximum_megapixels": "max_megapixels"},
    )  # fmt: skip


def prepare(config: GrpoConfig) -> Setting:
    """What the configuration names. Raises DataError, PolicyError, RewardError, WorkflowError, TrainingError."""
    prompts = _prompts(config.prompts)
    anchors = () if config.anchors is None else _anchors(config.anchors)
    if config.models and len(config.models) != len(config.object_info):
        raise TrainingError(
            f"{len(config.models)} models folders for {len(config.object_info)} of --object-info. Give one for each, "
            "or none"
        )
    constraints = read_constraints(vars(config))
    folders = config.models or [None] * len(config.object_info)
    grammars = []
    for file, folder in zip(config.object_info, folders, strict=True):
        try:
            grammars.append(Grammar(load_catalog(file, folder), constraints))
        except OSError as error:
            raise DataError(f"{file}: cannot be read: {error}") from error
        except WorkflowError as error:
            raise DataError(f"{folder or file}: {error}") from error
    device = open_accelerator().device
    # A CPU decodes as fast in float32.
    dtype = torch.bfloat16 if device.type != "cpu" and in_bfloat16(config.bfloat16, device) else torch.float32
    policy = load_policy(config.policy or shipped_policy_path(), device=device, dtype=dtype, tuned=False)
    folder = config.reward or shipped_reward_path()
    reward, source = _reward(folder, policy, config.kappa)
    return Setting(policy, prompts, tuple(grammars), reward, source, anchors)


def _prompts(path: Path) -> tuple[str, ...]:
    try:
        prompts = tuple(read_prompts(path))
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    if not prompts:
        raise DataError(f"{path}: no prompts in it")
    return prompts


def _anchors(path: Path) -> tuple[Pair, ...]:
    anchors = tuple(read_pairs(path))
    if not anchors:
        raise DataError(f"{path}: no pairs in it. `nodewright train corpus` draws some")
    return anchors


def _reward(folder: Path, policy: Policy, kappa: float) -> tuple[RewardFunction, str]:
    """The reward function, and by what it is known. Raises RewardError."""
    ensemble: RewardEnsemble | EncoderEnsemble
    if are_encoders(folder):
        ensemble = EncoderEnsemble.load(folder, policy)
        what = f"{len(ensemble.encoders)} separate encoders"
    else:
        ensemble = RewardEnsemble.load(folder, policy)
        what = f"{ensemble.members.count} members"
    doubt = doubt_of(ensemble.knowledge)
    if doubt and open_accelerator().is_main_process:
        report(doubt)
    digest = folder_digest(folder)
    return ensemble_reward(ensemble, kappa), f"{what} (sha256 {digest[:12]}), kappa {kappa:g}"


def doubt_of(knowledge: RewardMetadata) -> str:
    """Why tuning against an ensemble may do harm, by its own report; empty if nothing is known against it."""
    r2 = knowledge.training.get("measured", {}).get("prompts", {}).get("r2")
    if r2 is None or r2 >= LEAST_R2:
        return ""
    return (
        f"Careful: for new prompts this reward ensemble explains {max(0, r2):.0%} of what differs between scores. What "
        "a policy learns from so little may make pictures worse; more triplets help, and `nodewright train evaluate` "
        "tells."
    )


def ensemble_reward(ensemble: RewardEnsemble | EncoderEnsemble, kappa: float) -> RewardFunction:
    """The ensemble's mean less kappa of its standard deviations."""

    def reward(prompt: str, scripts: Sequence[Sequence[str]]) -> list[float]:
        return [lower_confidence_bound(one, kappa) for one in ensemble.score(prompt, scripts)]

    return reward
