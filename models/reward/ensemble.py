"""The reward ensemble: how good a workflow's picture is likely to be, from the prompt and the script alone.

After "Policy Optimized Text-to-Image Pipeline Design" (arXiv 2505.21478), section 3.2: several members that differ in
their seeds and in the prompts that they were trained on. Their disagreement measures how little training says.

On disk an ensemble is a folder: reward.json, of each member a subfolder with its adapter (models/policy/adapters.py)
and head.safetensors, and kinds.safetensors where the members read the kind of prompt (models/reward/prompt_kinds.py).
The members are over the model of the policy that writes, or over one of their own in the subfolder base, which then
judges what any policy writes.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from ...files import write_json
from ...guarded_json import JsonError
from ...json_shapes import ListOf, Maybe, Number, Object, TableOf, Text, Whole, check
from ...workflow.catalog.safetensors_header import HeaderError, read_header
from ...workflow.families.lookup import FAMILIES
from ...workflow.script.builder import NO_MODEL
from ..policy.adapters import ADAPTER_FOLDER, AdapterError, read_adapter, write_adapter_files
from ..policy.checkpoints import shipped_policy_path
from ..policy.folders import CheckpointError, FolderKind, PolicyError, read_json, write_folder
from ..policy.loading import load_policy
from ..policy.lora import Adapter
from ..policy.model_folder import MAXIMUM_SIZE, check_finite
from ..policy.policy import Policy
from .coverage import novel_words, outside_ranges, outside_sides
from .evidence import NOTHING, Evidence
from .fast_ensemble import LlamaMembers
from .members import Members, MemberShape, RewardError, Rows
from .prompt_kinds import TENSORS, PromptKinds

FILE = "reward.json"
KINDS_FILE = "kinds.safetensors"
HEAD = "head.safetensors"
BASE = "base"
"""The subfolder with the policy that the members are over, where an ensemble brings one."""
REWARD_FOLDER = FolderKind(
    "a reward ensemble that Nodewright wrote",
    FILE,
    (KINDS_FILE, *(f"member-*/{name}" for name in (HEAD, ADAPTER_FOLDER.mark, *ADAPTER_FOLDER.others))),
)
FORMAT = 1
ADAPTER_KIND = "reward"
"""The kind that the description of a member's adapter states."""
ROWS = 64
"""Scripts that are scored at once."""
AGAIN = "Download the reward model again, or train it again with `nodewright train reward`"
KNOWLEDGE = Object(
    {},
    {
        "offset": Number(-1e9, 1e9),
        "scale": Number(-1e9, 1e9),
        "choices": TableOf(Whole(0)),
        "usual": Maybe(Number(0)),
        "standardisation": TableOf(),
        "training": TableOf(),
        "numbers": TableOf(ListOf(Number(), 2, 2)),
        "words": ListOf(Text()),
        "sides": ListOf(Number(0), 0, 2),
    },
)
"""The shape of what `RewardMetadata.to_json` returns."""
_DESCRIPTION = Object(
    {
        "shape": Object({"layers": Whole(1, 1000), "rank": Whole(1, 65536), "alpha": Whole(1, 1_000_000)}),
        "members": Whole(1, 64),
        "knowledge": KNOWLEDGE,
    },
    {
        "kinds": Maybe(
            Object({"names": ListOf(Text(), 1, 1000), "mains": ListOf(ListOf(Whole(0, MAXIMUM_SIZE), 1), most=10_000)})
        )
    },
)

_NUMBER_OR_LINK = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?|&\d+|true|false")


@dataclass(frozen=True)
class Reward:
    """The ensemble's prediction for one script.

    Scores are in the units of the training's scores, or in standard deviations if several scorers were combined.

    Attributes:
        mean: of the members' scores; None where nothing supports a score, and then there are no members either.
        deviation: the standard deviation of the members' scores.
        members: each member's score.
        novel_choices: choices of the script that training never had, and numbers outside the range of training.
        uncertain: whether the members disagree more than on almost all held-out triplets.
        novel_words: words of the prompt that training never had, if they are so many that there is no mean.
        evidence: what the score rests on; None where that was not noted, or where there is no score.
        missing: why there is no mean, as a sentence without capital and full stop; empty where there is one.
    """

    mean: float | None
    deviation: float
    members: tuple[float, ...]
    novel_choices: tuple[str, ...] = ()
    uncertain: bool = False
    novel_words: tuple[str, ...] = ()
    evidence: Evidence | None = None
    missing: str = ""

    @staticmethod
    def none(why: str, novel_choices: tuple[str, ...] = (), novel_words: tuple[str, ...] = ()) -> Reward:
        """Return the reward of what nothing supports a score of, and why that is so."""
        return Reward(None, 0.0, (), novel_choices, novel_words=novel_words, missing=why)

    @property
    def unfounded(self) -> bool:
        """Whether the score rests on next to nothing: the workflow is of a kind that training lacked."""
        return self.mean is None or bool(self.novel_choices)

    @property
    def warning(self) -> str:
        """The reasons not to rely on the score, as text; empty where there is none."""
        if self.mean is None:
            return f"no score: {self.missing}"
        parts = []
        if self.novel_choices:
            parts.append(f"never or hardly seen in training: {_listed(self.novel_choices)}")
        if self.uncertain:
            parts.append(f"the members disagree unusually much ({self.deviation:.2f})")
        return "far from what the reward model knows: " + "; ".join(parts) if parts else ""


