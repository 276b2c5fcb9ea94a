"""Which phrases of the table (`script/phrases.py`) may be added to a prompt, and to what it is led away from.

A phrase that names a medium or a manner changes what was asked for, so it is added only where that was asked for.
"""

from __future__ import annotations

import re

from ..ask.ask import Ask
from ..script.phrases import NEGATIVE, STYLE
from .ranking import styles_of

_NEUTRAL = frozenset(
    {
        "masterpiece", "best quality", "highly detailed", "ultra detailed", "intricate details", "sharp focus",
        "cinematic lighting", "dramatic lighting", "soft lighting", "volumetric light", "vibrant colors",
        "high contrast", "detailed background", "epic composition",
    }
)  # fmt: skip
"""Phrases that change no more than how good a picture is."""
_OF_STYLE: dict[str, tuple[str, ...]] = {
    "photo": (
        "professional photography", "natural lighting", "shallow depth of field", "bokeh", "raw photo", "realistic",
    ),
    "film": ("film grain", "35mm photograph", "shallow depth of field", "bokeh"),
    "anime": ("anime style",),
    "pixel_art": ("pixel art",),
    "logo": ("logo design", "vector art", "flat design", "clean background", "minimalist", "symmetrical"),
    "vector": ("vector art", "flat design", "clean background"),
    "text": ("typography", "clean background"),
    "comic": ("comic book",),
    "concept_art": ("concept art", "digital painting"),
    "fantasy": ("fantasy",),
}  # fmt: skip
_SPOILING: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"black and white|monochrom|b&w|noir|grayscale|greyscale|sepia", ("vibrant colors",)),
    (r"muted|pastel|pale|desaturated|faded|washed", ("vibrant colors", "high contrast")),
    (r"minimal|simple|plain|flat|empty|clean|negative space", ("highly detailed", "ultra detailed", "intricate details",
     "detailed background", "epic composition")),
    (r"blur|bokeh|soft focus|out of focus|dreamy|hazy|fog|mist", ("sharp focus",)),
    (r"soft light|overcast|gentle", ("dramatic lighting", "high contrast")),
)  # fmt: skip
"""Words of a prompt -> phrases that contradict them."""
_MISLEADING: dict[str, tuple[str, ...]] = {
    "photo": ("photo", "photorealistic"),
    "film": ("photo", "photorealistic", "grainy", "noise"),
    "anime": ("cartoon", "illustration"),
    "comic": ("cartoon", "illustration", "text"),
    "illustration": ("cartoon", "illustration", "painting"),
    "painting": ("painting", "illustration"),
    "concept_art": ("painting", "illustration"),
    "fantasy": ("painting", "illustration"),
    "pixel_art": ("pixelated", "lowres", "cartoon", "illustration"),
    "render_3d": ("3d render", "cartoon", "plastic skin"),
    "logo": ("logo", "text", "illustration", "cartoon"),
    "vector": ("illustration", "cartoon", "logo"),
    "text": ("text", "logo", "signature"),
}
"""Style -> phrases that lead away from it."""
_WANTED_FAULTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"black and white|monochrom|b&w|noir|grayscale|greyscale|sepia", ("monochrome",)),
    (r"blur|bokeh|depth of field|soft focus|out of focus|motion", ("blurry",)),
    (r"pattern|tile|seamless|texture|mosaic", ("tiling",)),
    (r"grain|analog|polaroid|vhs|lo-?fi", ("grainy", "noise")),
    (r"twins|clones|crowd|group", ("duplicate",)),
    (r"logo|emblem|badge", ("logo",)),
    (r"ugly|monster|zombie|creature|deform|mutant|alien", ("ugly", "deformed", "mutated", "disfigured", "bad anatomy")),
    (r"bright|high[- ]key|overexpos|snow|white on white", ("overexposed",)),
    (r"dark|night|low[- ]key|silhouette", ("underexposed",)),
)
"""Words of a prompt -> phrases that lead away from what it asks for."""


def unfit_phrases(ask: Ask) -> tuple[frozenset[str], frozenset[str]]:
    """Return the phrases that may not be added to a prompt, and those that it may not be led away from."""
    styles, text = styles_of(ask), ask.prompt.lower()
    fitting = _NEUTRAL.union(*(_OF_STYLE.get(style, ()) for style in styles))
    spoiling = {phrase for words, phrases in _SPOILING if re.search(words, text) for phrase in phrases}
    spoiling |= {phrase for phrase in STYLE if phrase in text}  # nothing is said twice
    misleading = {phrase for style in styles for phrase in _MISLEADING.get(style, ())}
    misleading |= {phrase for words, phrases in _WANTED_FAULTS if re.search(words, text) for phrase in phrases}
    if not styles:  # a picture of nothing in particular looks real
        misleading |= {"photo", "photorealistic"}
    return frozenset(STYLE) - fitting | spoiling, frozenset(NEGATIVE) & misleading
