"""The scorers by name, and one number from what several of them say.

Each scorer is a plain function (pictures.Scorer) with its own unit. ComfyGen (arXiv 2410.01731, section 3, training
data) judged its renders by LAION's aesthetic predictor, ImageReward, HPS v2.1 and PickScore, standardised the scores
over all its renders, and summed them. It names no weights, so that here all weigh the same unless weights are given;
they add up to 1 then, which changes the sum by a constant factor and keeps its scale when a scorer is left out.

Nothing is imported before a scorer is opened.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...store.pictures import Scorer

SCORERS: Mapping[str, str] = {
    "miniature": "the miniature's checks of the prompt's meaning, style, sharpness and size; needs no files",
    "laion-aesthetic": "LAION's aesthetic predictor on CLIP ViT-L/14; looks at the picture alone",
    "image-reward": "ImageReward 1.0 on BLIP",
    "hps-v2.1": "HPS v2.1 on CLIP ViT-H/14",
    "pickscore": "PickScore 1 on CLIP ViT-H/14",
}
"""Name -> what it is. The names are also those of the scores wherever these are stored."""

PROMPTLESS = frozenset({"laion-aesthetic"})
"""Scorers that do not ask what the picture should be."""


class ScorerError(Exception):
    """A scorer that cannot be opened. The message says what is missing and what to do."""


def open_scorer(name: str, source: str | Path | None = None, *, device: str = "cpu", batch: int = 8) -> Scorer:
    """The scorer of that name, ready to judge.

    source: the folder of its files, or the safetensors file among them; for pickscore also a Hugging Face id, and
    None for the published one. Tokenizers and CLIP that are not in the folder are taken from Hugging Face's cache or
    hub. docs/scorers.md lists the files. device: as torch names it. batch: pictures that are looked at together.

    Raises ScorerError.
    """
    if name not in SCORERS:
        raise ScorerError(f"{name}: no such scorer. There are {', '.join(SCORERS)}")
    if batch < 1:
        raise ScorerError(f"{batch} pictures at a time: it has to be at least 1")
    try:
        return _open(name, source, device, batch)
    except ModuleNotFoundError as error:
        if (error.name or __name__).partition(".")[0] == __name__.partition(".")[0]:
            raise  # ours: not for the user to install
        raise ScorerError(
            f'{name}: {error.name} is not installed. pip install "nodewright[train]", or in a clone '
            'pip install --editable ".[train]"'
        ) from error


def _open(name: str, source: str | Path | None, device: str, batch: int) -> Scorer:
    if name == "miniature":
        from ...miniature.judging.scorer import score_pictures

        return score_pictures
    if name == "laion-aesthetic":
        from .laion import open_laion as opener
    elif name == "image-reward":
        from .image_reward import open_image_reward as opener
    elif name == "hps-v2.1":
        from .hps import open_hps as opener
    else:
        from .pickscore import open_pickscore as opener
    return opener(source, device, batch)


@dataclass(frozen=True)
class Standardisation:
    """How raw scores become one number: sum over scorers of weight * (score - mean) / deviation.

    All three mappings have the same scorers. Means and deviations (of the population) are those of the scores that it
    was fitted on, normally the training split's.
    """

    means: Mapping[str, float]
    deviations: Mapping[str, float]
    weights: Mapping[str, float]

    def __post_init__(self) -> None:
        if not self.means or not self.means.keys() == self.deviations.keys() == self.weights.keys():
            raise ValueError("means, deviations and weights have to be of the same scorers, at least one")
        for part, values in asdict(self).items():
            for name, value in values.items():
                if not math.isfinite(value) or (part == "deviations" and value <= 0):
                    raise ValueError(f"{part} of {name}: {value} cannot be used")

    @classmethod
    def fit(cls, scores: Sequence[Mapping[str, float]], weights: Mapping[str, float] | None = None) -> Standardisation:
        """Fitted on raw scores, one mapping for each picture. weights: by scorer; None lets all weigh the same, 1 in
        sum. Scorers without a weight are left out.

        Raises ValueError when there are fewer than two pictures, a score is missing or not finite, or a scorer says
        the same of all pictures.
        """
        if len(scores) < 2:
            raise ValueError(f"scores of {len(scores)} pictures: a standard deviation takes at least two")
        if weights is None:
            weights = {name: 1 / len(scores[0]) for name in scores[0]}
        means, deviations = {}, {}
        for name in weights:
            values = [_finite(row, name) for row in scores]
            means[name] = statistics.fmean(values)
            deviations[name] = statistics.pstdev(values, means[name])
            if deviations[name] <= 1e-9 * max(1.0, abs(means[name])):
                raise ValueError(f"{name} says {means[name]:g} of all {len(values)} pictures: nothing to standardise")
        return cls(means, deviations, dict(weights))

    def standardised(self, scores: Mapping[str, float]) -> dict[str, float]:
        """One picture's scores in standard deviations from the mean. Raises ValueError when one is missing."""
        return {name: (_finite(scores, name) - mean) / self.deviations[name] for name, mean in self.means.items()}

    def weighted(self, scores: Mapping[str, float]) -> float:
        """One picture's raw scores as one number. Raises ValueError when one is missing."""
        return sum(self.weights[name] * value for name, value in self.standardised(scores).items())

    def to_json(self) -> dict[str, Any]:
        """By scorer: mean, deviation, weight."""
        return {
            name: {"mean": mean, "deviation": self.deviations[name], "weight": self.weights[name]}
            for name, mean in self.means.items()
        }

    @classmethod
    def from_json(cls, content: Any) -> Standardisation:
        """What `to_json` wrote. Raises ValueError when it is something else."""
        try:
            parts = [
                {str(name): float(facts[part]) for name, facts in content.items()}
                for part in ("mean", "deviation", "weight")
            ]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a standardisation, by scorer mean, deviation and weight: {error!r}") from error
        return cls(*parts)


def _finite(scores: Mapping[str, float], name: str) -> float:
    value = scores.get(name)
    if value is None:
        raise ValueError(f"no score by {name} (there are {', '.join(scores) or 'none'})")
    if not math.isfinite(value):
        raise ValueError(f"{name} says {value}")
    return value
