"""Measure what a policy has learned, without rendering: the stage `evaluate-policy`.

    nodewright train evaluate-policy --object-info object_info.json --data pairs.jsonl --out results.json

Reads the node classes of an installation, a policy, the pairs that it was trained on, and files of people's prompts.
Writes the figures as JSON (--out) and prints them as tables.

Simulated installations have only file names that training never draws; prompts come from the held-out half of the
generator, and with --prompts from the lines of real collections that training leaves out. The policy writes a workflow
for each prompt, and so do the writers that it has to be better than: the policy itself with another prompt in the
prompt's place, a copy of the nearest training workflow, and random walks of the grammar. Beside them stand the
workflows that the corpus would teach for the same prompts: a policy can be no better than its data.

Whether ComfyUI accepts what the grammar allows is a test of the grammar, not of a policy. Validity here means
`workflow.validate` on the installation's catalog, and that the script reads back as it was written.

The paper (arXiv 2505.21478) measures its policy by rendering alone; this stage has no counterpart there.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from ...files import write_json
from ...models.policy.checkpoints import shipped_policy_path
from ...models.policy.decoding import DecodingError
from ...models.policy.folders import PolicyError
from ...models.policy.loading import load_policy
from ...models.policy.policy import Policy
from ...models.policy.vocabulary import VocabularyError
from ...models.reward.evidence_ensemble import EvidenceEnsemble, shipped_evidence_path
from ...models.reward.members import RewardError
from ...workflow.api_format import read_json
from ...workflow.graph import WorkflowError
from ..common.console import report
from ..common.pairs import DataError, Pair, read_pairs
from ..common.prompt_file import is_evaluation_prompt, read_prompts
from ..corpus.synthesis.variations import Base, bases
from .asks import measure_asks, measure_loras, measure_silly
from .best_evidence import case_with_any_main, measure_best_evidence
from .cases import ask_cases, cases_on, draw_cases, draw_setups, richest
from .config import EvaluatePolicyConfig, parse
from .copying import Copying
from .measures import (
    measure_cues,
    measure_diversity,
    measure_loss,
    measure_model_choice,
    measure_ranges,
    measure_seconds,
    measure_validity,
    missed_cues,
    trained_topologies,
)
from .report import page_of
from .writers import Writer, corpus_writer, policy_writer, random_writer, write_all


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 2 for files that cannot be used."""
    config = parse(arguments)

    def message(text: str) -> None:
        report(text, sys.stderr)

    try:
        results = evaluate_policy(config, message)
        if config.out:
            config.out.parent.mkdir(parents=True, exist_ok=True)
            write_json(config.out, results)
    except (
        DataError, DecodingError, ModuleNotFoundError, OSError, PolicyError, RewardError, VocabularyError,
        WorkflowError,
    ) as error:  # fmt: skip
        print(f"error: {error}", file=sys.stderr)
        return 2
    report(page_of(results))
    return 0


def evaluate_policy(config: EvaluatePolicyConfig, message: Callable[[str], None]) -> dict[str, Any]:
    """Read what the config names, and measure.

    Args:
        config: the options.
        message: called with lines of progress.

    Returns:
        All figures, as JSON.

    Raises:
        DataError, DecodingError, OSError, PolicyError, RewardError, VocabularyError, WorkflowError: for files that
            cannot be used.
    """
    folder = config.policy or shipped_policy_path()
    object_info = read_json(config.object_info)
    policy = load_policy(folder, device=config.device, tuned=config.tuned or False)
    trained = list(read_pairs(config.data)) if config.data else []
    real = [prompt for path in config.prompts for prompt in read_prompts(path) if is_evaluation_prompt(prompt)]
    varied = bases(object_info, config.templates, config.workflows)
    other = load_policy(config.against, device=config.device, tuned=False) if config.against else None
    results = _measure(policy, other, object_info, trained, real, varied, config, message)
    weights = Path(folder) / "model.safetensors"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else None
    results["checkpoint"] |= {"sha256": digest, "tuned": config.tuned is not None}
    return results


