"""Who writes in an evaluation: what needs no training, and policies at each guidance scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

from ...miniature.family import FAMILY as MINIATURE
from ...models.policy.decoding import generate
from ...models.policy.policy import Policy
from ...workflow.catalog.catalog import Catalog
from ...workflow.grammar.grammar import Grammar, GrammarError
from ...workflow.script.script import write_script
from ..common.baselines import random_walk
from ..common.prompt_file import PromptRecord
from ..corpus.synthesis.choosing import Installation, family_key
from ..corpus.synthesis.recipes import draw
from ..corpus.synthesis.zoo_workflows import draw_workflow
from .written import Write

_TRIES = 20


def walking(grammar: Grammar, seed: int) -> Write:
    """A random valid workflow, whatever the prompt."""

    def write(index: int, asked: PromptRecord, count: int) -> list[Sequence[str]]:
        return [random_walk(grammar, Random(f"{seed}/walk/{index}/{number}")) for number in range(count)]

    return write


def recipes(catalog: Catalog, grammar: Grammar, seed: int) -> Write:
    """A workflow as the corpus has it for such a prompt: on the zoo where it is all that the grammar offers, else a
    recipe. Nothing where no try in twenty keeps to the grammar's limits."""
    installation = Installation(catalog)
    zoo = all(family_key(main) == MINIATURE.name for main in grammar.mains)

    def write(index: int, asked: PromptRecord, count: int) -> list[Sequence[str]]:
        random, found = Random(f"{seed}/corpus/{index}"), list[Sequence[str]]()
        for _ in range(_TRIES * count):
            workflow = (draw_workflow if zoo else draw)(installation, asked.prompt, random)
            if workflow is None:
                continue
            choices = write_script(workflow, catalog)
            try:
                grammar.accept(choices)
            except GrammarError:
                continue
            found.append(choices)
            if len(found) == count:
                break
        return found

    return write


def always(scripts: Sequence[Sequence[str]]) -> Write:
    """The same workflows for every prompt, the best first."""
    return lambda index, asked, count: scripts[:count]


def by_kind(scripts: Mapping[str, Sequence[Sequence[str]]], kind_of: Callable[[str], str]) -> Write:
    """The workflows of the kind that a prompt seems to be of, the best first."""
    return lambda index, asked, count: scripts[kind_of(asked.prompt)][:count]


def writing(
    policy: Policy, grammar: Grammar, seed: int, *, guidance: float, temperature: float, top_p: float, prefix: str = ""
) -> Write:
    """A policy's workflows. All policies draw from the same random numbers. prefix: what it reads before the prompt;
    nobody else does."""

    def write(index: int, asked: PromptRecord, count: int) -> list[Sequence[str]]:
        written = generate(
            policy, grammar, prefix + asked.prompt, candidates=count, seed=seed * 1_000_003 + index,
            temperature=temperature, top_p=top_p, guidance=guidance,
        )  # fmt: skip
        return [candidate.choices for candidate in written]

    return write
