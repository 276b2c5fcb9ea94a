"""The data card of a corpus: what has been drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..common.report_table import markdown_table


@dataclass
class Card:
    """The figures of the data card: counts over all lines."""

    pairs: int = 0
    source: Counter[str] = field(default_factory=Counter)
    family: Counter[str] = field(default_factory=Counter)
    cue: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    scripts: set[str] = field(default_factory=set)
    topologies: Counter[str] = field(default_factory=Counter)
    choices: int = 0
    forced: int = 0

    def count(self, row: tuple[str, str, str, int, int, str, str]) -> None:
        """Count one line, given as in `Shard.rows`."""
        source, family, found, choices, forced, script, shape = row
        self.pairs += 1
        self.source[source] += 1
        self.family[family] += 1
        self.cue.update(found.split() or ["none"])
        self.choices += choices
        self.forced += forced
        self.scripts.add(script)
        self.topologies[shape] += 1

    def figures(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        pairs = max(1, self.pairs)
        return {
            "pairs": self.pairs,
            "distinct_scripts": len(self.scripts),
            "topologies": len(self.topologies),
            "share_of_ten_commonest_topologies": round(
                sum(count for _, count in self.topologies.most_common(10)) / pairs, 4
            ),
            "choices_a_pair": round(self.choices / pairs, 2),
            "forced_share": round(self.forced / max(1, self.choices), 4),
            "by_source": dict(self.source.most_common()),
            "by_family": dict(self.family.most_common()),
            "by_cue": dict(self.cue.most_common()),
            "rejected": dict(self.rejected.most_common()),
        }


def tables(figures: Mapping[str, Any]) -> str:
    """Return the card's figures as the tables of docs/data.md."""
    pairs = figures["pairs"]
    rows = [
        ("pairs", f"{pairs:,}"),
        ("distinct scripts", f"{figures['distinct_scripts']:,}"),
        ("distinct topologies (classes and links)", f"{figures['topologies']:,}"),
        ("pairs that share the ten commonest topologies", f"{figures['share_of_ten_commonest_topologies']:.0%}"),
        ("choices a script, mean", f"{figures['choices_a_pair']}"),
        ("of these, the only one allowed", f"{figures['forced_share']:.1%}"),
        ("drawn and left out", f"{sum(figures['rejected'].values()):,}"),
    ]
    parts = [markdown_table(("", ""), rows)]
    for title, key in (("source", "by_source"), ("cue", "by_cue"), ("family", "by_family")):
        counts = [(name, f"{count:,} ({count / max(1, pairs):.1%})") for name, count in figures[key].items()]
        parts.append(markdown_table((title, "pairs"), counts))
    return "\n\n".join(parts) + "\n"
