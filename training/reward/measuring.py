"""The report of a reward ensemble: a training on a part of the triplets, measured on the rest, beside baselines."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from ...files import write_json, write_text
from ...guarded_json import JsonError, read_json
from ...json_shapes import TableOf, check
from ...models.reward.ensemble import RewardEnsemble, RewardMetadata
from ...models.reward.members import Members
from ...models.reward.prompt_kinds import PromptKinds
from ..common.curves import Panel, write_panels
from ..common.devices import open_accelerator
from ..common.pairs import DataError
from ..common.seed_noise import seed_variance
from .baselines import LinearBaseline, linear_models, without_prompt, without_script
from .config import RewardConfig
from .data import SETS, Encoded, Held, choose_held
from .encoders import EncoderTokens, begin_encoder, encoder_name
from .fit import Fit, Network, predict
from .parts import fit_parts, predicted
from .report import calibration, ceiling, data_facts, page, quality, seconds_per_script
from .start import Report, RewardInputs, fit_members, renders, settings

CURVES = (
    Panel("loss in training", ("loss",)),
    Panel("squared error in standard deviations of the scores", SETS),
    Panel("learning rate", ("rate",)),
)


def measured(config: RewardConfig, inputs: RewardInputs, report: Report) -> dict[str, Any]:
    """Train on a part, measure on the rest, and write the report; read it where that has been done."""
    path = config.log / "report.json"
    if path.is_file():
        try:
            found: dict[str, Any] = check(read_json(path), TableOf(), str(path))
        except JsonError as error:
            raise DataError(f"{error}. Delete it, and it is measured again") from error
        return found
    held = choose_held(inputs.examples, config.hold_out, config.hold_out_workflows)
    sets: dict[str, list[int]] = {name: [] for name in SETS}
    trained: list[int] = []
    for index, example in enumerate(inputs.examples):
        name = held.set_of(example)
        (trained if name is None else sets[name]).append(index)
    if len(trained) < 2:
        raise DataError("with so few triplets nothing can be held out to measure on. Train with --no-report")
    sets = {name: chosen for name, chosen in sets.items() if chosen}
    held_out = {name: [inputs.encoded[index] for index in chosen] for name, chosen in sets.items()}
    members, fit = fit_members(config, inputs, trained, "measured", report, held_out)
    progress = fit.run()
    if open_accelerator().is_main_process:
        write_panels(config.log, progress.records, CURVES)
    results = _results(config, inputs, held, trained, sets, members)
    if config.baselines:
        for name, predicted in _baselines(config, inputs, trained, sets, report):
            results["models"][name] = {
                set_name: quality(predicted[set_name], [inputs.examples[index] for index in chosen])
                for set_name, chosen in sets.items()
            }
    if open_accelerator().is_main_process:
        write_text(config.log / "report.md", page(results))
        write_json(path, results, indent=1)
    report(page(results))
    return results


def _results(
    config: RewardConfig, inputs: RewardInputs, held: Held, trained: Sequence[int], sets: dict[str, list[int]],
    members: Members,
) -> dict[str, Any]:  # fmt: skip
    """Return what is measured of the ensemble itself."""
    ensemble: dict[str, Any] = {}
    single: dict[str, Any] = {}
    disagreement: dict[str, Any] = {}
    variance, _ = seed_variance(example.scores for example in inputs.examples)
    ceilings = {}
    for name, chosen in sets.items():
        examples = [inputs.examples[index] for index in chosen]
        predicted = predict(members, [inputs.encoded[index] for index in chosen], config)
        predicted = inputs.offset + inputs.scale * predicted
        ensemble[name] = quality(predicted.mean(0), examples)
        single[name] = _mean([quality(each, examples) for each in predicted])
        disagreement[name] = calibration(predicted, examples)
        ceilings[name] = ceiling(examples, variance)
    quick = RewardEnsemble(inputs.policy, members.eval(), RewardMetadata())
    return {
        "data": data_facts(inputs.examples),
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
            "scoring": seconds_per_script(quick, inputs.examples),
            "rendering": inputs.facts["seconds of rendering"],
        },
        "settings": settings(config),
    }


def _mean(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean of each figure over those that have it."""

    def one(key: str) -> Any:
        values = [each[key] for each in found if each[key] is not None]
        return statistics.fmean(values) if values else None

    return {key: one(key) for key in found[0]}


def _baselines(
    config: RewardConfig, inputs: RewardInputs, trained: Sequence[int], sets: dict[str, list[int]], report: Report
) -> Any:
    """Yield each baseline's name, and its predictions by set."""
    examples = [inputs.examples[index] for index in trained]
    for name, features, crosses in linear_models(crosses=True):
        linear = LinearBaseline.fit(examples, features, crosses)
        report(f"{name}: fitted")
        yield name, {key: linear.predict([inputs.examples[i] for i in chosen]) for key, chosen in sets.items()}
    ensemble = fit_parts(config, inputs, trained)
    report("members over parts: fitted")
    yield (
        "members over parts",
        {key: predicted(ensemble, [inputs.examples[i] for i in chosen]).mean(0) for key, chosen in sets.items()},
    )
    for name, make in NETWORKS:
        network, encoded, own = make(config, inputs)
        name = encoder_name(config) if make is _encoder else name
        mine = [encoded[index] for index in trained]
        folder = config.log / name.replace(":", "").replace(",", "").replace(" ", "_").replace("'", "")
        Fit(network, mine, renders([each.renders for each in mine])[None], own, folder, report).run()
        yield (
            name,
            {
                key: inputs.offset + inputs.scale * predict(network, [encoded[i] for i in chosen], own)[0]
                for key, chosen in sets.items()
            },
        )


Baseline = tuple[Network, list[Encoded], RewardConfig]


def _one_member(
    config: RewardConfig, inputs: RewardInputs, encoded: list[Encoded], kinds: PromptKinds | None = None
) -> Baseline:
    members = Members(inputs.policy.model, config.shape, 1, kinds)
    members.draw([config.seed * 1000])
    members.heads.dropout = config.dropout
    return members.to(inputs.policy.device), encoded, config


def _prompt_only(config: RewardConfig, inputs: RewardInputs) -> Baseline:
    return _one_member(config, inputs, without_script(inputs.policy, inputs.encoded))


def _workflow_only(config: RewardConfig, inputs: RewardInputs) -> Baseline:
    return _one_member(config, inputs, without_prompt(inputs.policy, inputs.encoded))


def _both(config: RewardConfig, inputs: RewardInputs) -> Baseline:
    return _one_member(config, inputs, inputs.encoded, inputs.kinds)


def _encoder(config: RewardConfig, inputs: RewardInputs) -> Baseline:
    network, own = begin_encoder(config, inputs.policy, config.seed)
    return network, EncoderTokens.of(config, inputs.policy).encode(inputs), own


NETWORKS: tuple[tuple[str, Callable[[RewardConfig, RewardInputs], Baseline]], ...] = (
    ("prompt only", _prompt_only),
    ("workflow only", _workflow_only),
    ("a single member, all prompts", _both),
    ("encoder", _encoder),
)
"""Single networks: of the members' shape with a part of the input or with all of it, and a separate encoder."""
