"""The writers that are compared: the policy, what it has to be better than, and what the corpus teaches."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from random import Random

from ...models.policy.decoding import generate
from ...models.policy.policy import Policy
from ...workflow.grammar.grammar import DeadEndError, GrammarError
from ...workflow.script.script import read_script, write_script
from ...workflow.workflow_facts import workflow_facts
from ..common.baselines import random_walk
from ..corpus.shards import VARIATION_SHARE
from ..corpus.synthesis.recipes import draw
from ..corpus.synthesis.variations import Base, vary
from .cases import Case
from .measures import CaseWorkflow

Writer = Callable[[Case, int], Sequence[str] | None]
"""(case, its index) -> a script; None where the writer has none."""

_PROGRESS_SECONDS = 10


def policy_writer(policy: Policy, seed: int, temperature: float, *, ignoring: bool = False) -> Writer:
    """Return the policy as a writer under the grammar of what is asked for, as the product has it.

    With `ignoring` it reads another prompt in the prompt's place, in which nothing is asked for, and the grammar keeps
    to nothing that is asked.
    """

    def write(case: Case, index: int) -> Sequence[str]:
        grammar = case.setup.grammar if ignoring else case.grammar
        text, ask = (case.other, ("nothing",)) if ignoring else (case.wanted.text, case.wanted.words)
        (candidate,) = generate(policy, grammar, text, seed=seed * 1_000_003 + index, temperature=temperature, ask=ask)
        return candidate.choices

    return write


def random_writer(seed: int) -> Writer:
    """Return a writer of random walks of the grammar."""
    return lambda case, index: random_walk(case.grammar, Random(f"{seed}:walk:{index}"))


def corpus_writer(varied: Sequence[Base], seed: int) -> Writer:
    """Return a writer of the workflows that the corpus teaches: recipes and, where there are bases, variations."""

    def write(case: Case, index: int) -> Sequence[str] | None:
        random = Random(f"{seed}:target:{index}")
        workflow = None
        if varied and random.random() < VARIATION_SHARE:
            _, workflow = vary(varied, case.setup.files, case.wanted, random)
        workflow = workflow or draw(case.setup.files, case.wanted, random)
        if workflow is None:
            return None
        choices = write_script(workflow, case.setup.catalog)
        try:
            case.grammar.accept(choices)
        except DeadEndError:
            raise
        except GrammarError:
            return None  # the corpus leaves it out as well
        return choices

    return write


def write_all(
    cases: Sequence[Case], writer: Writer, label: str, message: Callable[[str], None]
) -> list[CaseWorkflow | None]:
    """Return what a writer writes for each case, None where it writes nothing; `message` gets lines of progress."""
    start = last = time.monotonic()
    done: list[CaseWorkflow | None] = []
    for index, case in enumerate(cases):
        before = time.perf_counter()
        choices = writer(case, index)
        seconds = time.perf_counter() - before
        if choices is None:
            done.append(None)
        else:
            catalog = case.setup.catalog
            workflow = read_script(choices, catalog)
            done.append(CaseWorkflow(tuple(choices), workflow, workflow_facts(workflow, catalog), seconds))
        if time.monotonic() - last > _PROGRESS_SECONDS:
            last = time.monotonic()
            message(f"{label}: {index + 1} of {len(cases)} in {last - start:.0f} s")
    message(f"{label}: {len(cases)} in {time.monotonic() - start:.0f} s")
    return done
