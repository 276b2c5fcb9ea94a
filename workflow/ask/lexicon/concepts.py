"""All concepts of the lexicon."""

from __future__ import annotations

from collections.abc import Mapping

from .anime import ANIME
from .chinese import CHINESE
from .comic import COMIC
from .concept_art import CONCEPT_ART
from .effort import DETAILED, QUICK
from .fantasy import FANTASY
from .film import FILM
from .formats import SQUARE, TALL, WIDE
from .french import FRENCH
from .german import GERMAN
from .illustration import ILLUSTRATION
from .japanese import JAPANESE
from .korean import KOREAN
from .lettering import TEXT
from .logo import LOGO
from .painting import PAINTING
from .photo import PHOTO
from .phrases import Concept
from .pixel_art import PIXEL_ART
from .portuguese import PORTUGUESE
from .render_3d import RENDER_3D
from .russian import RUSSIAN
from .spanish import SPANISH
from .vector import VECTOR

ENGLISH = (
    TALL, WIDE, SQUARE, PHOTO, ANIME, PIXEL_ART, PAINTING, LOGO, TEXT, RENDER_3D, COMIC, CONCEPT_ART, ILLUSTRATION,
    FANTASY, FILM, VECTOR, QUICK, DETAILED,
)  # fmt: skip
"""Shapes, styles and efforts in English and in words that other languages share with it."""
LANGUAGES: Mapping[str, tuple[Concept, ...]] = {
    "english": ENGLISH, "chinese": CHINESE, "japanese": JAPANESE, "korean": KOREAN, "spanish": SPANISH,
    "french": FRENCH, "german": GERMAN, "portuguese": PORTUGUESE, "russian": RUSSIAN,
}  # fmt: skip
"""Shapes, styles and efforts by language; where two say something else by the same phrase, the first counts."""
CONCEPTS = tuple(concept for concepts in LANGUAGES.values() for concept in concepts)
"""Shapes, styles and efforts in all languages."""
