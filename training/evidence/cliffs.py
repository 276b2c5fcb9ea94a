"""Measure cliffs and plains: how far broken settings lie below documented ones, and how little these differ."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from random import Random

import numpy as np

from ...models.reward.evidence_ensemble import EvidenceEnsemble
from ...workflow.features.plain_scripts import PlainSettings, documented_settings, plain_script
from ...workflow.features.script_settings import read_settings
from .documentation import broken_settings, documented_models

PROMPTS = (
    "a photo of a lighthouse", "anime girl with a sword", "a castle on a hill, oil painting", "three green bottles",
    "an old man reading a newspaper in a cafe", "isometric room, 3d render",
)  # fmt: skip
"""Prompts that are no rows of documentation."""
PAIRS = 2000


@dataclass(frozen=True)
class Cliffs:
    """How scores fall where settings break a picture, over all documented families and variants."""

    models: int
    least: dict[str, float]
    """The smallest distance below the documented settings of the same model and prompt, by what is broken."""
    auc: float
    """Over pairs of one documented and one broken workflow of any models."""
    plain: float
    """The standard deviation within the documented settings of a model."""
    between: float
    """The standard deviation between the models."""


def cliffs(ensemble: EvidenceEnsemble, seed: int) -> Cliffs:
    """Return how an ensemble's means fall at settings that are drawn anew."""
    random = Random(f"cliffs {seed}")
    documented: dict[str, list[float]] = {}
    broken: list[float] = []
    least: dict[str, float] = defaultdict(lambda: float("inf"))

    def score(alias: str, prompt: str, settings: PlainSettings) -> float:
        return float(ensemble.members_scores(prompt, read_settings(plain_script(alias, settings))).mean())

    for alias, ranges in documented_models():
        prompt = random.choice(PROMPTS)
        scores = [score(alias, prompt, documented_settings(ranges, random)) for _ in range(8)]
        documented[alias] = scores
        for case in broken_settings(alias.partition("/")[0], ranges, random):
            found = score(alias, prompt, case.settings)
            broken.append(found)
            reason = "a broken sampler" if case.reason.startswith("the sampler") else case.reason
            least[reason] = min(least[reason], min(scores) - found)
    good = [score for scores in documented.values() for score in scores]
    pairs = [(random.choice(good), random.choice(broken)) for _ in range(PAIRS)]
    return Cliffs(
        len(documented),
        dict(least),
        float(np.mean([(high > low) + 0.5 * (high == low) for high, low in pairs])),
        float(np.mean([np.std(scores) for scores in documented.values()])),
        float(np.std([np.mean(scores) for scores in documented.values()])),
    )
