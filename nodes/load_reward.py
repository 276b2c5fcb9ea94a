"""Load Reward: the ensemble that says how good a workflow's picture is likely to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import folder_paths
import torch
from comfy_api.latest import io

from .load_policy import FOLDER, SHIPPED, LoadedPolicy, PolicyType, fingerprint, shipped_path, shipped_policy

if TYPE_CHECKING:
    from ..models.reward.ensemble import RewardEnsemble

FILE = "reward.json"
RewardType = io.Custom("NODEWRIGHT_REWARD")


@dataclass(frozen=True, eq=False)
class LoadedReward:
    """What a NODEWRIGHT_REWARD link carries."""

    ensemble: RewardEnsemble
    loaded: LoadedPolicy

    def ready(self) -> RewardEnsemble:
        """The ensemble, its policy on the device where it is to run."""
        self.loaded.ready()
        return self.ensemble


def load(folder: Path, policy: LoadedPolicy) -> LoadedReward:
    """Read an ensemble over a policy. Raises models.reward_members.RewardError."""
    from ..models.reward.ensemble import RewardEnsemble

    with torch.inference_mode(False):  # as the policy itself
        ensemble = RewardEnsemble.load(folder, policy.policy)
    policy.patcher.rewards.add(ensemble)
    return LoadedReward(ensemble, policy)


def shipped_reward() -> LoadedReward | None:
    """The ensemble that comes with the pack, over the policy that does; None where there is none. Read once, and again
    when the files of either change."""
    from ..models.reward.ensemble import shipped_reward_path

    path = shipped_reward_path()
    if not (path / FILE).is_file():
        return None
    return _kept(path, f"{fingerprint_of(path)} {fingerprint(shipped_path())}")


@lru_cache(maxsize=1)
def _kept(path: Path, _fingerprint: str) -> LoadedReward:
    return load(path, shipped_policy())


def needed_reward(reward: LoadedReward | None) -> LoadedReward:
    """The linked one, else the shipped one. Raises ValueError where there is none."""
    found = reward or shipped_reward()
    if found is None:
        raise ValueError(
            "reward: this copy of Nodewright comes without a reward model. Train one with `nodewright train reward`, "
            f"put its folder into models/{FOLDER}, and link Load Reward"
        )
    return found


def installed_rewards() -> dict[str, Path]:
    """Name -> path of the folders in models/nodewright that hold a reward model, and of those in a policy's folder."""
    found: dict[str, Path] = {}
    for folder in map(Path, folder_paths.get_folder_paths(FOLDER)):
        for path in sorted(_folders(folder)):
            if (path / FILE).is_file():
                found.setdefault(path.name, path)
            elif (path / "reward" / FILE).is_file():
                found.setdefault(f"{path.name}/reward", path / "reward")
    found.pop(SHIPPED, None)
    return found


def _folders(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if path.is_dir())


def find_reward(reward: str, folder: str | None) -> Path:
    """The path that the node's inputs name; a folder that is linked is None until the node runs. Raises ValueError
    saying what there is instead."""
    from ..models.reward.ensemble import shipped_reward_path

    if folder and folder.strip():
        path = Path(folder.strip()).expanduser()
        if not path.exists():
            raise ValueError(f"folder: {path}: there is no such folder on the machine that ComfyUI runs on")
        return path
    if reward == SHIPPED:
        return shipped_reward_path()
    names = installed_rewards()
    if reward not in names:
        there = ", ".join(names) or "nothing"
        raise ValueError(f"reward: there is no {reward!r} in models/{FOLDER}; there is {there}")
    return names[reward]


def fingerprint_of(folder: Path) -> str:
    """Of an ensemble's files: names, sizes and times. Nothing is read."""
    if not folder.is_dir():
        return ""
    members = sorted(path for path in folder.iterdir() if path.is_dir())
    return " ".join(fingerprint(path) for path in (folder, *members))


class NodewrightLoadReward(io.ComfyNode):
    """A reward ensemble, for Score Workflow and Prompt to Workflow."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="NodewrightLoadReward",
            display_name="Load Reward",
            category="Nodewright",
            description="Loads a reward model: it says how good a workflow's picture is likely to be.",
            inputs=[
                io.Combo.Input(
                    "reward",
                    options=[SHIPPED, *installed_rewards()],
                    default=SHIPPED,
                    tooltip="The reward model that comes with Nodewright, or one in models/nodewright.",
                ),
                PolicyType.Input(
                    "policy",
                    optional=True,
                    tooltip="The policy that the reward model was trained over. Without a link, the policy of "
                    "Nodewright itself.",
                ),
                io.String.Input(
                    "folder",
                    default="",
                    optional=True,
                    tooltip="Another folder on the machine that ComfyUI runs on, instead of the reward model above.",
                ),
            ],
            outputs=[
                RewardType.Output("loaded", display_name="reward", tooltip="For Score Workflow and Prompt to Workflow.")
            ],
        )

    @classmethod
    def fingerprint_inputs(cls, reward: str = SHIPPED, folder: str | None = "", **_: object) -> str:
        try:
            path = find_reward(reward, folder)
            return f"{path}: {fingerprint_of(path)} {fingerprint(shipped_path())}"
        except (OSError, ValueError) as error:
            return str(error)  # `execute` raises it, where the user sees it

    @classmethod
    def execute(cls, reward: str, policy: LoadedPolicy | None = None, folder: str = "") -> io.NodeOutput:
        return io.NodeOutput(load(find_reward(reward, folder), policy or shipped_policy()))
