"""Requests under the grammar that the product writes under for the same prompt, and what a script misses of them."""

from __future__ import annotations

from collections.abc import Sequence

from ...models.policy.decoding import Candidate
from ...workflow.asked import Asked
from ...workflow.catalog.catalog import Catalog
from ...workflow.workflow_facts import workflow_facts
from ..corpus.synthesis.wanted import wanted_of
from ..evaluate_policy.asks import met_asks, silly_findings
from ..evaluate_policy.measures import CaseWorkflow
from .request import Request


def request_as_asked(asked: Asked, catalog: Catalog) -> Request:
    """Return a request for what a prompt asks for.

    Args:
        asked: what was read in the prompt.
        catalog: the installation.

    Raises:
        ConstraintError: nothing can be made under the constraints.
    """
    wanted, grammar = wanted_of(asked, catalog)

    def is_flawed(candidate: Candidate) -> bool:
        return bool(flaws(candidate, asked, catalog))

    return Request(wanted.text, grammar, wanted.words, is_flawed, catalog)


def flaws(candidate: Candidate, asked: Asked, catalog: Catalog) -> Sequence[str]:
    """Return what a script does wrong: the kinds of exact asks that it misses, and what makes no sense in it."""
    workflow = candidate.workflow
    written = CaseWorkflow(candidate.choices, workflow, workflow_facts(workflow, catalog), 0.0)
    missed = [kind for kind, met in met_asks(asked, written, catalog).items() if not met]
    return [*missed, *silly_findings(asked, workflow, catalog)]
