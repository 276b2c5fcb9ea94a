"""What the files of an installation state of themselves, where a script's alias does not say it.

An alias has a file's family and name. That "my_mix_v3" is made on Pony, wants eight steps, or is good at photos stands
in its header or in a file beside it (`workflow/catalog/file_facts.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..catalog.catalog import Catalog, CatalogKey
from ..catalog.good_at import good_at_sources
from ..catalog.lines import stated_name
from ..families.family import SamplingRange
from ..recommended_settings import recommended_for

MAIN_FOLDERS = frozenset({"checkpoints", "diffusion_models"})


@dataclass(frozen=True, slots=True)
class StatedFile:
    """A main model or LoRA that states something of itself."""

    name: str
    """Its normalised name, followed by the base that it states."""
    styles: frozenset[str]
    """What it is good at, without what all models of its family are."""
    sampling: SamplingRange | None = None
    """The sampling recommended for it, of a main model; None where nothing is known of its family."""


StatedFiles = Mapping[str, StatedFile]
"""By alias."""
NO_FILES: StatedFiles = {}


def stated_files(catalog: Catalog) -> StatedFiles:
    """Return the main models and LoRAs of an installation of which header, sidecar or table state something."""
    return _stated_files(catalog.key)


@lru_cache(maxsize=4)
def _stated_files(key: CatalogKey) -> StatedFiles:
    found: dict[str, StatedFile] = {}
    for file in key.catalog.models:
        if file.facts.empty or not (file.folder in MAIN_FOLDERS or file.role == "lora"):
            continue
        styles = frozenset(each.style for each in good_at_sources(file) if each.source != "family")
        sampling = recommended_for(file) if file.folder in MAIN_FOLDERS else None
        found[file.alias] = StatedFile(stated_name(file), styles, sampling)
    return found
