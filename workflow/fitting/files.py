"""The main models and LoRAs of an installation by what they are good for, found once for a catalog."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property, lru_cache

from ..catalog.catalog import Catalog, CatalogKey, ModelFile
from ..catalog.good_at import good_at
from ..catalog.lines import stated_name, variants_of
from ..catalog.subjects import fits_words
from ..families.family import DistilledRange
from ..families.names import normalised
from ..families.recommended import UNKNOWN, distilled_range
from ..recommended_settings import saves_steps

_LONGEST_PHRASE = 6  # words

_MANNERS = {
    "watercolor": r"water_?colou?rs?|aquarelle?", "oil": r"oils?|impasto", "gouache": "gouache",
    "ink": r"ink|sumi_?e", "acrylic": "acrylics?", "pastel": "pastels?", "pencil": r"pencils?|sketch\w*|graphite",
    "ukiyo-e": r"ukiyo_?e", "impressionism": r"impressionis\w+|monet", "woodcut": r"woodcut|linocut",
    "papercut": r"paper_?cut", "ghibli": "ghibli", "manga": "manga", "chibi": "chibi", "pixar": "pixar|disney",
    "claymation": "clay\\w*", "low poly": "low_?poly", "voxel": "voxels?", "polaroid": "polaroid",
    "lineart": r"line_?art",
}  # fmt: skip
_CLEAR_MANNERS = frozenset(_MANNERS) - {"oil", "ink", "acrylic", "pastel", "pencil", "manga", "impressionism"}
"""Manners whose words mean nothing else in a prompt."""
_MANNER_PATTERNS = {manner: re.compile(rf"(?<![a-z])(?:{words})(?![a-z])") for manner, words in _MANNERS.items()}


def family_of(file: ModelFile) -> str:
    """Return a main model's family, `UNKNOWN` where it is not known."""
    return next(iter(file.families)) if len(file.families) == 1 else UNKNOWN


@lru_cache(maxsize=32768)
def lines_of(file: ModelFile) -> frozenset[str]:
    """Return the lines of fine-tunes that a file belongs to by its name or its base, such as "Pony"."""
    return frozenset(each.name for each in variants_of(file) if not isinstance(each.sampling, DistilledRange))


@lru_cache(maxsize=32768)
def is_distilled(file: ModelFile) -> bool:
    """Return whether a main model needs few steps."""
    return distilled_range(family_of(file), stated_name(file)) is not None


@lru_cache(maxsize=32768)
def manners(text: str) -> frozenset[str]:
    """Return the manners of drawing that a text names, such as "oil" and "watercolor"."""
    plain = normalised(text)
    return frozenset(manner for manner, pattern in _MANNER_PATTERNS.items() if pattern.search(plain))


class KnownFiles:
    """The main models of a catalog by their kind, and its LoRAs by what they are good for.

    Args:
        models: the model files.
    """

    def __init__(self, models: Iterable[ModelFile]) -> None:
        usable = [file for file in models if file.unusable is None]
        self._loras = [file for file in usable if file.role == "lora"]
        self.embeddings = [file for file in usable if file.folder == "embeddings"]
        self._kinds: dict[str, object] = {}

    def kind(self, main: ModelFile) -> object:
        """Return a key that is the same for main models between which nothing that is asked decides."""
        found = self._kinds.get(main.alias)
        if found is None:
            found = (family_of(main), good_at(main), lines_of(main), is_distilled(main))
            self._kinds[main.alias] = found
        return found

    @cached_property
    def _styled(self) -> dict[tuple[str, str], list[ModelFile]]:
        found: dict[tuple[str, str], list[ModelFile]] = defaultdict(list)
        for file in self._loras:
            for family in file.families:
                for style in good_at(file):
                    found[family, style].append(file)
        return found

    @cached_property
    def _fast(self) -> dict[str, list[ModelFile]]:
        found: dict[str, list[ModelFile]] = defaultdict(list)
        for file in self._loras:
            for family in file.families:
                if saves_steps(family, file):
                    found[family].append(file)
        return found

    @cached_property
    def _by_phrase(self) -> dict[str, list[ModelFile]]:
        found: dict[str, list[ModelFile]] = defaultdict(list)
        for file in self._loras:
            for phrase in fits_words(file):
                other = (phrase[:-1],) if phrase.endswith("s") else (f"{phrase}s",)
                for form in (phrase, *other):
                    found[form].append(file)
        return found

    def loras_of_style(self, main: ModelFile, style: str) -> list[ModelFile]:
        """Return the LoRAs for a style that go with a main model, those of its own line first."""
        found = self._styled.get((family_of(main), style), [])
        return [file for file in found if _same_line(file, main)]

    def fast_loras(self, main: ModelFile) -> list[ModelFile]:
        """Return the LoRAs that save steps."""
        return self._fast.get(family_of(main), [])

    @cached_property
    def _by_manner(self) -> dict[str, list[ModelFile]]:
        found: dict[str, list[ModelFile]] = defaultdict(list)
        for file in self._loras:
            for manner in manners(file.name) & _CLEAR_MANNERS:
                found[manner].append(file)
        return found

    def loras_of_manner(self, named: frozenset[str]) -> list[ModelFile]:
        """Return the LoRAs for the manners of drawing that are named and that mean nothing else."""
        return [file for manner in sorted(named) for file in self._by_manner.get(manner, ())]

    def loras_of_subject(self, text: str) -> list[ModelFile]:
        """Return the LoRAs of which a text names the subject, each once."""
        words = [word for word in normalised(re.sub(r"[/\\.]", " ", text)).split("_") if word]
        phrases = (
            " ".join(words[start : start + length])
            for start in range(len(words))
            for length in range(1, min(_LONGEST_PHRASE, len(words) - start) + 1)
        )
        found = {file.alias: file for phrase in phrases for file in self._by_phrase.get(phrase, ())}
        return list(found.values())


def _same_line(lora: ModelFile, main: ModelFile) -> bool:
    """Return whether a LoRA may be used on a main model of its family: one for Pony is of no use on another line."""
    own = lines_of(lora)
    return not own or not own.isdisjoint(lines_of(main))


def fits_main(lora: ModelFile, main: ModelFile) -> bool:
    """Return whether a LoRA goes with a main model."""
    return bool(main.families & lora.families) and len(main.families) == 1 and _same_line(lora, main)


def known_files(catalog: Catalog, *, loras: bool = True) -> KnownFiles:
    """Return the files of a catalog, which are kept for the last catalogs.

    Args:
        catalog: the installation.
        loras: whether LoRAs may be used.
    """
    return _known(catalog.key, loras)


@lru_cache(maxsize=2)
def _known(key: CatalogKey, loras: bool) -> KnownFiles:
    return KnownFiles(file for file in key.catalog.models if loras or file.role != "lora")
