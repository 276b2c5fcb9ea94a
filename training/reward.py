"""The reward ensemble: a store of triplets in, an ensemble's folder out.

    python -m nodewright.training.reward --store triplets.db --out FOLDER

First the members are trained without some prompts and some workflows and measured on these, against what is to be
beaten; then on everything, and that ensemble is written. Beside it, in FOLDER.log: report.json, report.md and the
curves. Training may be killed at any time; the same arguments go on with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ..models.checkpoints import shipped_policy_path
from ..models.policy import Policy
from ..models.reward import Knowledge, RewardEnsemble
from ..models.reward_members import Members
from ..workflow.triplets import Triplet, TripletStore
from .pairs import DataError
from .reward_config import RewardConfig
from .reward_ensemble.baselines import (
    Ridge,
    encoder_name,
    fresh_encoder,
    linear_models,
    pretrained_encoder,
    without_prompt,
    without_script,
)
from .reward_ensemble.data import SETS, Encoded, Example, Held, bootstrap, choose_held, encode, gather, noise
from .reward_ensemble.fit import STATE, Fit, Network, predict
from .reward_ensemble.report import calibration, ceiling, data_facts, page, quality
from .running.command import run_to_its_end, told
from .running.curves import Panel, write_panels
from .running.devices import open_accelerator
from .running.errors import TrainingError, check_installed
from .running.options import parse_options
from .running.resuming import check_same, write_json
from .scorers import Standardisation

Report = Callable[[str], None]
CURVES = (
    Panel("loss in training", ("loss",)),
    Panel("squared error in standard deviations of the scores", SETS),
    Panel("learning rate", ("rate",)),
)
# What a resumed training may have otherwise than the one that it continues.
_FREE = ("out", "store", "threads", "save_minutes", "policy", "start")


@dataclass(frozen=True)
class Prepared:
    """What a training begins with. offset, scale: of the scores that it is trained on."""

    policy: Policy
    examples: list[Example]
    encoded: list[Encoded]
    standardisation: Standardisation
    offset: float
    scale: float
    facts: dict[str, Any]
    start: RewardEnsemble | None


def train(config: RewardConfig, *, report: Report = print) -> RewardEnsemble:
    """Train an ensemble, write it to `config.out`, and return it.

    Raises DataError, TrainingError, PolicyError, CheckpointError, RewardError, StoreError.
    """
    check_installed("accelerate", "matplotlib")
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    if config.members < 1 or config.rows < 1 or config.epochs <= 0:
        raise TrainingError("members and rows have to be at least 1, and epochs above 0")
    accelerator = open_accelerator()
    if not accelerator.is_main_process:
        report = _silent
    with accelerator.main_process_first():
        prepared = prepare(config, report)
    results = _measured(config, prepared, report) if config.report else None
    report("training on everything")
    everything = list(range(len(prepared.examples)))
    members, fit = _fit_members(config, prepared, everything, "everything", report, {})
    fit.run()
    knowledge = _knowledge(config, prepared, results)
    ensemble = RewardEnsemble(prepared.policy, members.requires_grad_(False).eval(), knowledge)
    if accelerator.is_main_process:
        ensemble.save(config.out)
        _forget(config.log)
        report(f"wrote {config.out}")
    accelerator.wait_for_everyone()
    return ensemble


def prepare(config: RewardConfig, report: Report) -> Prepared:
    """The policy, and the examples as it reads them. Raises as `train` does."""
    if not config.store.is_file():
        raise DataError(f"{config.store}: no such store. `nodewright train collect` makes one, or Record Result")
    with TripletStore(config.store) as store:
        triplets = list(store.triplets())
    examples, standardisation = gather(triplets)
    config.log.mkdir(parents=True, exist_ok=True)
    _check_same_training(config, triplets)
    policy = Policy.load(config.policy or shipped_policy_path(), device=open_accelerator().device, tuned=False)
    policy.model.requires_grad_(False)
    start = None if config.start is None else RewardEnsemble.load(config.start, policy)
    scores = [score for example in examples for score in example.scores]
    offset, scale = statistics.fmean(scores), statistics.pstdev(scores)
    if scale < 1e-9:
        raise DataError(f"{config.store}: all scores are the same; there is nothing to learn from them")
    encoded = encode(policy, examples, offset, scale, config.prompt_tokens)
    examples, encoded = _fitting(policy, examples, encoded, report)
    report(
        f"{len(triplets)} triplets, {len(examples)} pairs of prompt and workflow, "
        f"{len({each.group for each in encoded})} prompts; {np.mean([len(each.script) for each in encoded]):.0f} "
        "tokens a script"
    )
    return Prepared(policy, examples, encoded, standardisation, offset, scale, _facts(triplets), start)


def _fitting(
    policy: Policy, examples: list[Example], encoded: list[Encoded], report: Report
) -> tuple[list[Example], list[Encoded]]:
    """Only those that the policy's context has room for."""
    longest = getattr(policy.model.config, "max_position_embeddings", None) or sys.maxsize
    kept = [index for index, each in enumerate(encoded) if len(each.context) + len(each.script) <= longest]
    if len(kept) < len(encoded):
        report(f"{len(encoded) - len(kept)} left out: they are longer than the {longest} tokens that the policy reads")
    if not kept:
        raise DataError(f"no script fits the context of {longest} tokens")
    return [examples[index] for index in kept], [encoded[index] for index in kept]


