"""How exactly a workflow does what its prompt asks for: one judgement a kind of ask, and which LoRAs it uses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...workflow.ask.policy_words import policy_words
from ...workflow.asked import Asked
from ...workflow.catalog.catalog import Catalog, ModelFile
from ...workflow.catalog.good_at import good_at
from ...workflow.grammar.wishes import RATIO_TOLERANCE
from ...workflow.graph import Workflow
from ...workflow.silly import silly
from .cases import Case
from .measures import CaseWorkflow, Work, share

_LISTED = 20


def met_asks(asked: Asked, written: CaseWorkflow, catalog: Catalog) -> dict[str, bool]:
    """Return, for each thing that is asked for exactly and can be done, whether a workflow does it.

    A number is kept where some node has it, a size or ratio by the picture at the end. A cfg is kept as guidance, too:
    models that are distilled for guidance take it from a node of its own (`workflow/grammar/wishes.py`).
    """
    ask, facts = asked.ask, written.facts
    wishes = asked.constraints.wishes
    values = [(name, value) for node in written.workflow.nodes for name, value in node.inputs]
    numbers = {"steps": wishes.steps, "cfg": wishes.cfg, "sampler_name": wishes.sampler, "scheduler": wishes.scheduler}
    found = {
        name.removesuffix("_name"): any(
            value == wanted and (key == name or (name, key) == ("cfg", "guidance")) for key, value in values
        )
        for name, wanted in numbers.items()
        if wanted is not None
    }
    size = facts.final
    if size is not None and wishes.size is not None and ask.enlargement is None:
        found["size"] = (round(size.width), round(size.height)) == wishes.size
    elif size is not None and ask.ratio is not None:
        found["ratio"] = abs(size.width / size.height / ask.ratio.value - 1) <= RATIO_TOLERANCE
    if any(one.sort == "model" and not one.missing for one in ask.mentions):
        found["model"] = facts.main is not None and facts.main.alias in wishes.mains
    used = {lora.alias for lora in facts.loras}
    possible = [alias for alias, _ in wishes.loras if _serves(catalog.by_alias(alias), facts.main)]
    if possible:
        found["LoRA"] = used.issuperset(possible)
    if ask.enlargement is not None:
        found["enlarged" if ask.enlargement.wanted else "not enlarged"] = facts.enlarged is ask.enlargement.wanted
    return found


def _serves(lora: ModelFile | None, main: ModelFile | None) -> bool:
    return lora is not None and main is not None and bool(lora.families & main.families)


def measure_asks(cases: Sequence[Case], work: Work) -> dict[str, Any]:
    """Return, for each kind of exact ask, the share of workflows that do it, by writer; and of all of them together."""
    found: dict[str, dict[str, list[bool]]] = {}
    for writer, done in work.items():
        for case, written in zip(cases, done, strict=True):
            if written is None:
                continue
            met = met_asks(case.asked, written, case.setup.catalog)
            for kind, kept in met.items():
                found.setdefault(kind, {}).setdefault(writer, []).append(kept)
                found.setdefault("all", {}).setdefault(writer, []).append(kept)
    return {kind: {writer: share(kept) for writer, kept in writers.items()} for kind, writers in found.items()}


def measure_loras(cases: Sequence[Case], work: Work) -> dict[str, Any]:
    """Return how often the right LoRA is used, and how often a wrong one, by writer.

    A right one is good at a style that is asked for and that the main model is not good at; where it is installed for
    the main model, it is expected. A wrong one is good at a style, though none of its styles is asked for, and it is
    not named.
    """
    found: dict[str, dict[str, Any]] = {}
    for writer, done in work.items():
        right: list[bool] = []
        wrong: list[bool] = []
        for case, written in zip(cases, done, strict=True):
            main = written.facts.main if written is not None else None
            if written is None or main is None:
                continue
            facts, styles = written.facts, frozenset(policy_words(case.asked.ask))
            named = {alias for alias, _ in case.asked.constraints.wishes.loras}
            own = good_at(main)
            if styles.isdisjoint(own) and any(good_at(lora) & styles for lora in case.setup.files.loras(main)):
                right.append(any(good_at(lora) & styles for lora in facts.loras))
            wrong.append(any(_is_wrong(lora, styles, named) for lora in facts.loras))
        found[writer] = {"right one used": share(right), "wrong one used": share(wrong)}
    return found


def _is_wrong(lora: ModelFile, styles: frozenset[str], named: Iterable[str]) -> bool:
    own = good_at(lora)
    return bool(own) and own.isdisjoint(styles) and lora.alias not in set(named)


def measure_silly(cases: Sequence[Case], work: Work) -> dict[str, Any]:
    """Return the share of workflows in which something makes no sense (`workflow.silly`), with some findings."""
    found = {}
    for writer, done in work.items():
        findings = [
            silly_findings(case.asked, written.workflow, case.setup.catalog)
            for case, written in zip(cases, done, strict=True)
            if written is not None
        ]
        found[writer] = {"silly": share(bool(each) for each in findings)} | {
            "findings": [finding for each in findings for finding in each][:_LISTED]
        }
    return found


def silly_findings(asked: Asked, workflow: Workflow, catalog: Catalog) -> list[str]:
    """Return what makes no sense in a workflow, where a size that is asked for always does."""
    size = asked.constraints.wishes.size
    return [str(each) for each in silly(workflow, catalog, () if size is None else (size,))]
