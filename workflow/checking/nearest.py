"""The installed file that is nearest to one that is missing."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache

from ..catalog.catalog import Catalog, InputSpec, ModelFile
from ..catalog.identify import identify
from ..catalog.model_files import reads
from ..families.family import DistilledRange
from ..families.lookup import FAMILIES
from ..families.names import normalised

ALIKE = 0.72
"""Share of equal letters from which two names stand for versions of one file."""
_LONGEST = 150
_NOISE = re.compile(
    r"(^|_)(fp16|fp32|fp8|bf16|e4m3fn?|e5m2|scaled|pruned|ema|emaonly|ema_only|no_?ema|baked_?vae|bakedvae|safetensors|"
    r"q\d(_[k0-9])?(_[sml])?|gguf|int8|mixed|full|half)(?=_|$)"
)
"""Words of a name that say how a file is stored, not what it is."""


def nearest_file(name: str, spec: InputSpec, catalog: Catalog) -> str | None:
    """Return the file among an input's options that is a version of a missing one; None where there is none.

    It has the same family and is made for as many steps, as far as names and headers show.

    Args:
        name: the missing file.
        spec: the input that lists files of one folder.
        catalog: the installation.
    """
    best = max(
        ((likeness(name, option), str(option)) for option in candidates(name, spec, catalog)), default=(0.0, "")
    )  # fmt: skip
    return best[1] if best[0] >= ALIKE else None


def candidates(name: str, spec: InputSpec, catalog: Catalog) -> list[str]:
    """Return the options that may stand for a missing file: readable ones of its family and variant."""
    families = missing_families(str(spec.folder), name)
    wanted = variants(name, families)
    found = []
    for option in spec.options:
        file = catalog.file(spec.folder, str(option))
        if file is None or file.role == "unknown" or not reads(spec.loads, file):
            continue
        if families and file.families and families.isdisjoint(file.families):
            continue
        if variants(file.name, families) == wanted and same_encoder(spec, name, file):
            found.append(file.name)
    return found


def same_encoder(spec: InputSpec, name: str, file: ModelFile) -> bool:
    """Return whether a text encoder is the same one as a missing file by its name; True for other files."""
    if spec.folder != "text_encoders":
        return True
    wanted = identify("text_encoders", name).encoder
    return wanted is None or file.encoder is None or wanted == file.encoder


@lru_cache(maxsize=4096)
def missing_families(folder: str, name: str) -> frozenset[str]:
    """Return the families that a file would be of by its name alone."""
    return identify(folder, name).families


@lru_cache(maxsize=16384)
def variants(name: str, families: frozenset[str]) -> frozenset[str]:
    """Return the distilled variants that a name stands for, of its families or, where these are not known, of any.

    Variants that go by what is not in a name count for their own family alone.
    """
    plain = normalised(name)
    return frozenset(
        variant.name.lower()
        for family in FAMILIES.values()
        if not families or family.name in families
        for variant in family.variants
        if isinstance(variant.sampling, DistilledRange)
        and (families or not variant.main_models_only)
        and re.search(variant.file_words, plain)
    )


def likeness(one: str, other: str) -> float:
    """Return how alike two names are, from 0 to 1, without folders and what says how they are stored."""
    first, second = _plain(one), _plain(other)
    if first == second:
        return 1.0
    return difflib.SequenceMatcher(None, first, second, autojunk=False).ratio() * 0.999


@lru_cache(maxsize=16384)
def _plain(name: str) -> str:
    plain = normalised(name)[:_LONGEST]
    shorter = _NOISE.sub("", plain).strip("_")
    return shorter or plain