def _fit_members(
    config: RewardConfig, prepared: Prepared, chosen: Sequence[int], name: str, report: Report,
    held_out: dict[str, list[Encoded]],
) -> tuple[Members, Fit]:  # fmt: skip
    """The ensemble's members, before training, and their training on some of the examples."""
    members = Members(prepared.policy.model, config.shape, config.members)
    members.draw([config.seed * 1000 + member for member in range(config.members)])
    if prepared.start is not None:
        for member in range(config.members):
            known = prepared.start.members
            if known.shape != config.shape:
                raise TrainingError(f"{config.start}: its members are of another shape; give the same layers and rank")
            members.put(member, known.adapter(member % known.count), known.head_tensors(member % known.count))
    members.dropout = config.dropout
    members.to(prepared.policy.device)
    encoded = [prepared.encoded[index] for index in chosen]
    weights = bootstrap(encoded, config.members, config.seed) * _renders(encoded)
    probed = prepared.start is None
    return members, Fit(members, encoded, weights, config, config.log / name, report, held_out, probed)


def _renders(encoded: Sequence[Encoded]) -> npt.NDArray[np.float32]:
    """How much an example counts: more where its score is the mean of several renders."""
    return np.sqrt(np.array([each.renders for each in encoded], np.float32))


def _measured(config: RewardConfig, prepared: Prepared, report: Report) -> dict[str, Any]:
    """Train on a part, measure on the rest, and write the report; from a file if that has been done."""
    path = config.log / "report.json"
    if path.is_file():
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    held = choose_held(prepared.examples, config.hold_out, config.hold_out_workflows)
    sets: dict[str, list[int]] = {name: [] for name in SETS}
    trained: list[int] = []
    for index, example in enumerate(prepared.examples):
        name = held.set_of(example)
        (trained if name is None else sets[name]).append(index)
    if len(trained) < 2:
        raise DataError("with so few triplets nothing can be held out to measure on; train with --no-report")
    sets = {name: chosen for name, chosen in sets.items() if chosen}
    held_out = {name: [prepared.encoded[index] for index in chosen] for name, chosen in sets.items()}
    members, fit = _fit_members(config, prepared, trained, "measured", report, held_out)
    progress = fit.run()
    write_panels(config.log, progress.records, CURVES)
    results = _results(config, prepared, held, trained, sets, members)
    if config.baselines:
        for name, predicted in _baselines(config, prepared, trained, sets, report):
            results["models"][name] = {
                set_name: quality(predicted[set_name], [prepared.examples[index] for index in chosen])
                for set_name, chosen in sets.items()
            }
    if open_accelerator().is_main_process:
        _write(config.log / "report.md", page(results))
        _write(path, json.dumps(results, indent=1) + "\n")
    report(page(results))
    return results


