"""The authors of an evaluation's workflows: those that need no training, and policies at each guidance scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

from ...miniature.family import FAMILY as MINIATURE
from ...models.policy.policy import Policy
from ...workflow.catalog.catalog import Catalog
from ...workflow.grammar.grammar import DeadEndError, Grammar, GrammarError
from ...workflow.script.script import write_script
from ..common.baselines import random_walk
from ..common.policy_scripts import policy_scripts
from ..common.prompt_file import PromptRecord
from ..corpus.synthesis.choosing import Installation, family_key
from ..corpus.synthesis.recipes import draw
from ..corpus.synthesis.wanted import plainly_wanted
from ..corpus.synthesis.zoo_workflows import draw_workflow
from .kind_classifier import closest
from .nearest_prompts import NearestPrompts
from .written import Write

_TRIES = 20


def random_walks(grammar: Grammar, seed: int) -> Write:
    """Return an author of random valid workflows, whatever the prompt."""

    def write(index: int, record: PromptRecord, count: int) -> list[Sequence[str]]:
        return [random_walk(grammar, Random(f"{seed}/walk/{index}/{number}")) for number in range(count)]

    return write


def recipes(catalog: Catalog, grammar: Grammar, seed: int) -> Write:
    """Return an author of workflows as the corpus has them for such a prompt.

    They are of the zoo where the grammar offers nothing else, else recipes. The author writes nothing where no try in
    twenty keeps to the grammar's limits.
    """
    installation = Installation(catalog)
    zoo = all(family_key(main) == MINIATURE.name for main in grammar.mains)

    def write(index: int, record: PromptRecord, count: int) -> list[Sequence[str]]:
        random, found = Random(f"{seed}/corpus/{index}"), list[Sequence[str]]()
        for _ in range(_TRIES * count):
            prompt = record.prompt
            workflow = (
                draw_workflow(installation, prompt, random)
                if zoo
                else draw(installation, plainly_wanted(prompt), random)
            )
            if workflow is None:
                continue
            choices = write_script(workflow, catalog)
            try:
                grammar.accept(choices)
            except DeadEndError:
                raise
            except GrammarError:
                continue
            found.append(choices)
            if len(found) == count:
                break
        return found

    return write


def always(scripts: Sequence[Sequence[str]]) -> Write:
    """Return an author of the same workflows for every prompt, the best first."""
    return lambda index, record, count: scripts[:count]


def by_kind(scripts: Mapping[str, Sequence[Sequence[str]]], kinds_of: Callable[[str], frozenset[str]]) -> Write:
    """Return an author of the workflows of the kind that is closest to a prompt's kinds, the best first.

    Args:
        scripts: workflows by kind.
        kinds_of: returns the kinds of a prompt.
    """
    return lambda index, record, count: scripts[closest(kinds_of(record.prompt), scripts)][:count]


def by_nearest_prompt(nearest: NearestPrompts) -> Write:
    """Return an author of the workflows that were best for the most similar prompts."""
    return lambda index, record, count: nearest.scripts_for(record.prompt, count)


def policy_author(
    policy: Policy,
    grammar: Grammar,
    seed: int,
    *,
    guidance: float,
    temperature: float,
    top_p: float,
    prefix: str = "",
    as_asked: bool = False,
) -> Write:
    """Return an author of a policy's workflows. All policies draw from the same random numbers.

    Args:
        policy: the policy.
        grammar: of the installation.
        seed: of the drawing.
        guidance: guidance scale.
        temperature: sampling temperature.
        top_p: probability mass to draw from.
        prefix: text that the policy reads before the prompt.
        as_asked: whether workflows also keep to what is read in the prompt, as the product's do.
    """

    def write(index: int, record: PromptRecord, count: int) -> Sequence[Sequence[str]]:
        return policy_scripts(
            policy, grammar, prefix + record.prompt, count=count, seed=seed * 1_000_003 + index,
            temperature=temperature, top_p=top_p, guidance=guidance, as_asked=as_asked,
        )  # fmt: skip

    return write
