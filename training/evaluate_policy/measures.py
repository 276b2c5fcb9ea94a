"""Figures of the workflows that were written for some cases; each measure is one function."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import binomtest

from ...models.policy.decoding import score
from ...models.policy.policy import Policy
from ...workflow.api_format import to_api
from ...workflow.catalog.catalog import Catalog
from ...workflow.catalog.good_at import good_at_sources
from ...workflow.catalog.object_info import catalog_from_object_info
from ...workflow.families.family import SamplingRange
from ...workflow.graph import Workflow
from ...workflow.picture_sizes import Size
from ...workflow.recommended_settings import recommended_for
from ...workflow.script.builder import END, NO_MODEL, Builder
from ...workflow.script.script import read_script, write_script
from ...workflow.script.values import ABSENT, LINKED, is_text
from ...workflow.validate import validate
from ...workflow.workflow_facts import WorkflowFacts
from ..common.pairs import Pair
from ..common.topology import topology
from ..corpus.installations.gguf import with_gguf_loaders
from ..corpus.prompts.cues import CUES, SIZE_CUES, STYLE_CUES
from .cases import Case, good_at, named_by_unseen_words, possible

QUANTITIES = ("steps", "cfg", "sampler", "scheduler", "megapixels")
LOSS_KINDS = ("main model", "LoRA", "other file", "class", "reference", "setting", "number", "option", "text", "end")
"""The kinds of choice that a script is made of (`choice_kinds`)."""

_EXACT = 1e-6
_LISTED = 20
"""Failures that are listed; all are counted."""


@dataclass(frozen=True)
class CaseWorkflow:
    """What one writer wrote for one case.

    Attributes:
        choices: the script.
        workflow: the graph.
        facts: what the workflow is made of.
        seconds: time to write it.
    """

    choices: tuple[str, ...]
    workflow: Workflow
    facts: WorkflowFacts
    seconds: float


Work = dict[str, list[CaseWorkflow | None]]
"""Writer -> what it wrote for each case; None where it wrote nothing."""


# ---- cues --------------------------------------------------------------------------------------------------------


def follows(cue: str, found: WorkflowFacts) -> bool:
    """Return whether a workflow follows a cue."""
    if cue in SIZE_CUES:
        return found.final is not None and _has_shape(cue, found.final)
    if cue in STYLE_CUES:
        return any(cue in good_at(file) for file in (found.main, *found.loras) if file is not None)
    return is_quick(found) if cue == "quick" else is_detailed(found)


def _has_shape(cue: str, size: Size) -> bool:
    ratio = size.width / size.height
    return {"tall": ratio <= 1 / 1.2, "wide": ratio >= 1.2, "square": 1 / 1.1 <= ratio <= 1.1}[cue]


def is_quick(found: WorkflowFacts) -> bool:
    """One sampling of few steps for its model (`SamplingRange.quick_steps`), and nothing is enlarged."""
    recommended_range = range_of(found)
    total = total_steps(found)
    if recommended_range is None or total is None:
        return False
    return len(found.samplings) == 1 and not found.enlarged and total <= recommended_range.quick_steps()


def is_detailed(found: WorkflowFacts) -> bool:
    """Return whether there is a second sampling, an enlarged picture, or many steps for the model.

    Many are `SamplingRange.detailed_steps`. A model that takes one number of steps never takes many.
    """
    if len(found.samplings) > 1 or found.enlarged:
        return True
    recommended_range = range_of(found)
    total = total_steps(found)
    if recommended_range is None or total is None or recommended_range.steps[0] == recommended_range.steps[1]:
        return False
    return total >= recommended_range.detailed_steps()


def total_steps(found: WorkflowFacts) -> int | None:
    """Return the number of steps sampled in all; None where some of them are not known."""
    steps = [sampling.carried_out for sampling in found.samplings]
    return sum(step for step in steps if step is not None) if steps and None not in steps else None


# ---- recommended ranges ------------------------------------------------------------------------------------------


def range_of(found: WorkflowFacts) -> SamplingRange | None:
    """Return what is recommended for a workflow's main model with its LoRAs; None where that is not known."""
    if found.main is None:
        return None
    return recommended_for(found.main, found.loras)


def kept_ranges(found: WorkflowFacts) -> dict[str, bool] | None:
    """Return, for each of `QUANTITIES`, whether all its values are recommended for the workflow's main model.

    A second sampling goes on from a picture and may take fewer steps. A workflow without sampling keeps to nothing.

    Returns:
        None where nothing is recommended for the model.
    """
    kept = range_of(found)
    if kept is None:
        return None
    samplings = found.samplings
    if not samplings:
        return dict.fromkeys(QUANTITIES, False)
    steps = {False: kept.steps, True: (1, kept.steps[1])}
    return {
        "steps": all(_inside(each.steps, steps[each.second]) for each in samplings),
        "cfg": all(_inside(each.cfg, kept.cfg) for each in samplings),
        "sampler": all(each.sampler in kept.samplers for each in samplings),
        "scheduler": all(each.scheduler in kept.schedulers for each in samplings),
        "megapixels": _inside(found.first.megapixels if found.first else None, kept.megapixels),
    }