def _results(
    config: RewardConfig, prepared: Prepared, held: Held, trained: Sequence[int], sets: dict[str, list[int]],
    members: Members,
) -> dict[str, Any]:  # fmt: skip
    """What is measured of the ensemble itself."""
    ensemble: dict[str, Any] = {}
    single: dict[str, Any] = {}
    disagreement: dict[str, Any] = {}
    variance, _ = noise(prepared.examples)
    ceilings = {}
    for name, chosen in sets.items():
        examples = [prepared.examples[index] for index in chosen]
        predicted = predict(members, [prepared.encoded[index] for index in chosen], config)
        predicted = prepared.offset + prepared.scale * predicted
        ensemble[name] = quality(predicted.mean(0), examples)
        single[name] = _mean([quality(each, examples) for each in predicted])
        disagreement[name] = calibration(predicted, examples)
        ceilings[name] = ceiling(examples, variance)
    quick = RewardEnsemble(prepared.policy, members.eval(), Knowledge())
    return {
        "data": data_facts(prepared.examples),
        "trained": len(trained),
        "held out": {
            "examples": {name: len(chosen) for name, chosen in sets.items()},
            "topologies": len(held.topologies),
            "files": sorted(held.files),
        },
        "ceilings": ceilings,
        "models": {"ensemble": ensemble, "a single member (mean of all)": single},
        "calibration": disagreement,
        "seconds": {
            "scoring": seconds_per_script(quick, prepared.examples),
            "rendering": prepared.facts["seconds of rendering"],
        },
        "settings": _settings(config),
    }


def seconds_per_script(
    ensemble: RewardEnsemble, examples: Sequence[Example], sizes: Sequence[int] = (1, 8, 64)
) -> dict[str, float]:
    """By batch size: seconds for one script, the best of three, where the policy is now."""
    scripts = list(dict.fromkeys(example.choices for example in examples))[: max(sizes)]
    ensemble.score(examples[0].prompt, scripts[:1])
    found = {}
    for size in sizes:
        part = scripts[:size]
        taken = []
        for repeat in range(3):
            start = time.perf_counter()
            ensemble.score(examples[repeat % len(examples)].prompt, part)
            taken.append(time.perf_counter() - start)
        found[str(size)] = round(min(taken) / len(part), 5)
    return found


