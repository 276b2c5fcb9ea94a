"""Which line of fine-tunes a main model is of, and the quality tags by which it is asked for good pictures."""

from __future__ import annotations

import re
from functools import lru_cache

from ..families.family import QualityTags, Variant
from ..families.lookup import FAMILIES
from ..families.names import normalised
from .catalog import ModelFile
from .good_at import good_at


def stated_name(file: ModelFile) -> str:
    """Return a file's normalised name, followed by the base that its header or sidecar states ("mix_v3_pony")."""
    return f"{normalised(file.name)}_{normalised(file.facts.base)}".strip("_")


def variants_of(file: ModelFile) -> tuple[Variant, ...]:
    """Return the variants of a file's family whose words its name or its stated base holds."""
    name = stated_name(file)
    records = [FAMILIES[family] for family in sorted(file.families) if family in FAMILIES]
    return tuple(each for record in records for each in record.variants if re.search(each.file_words, name))


@lru_cache(maxsize=8192)
def quality_tags(file: ModelFile) -> QualityTags | None:
    """Return the quality tags of a main model; None for models that read sentences, and general ones."""
    if file.folder not in ("checkpoints", "diffusion_models"):
        return None
    of_line = next((each.quality for each in variants_of(file) if each.quality is not None), None)
    if of_line is not None:
        return of_line
    records = [FAMILIES[family] for family in sorted(file.families) if family in FAMILIES]
    if len(records) == 1 and "anime" in good_at(file):
        return records[0].anime_quality
    return None


def recommended_clip_skip(file: ModelFile) -> int | None:
    """Return the layer from CLIP's end at which a main model is read, as other programs count; None where any is.

    What its header or sidecar states goes before what its line is known for.
    """
    if file.facts.clip_skip is not None:
        return file.facts.clip_skip
    tags = quality_tags(file)
    return None if tags is None else tags.clip_skip
