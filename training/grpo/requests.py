"""Where requests come from: prompts in rounds, on installations that were saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from ...models.policy.decoding import Grammar
from ...workflow.asked import asked_of
from ...workflow.grammar.grammar import Grammar as WorkflowGrammar
from ..common.errors import TrainingError
from .asked_requests import request_as_asked
from .request import Request


class Requests(Protocol):
    """Where requests come from."""

    def draw(self, number: int, random: Random) -> Request:
        """Return a request, the same for the same number and state of `random`.

        Args:
            number: how many were drawn before, in all processes.
            random: the source of all draws.
        """

    @property
    def identity(self) -> Mapping[str, Any]:
        """What a resumed training must share with the one that it continues, as JSON, by option."""

    @property
    def described(self) -> Mapping[str, Any]:
        """What the adapter's file says of the requests, as JSON."""


@dataclass(frozen=True)
class SavedRequests:
    """Prompts in rounds, each round in an order of its own, on saved installations."""

    prompts: Sequence[str]
    """The prompts."""
    grammars: Sequence[Grammar]
    """The grammar of each installation; one is drawn for each prompt."""
    seed: int = 0
    """Seed of the orders."""
    as_asked: float = 0.0
    """Share of the requests in which scripts keep to what is read in the prompt, as the product's do."""

    def __post_init__(self) -> None:
        """Raise TrainingError where there is nothing to write for."""
        if not self.prompts or not self.grammars:
            raise TrainingError("there is no prompt, or no installation, to write for")

    def draw(self, number: int, random: Random) -> Request:
        """Return the prompt of this number, on one of the installations."""
        prompt = self.prompts[_shuffled(number, len(self.prompts), self.seed)]
        grammar = random.choice(self.grammars)
        if not isinstance(grammar, WorkflowGrammar):
            return Request(prompt, grammar)
        if self.as_asked and random.random() < self.as_asked:
            return request_as_asked(asked_of(prompt, grammar.catalog, grammar.constraints), grammar.catalog)
        return Request(prompt, grammar, catalog=grammar.catalog)

    @property
    def identity(self) -> Mapping[str, Any]:
        """The prompts, and the files of the installations."""
        return {"prompts": list(self.prompts), "object_info": [list(grammar.files) for grammar in self.grammars]}

    @property
    def described(self) -> Mapping[str, Any]:
        """How many there are of both."""
        return {"prompts": len(self.prompts), "installations": len(self.grammars)}


def _shuffled(number: int, count: int, seed: int) -> int:
    """Return the `number`th of endless rounds through `count` things, each round in an order of its own."""
    order = list(range(count))
    Random(f"{seed}:round {number // count}").shuffle(order)
    return order[number % count]
