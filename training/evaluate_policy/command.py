"""What a policy has learned, on prompts and file names that it was never trained on.

    python -m nodewright.training.evaluate_policy --object-info object_info.json --data pairs.jsonl --out results.json

Simulated setups have only file names that training never draws; prompts come from the held-out half of the
generator, and with `--prompts` from those lines of real collections that training leaves out. On them the policy
writes workflows, one for each prompt, and so do what it has to be better than: itself with another prompt in the
prompt's place, copying the nearest training workflow, and random walks of the grammar. Beside them stand the
workflows that the corpus itself would teach for the same prompts: a policy can be no better than its data.

Whether ComfyUI itself accepts what the grammar can say is a test of the grammar, not of a policy; here validity means
`workflow.validate` on the installation's catalog, and that the script reads back as it was written.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from ...files import write_json
from ...models.policy.checkpoints import shipped_policy_path
from ...models.policy.decoding import DecodingError, generate
from ...models.policy.folders import PolicyError
from ...models.policy.loading import load_policy
from ...models.policy.policy import Policy
from ...models.policy.vocabulary import VocabularyError
from ...workflow.api_format import read_json
from ...workflow.grammar.grammar import GrammarError
from ...workflow.graph import WorkflowError
from ...workflow.script.script import read_script, write_script
from ..common.baselines import random_walk
from ..common.console import report
from ..common.pairs import DataError, Pair, read_pairs
from ..common.prompt_file import is_evaluation_prompt, read_prompts
from ..common.workflow_facts import facts
from ..corpus.command import VARIATIONS
from ..corpus.synthesis.recipes import draw
from ..corpus.synthesis.variations import Base, bases, vary
from .cases import Case, cases_on, draw_cases, draw_setups, richest
from .copying import Copying
from .measures import (
    Written,
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

Writer = Callable[[Case, int], Sequence[str] | None]
"""(case, its index) -> a script; None where the writer has none."""


# ---- writing -----------------------------------------------------------------------------------------------------


def policy_writer(policy: Policy, seed: int, temperature: float, *, ignoring: bool = False) -> Writer:
    """The policy itself; `ignoring` the prompt, it reads another in its place."""

    def write(case: Case, index: int) -> Sequence[str]:
        prompt = case.other if ignoring else case.prompt
        seeded = seed * 1_000_003 + index
        return generate(policy, case.setup.grammar, prompt, seed=seeded, temperature=temperature)[0].choices

    return write


def walking_writer(seed: int) -> Writer:
    """Random walks."""
    return lambda case, index: random_walk(case.setup.grammar, Random(f"{seed}:walk:{index}"))


def target_writer(varied: Sequence[Base], seed: int) -> Writer:
    """The workflows that the corpus teaches: recipes, and where there are bases, variations of them."""

    def write(case: Case, index: int) -> Sequence[str] | None:
        random = Random(f"{seed}:target:{index}")
        workflow = None
        if varied and random.random() < VARIATIONS:
            _, workflow = vary(varied, case.setup.files, case.prompt, random)
        workflow = workflow or draw(case.setup.files, case.prompt, random)
        if workflow is None:
            return None
        choices = write_script(workflow, case.setup.catalog)
        try:
            case.setup.grammar.accept(choices)
        except GrammarError:
            return None  # the corpus leaves it out as well
        return choices

    return write


def write_all(cases: Sequence[Case], writer: Writer, label: str) -> list[Written | None]:
    """What a writer writes for each case."""
    start = last = time.monotonic()
    done: list[Written | None] = []
    for index, case in enumerate(cases):
        before = time.perf_counter()
        choices = writer(case, index)
        seconds = time.perf_counter() - before
        if choices is None:
            done.append(None)
        else:
            catalog = case.setup.catalog
            workflow = read_script(choices, catalog)
            done.append(Written(tuple(choices), workflow, facts(workflow, catalog), seconds))
        if time.monotonic() - last > 10:
            last = time.monotonic()
            tell(f"{label}: {index + 1} of {len(cases)} in {last - start:.0f} s")
    tell(f"{label}: {len(cases)} in {time.monotonic() - start:.0f} s")
    return done


def tell(text: str) -> None:
    """Progress goes to standard error, results to standard output."""
    report(text, sys.stderr)


# ---- the command -------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. 0 when it went well, 2 for files that cannot be used."""
    options = _parser().parse_args(arguments)
    folder = options.policy or shipped_policy_path()
    try:
        object_info = read_json(options.object_info)
        results = evaluate(
            load_policy(folder, device=options.device, tuned=options.tuned or False),
            object_info,
            list(read_pairs(options.data)) if options.data else [],
            [prompt for path in options.prompts for prompt in read_prompts(path) if is_evaluation_prompt(prompt)],
            bases(object_info, options.templates, options.workflows),
            Settings(options.count, options.seed, options.temperature, options.control),
        )
        weights = Path(folder) / "model.safetensors"
        digest = hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else None
        results["checkpoint"] |= {"sha256": digest, "tuned": options.tuned is not None}
        if options.out:
            options.out.parent.mkdir(parents=True, exist_ok=True)
            write_json(options.out, results)
    except (
        DataError, DecodingError, ModuleNotFoundError, OSError, PolicyError, VocabularyError, WorkflowError,
    ) as error:  # fmt: skip
        print(f"error: {error}", file=sys.stderr)
        return 2
    report(page_of(results))
    return 0


