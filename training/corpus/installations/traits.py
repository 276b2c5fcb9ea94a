"""What a model file is good at, as far as its name shows.

    >>> sorted(traits("sdxl/neon_anime_mix_v3"))
    ['anime']

Of known files the families' records state it; in all other names, words are looked for, in any position and also where
several words are run together, as people do.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ....workflow.catalog.identify import identify
from ....workflow.families.lookup import FAMILIES
from ....workflow.families.names import normalised
from .known_files import traits_by_name

# Style cue -> the words in a name that stand for it.
TRAIT_WORDS: dict[str, tuple[str, ...]] = {
    "photo": (
        "real", "realistic", "realism", "reality", "photo", "photoreal", "photon", "photography", "photographic",
        "cinema", "cinematic", "raw", "portrait", "film", "analog", "polaroid", "candid",
    ),
    "anime": (
        "anime", "manga", "waifu", "toon", "cartoon", "toonify", "otaku", "chibi", "kawaii", "comic", "ghibli",
        "neko",
    ),
    "pixel_art": ("pixel", "pixelart", "8bit", "sprite", "sprites", "pixelize"),
    "painting": (
        "paint", "painting", "painter", "painterly", "oil", "watercolor", "gouache", "artstyle", "impasto", "canvas",
        "acrylic", "brushwork",
    ),
    "logo": ("logo", "icon", "icons", "vector", "emblem", "badge", "mascot"),
    "text": ("text", "typography", "font", "lettering", "calligraphy", "textual"),
}  # fmt: skip

# These appear in no name that is drawn for training: how well unseen words are read can be measured by them.
HELD_OUT_TRAIT_WORDS: dict[str, tuple[str, ...]] = {
    "photo": ("dslr", "lifelike"),
    "anime": ("shoujo", "mangaka"),
    "pixel_art": ("16bit", "bitmap"),
    "painting": ("aquarelle", "fresco"),
    "logo": ("insignia", "brandmark"),
    "text": ("typeface", "wordart"),
}

TEXT_FAMILIES: frozenset[str] = frozenset(name for name, family in FAMILIES.items() if "text" in family.good_at)
"""The families whose models write legible words into a picture."""

_LINES = tuple(
    (line.good_at, re.compile(line.file_words))
    for family in FAMILIES.values()
    for line in family.variants
    if line.good_at
)
"""What lines of fine-tunes are good at, and the words in a name that stand for them."""

# Words that hold a trait word and mean something else.
_OTHER_WORDS = re.compile(
    r"surreal|unreal(?!ist)|ethereal|cereal|realms?(?![a-z])|realesrgan|inpaint\w*|outpaint\w*|textures?|context|contextual|silicone?"
    r"|iconic|lexicon|platoon|fontaine|pixelwave|pretext|funicular|rawr|crawl|drawn?|drawing"
)
_SHORT = 3  # letters; shorter than that, a word counts only where it stands alone


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern that finds these words; the short ones only where they stand alone."""
    alone = "|".join(word for word in words if len(word) <= _SHORT)
    anywhere = "|".join(word for word in words if len(word) > _SHORT)
    return re.compile(rf"{anywhere}|(?<![a-z])(?:{alone})(?![a-z])" if alone else anywhere)


_PATTERNS = {cue: _pattern((*words, *HELD_OUT_TRAIT_WORDS[cue])) for cue, words in TRAIT_WORDS.items()}


def name_traits(stem: str) -> frozenset[str]:
    """Return the style cues that the words in a normalised name stand for."""
    words = _OTHER_WORDS.sub("_", stem)
    found = frozenset(cue for cue, pattern in _PATTERNS.items() if pattern.search(words))
    return found or frozenset().union(*(good_at for good_at, line in _LINES if line.search(words)))


@lru_cache(maxsize=65536)
def traits(name: str, *, lora: bool = False) -> frozenset[str]:
    """Return the style cues that the file `name` (or alias, "family/name") is good at; none for a generalist.

    What all models of a family are good at counts as well, but not with `lora`: a watercolour LoRA does not write words
    because Flux does.
    """
    prefix = name.split("/", 1)[0]
    stem = normalised(name)
    known = traits_by_name().get(stem)
    found = name_traits(stem) if known is None else known
    if lora:
        return found
    families = (
        frozenset({prefix}) if "/" in name and prefix in FAMILIES else identify("diffusion_models", name).families
    )
    return found.union(*(FAMILIES[family].good_at for family in families))
