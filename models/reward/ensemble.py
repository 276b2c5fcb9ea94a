"""The reward ensemble: how good a workflow's picture is likely to be, from the prompt and the script alone.

After "Policy Optimized Text-to-Image Pipeline Design" (arXiv 2505.21478), section 3.2: several members that differ in
their seeds and in the prompts that they were trained on. Their disagreement measures how little training says.

On disk an ensemble is a folder: reward.json, of each member a subfolder with its adapter (models/policy/adapters.py)
and head.safetensors, and kinds.safetensors where the members read the kind of prompt (models/reward/prompt_kinds.py).
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
from .coverage import novel_words, outside_ranges
from .fast_ensemble import LlamaMembers
from .members import Members, MemberShape, RewardError, Rows
from .prompt_kinds import TENSORS, PromptKinds

FILE = "reward.json"
KINDS_FILE = "kinds.safetensors"
FORMAT = 1
ADAPTER_KIND = "reward"
"""The kind that the description of a member's adapter states."""
ROWS = 64
"""Scripts that are scored at once."""
AGAIN = "Download the reward model again, or train it again with `nodewright train reward`"

_NUMBER_OR_LINK = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?|&\d+|true|false")


@dataclass(frozen=True)
class Reward:
    """The ensemble's prediction for one script.

    Scores are in the units of the training's scores, or in standard deviations if several scorers were combined.

    Attributes:
        mean: of the members' scores.
        deviation: the standard deviation of the members' scores.
        members: each member's score.
        novel_choices: choices of the script that training never had, and numbers outside the range of training.
        uncertain: whether the members disagree more than on almost all held-out triplets.
        novel_words: words of the prompt that training never had, if they are many.
    """

    mean: float
    deviation: float
    members: tuple[float, ...]
    novel_choices: tuple[str, ...] = ()
    uncertain: bool = False
    novel_words: tuple[str, ...] = ()

    @property
    def warning(self) -> str:
        """The reasons not to rely on the score, as text; empty where there is none."""
        parts = []
        if self.novel_choices:
            parts.append(f"never or hardly seen in training: {_listed(self.novel_choices)}")
        if self.novel_words:
            parts.append(f"words that no training prompt had: {_listed(self.novel_words)}")
        if self.uncertain:
            parts.append(f"the members disagree unusually much ({self.deviation:.2f})")
        return "far from what the reward model knows: " + "; ".join(parts) if parts else ""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def lower_confidence_bound(reward: Reward, kappa: float) -> float:
    """Return mean - kappa * deviation: a workflow gains nothing from what the members disagree about."""
    return reward.mean - kappa * reward.deviation


def by_reward(
    ensemble: RewardEnsemble, prompt: str, candidates: Sequence[Candidate], kappa: float
) -> tuple[tuple[Candidate, ...], tuple[Reward, ...]]:
    """Return candidates with their rewards, the highest mean - kappa * deviation first; equal ones stay in order."""
    rewards = ensemble.score(prompt, [candidate.choices for candidate in candidates])
    order = sorted(range(len(rewards)), key=lambda index: -lower_confidence_bound(rewards[index], kappa))
    return tuple(candidates[index] for index in order), tuple(rewards[index] for index in order)


@dataclass(frozen=True)
class RewardMetadata:
    """What an ensemble's numbers mean and rest on; all of it JSON.

    Attributes:
        offset: a standardised score s of a member stands for offset + scale * s.
        scale: see offset.
        choices: the number of training triplets that each choice occurs in.
        disagreement_threshold: the deviation that only few held-out triplets exceeded, or None.
        standardisation: how the scorers' raw scores became one number.
        training: what the ensemble was trained on and how.
        numbers: the least and the largest number of each numeric setting in training ("steps=": 4 to 30), without
            the rarest.
        words: the words of the training prompts.
    """

    offset: float = 0.0
    scale: float = 1.0
    choices: Mapping[str, int] = field(default_factory=dict)
    disagreement_threshold: float | None = None
    standardisation: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    numbers: Mapping[str, Sequence[float]] = field(default_factory=dict)
    words: Sequence[str] = field(default_factory=list)

    @staticmethod
    def from_json(described: Mapping[str, Any]) -> RewardMetadata:
        """Return what `to_json` returned. Raises TypeError for other keys."""
        keys = {_KEYS.get(name, name): value for name, value in described.items()}
        return RewardMetadata(**keys)

    def to_json(self) -> dict[str, Any]:
        """Return the metadata as reward.json holds it."""
        keys = {name: key for key, name in _KEYS.items()}
        return {keys.get(name, name): value for name, value in asdict(self).items()}


