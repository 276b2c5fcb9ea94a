"""From public files to an ensemble."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from ...models.reward.design import USUAL
from ...models.reward.evidence_ensemble import EvidenceEnsemble, EvidenceKnowledge, counted
from .documentation import documentation_rows
from .fit import Floats, Table, fit_members, table_of
from .models import ALIASES
from .presets import preset_rows, read_presets, release_years
from .rows import Row, rated_rows
from .sources import SOURCES, Rating, read_ratings

SETTINGS_ONLY = frozenset({"sampler sweep"})
"""Sources that vary the settings of one model, and say nothing of how it stands to others."""


@dataclass(frozen=True)
class Gathered:
    """What the files of a folder say."""

    ratings: list[Rating]
    rows: list[Row]
    table: Table
    released: dict[str, float]

    @property
    def left_out(self) -> dict[str, int]:
        """The models of the files that are not known, with the number of their ratings."""
        names = sorted({each.model for each in self.ratings} - ALIASES.keys())
        return {name: sum(each.model == name for each in self.ratings) for name in names}


def gather(folder: Path, seed: int) -> Gathered:
    """Read the public files of a folder as rows. Raises TrainingError, naming the file."""
    ratings, presets = read_ratings(folder), read_presets(folder)
    random = Random(seed)
    rated = rated_rows(ratings, random)
    rows = [*rated, *documentation_rows(random), *preset_rows(presets, random)]
    released = _as_far_as_rated(release_years(presets), rated)
    return Gathered(ratings, rows, table_of(rows, released), released)


def _as_far_as_rated(released: dict[str, float], rated: list[Row]) -> dict[str, float]:
    """Return the years, none later than that of the latest family with ratings: nothing is known of progress since."""
    families = {row.script[0].partition("/")[0] for row in rated if row.source not in SETTINGS_ONLY}
    known = [year for name, year in released.items() if name.removeprefix("family=") in families]
    years = {name: round(min([year, max(known, default=year)]), 2) for name, year in released.items()}
    families_years = [year for name, year in years.items() if name.startswith("family=")]
    return years | ({USUAL: statistics.median(families_years)} if families_years else {})


def ensemble_of(gathered: Gathered, members: Floats) -> EvidenceEnsemble:
    """Return members as an ensemble. Columns in which all members have almost nothing are left out."""
    table = gathered.table
    kept = np.abs(members).max(0) > _SMALLEST
    rated = [row for row in gathered.rows if row.sort != "documentation" and row.source not in SETTINGS_ONLY]
    sources: dict[str, int] = {}
    for row in gathered.rows:
        sources[row.source] = sources.get(row.source, 0) + 1
    knowledge = EvidenceKnowledge(
        gathered.released,
        counted([(row.script[0], row.sort, row.source) for row in rated]),
        {"rows": sources, "files": {each.name: each.about for each in SOURCES}, "left_out": gathered.left_out},
    )
    names = tuple(name for name, keep in zip(table.names, kept, strict=True) if keep)
    return EvidenceEnsemble(names, members[:, kept].astype(np.float32), knowledge)


def learned(gathered: Gathered, count: int, seed: int) -> EvidenceEnsemble:
    """Return the ensemble that is learned from all rows."""
    return ensemble_of(gathered, fit_members(gathered.table, count, seed))


_SMALLEST = 1e-4
