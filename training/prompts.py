"""A prompt generator, so that training depends on no prompt collection."""

from __future__ import annotations

from random import Random

_SUBJECTS = (
    "a lighthouse", "an old fisherman", "a red fox", "a city street at night", "a mountain lake",
    "a young woman with freckles", "a robot gardener", "a bowl of ramen", "a medieval castle",
    "a cat on a windowsill", "an astronaut", "a dragon", "a vintage car", "a forest path", "two dancers",
    "a wizard's study", "a hot air balloon", "a stack of books", "a coral reef", "a space station",
    "an elderly couple", "a steam train", "a desert caravan", "a ballerina", "a tiger", "a cup of coffee",
    "a ruined temple", "a snowy village", "a street musician", "a field of sunflowers", "a samurai",
    "a mushroom house",
)  # fmt: skip
_PLACES = (
    "", "", " in the rain", " at golden hour", " in a misty valley", " under a starry sky", " by the sea",
    " in autumn", " in a neon-lit alley", " on Mars", " seen from above", " in an old library", " at dawn",
)  # fmt: skip
_STYLES = (
    "", "", "photo of ", "a portrait of ", "an anime illustration of ", "pixel art of ", "an oil painting of ",
    "a watercolor of ", "a quick sketch of ", "a logo with ", "a wide landscape with ", "a panorama of ",
    "a cinematic shot of ", "a poster of ", "a highly detailed print of ", "a phone wallpaper with ",
    "a 35mm photograph of ", "a cartoon of ", "low poly ", "macro photo of ",
)  # fmt: skip
_ENDINGS = (
    "", "", "", ", highly detailed", ", 8k", ", sharp focus", ", minimalist", ", dramatic lighting",
    ", trending on artstation", ", soft colors", ", rough draft", ", intricate", ", full body",
)  # fmt: skip


def draw_prompt(random: Random) -> str:
    """One prompt."""
    style, subject = random.choice(_STYLES), random.choice(_SUBJECTS)
    return f"{style}{subject}{random.choice(_PLACES)}{random.choice(_ENDINGS)}"
