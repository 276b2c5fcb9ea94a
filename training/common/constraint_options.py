"""The options of constraints, as fields of a stage's config."""

from __future__ import annotations

from dataclasses import dataclass

from ...workflow.grammar.constraints import DEFAULT_NODES, Constraints, read_constraints

FORMER_NAMES = {
    "family": "families", "maximum_nodes": "max_nodes", "maximum_megapixels": "max_megapixels", "require": "required",
    "forbid": "forbidden",
}  # fmt: skip
"""Names of the options in earlier versions -> names now."""


@dataclass(frozen=True, kw_only=True)
class ConstraintOptions:
    """What every workflow of a stage keeps to; a config that has these options is derived from this class."""

    families: tuple[str, ...] = ()
    """Model families to choose from; without it, all that are installed."""
    max_nodes: int = DEFAULT_NODES
    """The most nodes of a workflow."""
    max_megapixels: float | None = None
    """The largest picture in a workflow, in millions of pixels; 0 is any size, and without it the largest is 4."""
    required: tuple[str, ...] = ()
    """Node classes that must occur."""
    forbidden: tuple[str, ...] = ()
    """Node classes that must not occur."""
    ends_in: tuple[str, ...] = ()
    """Output classes to choose from; without it, SaveImage."""

    @property
    def constraints(self) -> Constraints:
        """The constraints, with the defaults of `read_constraints`."""
        names = ("families", "max_nodes", "max_megapixels", "required", "forbidden", "ends_in")
        return read_constraints({name: getattr(self, name) for name in names})
