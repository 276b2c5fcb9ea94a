"""The words in which an ask states what a prompt means: shapes, efforts and styles."""

from __future__ import annotations

SHAPES = ("tall", "wide", "square")
"""Shapes of a picture, where no ratio was given."""
EFFORTS = ("quick", "detailed")
"""How much a picture may cost."""
STYLES = (
    "photo",
    "anime",
    "pixel_art",
    "painting",
    "logo",
    "text",
    "render_3d",
    "comic",
    "concept_art",
    "illustration",
    "fantasy",
    "film",
    "vector",
)
"""Styles in which installed files differ; "text" is lettering in the picture."""

_STYLE_NAMES = {
    "pixel_art": "pixel art",
    "text": "lettering",
    "render_3d": "3D render",
    "concept_art": "concept art",
    "film": "film look",
}


def style_name(style: str) -> str:
    """Return what a person reads for a style: "pixel art" for "pixel_art"."""
    return _STYLE_NAMES.get(style, style)


def style_called(text: str) -> str | None:
    """Return the style with this word or name, in whichever case; None where there is none."""
    wanted = text.strip().lower()
    return next((style for style in STYLES if wanted in (style, style_name(style).lower())), None)
