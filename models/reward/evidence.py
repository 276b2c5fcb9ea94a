"""Evidence: what a score rests on, in words that come before the number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["ratings", "tables", "documentation", "renders"]
"""Rated pictures, published tables, documentation alone, or one's own renders."""
Scope = Literal["model", "variant", "family"]

_SCOPES: Mapping[Scope, str] = {
    "model": "of this model",
    "variant": "of other models of its variant",
    "family": "of other models of its family",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a score rests on."""

    kind: Kind
    """The best kind of evidence that there is for the main model."""
    scope: Scope = "model"
    """Whether it is of this very model, or of others like it."""
    sources: Mapping[str, int] = field(default_factory=dict)
    """Source -> number of its rows."""

    @property
    def rows(self) -> int:
        """The number of rows of all sources."""
        return sum(self.sources.values())

    @property
    def confirmed(self) -> bool:
        """Whether several sources judged this very model: then errors are smaller, which members do not show."""
        return self.scope == "model" and len(self.sources) > 1

    def document(self) -> dict[str, Any]:
        """Return the evidence as JSON."""
        return {
            "kind": self.kind, "scope": self.scope, "rows": self.rows, "sources": dict(self.sources),
            "words": self.words,
        }  # fmt: skip

    @property
    def words(self) -> str:
        """The evidence in words."""
        if self.kind == "documentation":
            return "documented settings alone: no ratings of this family's pictures"
        if self.kind == "renders":
            return f"renders {_SCOPES[self.scope]} ({self.rows:,} scores)"
        what = "rated pictures" if self.kind == "ratings" else "published tables"
        names = ", ".join(sorted(self.sources, key=lambda name: -self.sources[name])[:3])
        more = f" and {len(self.sources) - 3} more" if len(self.sources) > 3 else ""
        return f"{what} {_SCOPES[self.scope]} ({names}{more}; {self.rows:,} rows)"


NOTHING = "nothing is known of how good pictures of this model are"
"""What the words begin with where there is no evidence for a main model."""
