"""Which style a model's example pictures have, by the prompts that its page states for them."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from ..families.style_words import text_styles

_MOST_PICTURES, _FEWEST_PICTURES = 12, 4
_LONGEST_PROMPT = 300  # characters; a style is stated early
_SHARE = 0.7
"""A style on this share of the pictures is what the model is shown for."""
_PHOTO = re.compile(r"\braw photo|photo ?realis|\bphotograph|\bdslr\b|film grain|\brealistic\b|\bcanon\b|\bnikon\b")
_ANIME = re.compile(r"\b[1-6]\+?(?:girl|boy)s?\b|\banime\b|\bmanga\b")


def shown_styles(pictures: Any) -> tuple[str, ...]:
    """Return the styles of most of the example pictures in a sidecar: its list of objects with `meta` and `prompt`."""
    listed = pictures[:_MOST_PICTURES] if isinstance(pictures, list) else []
    settings = [each["meta"] for each in listed if isinstance(each, dict) and isinstance(each.get("meta"), dict)]
    prompts = [meta["prompt"][:_LONGEST_PROMPT] for meta in settings if isinstance(meta.get("prompt"), str)]
    prompts = [prompt.lower() for prompt in prompts if prompt.strip()]
    if len(prompts) < _FEWEST_PICTURES:
        return ()
    counts: Counter[str] = Counter(style for prompt in prompts for style in _styles(prompt))
    return tuple(sorted(style for style, count in counts.items() if count >= _SHARE * len(prompts)))


def _styles(prompt: str) -> set[str]:
    """Return the styles of one prompt. Tags of picture boards stand for anime, where no word asks for a photo."""
    found = set(text_styles(prompt)) - {"photo", "anime"}
    if _PHOTO.search(prompt):
        return found | {"photo"}
    return found | {"anime"} if _ANIME.search(prompt) else found
