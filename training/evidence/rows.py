"""Rows to learn from: a prompt, a script and a score that can be compared with those of other sources.

Within a source scores are standardised, and what is due to the prompt alone is taken away where several models share
it: a unit is the standard deviation of pictures for one prompt. A figure over many pictures, such as a table's, counts
as the spread between models that such pictures show.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt

from ...workflow.families.family import SamplingRange
from ...workflow.families.sampling import STABLE_DIFFUSION_SAMPLERS, STABLE_DIFFUSION_SCHEDULERS
from ...workflow.features.documented import documented_range
from ...workflow.features.plain_scripts import PlainSettings, documented_settings, plain_script
from .models import ALIASES
from .sources import Rating, Sort

Floats = npt.NDArray[np.float64]
RowSort = Sort | str

DOCUMENTATION = "documentation"
SPREAD = 0.5
"""The standard deviation between models of a table, in standard deviations of pictures."""
_DISTRUST: Mapping[str, float] = {"per picture": 0.25, "per model": 0.45}
_DISTRUSTED: Mapping[str, float] = {
    "AGIQA-1K": 0.6,
    "AIGCIQA2023": 0.5,
    "SeeTRUE": 0.5,
    "GenAI-Arena votes": 0.3,
    "LMArena text-to-image snapshot, mid 2025": 0.3,
    "sampler sweep": 0.2,
}
"""By how much the mean of a model is taken to differ between sources for reasons of their own; raters before metrics,
many prompts before few."""
_UNDOCUMENTED = SamplingRange(
    (20, 30), (4.0, 7.0), STABLE_DIFFUSION_SAMPLERS, STABLE_DIFFUSION_SCHEDULERS, "none", (0.9, 1.1)
)


@dataclass(frozen=True, slots=True)
class Row:
    """One example."""

    source: str
    sort: str
    """"per picture", "per model" or "documentation"."""
    group: str
    """What rows of one prompt have in common."""
    prompt: str
    script: tuple[str, ...]
    score: float
    weight: float
    """One over the variance of the score."""
    level: str
    """Rows of one level have a mean of their own, about which nothing is said."""


def rated_rows(ratings: Sequence[Rating], random: Random) -> list[Row]:
    """Return the rows of all ratings of known models."""
    sources: dict[str, list[Rating]] = defaultdict(list)
    for rating in ratings:
        sources[rating.source].append(rating)
    return [row for name in sorted(sources) for row in _source_rows(sources[name], random)]


def _source_rows(ratings: Sequence[Rating], random: Random) -> Iterable[Row]:
    known = np.array([rating.model in ALIASES for rating in ratings])
    if not known.any():
        return
    source, sort = ratings[0].source, ratings[0].sort
    scores = _per_picture(ratings, known) if sort == "per picture" else SPREAD * _per_model(ratings, known)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for rating in ratings:
        counts[rating.model, rating.variant] += 1
    distrust = _DISTRUSTED.get(source, _DISTRUST[sort]) ** 2
    noise = 1.0 if sort == "per picture" else SPREAD**2
    for rating, score, is_known in zip(ratings, scores, known, strict=True):
        if is_known:
            count = counts[rating.model, rating.variant]
            weight = 1 / (distrust + noise / count) / count
            script = script_of(rating, random)
            yield Row(source, sort, rating.group, rating.prompt, script, float(score), weight, source)


def _per_picture(ratings: Sequence[Rating], known: npt.NDArray[np.bool_]) -> Floats:
    """Return scores without what is due to their prompts, standardised over the known models.

    Prompt and model effects are found in turns; the prompt's is drawn towards 0 where few pictures share it.
    """
    scores = np.array([rating.score for rating in ratings])
    scores = (scores - scores[known].mean()) / (scores[known].std() or 1.0)
    models = np.unique([f"{rating.model}/{rating.variant}" for rating in ratings], return_inverse=True)[1]
    groups = np.unique([rating.group for rating in ratings], return_inverse=True)[1]
    sizes = np.bincount(groups)
    prompts = np.zeros(len(sizes))
    for _ in range(10):
        effects = np.bincount(models, scores - prompts[groups]) / np.bincount(models)
        prompts = np.where(sizes > 1, np.bincount(groups, scores - effects[models]) / (sizes + 1.0), 0.0)
    plain: Floats = scores - prompts[groups]
    return (plain - plain[known].mean()) / (plain[known].std() or 1.0)


def _per_model(ratings: Sequence[Rating], known: npt.NDArray[np.bool_]) -> Floats:
    """Return the figures of a table, standardised over the known models of each column."""
    scores = np.array([rating.score for rating in ratings])
    groups = np.array([rating.group for rating in ratings])
    found = np.zeros(len(scores))
    for group in sorted(set(groups)):
        here = groups == group
        mean, deviation = scores[here & known].mean(), scores[here & known].std()
        found[here] = (scores[here] - mean) / (deviation or 1.0)
    return found


def script_of(rating: Rating, random: Random) -> tuple[str, ...]:
    """Return the script of a rated picture: stated settings, else drawn from what is documented for its model."""
    alias = ALIASES[rating.model]
    family, _, name = alias.partition("/")
    settings = documented_settings(documented_range(family, name) or _UNDOCUMENTED, random)
    return plain_script(alias, _varied(settings, rating.variant, documented_range(family, name), random))


def _varied(settings: PlainSettings, variant: str, ranges: SamplingRange | None, random: Random) -> PlainSettings:
    """Return settings as a source varied them. AGIQA-3K does not state by how much: somewhat beyond the range."""
    steps, cfg = settings.steps, settings.cfg
    if variant == "lowstep" and ranges is not None:
        steps = max(1, round(ranges.steps[0] * random.uniform(0.5, 0.9)))
    elif variant == "lowcorr" and ranges is not None:
        cfg = round(ranges.cfg[0] * random.uniform(0.5, 0.9), 2)
    elif variant == "highcorr" and ranges is not None:
        cfg = round(ranges.cfg[1] * random.uniform(1.1, 2.0), 2)
    elif variant:
        sampler, scheduler, stated, guided, width, height = variant.split()
        return PlainSettings(
            int(float(stated)), float(guided), sampler, scheduler, int(float(width)), int(float(height)),
            shift=settings.shift,
        )  # fmt: skip
    return PlainSettings(
        steps, cfg, settings.sampler, settings.scheduler, settings.width, settings.height,
        guidance=settings.guidance, shift=settings.shift,
    )  # fmt: skip
