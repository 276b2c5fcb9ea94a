"""Requests on simulated installations of real families, drawn as the corpus draws them for training.

Prompts are the corpus' own, the installations have the file names that it draws, and a workflow is written under the
grammar that the product writes under for the same prompt. That grammar leaves few main models, those that a person
would choose; in a share of the requests any that is installed may be chosen, so that the policy learns to choose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ...workflow.asked import asked_of
from ...workflow.catalog.catalog import Catalog
from ...workflow.catalog.object_info import catalog_from_object_info
from ...workflow.grammar.constraints import Constraints
from ...workflow.graph import WorkflowError
from ...workflow.script.slots import class_slots
from ..common.any_main import with_any_main
from ..corpus.prompts.drawing import PromptDrawing
from ..corpus.synthesis.asking import asking
from ..evaluate_policy.cases import draw_setup
from .asked_requests import request_as_asked
from .request import Request

_TRIES = 200
_KEPT = 4096
"""Node classes whose inputs are kept, until they are forgotten: every installation has loaders of its own."""


@dataclass(frozen=True)
class SimulatedRequests:
    """The corpus' prompts, each on an installation that is drawn for it."""

    object_info: Mapping[str, Any]
    """Node classes of the installations."""
    constraints: Constraints
    """What every workflow keeps to."""
    prompts: tuple[tuple[str, ...], ...] = ()
    """People's prompts, by file, for half of the requests."""
    any_main: float = 0.5
    """Share of requests in which every installed main model may be chosen."""
    base: Catalog = field(init=False)
    """The node classes as a catalog without files."""

    def __post_init__(self) -> None:
        """Read the node classes. Raises WorkflowError where they cannot be read."""
        base = catalog_from_object_info(self.object_info, (), options_from_models=True)
        object.__setattr__(self, "base", base)

    def draw(self, number: int, random: Random) -> Request:
        """Return a prompt on an installation of its own.

        Raises:
            WorkflowError: nothing can be made with the node classes under the constraints.
        """
        if class_slots.cache_info().currsize > _KEPT:
            class_slots.cache_clear()
        reason: Exception = WorkflowError("")
        for _ in range(_TRIES):
            try:
                return self._drawn(random)
            except WorkflowError as error:
                reason = error
        raise WorkflowError(f"nothing can be made with these node classes on any of {_TRIES} installations: {reason}")

    def _drawn(self, random: Random) -> Request:
        """Return a request. Raises WorkflowError where there is none on the installation that is drawn."""
        setup = draw_setup(self.base, random, held_out=False)
        prompt = asking(PromptDrawing(self.prompts).draw(random), setup.files, random)
        asked = asked_of(prompt, setup.catalog, self.constraints)
        if random.random() < self.any_main:
            asked = with_any_main(asked)
        return request_as_asked(asked, setup.catalog)

    @property
    def identity(self) -> Mapping[str, Any]:
        """The prompts and the node classes."""
        return {"prompts": [list(file) for file in self.prompts], "object_info": self.base.fingerprint}

    @property
    def described(self) -> Mapping[str, Any]:
        """The number of people's prompts; installations are without end."""
        return {"prompts": sum(map(len, self.prompts)), "installations": "simulated"}
