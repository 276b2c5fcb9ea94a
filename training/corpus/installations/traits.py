"""What a model file is good at, as far as its name tells. No torch.

    >>> sorted(traits("sdxl/neon_anime_mix_v3"))
    ['anime']

Known files have their traits in a table (known_files.py); in all other names, words are looked for, in any position
and also where several words are run together, as people do.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ....workflow.catalog.identify import identify
from ....workflow.families.lookup import FAMILIES
from ....workflow.families.names import normalised
from .known_files import traits_by_name

# Style cue -> the words in a name that say it.
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
    alone = "|".join(word for word in words if len(word) <= _SHORT)
    anywhere = "|".join(word for word in words if len(word) > _SHORT)
    return re.compile(rf"{anywhere}|(?<![a-z])(?:{alone})(?![a-z])" if alone else anywhere)


_PATTERNS = {cue: _pattern((*words, *HELD_OUT_TRAIT_WORDS[cue])) for cue, words in TRAIT_WORDS.items()}


def name_traits(stem: str) -> frozenset[str]:
    """What the words in a normalised name say."""
    words = _OTHER_WORDS.sub("_", stem)
    found = frozenset(cue for cue, pattern in _PATTERNS.items() if pattern.search(words))
    return found or frozenset().union(*(good_at for good_at, line in _LINES if line.search(words)))


@lru_cache(maxsize=65536)
def traits(name: str, *, lora: bool = False) -> frozenset[str]:
    """The style cues that the file `name` (or alias, "family/name") is good at; none: a generalist.

    Every model of TEXT_FAMILIES can show words. With `lora`, what only the family can do is left out: a watercolour
    LoRA is none for words because Flux writes them.
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
