"""What a LoRA shows or changes, in the words by which a prompt asks for it.

>>> fits(file, "a mysticfox at dawn")  # a LoRA whose trigger word is "mysticfox"
('mysticfox',)
"""

from __future__ import annotations

import re
from functools import lru_cache

from ..families.lookup import FAMILIES
from ..families.names import normalised, stem_of
from .catalog import ModelFile
from .general_words import GENERAL_WORDS

SUBJECT_TAGS = frozenset({
    "character", "characters", "celebrity", "person", "clothing", "clothes", "outfit", "costume", "pose", "poses",
    "vehicle", "vehicles", "building", "buildings", "object", "objects", "animal", "animals", "food", "weapon",
    "creature", "action", "hairstyle",
})  # fmt: skip
"""Tags by which model sites sort models of a subject."""
STYLE_TAGS = frozenset({"style", "styles", "art style", "artstyle", "artist style"})
"""Tags by which they sort models of a style."""
_LONGEST_TITLE = 5  # words; a longer title is a sentence about a LoRA, not what a prompt says

# Words of titles and names that say nothing of what is shown.
_EMPTY = re.compile(
    r"v\d+\w*|v|ver|version|\d+\w{0,2}|sd\w*|xl|sdxl|pony\w*|illustrious|il|ill|noob\w*|flux\w*|dev|schnell|qwen|zimage|z"
    r"|image|turbo|lora|loras|locon|lycoris|loha|lokr|dora|model|checkpoint|style|styles|art|artstyle|concept|mix|merge"
    r"|by|the|a|an|of|for|and|with|in|on|my|new|test|final|beta|alpha|epoch\d*|e\d+|s\d+|step\w*|rank\d*|dim\d*"
    r"|fp\d+|bf\d+|pruned|character|characters|pack|collection|edition|offset|slider|sliders|tool|enhancer|tweaker"
    r"|helper|lite|pro|ultimate|base|general|generator|diffusion|redmond\w*|safetensors"
)
# Words of titles that promise quality.
_PRAISE = frozenset({
    "add", "best", "better", "color", "colors", "contrast", "detail", "detailed", "details", "eye", "eyes", "face",
    "faces", "fine", "fix", "good", "hand", "hands", "hd", "high", "highly", "hyper", "image", "light", "lighting",
    "lights", "masterpiece", "more", "negative", "nsfw", "perfect", "photo", "photos", "picture", "quality", "real",
    "realism", "realistic", "resolution", "sharp", "sharpness", "skin", "super", "texture", "ultra", "vivid",
})  # fmt: skip
_BROAD_STYLES = frozenset({
    "anime", "photo", "photography", "photographic", "photorealistic", "photorealism", "realistic", "realism",
    "painting", "digital painting", "illustration", "logo", "logos", "icon", "icons", "text", "typography", "lettering",
    "comic", "comics", "cartoon", "film", "cinematic", "fantasy", "concept art", "conceptart", "3d", "3d render",
    "render", "vector", "vector art", "pixel art", "pixelart", "pixel", "sketch", "drawing", "manga",
})  # fmt: skip
"""Phrases that name a style in general, not the manner of one LoRA, as "papercut" does."""
_NAMED_AFTER_AI = re.compile("[a-z]{5,}ai")
_COMMON_PHRASES = re.compile(
    r"(?:(?:an? )?(?:photo|picture|image|painting|drawing|portrait|style) of(?: an?)?|best quality|high quality"
    r"|(?:score|rating|source) \d*\w*(?: up)?|in the style of|looking at viewer|simple background|absurdres|highres)"
)


def is_of_a_subject(file: ModelFile) -> bool:
    """Return whether a LoRA was made for one subject, by the tags of its page, or the folders it was sorted into."""
    folders = re.split(r"[/\\]", file.name)[:-1]
    tags = {tag.lower() for tag in (*file.facts.tags, *folders)}
    return bool(tags & SUBJECT_TAGS) and not tags & STYLE_TAGS


@lru_cache(maxsize=32768)
def fits_words(file: ModelFile) -> tuple[str, ...]:
    """Return the phrases by which a prompt asks for a LoRA, in lower case: its trigger words, its title, its name.

    None of them is a style alone ("anime"), for which `good_at` is there, or what any prompt may hold: of trigger words
    in ordinary words ("long hair"), only those count that are the title, too.
    """
    facts = file.facts
    triggers = [_plain(part) for phrase in facts.trigger_words for part in re.split(r"[,;]", phrase)]
    triggers += [phrase[:-2] for phrase in triggers if _NAMED_AFTER_AI.fullmatch(phrase)]  # "steampunkai"
    title = _title(facts.title)
    if not triggers and not title:
        title = _title(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem_of(file.name)))
    titled = [title] if _is_title(title) else []
    told = [phrase for phrase in triggers if says_something(phrase) or phrase in titled]
    return tuple(dict.fromkeys((*told, *titled)))


def fits(file: ModelFile, text: str) -> tuple[str, ...]:
    """Return those of a LoRA's phrases (`fits_words`) that stand in a text, in either number."""
    return tuple(phrase for phrase in fits_words(file) if stands_in(phrase, text))


def stands_in(phrase: str, text: str) -> bool:
    """Return whether a phrase stands in a text as whole words, in either number, whatever the case and the marks."""
    plain, wanted = f" {_plain(text)} ", _plain(phrase)
    return bool(wanted) and any(f" {form} " in plain for form in (wanted, *_other_number(wanted)))


def _other_number(phrase: str) -> tuple[str, ...]:
    return (phrase[:-1], phrase.removesuffix("es")) if phrase.endswith("s") else (f"{phrase}s", f"{phrase}es")


def _plain(text: str) -> str:
    """Return a text in lower case with single blanks between its words, without emphasis and marks."""
    return normalised(re.sub(r"[/\\.]", " ", text)).replace("_", " ")


def _title(text: str) -> str:
    """Return what a title or a name says without versions, formats and families."""
    text = re.split(r"[\[(|:]", text.strip("[( "))[0]
    words = [word for word in _plain(text).split() if not _EMPTY.fullmatch(word)]
    return " ".join(words) if len(words) <= _LONGEST_TITLE else ""


def says_something(phrase: str) -> bool:
    """Return whether a phrase stands for something of its own, not for a style or what any prompt may hold."""
    phrase = _plain(phrase)
    ordinary = all(word in GENERAL_WORDS or _EMPTY.fullmatch(word) for word in phrase.split())
    return not ordinary and _is_phrase(phrase)


def _is_title(title: str) -> bool:
    """Return whether a title says what is shown: in several words, or in one that is special."""
    words = title.split()
    praise = all(word in _PRAISE or _EMPTY.fullmatch(word) for word in words)
    return _is_phrase(title) and not praise and (len(words) > 1 or title not in GENERAL_WORDS)


def _is_phrase(phrase: str) -> bool:
    """Return whether a plain phrase is none of those that are written for quality, a broad style or a family."""
    if len(phrase) < 3 or _COMMON_PHRASES.fullmatch(phrase):
        return False
    return phrase not in FAMILIES and phrase not in _BROAD_STYLES
