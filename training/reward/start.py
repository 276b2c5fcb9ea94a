"""What the training of reward models begins with and leaves behind: triplets as token ids, members, and metadata."""

from __future__ import annotations

import hashlib
import json
import shutil
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ...files import write_json
from ...models.policy.checkpoints import shipped_policy_path
from ...models.policy.folders import folder_digest
from ...models.policy.loading import load_policy
from ...models.policy.policy import Policy
from ...models.reward.coverage import covered_ranges, covered_sides, words_of
from ...models.reward.ensemble import RewardEnsemble, RewardMetadata
from ...models.reward.members import Members
from ...models.reward.prompt_kinds import PromptKinds
from ...store.triplets import Triplet, TripletStore
from ..common.console import silent
from ..common.devices import open_accelerator
from ..common.errors import TrainingError, check_installed
from ..common.pairs import DataError
from ..common.train_state import STATE, check_same, make_log_folder
from ..scorers.standardisation import Standardisation
from .config import RewardConfig
from .data import Encoded, Example, bootstrap, encode, gather
from .fit import Fit
from .learn_kinds import learn_kinds

Report = Callable[[str], None]
_FREE = ("out", "store", "threads", "save_minutes", "policy", "start")
"""Options that a resumed training may have otherwise; the content of the files counts, not their place."""


@dataclass(frozen=True)
class Scored:
    """The triplets of a store as reward models learn from them.

    Attributes:
        examples: the examples.
        standardisation: that of the scorers.
        offset: the mean of the scores, which is subtracted from targets.
        scale: their standard deviation, which divides targets.
        facts: what the ensemble's file says of the triplets.
    """

    examples: list[Example]
    standardisation: Standardisation
    offset: float
    scale: float
    facts: dict[str, Any]

    @staticmethod
    def of(triplets: Sequence[Triplet], store: Path) -> Scored:
        """Return the triplets of a store. Raises DataError where nothing can be learned from them."""
        examples, standardisation = gather(triplets)
        scores = [score for example in examples for score in example.scores]
        offset, scale = statistics.fmean(scores), statistics.pstdev(scores)
        if scale < 1e-9:
            raise DataError(f"{store}: all scores are the same; there is nothing to learn from them")
        return Scored(examples, standardisation, offset, scale, _facts(triplets))


@dataclass(frozen=True)
class RewardInputs(Scored):
    """What the training of members over a policy's model begins with.

    Attributes:
        policy: the policy over whose model members are trained.
        encoded: the examples as token ids, in the same order.
        start: the ensemble to continue from, if any.
        kinds: the classifier of prompts: that of `start`, or one of the triplets' kinds, if they name any.
    """

    policy: Policy
    encoded: list[Encoded]
    start: RewardEnsemble | None
    kinds: PromptKinds | None


def begin(config: RewardConfig, report: Report) -> tuple[RewardInputs, Report]:
    """Check the configuration; return what is trained on, and a report that is silent but in the first process.

    Raises:
        TrainingError: the configuration cannot be trained.
        DataError, PolicyError, CheckpointError, RewardError, StoreError: as `prepare` does.
    """
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


def finish(config: RewardConfig, save: Callable[[Path], None], report: Report) -> None:
    """Save what was trained to `config.out`, and delete what only a resumed training would need."""
    accelerator = open_accelerator()
    if accelerator.is_main_process:
        save(config.out)
        forget(config.log)
        report(f"wrote {config.out}")
    accelerator.wait_for_everyone()


def prepare(config: RewardConfig, report: Report) -> RewardInputs:
    """Load the policy, and read the triplets as its token ids.

    Raises:
        DataError: the triplets cannot be used.
        PolicyError, CheckpointError, RewardError, StoreError: naming the file that cannot be used.
    """
    triplets = read_triplets(config.store)
    scored = Scored.of(triplets, config.store)
    make_log_folder(config.log)
    policy = load_policy(config.policy or shipped_policy_path(), device=open_accelerator().device, tuned=False)
    policy.model.requires_grad_(False)
    start = None if config.start is None else RewardEnsemble.over(config.start, policy)
    _check_same_training(config, triplets, policy)
    encoded = encode(policy, scored.examples, scored.offset, scored.scale)
    longest = getattr(policy.model.config, "max_position_embeddings", None) or sys.maxsize
    examples, encoded = fitting(scored.examples, encoded, longest, report)
    report(
        f"{len(triplets)} triplets, {len(examples)} pairs of prompt and workflow, "
        f"{len({each.group for each in encoded})} prompts; {np.mean([len(each.script) for each in encoded]):.0f} "
        "tokens a script"
    )
    kinds = learn_kinds(policy, examples, encoded) if start is None else start.members.kinds
    return RewardInputs(
        examples, scored.standardisation, scored.offset, scored.scale, scored.facts, policy, encoded, start, kinds
    )


def read_triplets(path: Path) -> list[Triplet]:
    """Return the triplets of a store. Raises DataError where there is none, and StoreError."""
    if not path.is_file():
        raise DataError(f"{path}: no such store. `nodewright train collect` makes one, or Record Result")
    with TripletStore(path) as store:
        return list(store.triplets())


