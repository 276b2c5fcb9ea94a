"""Load Reward: the ensemble that predicts how good a workflow's picture is."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from comfy_api.latest import io

from .checkpoint_files import FOLDER, SHIPPED, digest, entries, find_checkpoint, fingerprint
from .checks import check_reward, refusal
from .load_policy import LoadedPolicy, PolicyType, policy_fingerprint, shipped_policy
from .load_policy import load as load_policy
from .schemas import schema

if TYPE_CHECKING:
    from ..models.reward.by_family import Judge

RewardType = io.Custom("NODEWRIGHT_REWARD")


@dataclass(frozen=True, eq=False)
class LoadedReward:
    """The value of a NODEWRIGHT_REWARD link."""

    ensemble: Judge
    """The ensemble, wherever its weights are now."""
    loaded: LoadedPolicy | None
    """The policy that its members are over; None where they read no policy."""

    def ready(self) -> Judge:
        """Move the policy to its device, and return the ensemble, which follows it."""
        if self.loaded is not None:
            self.loaded.ready()
        return self.ensemble


def load(folder: Path, policy: LoadedPolicy | None) -> LoadedReward:
    """Load an ensemble; with a shipped one of renders, that of evidence.

    Parameters:
        folder: the ensemble's.
        policy: what the members are over where the ensemble brings no policy; None for the shipped one. An ensemble of
            real families, or over parts, reads none.

    Raises RewardError or PolicyError, naming the file, and ValueError where there is no policy.
    """
    from ..models.reward.by_family import is_evidence, is_over_parts, with_evidence
    from ..models.reward.ensemble import RewardEnsemble, own_base, shipped_reward_path
    from ..models.reward.evidence_ensemble import EvidenceEnsemble
    from ..models.reward.folders import why_no_reward
    from ..models.reward.members import RewardError
    from ..models.reward.parts_ensemble import PartsEnsemble

    if reason := why_no_reward(folder):
        raise RewardError(reason)
    if is_evidence(folder):
        return LoadedReward(EvidenceEnsemble.load(folder), None)
    if is_over_parts(folder):
        parts = PartsEnsemble.load(folder)
        return LoadedReward(with_evidence(parts) if folder == shipped_reward_path() else parts, None)
    base = own_base(folder)
    policy = load_policy(base, tuned=False) if base is not None else policy or shipped_policy()
    with torch.inference_mode(False):  # as the policy itself
        ensemble = RewardEnsemble.over(folder, policy.policy)
    policy.patcher.rewards.add(ensemble)
    return LoadedReward(with_evidence(ensemble) if folder == shipped_reward_path() else ensemble, policy)


def shipped_reward() -> LoadedReward | None:
    """Return what comes with Nodewright, over the shipped policy, or None where there is no reward model."""
    from ..models.reward.by_family import shipped_judge_path
    from ..models.reward.folders import holds_reward

    path = shipped_judge_path()
    return kept_reward(path) if holds_reward(path) else None


def kept_reward(path: Path) -> LoadedReward:
    """Return an ensemble that comes with Nodewright, loaded once, and again when its files or the policy's change.

    Raises as `load`.
    """
    with _loading:
        return _kept(path, reward_state(path))


_loading = threading.Lock()  # or a run and a warm-up load it twice


@lru_cache(maxsize=2)  # that of renders, and that of real families
def _kept(path: Path, _state: str) -> LoadedReward:
    return load(path, None)


def reward_state(path: Path) -> str:
    """Return a text that changes when the files of an ensemble or of the shipped policy change."""
    from ..models.policy.checkpoints import shipped_policy_path

    return f"{reward_fingerprint(path)} {policy_fingerprint(shipped_policy_path())}"


def needed_reward(reward: LoadedReward | None) -> LoadedReward:
    """Return the linked reward, or without one the shipped reward. Raises ValueError where there is none."""
    found = reward or shipped_reward()
    if found is None:
        raise ValueError(
            "reward: this copy of Nodewright comes without a reward model. Train one with `nodewright train reward`, "
            f"put its folder into models/{FOLDER}, and link Load Reward"
        )
    return found


def installed_rewards() -> dict[str, Path]:
    """Return name -> folder of the reward models in models/nodewright, also in a policy's folder: POLICY/reward."""
    from ..models.reward.folders import WITHIN, holds_reward

    found: dict[str, Path] = {}
    for path in entries():
        if path.name != SHIPPED and holds_reward(path):
            found.setdefault(path.name, path)
            continue
        for name in WITHIN:
            if holds_reward(path / name):
                found.setdefault(f"{path.name}/{name}", path / name)
    return found


def find_reward(reward: str, folder: str | None) -> Path:
    """Return the folder that the node's inputs name. Raises ValueError with the names to choose from."""
    from ..models.reward.by_family import shipped_judge_path

    return find_checkpoint("reward", reward, folder, shipped_judge_path, installed_rewards)


def reward_fingerprint(folder: Path) -> str:
    """Return a text that changes when the files of a reward model or of its members change."""
    from ..models.reward.ensemble import shipped_reward_path
    from ..models.reward.evidence_ensemble import shipped_evidence_path

    members = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return fingerprint(folder, *members, *([shipped_evidence_path()] if folder == shipped_reward_path() else []))


class NodewrightLoadReward(io.ComfyNode):
    """The node that loads a reward ensemble for Score Workflow and Prompt to Workflow."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's inputs and outputs."""
        return schema(
            node_id="NodewrightLoadReward",
            display_name="Load Reward",
            category="Nodewright",
            description="Loads a reward model, which predicts how good a workflow's picture is.",
            search_aliases=["score model", "aesthetic model"],
            inputs=[
                io.Combo.Input(
                    "reward",
                    options=[SHIPPED, *installed_rewards()],
                    default=SHIPPED,
                    tooltip="The reward model that comes with Nodewright, or one in the folder models/nodewright.",
                ),
                PolicyType.Input(
                    "policy",
                    optional=True,
                    tooltip="The policy that the reward model was trained over, unless it brings its own. Without a "
                    "link, the policy that comes with Nodewright.",
                ),
                io.String.Input(
                    "folder",
                    default="",
                    optional=True,
                    tooltip="A folder on the machine that ComfyUI runs on, used instead of the reward model above.",
                ),
            ],
            outputs=[
                RewardType.Output("loaded", display_name="reward", tooltip="For Score Workflow and Prompt to Workflow.")
            ],
        )

    @classmethod
    async def validate_inputs(cls, reward: str | None = SHIPPED, folder: str | None = "") -> bool | str:
        """Return True, or which file is missing or damaged. What is linked is None, and nothing is known of it."""
        if reward is None or folder is None:
            return True
        return await refusal(check_reward, partial(find_reward, reward, folder))

    @classmethod
    def fingerprint_inputs(cls, reward: str = SHIPPED, folder: str | None = "", **_: object) -> str:
        """Return a text that changes when the files of the reward model or the shipped policy change."""
        try:
            path = find_reward(reward, folder)
            return digest(reward_state(path))
        except (OSError, ValueError) as error:
            return digest(error)  # `execute` raises it, where the user sees it

    @classmethod
    def execute(cls, reward: str, policy: LoadedPolicy | None = None, folder: str = "") -> io.NodeOutput:
        """Load the reward model. Raises ValueError or RewardError."""
        return io.NodeOutput(load(find_reward(reward, folder), policy))