@dataclass(frozen=True)
class Settings:
    """count: prompts of each measure. control: on prompts and file names that training does draw, to tell what was not
    learned from what does not carry over."""

    count: int = 500
    seed: int = 0
    temperature: float = 1.0
    control: bool = False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m nodewright.training.evaluate_policy", description=__doc__.splitlines()[0]
    )
    add = parser.add_argument
    add("--object-info", type=Path, required=True, help="the node classes of the simulated installations")
    add("--policy", help="checkpoint folder, Hugging Face folder or id (the shipped one)")
    add("--tuned", type=Path, metavar="DIR", help="write with this tuned adapter, to see what tuning did (none)")
    add("--data", type=Path, help="the pairs it was trained on: for copying, and to tell which topologies are new")
    add("--prompts", type=Path, nargs="*", default=[], help="prompt collections, of which the held-out lines are used")
    add("--templates", action="store_true", help="the corpus varies the official templates as well (extra: train)")
    add("--workflows", type=Path, help="and the workflows in API format of this folder")
    add("--count", type=int, default=500, help="prompts of each measure (500)")
    add("--seed", type=int, default=0)
    add("--temperature", type=float, default=1.0, help="to draw at (1)")
    add("--control", action="store_true", help="on prompts and file names of training, to see what does not carry over")
    add("--device", choices=("cpu", "cuda"), default="cpu")
    add("--out", type=Path, help="write all figures here, as JSON")
    return parser


def evaluate(
    policy: Policy,
    object_info: dict[str, Any],
    trained: Sequence[Pair],
    real: Sequence[str],
    varied: Sequence[Base],
    settings: Settings,
) -> dict[str, Any]:
    """Everything, as JSON. trained: the training pairs; real: people's prompts, held out; varied: what the corpus
    varies beside its recipes. The same arguments give the same figures, seconds apart."""
    count, seed, temperature, held = settings.count, settings.seed, settings.temperature, not settings.control
    random = Random(f"{seed}:cases")
    setups = draw_setups(object_info, max(20, count // 4), random, held_out=held)
    cases = draw_cases(setups, real, count, random, held_out=held)
    fixed = cases_on(richest(setups), count, random, held_out=held)
    copying = Copying(trained)
    writers: dict[str, Writer] = {
        "policy": policy_writer(policy, seed, temperature),
        "ignoring": policy_writer(policy, seed, temperature, ignoring=True),
        "copying": lambda case, index: copying.write(case.prompt, case.setup.grammar),
        "walks": walking_writer(seed),
        "targets": target_writer(varied, seed),
    }
    if not trained:
        del writers["copying"]
    work = {name: write_all(cases, writer, name) for name, writer in writers.items()}
    on_one = {
        name: write_all(fixed, writer, f"{name}, one installation")
        for name, writer in writers.items()
        if name != "ignoring"
    }
    shapes = trained_topologies(trained, object_info) if trained else None
    tell("measuring")
    return {
        "settings": asdict(settings) | {"device": str(policy.device)},
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
        "ranges": {name: measure_ranges(done) for name, done in work.items()},
        "diversity": {
            "one installation": {name: measure_diversity(done, shapes) for name, done in on_one.items()},
            "many installations": {name: measure_diversity(done, shapes) for name, done in work.items()},
        },
        "seconds": {name: measure_seconds(done) for name, done in work.items()},
    }
