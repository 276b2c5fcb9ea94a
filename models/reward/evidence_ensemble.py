"""The reward ensemble of real families: linear members over features, learned from public ratings and documentation.

    ensemble = EvidenceEnsemble.load(folder)
    reward = ensemble.score("a photo of a fox", [script])[0]
    print(reward.evidence.words, reward.mean, reward.deviation)

Unlike `RewardEnsemble` it reads no policy's weights. A unit is the standard deviation of rated pictures of one prompt;
0 is the mean of the models that were rated. On disk it is evidence.json and members.safetensors.
"""

from __future__ import annotations

import re
import shutil
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ...files import write_json
from ...json_shapes import ListOf, Number, Object, TableOf, Text, Whole
from ...workflow.catalog.safetensors_header import HeaderError, read_header
from ...workflow.families.lookup import FAMILIES
from ...workflow.features.documented import documented_range, identity_of, variant_of
from ...workflow.features.features import settings_features
from ...workflow.features.own import OWN, own_features
from ...workflow.features.script_settings import ScriptSettings, read_settings
from ...workflow.features.stated import NO_FILES, StatedFiles
from ..policy.checkpoints import shipped_policy_path
from ..policy.folders import FolderKind, write_folder
from .description import read_described
from .design import columns
from .ensemble import Reward, RewardMetadata
from .evidence import NOTHING, Evidence, Kind, Scope
from .members import RewardError

FILE = "evidence.json"
WEIGHTS = "members.safetensors"
EVIDENCE_FOLDER = FolderKind("a reward ensemble of real families that Nodewright wrote", FILE, (WEIGHTS,))
FORMAT = 1
LEAST = -4.0
"""The most that settings take away: there is nothing worse than a picture of noise."""
SMALLEST_SIDE = 256
"""Native side of the smallest models that public ratings speak of."""
AGAIN = "Download Nodewright again, or train it again with `nodewright train evidence`"
UNITS = RewardMetadata(offset=0.0, scale=1.0, disagreement_threshold=0.8)
"""What scores mean: standard deviations of rated pictures. Members disagree by less about every rated family."""
_MOST_COLUMNS, _MOST_MEMBERS = 20_000, 64
_DESCRIPTION = Object(
    {
        "columns": ListOf(Text(), 1, _MOST_COLUMNS),
        "members": Whole(1, _MOST_MEMBERS),
        "released": TableOf(Number(1900, 2200)),
        "evidence": TableOf(TableOf(TableOf(Whole(0)))),
        "training": TableOf(),
    }
)
_MODEL = re.compile(r"(1|released|style_\w+|lettering_met|(family|variant|file)=.*)$")
_KINDS: Mapping[str, Kind] = {"per picture": "ratings", "per model": "tables"}


