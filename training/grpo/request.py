"""What a group of scripts is written for: a prompt, what it asks for, and the grammar of an installation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...models.policy.decoding import Candidate, Grammar
from ...workflow.catalog.catalog import Catalog


def never(candidate: Candidate) -> bool:
    """Return False: nothing is known that a candidate could do wrong."""
    return False


@dataclass(frozen=True)
class Request:
    """What a group of scripts is written for."""

    prompt: str
    """The text that the policy reads, and by which the scripts are rewarded."""
    grammar: Grammar
    """The choices that are allowed on the installation."""
    ask: tuple[str, ...] | None = None
    """What is asked for, as words; None: what is read in the prompt."""
    is_flawed: Callable[[Candidate], bool] = never
    """Whether a script does something wrong that no reward makes up for."""
    catalog: Catalog | None = None
    """The installation, whose files may state what a reward depends on; None: scripts alone are rewarded."""

    def is_on_installation_of(self, other: Request) -> bool:
        """Return whether both are for the same installation, also where what is asked for makes the grammars differ."""
        return self.grammar is other.grammar or (self.catalog is not None and self.catalog is other.catalog)