def _mean(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    def one(key: str) -> Any:
        values = [each[key] for each in found if each[key] is not None]
        return statistics.fmean(values) if values else None

    return {key: one(key) for key in found[0]}


def _baselines(
    config: RewardConfig, prepared: Prepared, trained: Sequence[int], sets: dict[str, list[int]], report: Report
) -> Any:
    """Yields name, and predictions by set."""
    examples = [prepared.examples[index] for index in trained]
    for name, features, crosses in linear_models(crosses=True):
        ridge = Ridge.fit(examples, features, crosses)
        report(f"{name}: fitted")
        yield name, {key: ridge.predict([prepared.examples[i] for i in chosen]) for key, chosen in sets.items()}
    for name, make in NETWORKS:
        network, encoded, own = make(config, prepared)
        name = encoder_name(config.encoder) if make is _encoder else name
        mine = [encoded[index] for index in trained]
        folder = config.log / name.replace(":", "").replace(",", "").replace(" ", "_").replace("'", "")
        Fit(network, mine, _renders(mine)[None], own, folder, report).run()
        yield name, {
            key: prepared.offset + prepared.scale * predict(network, [encoded[i] for i in chosen], own)[0]
            for key, chosen in sets.items()
        }


Baseline = tuple[Network, list[Encoded], RewardConfig]


def _one_member(config: RewardConfig, prepared: Prepared, encoded: list[Encoded]) -> Baseline:
    members = Members(prepared.policy.model, config.shape, 1)
    members.draw([config.seed * 1000])
    members.dropout = config.dropout
    return members.to(prepared.policy.device), encoded, config


def _prompt_only(config: RewardConfig, prepared: Prepared) -> Baseline:
    return _one_member(config, prepared, without_script(prepared.policy, prepared.encoded))


def _workflow_only(config: RewardConfig, prepared: Prepared) -> Baseline:
    return _one_member(config, prepared, without_prompt(prepared.policy, prepared.encoded))


def _both(config: RewardConfig, prepared: Prepared) -> Baseline:
    return _one_member(config, prepared, prepared.encoded)


def _encoder(config: RewardConfig, prepared: Prepared) -> Baseline:
    """All of its weights are trained, which wants smaller steps."""
    device = prepared.policy.device
    if config.encoder is None:
        fresh = fresh_encoder(prepared.policy, config.seed).to(device)
        return fresh, prepared.encoded, replace(config, learning_rate=3e-4)
    network, encoded = pretrained_encoder(config.encoder, prepared.examples, prepared.encoded)
    return network.to(device), encoded, replace(config, learning_rate=5e-5)


NETWORKS: tuple[tuple[str, Callable[[RewardConfig, Prepared], Baseline]], ...] = (
    ("prompt only", _prompt_only),
    ("workflow only", _workflow_only),
    ("a single member, all prompts", _both),
    ("encoder", _encoder),
)
"""What has the members' shape but sees less, or is alone; and what shares nothing with the policy."""


def _knowledge(config: RewardConfig, prepared: Prepared, results: dict[str, Any] | None) -> Knowledge:
    counts = Counter(choice for example in prepared.examples for choice in set(example.choices))
    started = None if prepared.start is None else prepared.start.knowledge
    if started is not None:
        counts.update(started.choices)
    usual = None if started is None else started.usual
    facts = prepared.facts | {"kind": "reward", "settings": _settings(config)}
    if results is not None:
        measured = results["calibration"].get("prompts") or next(iter(results["calibration"].values()), None)
        usual = measured["quantile 0.95"] if measured else usual
        facts["measured"] = {name: results["models"]["ensemble"][name] for name in results["models"]["ensemble"]}
    return Knowledge(
        prepared.offset, prepared.scale, dict(sorted(counts.items())), usual, prepared.standardisation.to_json(), facts
    )


def _facts(triplets: Sequence[Triplet]) -> dict[str, Any]:
    """What was trained on, for the ensemble's file."""
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


def _settings(config: RewardConfig) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(asdict(config), default=str))
    kept = {name: value for name, value in plain.items() if name not in _FREE}
    return kept | {"store": config.store.name, "encoder": config.encoder and Path(config.encoder).name}


def _check_same_training(config: RewardConfig, triplets: Sequence[Triplet]) -> None:
    """What is in the log folder must be of this very training. Raises CheckpointError."""
    digest = hashlib.sha256()
    for triplet in triplets:
        digest.update(repr((triplet.id, sorted(triplet.scores.items()), triplet.rating)).encode())
    state = _settings(config) | {"triplets": digest.hexdigest()}
    path = config.log / "training.json"
    if path.is_file():
        check_same(path, state)
    else:
        _forget(config.log)
        for name in ("report.json", "report.md"):
            (config.log / name).unlink(missing_ok=True)
        write_json(path, state)


def _forget(log: Path) -> None:
    """The training is over: only report and curves are kept."""
    (log / "training.json").unlink(missing_ok=True)  # first, so that nothing goes on with half of it
    for state in log.glob(f"*/{STATE}"):
        shutil.rmtree(state.parent, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    beside = path.with_name(path.name + ".new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def _silent(_: str) -> None:
    pass


def parse(arguments: Sequence[str] | None) -> RewardConfig:
    """The options of the command line, over those of a --config file."""
    return parse_options(
        RewardConfig, arguments, prog="python -m nodewright.training.reward", description="Train a reward ensemble.",
        required=("store", "out"), exclusive=(), paths=("store", "out", "start"),
        flags={
            "report": "measure on held-out triplets first (yes)",
            "hold_out_workflows": "hold out topologies and files, too (yes)",
            "baselines": "measure what is to be beaten, too (yes)",
            "bfloat16": "default: where it is fast",
        },
        lists={},
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; what it returns is `run_to_its_end`'s."""
    config = parse(arguments)
    return run_to_its_end(lambda: train(config, report=told))


if __name__ == "__main__":
    sys.exit(main())