@dataclass(frozen=True)
class EvidenceKnowledge:
    """What the members rest on.

    Attributes:
        released: the year in which models were published, by the name of the feature that stands for them.
        evidence: rows by sort and source, by the name of a family, of a variant, or of a model of a variant.
        training: what was read and how it was fitted.
    """

    released: Mapping[str, float] = field(default_factory=dict)
    evidence: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class EvidenceEnsemble:
    """Linear members over the columns of `design.columns`.

    Attributes:
        names: the columns.
        weights: the members' coefficients, (members, columns).
        knowledge: what they rest on.
        files: what the files of the installation state of themselves (`by_family.seeing`).
    """

    names: tuple[str, ...]
    weights: npt.NDArray[np.float32]
    knowledge: EvidenceKnowledge
    files: StatedFiles = field(default_factory=lambda: NO_FILES)

    def __post_init__(self) -> None:
        """Note where each column stands, which of them are of settings, and whether some are of own ratings."""
        object.__setattr__(self, "_own", any(name.startswith(OWN) for name in self.names))
        object.__setattr__(self, "_places", {name: place for place, name in enumerate(self.names)})
        object.__setattr__(self, "_settings", np.array([not _MODEL.match(name) for name in self.names]))

    @staticmethod
    def load(folder: Path) -> EvidenceEnsemble:
        """Read an ensemble. Raises RewardError, naming the file, when one is missing or damaged."""
        path = Path(folder) / FILE
        described = read_described(path, _DESCRIPTION, FORMAT, AGAIN)
        names = tuple(described["columns"])
        known = EvidenceKnowledge(described["released"], described["evidence"], described["training"])
        return EvidenceEnsemble(names, _read_weights(Path(folder) / WEIGHTS, described["members"], len(names)), known)

    def save(self, folder: Path) -> None:
        """Write the ensemble; `folder` is replaced as a whole, or not at all. Raises CheckpointError."""

        def write(target: Path) -> None:
            known = self.knowledge
            described = {
                "format": FORMAT, "members": len(self.weights), "columns": list(self.names),
                "released": dict(known.released), "evidence": known.evidence, "training": dict(known.training),
            }  # fmt: skip
            write_json(target / FILE, described, indent=1)
            packed = np.ascontiguousarray(self.weights, np.float32)  # safetensors writes memory as it lies
            save_file({"weights": packed}, target / WEIGHTS)
            shutil.copymode(target / FILE, target / WEIGHTS)

        write_folder(folder, EVIDENCE_FOLDER, write)

    @property
    def metadata(self) -> RewardMetadata:
        """What the scores mean."""
        return UNITS

    @property
    def of_settings(self) -> npt.NDArray[np.bool_]:
        """Which of the columns are of settings, (columns,); the others are of models."""
        found: npt.NDArray[np.bool_] = self._settings  # type: ignore[attr-defined]
        return found

    def score(self, prompt: str, scripts: Sequence[Sequence[str]]) -> list[Reward]:
        """Score scripts for one prompt; equal scripts get equal rewards.

        Raises RewardError for a script that is empty.
        """
        if not all(scripts):
            raise RewardError("a script without choices cannot be scored")
        found = {script: self._reward(prompt, script) for script in dict.fromkeys(map(tuple, scripts))}
        return [found[tuple(script)] for script in scripts]

    def evidence_for(self, settings: ScriptSettings) -> Evidence | None:
        """Return what is known of a script's main model; None where nothing is."""
        stated = self.files.get(settings.main)
        family, name = settings.family, settings.name if stated is None else stated.name
        if family not in FAMILIES or (FAMILIES[family].native_side or 1024) < SMALLEST_SIDE:
            return None
        variant, identity = variant_of(family, name), identity_of(family, name)
        for scope, key in evidence_keys(family, variant, identity):
            for sort, kind in _KINDS.items():
                if sources := self.knowledge.evidence.get(key, {}).get(sort):
                    return Evidence(kind, scope, sources)
        if documented_range(family, name) is None or not settings.samplings:
            return None
        return Evidence("documentation", "family")

    def members_scores(self, prompt: str, settings: ScriptSettings) -> npt.NDArray[np.float64]:
        """Return each member's score of a script's settings for a prompt."""
        values = self.columns_of(prompt, settings)
        places: Mapping[str, int] = self._places  # type: ignore[attr-defined]
        row = np.zeros(len(self.names))
        for name, value in values.items():
            if (place := places.get(name)) is not None:
                row[place] = value
        parts = self.weights * row
        chosen = self.of_settings
        scores: npt.NDArray[np.float64] = parts[:, ~chosen].sum(1) + np.maximum(LEAST, parts[:, chosen].sum(1))
        return scores

    def columns_of(self, prompt: str, settings: ScriptSettings) -> dict[str, float]:
        """Return the columns that are not 0; those of a user's own ratings only where members know some."""
        found = columns(settings_features(prompt, settings, self.files), self.knowledge.released)
        return found | own_features(prompt, settings) if self._own else found  # type: ignore[attr-defined]

    def _reward(self, prompt: str, script: tuple[str, ...]) -> Reward:
        settings = read_settings(script)
        evidence = self.evidence_for(settings)
        if evidence is None:
            return Reward.none(self._why_none(settings))
        members = tuple(float(score) for score in self.members_scores(prompt, settings))
        deviation = statistics.stdev(members) if len(members) > 1 else 0.0
        uncertain = deviation > (UNITS.disagreement_threshold or deviation)
        return Reward(statistics.fmean(members), deviation, members, uncertain=uncertain, evidence=evidence)

    @staticmethod
    def _why_none(settings: ScriptSettings) -> str:
        """Return why nothing is known of a script's main model."""
        if settings.family not in FAMILIES:
            return f"{NOTHING}: neither its name nor its file says which family it is of"
        if settings.samplings:
            return f"{NOTHING}: there are no ratings, tables or documented settings of its family"
        return f"{NOTHING}: the workflow samples nothing with it"


def evidence_keys(family: str, variant: str | None, identity: str | None) -> list[tuple[Scope, str]]:
    """Return the names under which evidence for a model is kept, the closest first."""
    keys: list[tuple[Scope, str]] = []
    if identity is not None:
        keys.append(("model", f"{family}/{variant or ''}/{identity}"))
    if variant is not None:
        keys.append(("variant", f"{family}/{variant}"))
    return [*keys, ("family", family)]


def counted(rows: Sequence[tuple[str, str, str]]) -> dict[str, dict[str, dict[str, int]]]:
    """Return the rows by sort and source under each of their names.

    Args:
        rows: the alias of the main model, the sort and the source of each row.
    """
    found: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for alias, sort, source in rows:
        family, _, name = alias.partition("/")
        for _, key in evidence_keys(family, variant_of(family, name), identity_of(family, name)):
            found[key][sort][source] += 1
    return {key: {sort: dict(sources) for sort, sources in sorts.items()} for key, sorts in sorted(found.items())}


def _read_weights(path: Path, members: int, count: int) -> npt.NDArray[np.float32]:
    try:
        if dict(read_header(path).shapes) != {"weights": (members, count)}:
            raise RewardError(f"{path}: does not fit {FILE}. {AGAIN}")
        weights: npt.NDArray[np.float32] = load_file(path)["weights"].astype(np.float32)
    except (OSError, HeaderError, SafetensorError) as error:
        raise RewardError(f"{path}: {error}. {AGAIN}") from error
    if not np.isfinite(weights).all():
        raise RewardError(f"{path}: a number is not finite. {AGAIN}")
    return weights


def shipped_evidence_path() -> Path:
    """Return the folder of the ensemble of real families that comes with the pack."""
    return shipped_policy_path() / "evidence"