def _inside(value: float | None, between: tuple[float, float] | None) -> bool:
    return value is not None and between is not None and between[0] - _EXACT <= value <= between[1] + _EXACT


# ---- scripts -----------------------------------------------------------------------------------------------------


def choice_kinds(choices: Sequence[str], catalog: Catalog) -> list[str]:
    """Return the kind of each choice of a script, one of `LOSS_KINDS`."""
    builder = Builder(catalog)
    kinds = []
    for choice in choices:
        kinds.append(_kind(builder, choice))
        builder.choose(choice)
    return kinds


def _kind(builder: Builder, choice: str) -> str:
    if builder.phase == "main":
        return "main model"
    if builder.phase == "next":
        if choice == END:
            return "end"
        return "reference" if choice.startswith("&") else "setting" if choice[-1] in "=>!" else "class"
    assert builder.slot is not None
    spec = builder.slot.spec
    if builder.phase == "text" or is_text(spec):
        return "text"
    if spec.folder:
        return "LoRA" if spec.folder == "loras" else "other file"
    return "number" if spec.kind in ("int", "float") else "option"


def wilson(successes: int, count: int) -> tuple[float, float]:
    """Return the ends of the 95 % interval of a share by Wilson's method (1927): (low, high); (0, 1) of nothing."""
    if count == 0:
        return 0.0, 1.0
    interval = binomtest(successes, count).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


# ---- measures ----------------------------------------------------------------------------------------------------


def share(judgements: Iterable[bool]) -> dict[str, Any]:
    """Return the number of judgements, the share of True, and the share's 95 % interval."""
    judged = list(judgements)
    low, high = wilson(sum(judged), len(judged))
    return {"count": len(judged), "share": sum(judged) / len(judged) if judged else None, "low": low, "high": high}


def measure_loss(policy: Policy, cases: Sequence[Case], targets: Sequence[CaseWorkflow | None]) -> dict[str, Any]:
    """Return nats a choice that is not forced, by kind of choice, of the policy and of uniform drawing."""
    nats: dict[str, list[float]] = {}
    uniform: dict[str, list[float]] = {}
    pairs = 0
    for case, target in zip(cases, targets, strict=True):
        if target is None:
            continue
        pairs += 1
        scores = score(policy, case.grammar, case.wanted.text, target.choices, ask=case.wanted.words)
        kinds = choice_kinds(target.choices, case.setup.catalog)
        for kind, nat, allowed in zip(kinds, scores, case.grammar.allowed_counts(target.choices), strict=True):
            if allowed > 1:
                nats.setdefault(kind, []).append(-nat)
                uniform.setdefault(kind, []).append(math.log(allowed))
    every = {
        "all": [kind for kind in LOSS_KINDS if kind in nats],
        **{kind: [kind] for kind in LOSS_KINDS if kind in nats},
    }
    return {"pairs": pairs} | {
        name: {
            "choices": sum(len(nats[kind]) for kind in kinds),
            "nats": float(np.mean([nat for kind in kinds for nat in nats[kind]])),
            "uniform": float(np.mean([nat for kind in kinds for nat in uniform[kind]])),
        }
        for name, kinds in every.items()
        if kinds
    }


def measure_validity(cases: Sequence[Case], work: Sequence[CaseWorkflow | None]) -> dict[str, Any]:
    """Return how many workflows have no problem, and the problems of the others."""
    failures = []
    for case, written in zip(cases, work, strict=True):
        if written is None:
            continue
        catalog = case.setup.catalog
        problems = [str(problem) for problem in validate(written.workflow, catalog)]
        again = write_script(written.workflow, catalog)
        if tuple(again) != written.choices or read_script(again, catalog) != written.workflow:
            problems.append("the script does not read back as it was written")
        if problems:
            failures.append({"prompt": case.prompt, "choices": list(written.choices), "problems": problems})
    count = sum(written is not None for written in work)
    return {"count": count, "valid": count - len(failures), "failures": failures[:_LISTED]}


def measure_cues(cases: Sequence[Case], work: Work) -> dict[str, Any]:
    """Return, for each cue, the share of the workflows that follow it where it can be followed.

    Shares are of all prompts and, apart, of those worded as in training, of those worded otherwise, of people's
    prompts, and of installations whose fitting files are named by words that training never has.
    """
    found: dict[str, Any] = {}
    for cue in CUES:
        where = [index for index, case in enumerate(cases) if cue in case.cues and possible(cue, case.setup)]
        groups = {
            "all": where,
            "seen wording": [i for i in where if not cases[i].real and cue not in cases[i].unseen],
            "unseen wording": [i for i in where if not cases[i].real and cue in cases[i].unseen],
            "unseen file words": [i for i in where if cue in STYLE_CUES and named_by_unseen_words(cue, cases[i].setup)],
            "people's prompts": [i for i in where if cases[i].real],
        }
        found[cue] = {
            group: {
                writer: share(follows(cue, written.facts) for i in indices if (written := done[i]) is not None)
                for writer, done in work.items()
            }
            for group, indices in groups.items()
            if indices
        }
    return found


