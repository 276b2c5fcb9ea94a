"""What of a prompt and a workflow a user's ratings are explained by: numbers, and names that are there or not.

A name is "group:value", such as "model:dreamshaperXL" or "asks:photo & good:anime". Numbers are on the scale on which
people notice them: a doubling of steps, pixels or the ratio of sides counts the same wherever it begins.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...workflow.ask.ask import Ask
from ...workflow.catalog.catalog import Catalog, ModelFile
from ...workflow.catalog.good_at import good_at
from ...workflow.families.names import stem_of
from ...workflow.fitting.files import family_of, is_distilled, lines_of
from ...workflow.fitting.ranking import styles_of
from ...workflow.graph import Workflow, WorkflowError
from ...workflow.picture_sizes import given, number
from ...workflow.workflow_facts import WorkflowFacts, workflow_facts

CROSS = " & "
"""Stands between the parts of a name that joins what a prompt asks for and what a workflow has."""
MOST_WORDS = 200
"""Words of a prompt that are looked at."""
_GENERAL = "general"
_WORD = re.compile(r"[^\W\d_]{3,30}")


@dataclass(frozen=True)
class Features:
    """What is looked at of one prompt and one workflow for it.

    Attributes:
        numbers: numbers by name; one that the workflow does not state is missing.
        names: what is there.
    """

    numbers: dict[str, float]
    names: frozenset[str]


def features_of(ask: Ask, workflow: Workflow, catalog: Catalog) -> Features:
    """Return the features of a workflow that was written for what a prompt asks.

    Raises:
        WorkflowError: a class of the workflow is not installed.
    """
    missing = sorted({node.class_type for node in workflow.nodes} - catalog.classes.keys())
    if missing:
        raise WorkflowError(f"there is no node class {missing[0]!r} here")
    facts = workflow_facts(workflow, catalog)
    asked = {f"asks:{style}" for style in styles_of(ask)} or {f"asks:{_GENERAL}"}
    made = set(_of_model(facts.main)) if facts.main is not None else set()
    crossed = {
        f"{kind}{CROSS}{name}" for kind in asked for name in made if name.split(":")[0] in ("good", "family", "model")
    }
    words = {f"word:{word}" for word in _WORD.findall(ask.text.lower())[:MOST_WORDS]}
    names = asked | made | crossed | words | set(_of_sampling(facts)) | set(_of_loras(facts))
    return Features(_numbers(workflow, facts), frozenset(names))


def _of_model(main: ModelFile) -> Iterator[str]:
    yield f"model:{stem_of(main.name)}"
    yield f"family:{family_of(main)}"
    yield f"kind:{'distilled' if is_distilled(main) else 'whole'}"
    yield from (f"line:{line}" for line in lines_of(main))
    yield from (f"good:{style}" for style in good_at(main) or (_GENERAL,))


def _of_sampling(facts: WorkflowFacts) -> Iterator[str]:
    if facts.samplings:
        first = facts.samplings[0]
        yield from (f"sampler:{name}" for name in (first.sampler,) if name)
        yield from (f"scheduler:{name}" for name in (first.scheduler,) if name)
    if any(sampling.second for sampling in facts.samplings):
        yield "stage:second pass"
    if facts.enlarged:
        yield "stage:enlarged"


def _of_loras(facts: WorkflowFacts) -> Iterator[str]:
    for lora in facts.loras:
        yield f"lora:{stem_of(lora.name)}"
        yield from (f"lora good:{style}" for style in good_at(lora))


def _numbers(workflow: Workflow, facts: WorkflowFacts) -> dict[str, float]:
    found: dict[str, float | None] = {"nodes": _log(len(workflow.nodes)), "loras": float(len(facts.loras))}
    if facts.samplings:
        first = facts.samplings[0]
        found |= {"steps": _log(first.carried_out), "cfg": first.cfg}
    if facts.final is not None:
        found["megapixels"] = _log(facts.final.megapixels)
        found["ratio"] = _log(facts.final.width / facts.final.height if facts.final.height else None)
    for name, input_name in (("guidance", "guidance"), ("denoise", "denoise"), ("lora strength", "strength_model")):
        values = [value for node in workflow.nodes if (value := number(given(node, input_name))) is not None]
        found[name] = min(values) if name == "denoise" and values else sum(values) if values else None
    return {name: value for name, value in found.items() if value is not None and math.isfinite(value)}


def _log(value: float | None) -> float | None:
    """Return the logarithm to base 2 of a number above 0, else None."""
    return math.log2(value) if value is not None and value > 0 else None
