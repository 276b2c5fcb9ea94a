"""What GRPO begins with: the reference policy, prompts, installations to write for, and the reward function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from ...models.policy.checkpoints import shipped_policy_path
from ...models.policy.folders import folder_digest
from ...models.policy.loading import load_policy
from ...models.policy.policy import Policy
from ...models.reward.by_family import Judge, is_evidence, load_renders, seeing
from ...models.reward.ensemble import (
    RewardMetadata,
    lower_confidence_bound,
)
from ...models.reward.evidence_ensemble import EvidenceEnsemble
from ...workflow.catalog.cache import load_catalog, read_object_info
from ...workflow.catalog.catalog import Catalog
from ...workflow.grammar.grammar import Grammar
from ...workflow.graph import WorkflowError
from ..common.console import report
from ..common.devices import in_bfloat16, open_accelerator
from ..common.errors import TrainingError
from ..common.pairs import DataError, Pair, read_pairs
from ..common.prompt_file import is_evaluation_prompt, read_prompts
from .config import GrpoConfig
from .group_updates import RewardFunction
from .requests import Requests, SavedRequests
from .simulated import SimulatedRequests

LEAST_R2 = 0.25
"""R2 on new prompts below which tuning once made pictures worse; with 0.4 and more it helped (docs/lab/results.md)."""


@dataclass(frozen=True)
class GrpoInputs:
    """What GRPO begins with.

    Attributes:
        policy: the reference policy.
        requests: what scripts are written for.
        reward: the reward function.
        source: a text that identifies the reward function, so that a run is resumed only under the same one.
        replay: pairs of prompt and script on which the policy is held to the reference (kl_replay.py).
        seeing: from an installation to the reward function that also reads what its files state; None: `reward` is all.
    """

    policy: Policy
    requests: Requests
    reward: RewardFunction
    source: str
    replay: tuple[Pair, ...] = ()
    seeing: Callable[[Catalog], RewardFunction] | None = None

    def reward_on(self, catalog: Catalog | None) -> RewardFunction:
        """Return the reward function of an installation, None for one of which nothing is known."""
        return self.reward if self.seeing is None or catalog is None else self.seeing(catalog)


@dataclass(frozen=True)
class LoadedReward:
    """A reward function that was read from a folder.

    Attributes:
        function: the reward function.
        source: a text that identifies it.
        seeing: from an installation to the same function that also reads what the installation's files state.
    """

    function: RewardFunction
    source: str
    seeing: Callable[[Catalog], RewardFunction] | None = None


def load_ensemble(folder: Path, policy: Policy, kappa: float) -> LoadedReward:
    """Read an ensemble as a reward function. Raises RewardError."""
    if is_evidence(folder):
        evidence = EvidenceEnsemble.load(folder)
        return reward_of(evidence, f"{len(evidence.weights)} members of evidence", folder, kappa)
    ensemble = load_renders(folder, policy)
    return reward_of(ensemble, f"{ensemble.member_count} members", folder, kappa)


def prepare(
    config: GrpoConfig, load_reward: Callable[[Path, Policy, float], LoadedReward] = load_ensemble
) -> GrpoInputs:
    """Read everything that a configuration names.

    Args:
        config: the configuration.
        load_reward: reads the reward function, from its folder, the policy and kappa.

    Raises:
        DataError, PolicyError, RewardError, WorkflowError, TrainingError: naming the file that cannot be used.
    """
    replay = () if config.kl_replay is None else _read_replay(config.kl_replay)
    requests = _simulated(config) if config.installations == "simulated" else _saved(config)
    device = open_accelerator().device
    # A CPU decodes as fast in float32.
    dtype = torch.bfloat16 if device.type != "cpu" and in_bfloat16(config.bfloat16, device) else torch.float32
    policy = load_policy(config.policy or shipped_policy_path(), device=device, dtype=dtype, tuned=False)
    reward = load_reward(config.reward, policy, config.kappa)
    return GrpoInputs(policy, requests, reward.function, reward.source, replay, reward.seeing)


def _saved(config: GrpoConfig) -> SavedRequests:
    """Return the prompts on the saved installations."""
    assert config.prompts is not None  # `parse` has checked
    return SavedRequests(_read_prompts(config.prompts), _grammars(config), config.seed, config.as_asked)


def _simulated(config: GrpoConfig) -> SimulatedRequests:
    """Return the corpus' prompts, those of the file among them that are not kept for evaluation, on installations."""
    (path,) = config.object_info
    kept: tuple[str, ...] = ()
    if config.prompts is not None:
        kept = tuple(prompt for prompt in _read_prompts(config.prompts) if not is_evaluation_prompt(prompt))
    try:
        info = read_object_info(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    return SimulatedRequests(info, config.constraints, (kept,) if kept else (), config.any_main)


def _grammars(config: GrpoConfig) -> tuple[Grammar, ...]:
    """Return the grammar of each saved object_info."""
    if config.models and len(config.models) != len(config.object_info):
        raise TrainingError(
            f"{len(config.models)} models folders for {len(config.object_info)} of --object-info. Give one for each, "
            "or none"
        )
    constraints = config.constraints
    folders = config.models or [None] * len(config.object_info)
    grammars = []
    for file, folder in zip(config.object_info, folders, strict=True):
        try:
            grammars.append(Grammar(load_catalog(file, folder), constraints))
        except OSError as error:
            raise DataError(f"{file}: cannot be read: {error}") from error
        except WorkflowError as error:
            raise DataError(f"{folder or file}: {error}") from error
    return tuple(grammars)


def _read_prompts(path: Path) -> tuple[str, ...]:
    try:
        prompts = tuple(read_prompts(path))
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    if not prompts:
        raise DataError(f"{path}: no prompts in it")
    return prompts


def _read_replay(path: Path) -> tuple[Pair, ...]:
    pairs = tuple(read_pairs(path))
    if not pairs:
        raise DataError(f"{path}: no pairs in it. `nodewright train corpus` draws some")
    return pairs


def reward_of(ensemble: Judge, members: str, folder: Path, kappa: float) -> LoadedReward:
    """Return an ensemble as a reward function, and warn where its own report gives reason to.

    Args:
        ensemble: the ensemble.
        members: a text that states what its members are.
        folder: where it was read from.
        kappa: standard deviations that are subtracted from the mean.
    """
    doubt = doubt_of(ensemble.metadata)
    if doubt and open_accelerator().is_main_process:
        report(doubt)
    return LoadedReward(
        ensemble_reward(ensemble, kappa),
        f"{members} (sha256 {folder_digest(folder)[:12]}), kappa {kappa:g}",
        lambda catalog: ensemble_reward(seeing(ensemble, catalog), kappa),
    )


def doubt_of(metadata: RewardMetadata) -> str:
    """Return why tuning against an ensemble may do harm, by its own report; "" where nothing is known against it."""
    r2 = metadata.training.get("measured", {}).get("prompts", {}).get("r2")
    if r2 is None or r2 >= LEAST_R2:
        return ""
    return (
        f"Careful: for new prompts this reward ensemble explains {max(0, r2):.0%} of what differs between scores. What "
        "a policy learns from so little may make pictures worse; more triplets help, and `nodewright train evaluate` "
        "measures it."
    )


def ensemble_reward(ensemble: Judge, kappa: float) -> RewardFunction:
    """Return the ensemble's mean less `kappa` of its standard deviations, as a reward function; None without a mean."""

    def reward(prompt: str, scripts: Sequence[Sequence[str]]) -> list[float | None]:
        rewards = ensemble.score(prompt, scripts)
        return [None if one.mean is None else lower_confidence_bound(one, kappa) for one in rewards]

    return reward
