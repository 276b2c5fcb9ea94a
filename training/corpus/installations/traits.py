"""What a model file is good at, as far as its name shows, in the styles that the corpus has cues for.

    >>> sorted(traits("sdxl/neon_anime_mix_v3"))
    ['anime']

It is read as it is at run time (workflow/catalog/good_at.py): of known files the families' records state it; in all
other names, words are looked for, in any position and also where several words are run together, as people do.
"""

from __future__ import annotations

from functools import lru_cache

from ....workflow.catalog.good_at import by_name
from ....workflow.catalog.identify import identify
from ....workflow.families.lookup import FAMILIES
from ....workflow.families.style_words import NAME_WORDS, name_styles

# These appear in no name that is drawn for training: how well unseen words are read can be measured by them.
HELD_OUT_TRAIT_WORDS: dict[str, tuple[str, ...]] = {
    "photo": ("dslr", "lifelike"),
    "anime": ("shoujo", "mangaka"),
    "pixel_art": ("16bit", "bitmap"),
    "painting": ("aquarelle", "fresco"),
    "logo": ("insignia", "brandmark"),
    "text": ("typeface", "wordart"),
}

TRAIT_WORDS: dict[str, tuple[str, ...]] = {
    style: tuple(word for word in NAME_WORDS[style] if word not in words)
    for style, words in HELD_OUT_TRAIT_WORDS.items()
}
"""Style cue -> the words in a name that stand for it and that names drawn for training have."""

TEXT_FAMILIES: frozenset[str] = frozenset(name for name, family in FAMILIES.items() if "text" in family.good_at)
"""The families whose models write legible words into a picture."""


def name_traits(stem: str) -> frozenset[str]:
    """Return the style cues that the words in a normalised name stand for."""
    return frozenset(name_styles(stem)) & TRAIT_WORDS.keys()


@lru_cache(maxsize=65536)
def traits(name: str, *, lora: bool = False) -> frozenset[str]:
    """Return the style cues that the file `name` (or alias, "family/name") is good at; none for a generalist.

    What all models of a family are good at counts as well, but not with `lora`: a watercolour LoRA does not write words
    because Flux does.
    """
    prefix = name.split("/", 1)[0]
    found = frozenset(each.style for each in by_name(name, lora=lora)) & TRAIT_WORDS.keys()
    if lora:
        return found
    families = (
        frozenset({prefix}) if "/" in name and prefix in FAMILIES else identify("diffusion_models", name).families
    )
    return found.union(*(FAMILIES[family].good_at for family in families))
