"""The reward ensemble: how good a workflow's picture is likely to be, from the prompt and the script alone.

After "Policy Optimized Text-to-Image Pipeline Design" (arXiv 2505.21478), section 3.2: several members that differ in
their seeds and in the prompts that they were trained on. Where they disagree, they do not know.

A folder: reward.json, of each member a subfolder with its adapter (models/policy/adapters.py) and head.safetensors, and
kinds.safetensors where the members read what kind of prompt it is (models/reward/prompt_kinds.py).
"""

from __future__ import annotations

import re
import shutil
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from ...files import write_json
from ..policy.adapters import AdapterError, read_adapter, write_adapter_files
from ..policy.checkpoints import shipped_policy_path
from ..policy.decoding import Candidate
from ..policy.folders import CheckpointError, read_json, write_folder
from ..policy.policy import Policy
from .coverage import beyond, strange_words
from .fast_ensemble import LlamaMembers
from .members import Members, MemberShape, RewardError, Rows
from .prompt_kinds import TENSORS, PromptKinds

FILE = "reward.json"
KINDS = "kinds.safetensors"
FORMAT = 1
KIND = "reward"
"""Of the members' adapters."""
ROWS = 64
"""Scripts that are read at once."""

_NUMBER_OR_LINK = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?|&\d+|true|false")


@dataclass(frozen=True)
class Reward:
    """What the ensemble says of one script, in the units of its training's scores (standard deviations, if several
    scorers were weighed together).

    deviation: standard deviation over the members. members: what each says. unknown: choices of the script that
    training never saw, and numbers that it hardly saw. far: whether the members disagree more than they do on almost
    everything like their training. strange: words of the prompt that training never saw, if they are many.
    """

    mean: float
    deviation: float
    members: tuple[float, ...]
    unknown: tuple[str, ...] = ()
    far: bool = False
    strange: tuple[str, ...] = ()

    @property
    def warning(self) -> str:
        """Why this score is not to be relied on, in words; empty where nothing speaks against it."""
        parts = []
        if self.unknown:
            parts.append(f"never or hardly seen in training: {_some(self.unknown)}")
        if self.strange:
            parts.append(f"words that no training prompt had: {_some(self.strange)}")
        if self.far:
            parts.append(f"the members disagree unusually much ({self.deviation:.2f})")
        return "far from what the reward model knows: " + "; ".join(parts) if parts else ""


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def lower_confidence_bound(reward: Reward, kappa: float) -> float:
    """The mean less `kappa` standard deviations: nothing is gained by what the members do not know."""
    return reward.mean - kappa * reward.deviation


def by_reward(
    ensemble: RewardEnsemble, prompt: str, candidates: Sequence[Candidate], kappa: float
) -> tuple[tuple[Candidate, ...], tuple[Reward, ...]]:
    """Candidates with what the ensemble says of them, the highest mean - kappa * deviation first; equal ones stay in
    order."""
    rewards = ensemble.score(prompt, [candidate.choices for candidate in candidates])
    order = sorted(range(len(rewards)), key=lambda index: -lower_confidence_bound(rewards[index], kappa))
    return tuple(candidates[index] for index in order), tuple(rewards[index] for index in order)


