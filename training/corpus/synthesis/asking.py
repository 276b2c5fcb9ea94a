"""Prompts that ask for something beside the picture on an installation, such as one of its files by name."""

from __future__ import annotations

from random import Random

from ....miniature.family import FAMILY as MINIATURE
from ..prompts.asks import with_asks
from .choosing import Installation, family_key

ASKING = 0.4
"""Share of prompts that ask for something beside the picture in so many words."""
_NAMED = 4


def asking(prompt: str, installation: Installation, random: Random, share: float = ASKING) -> str:
    """Return a prompt that in a share of the cases asks for something beside the picture.

    Args:
        prompt: what the picture is to show.
        installation: the files that may be named: main models, and LoRAs of the first few of these.
        random: the source of all draws.
        share: how often something is asked for.
    """
    if share < 1 and random.random() >= share:
        return prompt
    mains = [main for main in installation.mains if family_key(main) != MINIATURE.name]
    loras = [lora for main in mains[:_NAMED] for lora in installation.loras(main)]
    return with_asks(prompt, mains, loras, random)
