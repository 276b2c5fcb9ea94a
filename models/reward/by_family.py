"""Which ensemble judges a workflow: each family by what is known of it.

Families that were rendered are judged by the ensemble that learned from renders, all others by the one that learned
from public evidence. Their scores are both in standard deviations of pictures, but of different pictures: workflows of
the miniature and of a real family are not to be compared, nor does anyone want either in place of the other.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ...workflow.features.stated import stated_files
from . import evidence_ensemble, parts_ensemble
from .ensemble import FILE, Reward, RewardEnsemble, RewardMetadata, shipped_reward_path
from .evidence_ensemble import EvidenceEnsemble, shipped_evidence_path
from .folders import why_no_reward
from .members import RewardError
from .parts_ensemble import PartsEnsemble

if TYPE_CHECKING:
    import torch

    from ...workflow.catalog.catalog import Catalog
    from ..policy.policy import Policy


class Judge(Protocol):
    """Any reward ensemble."""

    @property
    def metadata(self) -> RewardMetadata:
        """What its scores mean."""

    def score(self, prompt: str, scripts: Sequence[Sequence[str]]) -> list[Reward]:
        """Return a reward for each script; equal ones for equal scripts. Raises RewardError."""


Renders = RewardEnsemble | PartsEnsemble
"""An ensemble that learned from renders or ratings of workflows."""


@dataclass(frozen=True, eq=False)
class FamilyEnsemble:
    """Two ensembles, of which each judges its own families."""

    renders: Renders
    """Learned from renders."""
    evidence: EvidenceEnsemble
    """Learned from public evidence."""

    @property
    def metadata(self) -> RewardMetadata:
        """What the scores of the ensemble of renders mean; those that carry evidence are in `UNITS`."""
        return self.renders.metadata

    @property
    def rendered(self) -> frozenset[str]:
        """The families of which there are renders."""
        return self.metadata.families

    def score(self, prompt: str, scripts: Sequence[Sequence[str]]) -> list[Reward]:
        """Return a reward for each script from the ensemble of its family. Raises RewardError."""
        rendered = self.rendered
        own = [bool(script) and script[0].partition("/")[0] in rendered for script in scripts]
        judges: dict[bool, Judge] = {True: self.renders, False: self.evidence}
        parts = {
            mine: iter(judge.score(prompt, [script for script, each in zip(scripts, own, strict=True) if each == mine]))
            for mine, judge in judges.items()
        }
        return [next(parts[each]) for each in own]

    def put_away(self, device: torch.device) -> None:
        """Move the ensemble of renders to an offload device; the next score brings it back."""
        if isinstance(self.renders, RewardEnsemble):
            self.renders.put_away(device)


def seeing(judge: Judge, catalog: Catalog) -> Judge:
    """Return an ensemble that also reads what the files of an installation state of themselves, where it can."""
    if isinstance(judge, EvidenceEnsemble):
        return replace(judge, files=stated_files(catalog))
    if isinstance(judge, FamilyEnsemble):
        return replace(judge, evidence=replace(judge.evidence, files=stated_files(catalog)))
    return judge


def load_judge(folder: Path | None, policy: Policy) -> Judge:
    """Load the ensemble in a folder, of whichever kind it is; None: those that come with Nodewright.

    Raises RewardError, naming the file.
    """
    path = folder or shipped_judge_path()
    if reason := why_no_reward(path):
        raise RewardError(reason)
    if is_evidence(path):
        return EvidenceEnsemble.load(path)
    ensemble = load_renders(path, policy)
    return with_evidence(ensemble) if folder is None else ensemble


def load_renders(folder: Path, policy: Policy) -> Renders:
    """Load an ensemble of renders of either kind. Raises RewardError, naming the file."""
    return PartsEnsemble.load(folder) if is_over_parts(folder) else RewardEnsemble.load(folder, policy)


def shipped_judge_path() -> Path:
    """Return the folder of what judges alone or first of what comes with Nodewright.

    That is the ensemble of renders where one comes with Nodewright, else that of real families.
    """
    path = shipped_reward_path()
    return path if is_of_renders(path) else shipped_evidence_path()


def with_evidence(renders: Renders) -> Renders | FamilyEnsemble:
    """Return an ensemble beside that of real families, if one comes with Nodewright. Raises RewardError."""
    path = shipped_evidence_path()
    return FamilyEnsemble(renders, EvidenceEnsemble.load(path)) if is_evidence(path) else renders


def is_evidence(folder: Path) -> bool:
    """Return whether a folder holds an ensemble of real families."""
    return os.path.isfile(Path(folder) / evidence_ensemble.FILE)  # Path.is_file raises for a name that is too long


def is_of_renders(folder: Path) -> bool:
    """Return whether a folder holds an ensemble of renders or ratings, over a policy's model or over parts."""
    return os.path.isfile(Path(folder) / FILE) or is_over_parts(folder)


def is_over_parts(folder: Path) -> bool:
    """Return whether a folder holds an ensemble that reads the parts of prompts and scripts, and no policy."""
    return os.path.isfile(Path(folder) / parts_ensemble.FILE)