def missed_cues(cases: Sequence[Case], work: Sequence[CaseWorkflow | None]) -> dict[str, list[dict[str, Any]]]:
    """Return, for each cue, some prompts whose workflow could have followed it and does not."""
    missed: dict[str, list[dict[str, Any]]] = {cue: [] for cue in CUES}
    for case, written in zip(cases, work, strict=True):
        if written is None:
            continue
        for cue in sorted(case.cues):
            if possible(cue, case.setup) and not follows(cue, written.facts) and len(missed[cue]) < _LISTED:
                fitting = [file.alias for file in case.setup.fitting(cue)] if cue in STYLE_CUES else []
                missed[cue].append({"prompt": case.prompt, "fitting": fitting, "choices": list(written.choices)})
    return missed


def measure_model_choice(cases: Sequence[Case], work: Work) -> dict[str, Any]:
    """Return how often a main model fits a style cue, where some of the main models fit and some do not.

    Shares are of workflows whose main model fits, of those whose main model or LoRA fits, and of main models drawn at
    random.
    """
    chance: list[float] = []
    judged: dict[str, tuple[list[bool], list[bool]]] = {writer: ([], []) for writer in work}
    stated: dict[str, dict[bool, list[bool]]] = {writer: {True: [], False: []} for writer in work}
    for index, case in enumerate(cases):
        style = next(iter(case.cues.intersection(STYLE_CUES)), None)
        if style is None or not case.setup.offers_choice(style):
            continue
        mains = case.setup.files.mains
        chance.append(sum(style in good_at(file) for file in mains) / len(mains))
        for writer, done in work.items():
            written = done[index]
            if written is not None:
                main = written.facts.main
                fits = main is not None and style in good_at(main)
                judged[writer][0].append(fits)
                stated[writer][_is_stated(style, case)].append(fits)
                judged[writer][1].append(follows(style, written.facts))
    writers = {
        writer: {
            "main model fits": share(mains),
            "... by header or sidecar": share(stated[writer][True]),
            "... by name alone": share(stated[writer][False]),
            "main model or LoRA fits": share(either),
        }
        for writer, (mains, either) in judged.items()
    }
    return {"count": len(chance), "chance": float(np.mean(chance)) if chance else None, "writers": writers}


def _is_stated(style: str, case: Case) -> bool:
    """Return whether a header or a sidecar states that one of the main models is good at a style."""
    return any(
        each.style == style and each.source in ("header", "sidecar")
        for main in case.setup.main_models
        for each in good_at_sources(main)
    )


def measure_ranges(work: Sequence[CaseWorkflow | None]) -> dict[str, Any]:
    """Return the shares of workflows whose quantities are recommended for their main model, each and all together."""
    kept = [each for written in work if written is not None and (each := kept_ranges(written.facts)) is not None]
    found = {quantity: share(each[quantity] for each in kept) for quantity in QUANTITIES}
    return found | {"all of them": share(all(each.values()) for each in kept)}


def measure_diversity(work: Sequence[CaseWorkflow | None], trained: frozenset[str] | None) -> dict[str, Any]:
    """Return how many of the workflows differ: as scripts, as API graphs without prompt and seed, as topologies.

    Args:
        work: the workflows of one writer.
        trained: topologies of the training corpus, for the share of new ones; None where they are not known.
    """
    done = [written for written in work if written is not None]
    shapes = [topology(written.workflow) for written in done]
    found: dict[str, Any] = {
        "count": len(done),
        "scripts": len({written.choices for written in done}),
        "graphs": len({json.dumps(to_api(w.workflow, prompt="", seed=0), sort_keys=True) for w in done}),
        "topologies": len(set(shapes)),
        "most frequent topology": max(Counter(shapes).values(), default=0),
    }
    if trained is not None:
        found["topology not in the corpus"] = share(shape not in trained for shape in shapes)
    return found


def trained_topologies(pairs: Iterable[Pair], object_info: Mapping[str, Any]) -> frozenset[str]:
    """Return the topologies of training scripts, whose model files need not be known for that."""
    catalog = with_gguf_loaders(catalog_from_object_info(object_info, (), options_from_models=True))
    return frozenset(topology(_without_files(pair.choices, catalog)) for pair in pairs)


def _without_files(choices: Sequence[str], catalog: Catalog) -> Workflow:
    """Return the workflow of a script, with a placeholder for every model file."""
    builder = Builder(catalog)
    for choice in choices:
        spec = builder.slot.spec if builder.slot is not None and builder.phase in ("value", "setting") else None
        at_file = builder.phase == "main" or (spec is not None and spec.folder is not None)
        builder.choose('#"file"' if at_file and choice not in (NO_MODEL, LINKED, ABSENT) else choice)
    return builder.workflow()


def measure_seconds(work: Sequence[CaseWorkflow | None]) -> dict[str, float]:
    """Return the median and the 95th percentile of the seconds a workflow."""
    seconds = [written.seconds for written in work if written is not None]
    return {name: float(np.percentile(seconds, at)) for name, at in (("p50", 50), ("p95", 95))} if seconds else {}
