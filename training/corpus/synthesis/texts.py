"""The text around a prompt: style words after it, and the negative prompt, from a table of phrases by its cues."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from random import Random

from ....workflow.graph import Text

_ANY = (
    "masterpiece", "best quality", "highly detailed", "sharp focus", "cinematic lighting", "dramatic lighting",
    "soft lighting", "volumetric light", "vibrant colors", "epic composition",
)  # fmt: skip
_STYLE: dict[str, tuple[str, ...]] = {
    "photo": ("professional photography", "raw photo", "35mm photograph", "natural lighting", "studio lighting",
              "soft lighting", "shallow depth of field", "bokeh", "film grain", "sharp focus", "realistic"),
    "anime": ("masterpiece", "best quality", "anime style", "vibrant colors", "detailed background", "dynamic pose",
              "line art", "studio ghibli style"),
    "pixel_art": ("pixel art", "vibrant colors", "simple background", "isometric", "flat design"),
    "painting": ("masterpiece", "dramatic lighting", "muted colors", "vibrant colors", "epic composition",
                 "digital painting", "concept art", "trending on artstation"),
    "logo": ("logo design", "vector art", "flat design", "minimalist", "clean background", "simple background",
             "symmetrical", "high contrast"),
    "text": ("typography", "high contrast", "clean background", "symmetrical"),
}  # fmt: skip
_DETAILED = ("highly detailed", "ultra detailed", "intricate details", "sharp focus", "8k", "hdr", "best quality")
_NEGATIVE = ("low quality", "worst quality", "blurry", "jpeg artifacts", "watermark", "text", "signature", "deformed",
             "ugly", "oversaturated", "cropped", "distorted", "lowres", "noise")  # fmt: skip
_ANATOMY = ("bad anatomy", "bad hands", "extra fingers", "extra limbs", "poorly drawn face", "bad proportions",
            "missing fingers", "cross-eyed")  # fmt: skip
_AGAINST: dict[str, tuple[str, ...]] = {
    "photo": ("cartoon", "painting", "illustration", "3d render", "plastic skin"),
    "anime": ("photo", "photorealistic", "3d render"),
    "pixel_art": ("photo", "blurry", "3d render", "noise"),
    "painting": ("photo", "photorealistic", "3d render"),
    "logo": ("photo", "cluttered", "3d render", "noise"),
    "text": ("distorted", "blurry", "error", "cluttered"),
}  # fmt: skip
# What a picture of this kind is meant to have.
_WANTED: dict[str, frozenset[str]] = {
    "logo": frozenset({"logo", "text", "signature"}),
    "text": frozenset({"text", "signature", "watermark"}),
    "pixel_art": frozenset({"pixelated", "lowres"}),
    "painting": frozenset({"painting", "illustration", "signature"}),
    "anime": frozenset({"cartoon", "illustration"}),
    "photo": frozenset({"photo", "photorealistic", "noise"}),
}
_PEOPLE = re.compile(
    r"\b(wom[ae]n|m[ae]n|girls?|boys?|person|people|lady|ladies|guys?|couple|child(ren)?|kids?|portrait|character|warrior|knight"
    r"|samurai|dancer|ballerina|king|queen|princess|witch|wizard|soldier|hero(ine)?|face|hands?|1girl|1boy|astronaut|monk)\b",
    re.I,
)  # fmt: skip


def style_phrases(cues: frozenset[str], random: Random) -> tuple[str, ...]:
    """Return one to four style words that fit the cues, in the order of the table."""
    styles = [cue for cue in _STYLE if cue in cues]
    pool = list(dict.fromkeys(phrase for cue in styles for phrase in _STYLE[cue])) or list(_ANY)
    if "detailed" in cues:
        pool += [phrase for phrase in _DETAILED if phrase not in pool]
    return _some(pool, random.choice((1, 1, 2, 2, 3, 4)), random)


def positive_text(cues: frozenset[str], styled: float, random: Random) -> Text:
    """Return the prompt, with style words after it in a share of `styled`."""
    return Text(True, style_phrases(cues, random) if random.random() < styled else ())


def negative_text(cues: frozenset[str], prompt: str, most: int, random: Random) -> Text:
    """Return what the picture should not be like: at most `most` phrases, none that the prompt asks for."""
    if most == 0 or random.random() < (0.5 if "quick" in cues else 0.2):
        return Text(False)
    unwanted = frozenset[str]().union(*(_WANTED[cue] for cue in cues if cue in _WANTED))
    against = [phrase for cue, phrases in _AGAINST.items() if cue in cues for phrase in phrases]
    pool = [phrase for phrase in _NEGATIVE if phrase not in unwanted]
    if _PEOPLE.search(prompt) and not cues & {"logo", "pixel_art"}:
        pool += _ANATOMY
    count = random.randint(1, most)
    chosen = _some([phrase for phrase in against if phrase not in unwanted], min(2, count), random)
    rest = _some([phrase for phrase in pool if phrase not in chosen], count - len(chosen), random)
    return Text(False, tuple(dict.fromkeys((*chosen, *rest))))


def without(text: Text, unfit: Collection[str]) -> Text:
    """Return a text without the phrases that do not fit."""
    return replace(text, phrases=tuple(phrase for phrase in text.phrases if phrase not in unfit))


def _some(pool: Sequence[str], count: int, random: Random) -> tuple[str, ...]:
    """Return `count` of the pool in its own order."""
    pool = list(dict.fromkeys(pool))
    places = sorted(random.sample(range(len(pool)), min(count, len(pool))))
    return tuple(pool[place] for place in places)