def fitting(
    examples: Sequence[Example], encoded: Sequence[Encoded], longest: int, report: Report
) -> tuple[list[Example], list[Encoded]]:
    """Return the examples of at most `longest` tokens, which is what the model reads. Raises DataError without any."""
    kept = [index for index, each in enumerate(encoded) if len(each.context) + len(each.script) <= longest]
    if len(kept) < len(encoded):
        report(f"{len(encoded) - len(kept)} left out: they are longer than the {longest} tokens that the model reads")
    if not kept:
        raise DataError(f"no script fits the context of {longest} tokens")
    return [examples[index] for index in kept], [encoded[index] for index in kept]


def fit_members(
    config: RewardConfig, inputs: RewardInputs, chosen: Sequence[int], name: str, report: Report,
    held_out: dict[str, list[Encoded]],
) -> tuple[Members, Fit]:  # fmt: skip
    """Return an ensemble's members before training, and their training on the `chosen` examples."""
    members = Members(inputs.policy.model, config.shape, config.members, inputs.kinds)
    members.draw([config.seed * 1000 + member for member in range(config.members)])
    if inputs.start is not None:
        for member in range(config.members):
            known = inputs.start.members
            if known.shape != config.shape:
                raise TrainingError(f"{config.start}: its members have another shape: give its --layers and --rank")
            members.put(member, known.adapter(member % known.count), known.heads.tensors(member % known.count))
    members.heads.dropout = config.dropout
    members.to(inputs.policy.device)
    encoded = [inputs.encoded[index] for index in chosen]
    weights = bootstrap([each.group for each in encoded], config.members, config.seed)
    weights = weights * renders([each.renders for each in encoded])
    probed = inputs.start is None
    return members, Fit(members, encoded, weights, config, config.log / name, report, held_out, probed)


def renders(counts: Sequence[int]) -> npt.NDArray[np.float32]:
    """Return how much examples count, (examples,), that are means of so many renders."""
    return np.sqrt(np.array(counts, np.float32))


def metadata(
    config: RewardConfig, inputs: Scored, results: dict[str, Any] | None, started: RewardMetadata
) -> RewardMetadata:
    """Return what an ensemble's file says of it.

    Args:
        config: the options.
        inputs: what it was trained on.
        results: those of the report, if there is one.
        started: what the ensemble that it goes on from says.
    """
    counts = Counter(choice for example in inputs.examples for choice in set(example.choices))
    counts.update(started.choices)
    numbers = covered_ranges((example.choices for example in inputs.examples), started.numbers)
    words = {word for example in inputs.examples for word in words_of(example.prompt)}.union(started.words)
    sides = covered_sides((example.choices for example in inputs.examples), started.sides)
    usual = started.disagreement_threshold
    facts = inputs.facts | {"kind": "reward", "settings": settings(config)}
    if results is not None:
        measured = results["calibration"].get("prompts") or next(iter(results["calibration"].values()), None)
        usual = measured["quantile 0.95"] if measured else usual
        facts["measured"] = {name: results["models"]["ensemble"][name] for name in results["models"]["ensemble"]}
    return RewardMetadata(
        inputs.offset, inputs.scale, dict(sorted(counts.items())), usual, inputs.standardisation.to_json(), facts,
        numbers, sorted(words), sides,
    )  # fmt: skip


def _facts(triplets: Sequence[Triplet]) -> dict[str, Any]:
    """Return what the ensemble's file says of the triplets."""
    used = [triplet for triplet in triplets if triplet.split != "test"]
    seconds = [triplet.seconds for triplet in used if triplet.seconds > 0]
    return {
        "triplets": len(used),
        "prompts": len({triplet.prompt for triplet in used}),
        "ratings": sum(triplet.rating is not None for triplet in used),
        "sources": dict(sorted(Counter(triplet.source for triplet in used).items())),
        "comfyui": sorted({triplet.comfyui for triplet in used if triplet.comfyui}),
        "catalogs": sorted({triplet.catalog for triplet in used if triplet.catalog}),
        "seconds of rendering": round(statistics.fmean(seconds), 4) if seconds else None,
    }


def settings(config: RewardConfig) -> dict[str, Any]:
    """Return the options as JSON, without those that name places."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(config), default=str))
    kept = {name: value for name, value in plain.items() if name not in _FREE}
    return kept | {"store": config.store.name, "encoder": config.encoder and Path(config.encoder).name}


def _check_same_training(config: RewardConfig, triplets: Sequence[Triplet], policy: Policy) -> None:
    """Raise CheckpointError where the log folder is of another training; otherwise mark it as this one's."""
    digest = hashlib.sha256()
    for triplet in triplets:
        digest.update(repr((triplet.id, sorted(triplet.scores.items()), triplet.rating)).encode())
    start = "" if config.start is None else folder_digest(config.start)
    state = settings(config) | {"triplets": digest.hexdigest(), "policy": policy.base_sha256, "start": start}
    path = config.log / "training.json"
    if path.is_file():
        check_same(path, state)
    else:
        forget(config.log)
        for name in ("report.json", "report.md"):
            (config.log / name).unlink(missing_ok=True)
        write_json(path, state)


def forget(log: Path) -> None:
    """Delete what only a resumed training needs; the report and the curves stay."""
    (log / "training.json").unlink(missing_ok=True)  # first, so that nothing resumes with half of it
    for state in log.glob(f"*/{STATE}"):
        shutil.rmtree(state.parent, ignore_errors=True)