def _measure(
    policy: Policy, other: Policy | None, object_info: dict[str, Any], trained: Sequence[Pair],
    real: Sequence[str], varied: Sequence[Base], config: EvaluatePolicyConfig, message: Callable[[str], None],
) -> dict[str, Any]:  # fmt: skip
    """Return all figures, as JSON; the same arguments give the same figures, but for the seconds.

    Args:
        policy: the policy.
        other: another policy to compare with, or None.
        object_info: node classes of the simulated installations.
        trained: the training pairs.
        real: people's prompts that training leaves out.
        varied: workflows that the corpus varies besides its recipes.
        config: the options.
        message: called with lines of progress.
    """
    count, seed, held = config.count, config.seed, not config.control
    random = Random(f"{seed}:cases")
    setups = draw_setups(object_info, max(20, count // 4), random, held_out=held)
    cases = draw_cases(setups, real, count, random, held_out=held)
    fixed = cases_on(richest(setups), count, random, held_out=held)
    writers: dict[str, Writer] = {
        "policy": policy_writer(policy, seed, config.temperature),
        "ignoring": policy_writer(policy, seed, config.temperature, ignoring=True),
    }
    if other is not None:
        writers["against"] = policy_writer(other, seed, config.temperature)
    if trained:
        copying = Copying(trained)
        writers["copying"] = lambda case, index: copying.write(case.wanted.text, case.grammar)
    writers |= {"walks": random_writer(seed), "targets": corpus_writer(varied, seed)}
    work = {name: write_all(cases, writer, name, message) for name, writer in writers.items()}
    asking = ask_cases(setups, count // 2, random, held_out=held)
    exact = {
        name: write_all(asking, writer, f"{name}, exact asks", message)
        for name, writer in writers.items()
        if name != "ignoring"
    }
    on_one = {
        name: write_all(fixed, writer, f"{name}, one installation", message)
        for name, writer in writers.items()
        if name != "ignoring"
    }
    free = [case_with_any_main(case) for case in cases]
    by_choice = {
        name: write_all(free, writer, f"{name}, any main model", message)
        for name, writer in writers.items()
        if name in ("policy", "against")
    }
    evidence = EvidenceEnsemble.load(shipped_evidence_path())
    shapes = trained_topologies(trained, object_info) if trained else None
    message("measuring")
    settings = {"count": count, "seed": seed, "temperature": config.temperature, "control": config.control}
    return {
        "settings": settings | {"device": str(policy.device)},
        "checkpoint": {"parameters": policy.parameters, "training": dict(policy.description)},
        "counts": {
            "installations": len(setups),
            "cases": len(cases),
            "real": sum(case.real for case in cases),
            "trained pairs": len(trained),
            "files of the one installation": len(richest(setups).grammar.files),
        },
        "loss": measure_loss(policy, cases, work["targets"]),
        "validity": {name: measure_validity(cases, done) for name, done in work.items()},
        "cues": measure_cues(cases, work),
        "missed cues": missed_cues(cases, work["policy"]),
        "model choice": measure_model_choice(cases, work),
        "best evidence": {
            "as asked": measure_best_evidence(cases, work, evidence),
            "any main model": measure_best_evidence(free, by_choice, evidence),
        },
        "exact asks": measure_asks(asking, exact),
        "LoRAs": measure_loras(cases, work),
        "silly": measure_silly(cases, work),
        "ranges": {name: measure_ranges(done) for name, done in work.items()},
        "diversity": {
            "one installation": {name: measure_diversity(done, shapes) for name, done in on_one.items()},
            "many installations": {name: measure_diversity(done, shapes) for name, done in work.items()},
        },
        "seconds": {name: measure_seconds(done) for name, done in work.items()},
    }
