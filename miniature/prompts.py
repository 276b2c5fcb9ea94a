"""Prompts for the miniature, in three splits that share no composition.

A composition is a shape in a colour. Each of the 96 belongs to one split, so that nothing that a test prompt asks for
was ever a part of a training prompt, however it was worded. (The zoo itself is trained on all of them: what is held
out is what a policy or a reward model may know.)
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from .captions import caption
from .scenes import PALETTE, SCENE_KINDS, SceneConfig, sample_scene
from .shapes import SHAPES

SPLITS = ("train", "validation", "test")
_COLOURS = {"train": 8, "validation": 2, "test": 2}
_ASPECTS = (1.0, 1.0, 2.0, 1.5, 0.5, 2 / 3)


@dataclass(frozen=True)
class MiniaturePrompt:
    """A prompt, what it means (captions.Wanted as JSON), and its kind (scenes.SCENE_KINDS)."""

    text: str
    meaning: dict[str, Any]
    kind: str


@functools.cache
def compositions(split: str) -> frozenset[tuple[str, str]]:
    """Return the (shape, colour) pairs of a split: for every shape, as many of the twelve colours as _COLOURS states.

    Raises ValueError for an unknown split.
    """
    if split not in SPLITS:
        raise ValueError(f"the miniature has no split {split!r}; there are {', '.join(SPLITS)}")
    start = {"train": 0, "validation": _COLOURS["train"], "test": _COLOURS["train"] + _COLOURS["validation"]}[split]
    found = []
    for shape in SHAPES:
        colours = sorted(PALETTE, key=lambda colour: hashlib.sha256(f"{shape}|{colour}".encode()).digest())
        found += [(shape, colour) for colour in colours[start : start + _COLOURS[split]]]
    return frozenset(found)


def draw_prompt(random: Random, split: str, kind: str | None = None) -> MiniaturePrompt:
    """One prompt of a split, of a kind or of any; the same for the same generator state.

    Raises ValueError for a split or kind that there is not.
    """
    chosen = kind if kind is not None else random.choice(SCENE_KINDS)
    if chosen not in SCENE_KINDS:
        raise ValueError(f"the miniature has no prompts of the kind {chosen!r}; there are {', '.join(SCENE_KINDS)}")
    rng = np.random.default_rng(random.getrandbits(64))
    config = SceneConfig(kinds={chosen: 1.0}, aspects=_ASPECTS, pairs=compositions(split))
    scene = sample_scene(rng, config)
    said = caption(scene, rng, unknown_words=False)
    return MiniaturePrompt(said.text, said.wanted.to_json(), chosen)