_KEYS = {"usual": "disagreement_threshold"}
"""Names of fields by their keys in reward.json, where these differ."""


@dataclass(frozen=True, eq=False)
class RewardEnsemble:
    """Members over a policy's model.

    Attributes:
        policy: the policy that the members were trained over.
        members: their adapters and heads.
        metadata: what the scores mean and rest on.
    """

    policy: Policy
    members: Members
    metadata: RewardMetadata
    _kept: dict[torch.device, LlamaMembers | None] = field(default_factory=dict, init=False, repr=False)

    @staticmethod
    def load(folder: Path, policy: Policy) -> RewardEnsemble:
        """Load an ensemble that was trained over this policy's model.

        Raises:
            RewardError: naming the file, when one is missing or damaged, or of another model.
        """
        folder = Path(folder)
        try:
            described = read_json(folder / FILE)
        except CheckpointError as error:
            raise RewardError(f"{error}. Train one with `nodewright train reward`") from error
        if described.get("format") != FORMAT:
            raise RewardError(
                f"{folder / FILE}: format {described.get('format')!r}; this version reads format {FORMAT}. Update "
                "Nodewright, or train the reward model again"
            )
        try:
            shape, count = MemberShape(**described["shape"]), int(described["members"])
            metadata = RewardMetadata.from_json(described["knowledge"])
            kinds = _read_kinds(folder / KINDS_FILE, described["kinds"]) if described.get("kinds") else None
        except (KeyError, TypeError, ValueError) as error:
            raise RewardError(f"{folder / FILE}: damaged ({error!r}). {AGAIN}") from error
        members = Members(policy.weights, shape, count, kinds).to(policy.device)
        for member in range(count):
            place = folder / f"member-{member}"
            try:
                adapter = read_adapter(place, policy, kind=ADAPTER_KIND)
                members.put(member, adapter, load_file(place / "head.safetensors"))
            except (OSError, SafetensorError, AdapterError, RewardError) as error:
                raise RewardError(f"{place}: {error}") from error
        return RewardEnsemble(policy, members.requires_grad_(False).eval(), metadata)

    def save(self, folder: Path) -> None:
        """Write the ensemble; `folder` is replaced as a whole, or not at all. Raises CheckpointError."""
        digest = self.policy.base_sha256

        def write(target: Path) -> None:
            described: dict[str, Any] = {"shape": asdict(self.members.shape), "members": self.members.count}
            kinds = self.members.kinds
            if kinds is not None:
                described["kinds"] = {"names": kinds.names, "mains": kinds.mains}
                tensors = {name: tensor.cpu().contiguous() for name, tensor in kinds.state_dict().items()}
                save_file(tensors, target / KINDS_FILE)
            write_json(target / FILE, {"format": FORMAT, **described, "knowledge": self.metadata.to_json()}, indent=1)
            for member in range(self.members.count):
                place = target / f"member-{member}"
                place.mkdir()
                write_adapter_files(place, self.members.adapter(member), digest, ADAPTER_KIND)
                head = {name: tensor.cpu() for name, tensor in self.members.heads.tensors(member).items()}
                save_file(head, place / "head.safetensors")
                shutil.copymode(target / FILE, place / "head.safetensors")
            if kinds is not None:
                shutil.copymode(target / FILE, target / KINDS_FILE)

        write_folder(folder, write)

    def score(self, prompt: str, scripts: Sequence[Sequence[str]]) -> list[Reward]:
        """Score scripts for one prompt.

        Parameters:
            prompt: the user's prompt.
            scripts: each script's choices, in order.

        Returns:
            A reward for each script; equal scripts get equal rewards.

        Raises:
            RewardError: for a script that is empty or longer than the model reads.
        """
        distinct = list(dict.fromkeys(map(tuple, scripts)))
        encode = self.policy.vocabulary.encode_choice
        context = self.policy.context(prompt).ids
        encoded = [[token for choice in script for token in encode(choice)] for script in distinct]
        self._check(context, encoded)
        order = sorted(range(len(distinct)), key=lambda index: len(encoded[index]))
        novel = novel_words(prompt, self.metadata.words)
        found: dict[tuple[str, ...], Reward] = {}
        for start in range(0, len(order), ROWS):
            part = order[start : start + ROWS]
            scores = self._scores(context, [encoded[index] for index in part]).T.tolist()
            for index, each in zip(part, scores, strict=True):
                found[distinct[index]] = self._reward(distinct[index], each, novel)
        return [found[tuple(script)] for script in scripts]

    def novel_choices(self, script: Sequence[str]) -> tuple[str, ...]:
        """Return the choices that training never had, and the settings outside the ranges of training."""
        known = self.metadata
        novel = (each for each in script if each not in known.choices and not _NUMBER_OR_LINK.fullmatch(each))
        return tuple(dict.fromkeys([*novel, *outside_ranges(script, known.numbers)]))

    def _reward(self, script: Sequence[str], scores: Sequence[float], novel: tuple[str, ...]) -> Reward:
        """Return the reward of a script from its members' standardised scores and the prompt's novel words."""
        known = self.metadata
        members = tuple(known.offset + known.scale * score for score in scores)
        deviation = statistics.stdev(members) if len(members) > 1 else 0.0
        uncertain = known.disagreement_threshold is not None and deviation > known.disagreement_threshold
        return Reward(statistics.fmean(members), deviation, members, self.novel_choices(script), uncertain, novel)

    def _scores(self, context: Sequence[int], scripts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Return standardised scores, (members, scripts), of scripts as ids after a context as ids."""
        fast = self._fast
        if fast is not None:
            return fast.score(context, scripts)
        with torch.inference_mode():
            states = self.members.read(Rows.of([context] * len(scripts), scripts, self.policy.device))
            return torch.stack([self.members.score(states, member) for member in range(self.members.count)])

    @property
    def _fast(self) -> LlamaMembers | None:
        """The members over a packed model, made when first needed, and again when the policy's model has moved."""
        device = self.policy.device
        if device not in self._kept:
            self._kept.clear()
            self.members.to(device)
            self._kept[device] = LlamaMembers.over(self.policy.weights, self.members)
        return self._kept[device]

    def put_away(self, device: torch.device) -> None:
        """Move the members to an offload device, and drop their packed copies; the next score brings them back."""
        self._kept.clear()
        self.members.to(device)

    def _check(self, context: Sequence[int], encoded: Sequence[Sequence[int]]) -> None:
        """Raise RewardError for a script that is empty or longer than the model reads."""
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
    """Read the classifier of prompts. Raises RewardError, and KeyError or TypeError for damaged JSON."""
    try:
        tensors = load_file(path)
        weight, bias = (tensors[name] for name in TENSORS)
    except (OSError, SafetensorError, KeyError) as error:
        raise RewardError(f"{path}: {error}. {AGAIN}") from error
    if weight.ndim != 2 or len(weight) != len(described["names"]) or bias.shape != weight.shape[:1]:
        raise RewardError(f"{path}: not of the {len(described['names'])} kinds in {FILE}. {AGAIN}")
    return PromptKinds(described["names"], described["mains"], weight, bias)


def shipped_reward_path() -> Path:
    """Return the folder of the ensemble that comes with the pack."""
    return shipped_policy_path() / "reward"