@dataclass(frozen=True)
class RewardMetadata:
    """What an ensemble's numbers mean and rest on.

    offset, scale: its members' standardised scores s stand for offset + scale * s. choices: how many triplets each
    choice stands in that training saw. numbers: between which ones each numeric setting mostly lay there ("steps=":
    4 to 30). words: those of its prompts. usual: the deviation that was exceeded on only few held-out triplets, or
    None. standardisation: how the scorers' raw scores became one number. training: what it was trained on and how.
    As JSON.
    """

    offset: float = 0.0
    scale: float = 1.0
    choices: Mapping[str, int] = field(default_factory=dict)
    usual: float | None = None
    standardisation: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    numbers: Mapping[str, Sequence[float]] = field(default_factory=dict)
    words: Sequence[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class RewardEnsemble:
    """Members over a policy's model."""

    policy: Policy
    members: Members
    knowledge: RewardMetadata
    _kept: dict[torch.device, LlamaMembers | None] = field(default_factory=dict, init=False, repr=False)

    @staticmethod
    def load(folder: Path, policy: Policy) -> RewardEnsemble:
        """Read an ensemble that was trained over this policy's model.

        Raises RewardError, naming the file, when one is missing or damaged, or of another model.
        """
        folder = Path(folder)
        try:
            described = read_json(folder / FILE)
        except CheckpointError as error:
            raise RewardError(f"{error}. Train one with `nodewright train reward`") from error
        if described.get("format") != FORMAT:
            raise RewardError(
                f"{folder / FILE}: format {described.get('format')!r}; this version reads format {FORMAT}. Update "
                "Nodewright, or train the reward model anew"
            )
        try:
            shape, count = MemberShape(**described["shape"]), int(described["members"])
            knowledge = RewardMetadata(**described["knowledge"])
            kinds = _read_kinds(folder / KINDS, described["kinds"]) if described.get("kinds") else None
        except (KeyError, TypeError, ValueError) as error:
            raise RewardError(f"{folder / FILE}: damaged ({error!r}). Take the reward model anew") from error
        members = Members(policy.weights, shape, count, kinds).to(policy.device)
        for member in range(count):
            place = folder / f"member-{member}"
            try:
                members.put(member, read_adapter(place, policy, kind=KIND), load_file(place / "head.safetensors"))
            except (OSError, SafetensorError, AdapterError, RewardError) as error:
                raise RewardError(f"{place}: {error}") from error
        return RewardEnsemble(policy, members.requires_grad_(False).eval(), knowledge)

    def save(self, folder: Path) -> None:
        """Write the ensemble; `folder` is replaced as a whole, or not at all. Raises CheckpointError."""
        digest = self.policy.base_sha256

        def write(target: Path) -> None:
            described: dict[str, Any] = {"shape": asdict(self.members.shape), "members": self.members.count}
            kinds = self.members.kinds
            if kinds is not None:
                described["kinds"] = {"names": kinds.names, "mains": kinds.mains}
                tensors = {name: tensor.cpu().contiguous() for name, tensor in kinds.state_dict().items()}
                save_file(tensors, target / KINDS)
            write_json(target / FILE, {"format": FORMAT, **described, "knowledge": asdict(self.knowledge)}, indent=1)
            for member in range(self.members.count):
                place = target / f"member-{member}"
                place.mkdir()
                write_adapter_files(place, self.members.adapter(member), digest, KIND)
                head = {name: tensor.cpu() for name, tensor in self.members.heads.tensors(member).items()}
                save_file(head, place / "head.safetensors")
                shutil.copymode(target / FILE, place / "head.safetensors")
            if kinds is not None:
                shutil.copymode(target / FILE, target / KINDS)

        write_folder(folder, write)

    def score(self, prompt: str, scripts: Sequence[Sequence[str]]) -> list[Reward]:
        """A reward for each script (choices, in order), for one prompt. Equal scripts get equal rewards.

        Raises RewardError for a script that is empty or longer than the model reads.
        """
        distinct = list(dict.fromkeys(map(tuple, scripts)))
        encode = self.policy.vocabulary.encode_choice
        context = self.policy.context(prompt).ids
        encoded = [[token for choice in script for token in encode(choice)] for script in distinct]
        self._check(context, encoded)
        order = sorted(range(len(distinct)), key=lambda index: len(encoded[index]))
        strange = strange_words(prompt, self.knowledge.words)
        found: dict[tuple[str, ...], Reward] = {}
        for start in range(0, len(order), ROWS):
            part = order[start : start + ROWS]
            scores = self._scores(context, [encoded[index] for index in part]).T.tolist()
            for index, each in zip(part, scores, strict=True):
                found[distinct[index]] = self._reward(distinct[index], each, strange)
        return [found[tuple(script)] for script in scripts]

    def unknown(self, script: Sequence[str]) -> tuple[str, ...]:
        """The choices that training never saw, and the settings beyond the range of most of its numbers."""
        known = self.knowledge
        new = (each for each in script if each not in known.choices and not _NUMBER_OR_LINK.fullmatch(each))
        return tuple(dict.fromkeys([*new, *beyond(script, known.numbers)]))

    def _reward(self, script: Sequence[str], scores: Sequence[float], strange: tuple[str, ...]) -> Reward:
        known = self.knowledge
        members = tuple(known.offset + known.scale * score for score in scores)
        deviation = statistics.stdev(members) if len(members) > 1 else 0.0
        far = known.usual is not None and deviation > known.usual
        return Reward(statistics.fmean(members), deviation, members, self.unknown(script), far, strange)

    def _scores(self, context: Sequence[int], scripts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Standardised scores, (members, scripts)."""
        quick = self._quick
        if quick is not None:
            return quick.score(context, scripts)
        with torch.inference_mode():
            reading = self.members.read(Rows.of([context] * len(scripts), scripts, self.policy.device))
            return torch.stack([self.members.score(reading, member) for member in range(self.members.count)])

    @property
    def _quick(self) -> LlamaMembers | None:
        """Made when it is first needed, and again when the policy's model has moved."""
        device = self.policy.device
        if device not in self._kept:
            self._kept.clear()
            self.members.to(device)
            self._kept[device] = LlamaMembers.over(self.policy.weights, self.members)
        return self._kept[device]

    def put_away(self, device: torch.device) -> None:
        """Move the members to a device where they are out of the way, and let go of what was made of them. The next
        score brings them back to the policy's."""
        self._kept.clear()
        self.members.to(device)

    def _check(self, context: Sequence[int], encoded: Sequence[Sequence[int]]) -> None:
        if not all(encoded):
            raise RewardError("a script without choices cannot be scored")
        longest = self.policy.longest_context
        most = len(context) + max(map(len, encoded), default=0)
        if longest is not None and most > longest:
            raise RewardError(
                f"prompt and script need {most} tokens, and this policy reads at most {longest}. Shorten the workflow, "
                "or train a reward model over a policy with a longer context"
            )


def _read_kinds(path: Path, described: Mapping[str, Any]) -> PromptKinds:
    """Raises RewardError, and what damaged JSON leads to."""
    try:
        tensors = load_file(path)
        weight, bias = (tensors[name] for name in TENSORS)
    except (OSError, SafetensorError, KeyError) as error:
        raise RewardError(f"{path}: {error}. Take the reward model anew") from error
    if weight.ndim != 2 or len(weight) != len(described["names"]) or bias.shape != weight.shape[:1]:
        raise RewardError(f"{path}: not of the {len(described['names'])} kinds in {FILE}. Take the reward model anew")
    return PromptKinds(described["names"], described["mains"], weight, bias)


def shipped_reward_path() -> Path:
    """The folder of the ensemble that comes with the pack."""
    return shipped_policy_path() / "reward"