def _named_sides(numbers: Mapping[str, Sequence[float]]) -> list[float]:
    """Return the least and the largest side that nodes were given, for ensembles that were trained without `sides`."""
    ends = [end for name in ("width=", "height=") for end in numbers.get(name, ())]
    return [min(ends), max(ends)] if ends else []


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def lower_confidence_bound(reward: Reward, kappa: float) -> float:
    """Return mean - kappa * deviation: a workflow gains nothing from what the members disagree about.

    It is minus infinity where there is no mean.
    """
    return -math.inf if reward.mean is None else reward.mean - kappa * reward.deviation


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
        sides: the least and the largest side of the pictures that training sampled, without the rarest.
    """

    offset: float = 0.0
    scale: float = 1.0
    choices: Mapping[str, int] = field(default_factory=dict)
    disagreement_threshold: float | None = None
    standardisation: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    numbers: Mapping[str, Sequence[float]] = field(default_factory=dict)
    words: Sequence[str] = field(default_factory=list)
    sides: Sequence[float] = field(default_factory=list)

    @property
    def families(self) -> frozenset[str]:
        """The families of which training had files."""
        named = (choice.partition("/")[0] for choice in self.choices if "/" in choice)
        return frozenset(named) & FAMILIES.keys()

    def renders_of(self, main: str) -> Evidence | None:
        """Return the renders that training had of a main model, else of its family; None where it had neither."""
        if main in self.choices and "/" in main:
            return Evidence("renders", "model", {"renders": self.choices[main]})
        family = main.partition("/")[0]
        rows = max((count for choice, count in self.choices.items() if choice.startswith(f"{family}/")), default=0)
        return Evidence("renders", "family", {"renders": rows}) if rows else None

    def novel_choices(self, script: Sequence[str]) -> tuple[str, ...]:
        """Return the choices that training never had, and the settings outside the ranges of training."""
        novel = (each for each in script if each not in self.choices and not _NUMBER_OR_LINK.fullmatch(each))
        return tuple(dict.fromkeys([*novel, *outside_ranges(script, self.numbers)]))

    def reward(self, script: Sequence[str], scores: Sequence[float], novel: tuple[str, ...]) -> Reward:
        """Return the reward of a script.

        Args:
            script: the script.
            scores: the members' standardised scores.
            novel: the prompt's novel words.

        Raises:
            RewardError: a score is no number.
        """
        choices = self.novel_choices(script)
        if missing := self._missing(script, novel):
            return Reward.none(missing, choices, novel)
        members = tuple(self.offset + self.scale * score for score in scores)
        if not all(map(math.isfinite, members)):
            raise RewardError(f"the reward model's score of a script is no number. {AGAIN}")
        deviation = statistics.stdev(members) if len(members) > 1 else 0.0
        uncertain = self.disagreement_threshold is not None and deviation > self.disagreement_threshold
        evidence = self.renders_of(script[0])
        return Reward(statistics.fmean(members), deviation, members, choices, uncertain, novel, evidence)

    def _missing(self, script: Sequence[str], novel: tuple[str, ...]) -> str:
        """Return why nothing supports a score of a script for a prompt with these novel words; else nothing."""
        main = script[0]
        if self.families and ("/" in main or main == NO_MODEL) and main.partition("/")[0] not in self.families:
            return f"{NOTHING}: training had none of its family"
        if outside := outside_sides(script, self.sides or _named_sides(self.numbers)):
            return f"nothing is known of pictures of {outside}"
        if novel:
            return f"nothing is known of pictures of what the prompt asks for: no training prompt had {_listed(novel)}"
        return ""

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
        """Load an ensemble over the model that it brings, or else over this policy's, which it was trained over.

        Raises:
            RewardError: naming the file, when one is missing or damaged, or of another model.
        """
        base = own_base(folder)
        if base is None:
            return RewardEnsemble.over(folder, policy)
        try:
            return RewardEnsemble.over(folder, load_policy(base, device=policy.device, dtype=policy.dtype, tuned=False))
        except PolicyError as error:
            raise RewardError(f"{error}. {AGAIN}") from error

    @staticmethod
    def over(folder: Path, policy: Policy) -> RewardEnsemble:
        """Load an ensemble that was trained over this policy's model.

        Raises:
            RewardError: as `load`.
        """
        folder = Path(folder)
        described = _read_description(folder / FILE)
        shape, count = MemberShape(**described["shape"]), described["members"]
        kinds = None if described.get("kinds") is None else _read_kinds(folder / KINDS_FILE, described["kinds"], policy)
        read = [_read_member(folder / f"member-{member}", policy, shape, kinds) for member in range(count)]
        try:
            # Only now: its size follows from what reward.json states, which so far may be anything.
            members = Members(policy.weights, shape, count, kinds).to(policy.device)
            for member, (adapter, head) in enumerate(read):
                members.put(member, adapter, head)
        except RewardError as error:
            raise RewardError(f"{folder}: {error}") from error
        metadata = RewardMetadata.from_json(described["knowledge"])
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
                save_file(head, place / HEAD)
                shutil.copymode(target / FILE, place / HEAD)
            if kinds is not None:
                shutil.copymode(target / FILE, target / KINDS_FILE)

        write_folder(folder, REWARD_FOLDER, write)

    @property
    def member_count(self) -> int:
        """The number of members."""
        return self.members.count

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
                found[distinct[index]] = self.metadata.reward(distinct[index], each, novel)
        return [found[tuple(script)] for script in scripts]

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


def _read_description(path: Path) -> dict[str, Any]:
    """Return the content of reward.json in its form. Raises RewardError."""
    try:
        described = read_json(path)
    except CheckpointError as error:
        raise RewardError(f"{error}. Train one with `nodewright train reward`") from error
    if described.get("format") != FORMAT:
        raise RewardError(
            f"{path}: format {repr(described.get('format'))[:200]}; this version reads format {FORMAT}. Update "
            "Nodewright, or train the reward model again"
        )
    try:
        check(described, _DESCRIPTION, str(path))
        known = {*(field.name for field in fields(RewardMetadata)), *_KEYS} - set(_KEYS.values())
        for key, allowed in (("shape", {field.name for field in fields(MemberShape)}), ("knowledge", known)):
            if unknown := sorted(described[key].keys() - allowed):
                raise JsonError(f"{path}: {key}: {unknown[0][:60]!r} is not known")
    except JsonError as error:
        raise RewardError(f"{error}. {AGAIN}") from error
    return described


def _read_member(
    place: Path, policy: Policy, shape: MemberShape, kinds: PromptKinds | None
) -> tuple[Adapter, dict[str, torch.Tensor]]:
    """Return the adapter and the head of a member. Raises RewardError."""
    path = place / HEAD
    try:
        adapter = read_adapter(place, policy, kind=ADAPTER_KIND)
        hidden = int(policy.weights.get_input_embeddings().weight.shape[1])
        wanted = 3 * hidden + (0 if kinds is None else kinds.width)
        found = read_header(path).shapes.get("shift")
        if found != (wanted,) or adapter.rank != shape.rank:
            raise RewardError(f"it does not fit {FILE} and the policy. Load the policy that it was trained over")
        head = load_file(path)
        check_finite(head, path)
    except (OSError, HeaderError, SafetensorError, CheckpointError, AdapterError, RewardError) as error:
        raise RewardError(f"{place}: {error}") from error
    return adapter, head


def _read_kinds(path: Path, described: Mapping[str, Any], policy: Policy) -> PromptKinds:
    """Read the classifier of prompts. Raises RewardError."""
    names, mains = described["names"], described["mains"]
    hidden = int(policy.weights.get_input_embeddings().weight.shape[1])
    wanted = dict(zip(TENSORS, ((len(names), hidden), (len(names),)), strict=True))
    try:
        if read_header(path).shapes != wanted:
            raise RewardError(f"{path}: not of the {len(names)} kinds in {FILE}, or of another policy. {AGAIN}")
        tensors = load_file(path)
        check_finite(tensors, path)
    except (OSError, HeaderError, SafetensorError, CheckpointError) as error:
        raise RewardError(f"{path}: {error}. {AGAIN}") from error
    return PromptKinds(names, mains, *(tensors[name] for name in TENSORS))


def own_base(folder: Path) -> Path | None:
    """Return the folder of the policy that an ensemble brings for its members, or None where it brings none."""
    base = Path(folder) / BASE
    return base if os.path.isdir(base) else None


def shipped_reward_path() -> Path:
    """Return the folder of the ensemble that comes with the pack."""
    return shipped_policy_path() / "reward"
