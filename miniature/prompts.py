"""Prompts for the miniature, in three splits that share no composition, and no combination of kinds.

A composition is a shape in a colour. Each of the 96 belongs to one split, so that nothing that a test prompt asks for
was ever a part of a training prompt, however it was worded. There are two sets of prompts in each split: of one kind
each ("test"), and of two or three kinds at once ("combined-test"). A combination of kinds belongs to one split as well,
so that a test prompt asks for things together that nobody has learned together. Training and collection share the
train split. (The zoo itself is trained on all of them: what is held out is what a policy or a reward model may know.)
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from .captions import caption
from .scenes import COMBINATIONS, PALETTE, SCENE_KINDS, STYLES, SceneConfig, sample_scene
from .shapes import SHAPES

SPLITS = ("train", "validation", "test")
_COMBINED = "combined-"
PROMPT_SETS = (*SPLITS, *(f"{_COMBINED}{split}" for split in SPLITS))
"""The prompts of one kind of each split, and the combined ones of each."""
_COLOURS = {"train": 8, "validation": 2, "test": 2}
_COMBINATIONS = {"train": 7, "validation": 3}
"""How many of the combinations that may be in any split are in these; the others are in the test split."""
_IN_PLAIN_KINDS = ("pair+poster", "count+poster", "texture+poster", "count+night")
"""Combinations that posters and night scenes of one kind have among them already, and that training so knows."""
_ASPECTS = (1.0, 1.0, 2.0, 1.5, 0.5, 2 / 3)


@dataclass(frozen=True)
class MiniaturePrompt:
    """A prompt.

    Attributes:
        text: the prompt.
        meaning: what it means, captions.Wanted as JSON.
        kind: one of scenes.SCENE_KINDS or COMBINATIONS.
        split: one of SPLITS.
    """

    text: str
    meaning: dict[str, Any]
    kind: str
    split: str


@functools.cache
def compositions(split: str) -> frozenset[tuple[str, str]]:
    """Return the (shape, colour) pairs of a split: for every shape, as many of the twelve colours as _COLOURS states.

    Raises ValueError for an unknown split.
    """
    _check_split(split)
    start = {"train": 0, "validation": _COLOURS["train"], "test": _COLOURS["train"] + _COLOURS["validation"]}[split]
    found = []
    for shape in SHAPES:
        colours = sorted(PALETTE, key=lambda colour: hashlib.sha256(f"{shape}|{colour}".encode()).digest())
        found += [(shape, colour) for colour in colours[start : start + _COLOURS[split]]]
    return frozenset(found)


@functools.cache
def combinations_of(split: str) -> tuple[str, ...]:
    """Return the combinations of kinds (scenes.COMBINATIONS) of a split, by a hash of their names.

    Raises ValueError for an unknown split.
    """
    _check_split(split)
    free = [name for name in COMBINATIONS if name not in _IN_PLAIN_KINDS]
    free.sort(key=lambda name: hashlib.sha256(f"combination|{name}".encode()).digest())
    train = _COMBINATIONS["train"]
    test = train + _COMBINATIONS["validation"]
    parts = {"train": {*_IN_PLAIN_KINDS, *free[:train]}, "validation": {*free[train:test]}, "test": {*free[test:]}}
    return tuple(name for name in COMBINATIONS if name in parts[split])


def kinds_in(prompts: str) -> tuple[str, ...]:
    """Return the kinds of a set of prompts (PROMPT_SETS). Raises ValueError for an unknown one."""
    if prompts not in PROMPT_SETS:
        raise ValueError(f"the miniature has no prompts {prompts!r}; there are {', '.join(PROMPT_SETS)}")
    return combinations_of(prompts.removeprefix(_COMBINED)) if prompts.startswith(_COMBINED) else SCENE_KINDS


def kinds_to_choose_by(prompts: str) -> tuple[str, ...]:
    """Return the kinds of prompts by which something may be chosen that is tested on a set: none of a combined test.

    Raises ValueError for an unknown set.
    """
    if kinds_in(prompts) == SCENE_KINDS:
        return SCENE_KINDS
    return (*combinations_of("train"), *combinations_of("validation"))


def draw_prompt(random: Random, prompts: str, kind: str | None = None, style: str | None = None) -> MiniaturePrompt:
    """Draw one prompt; the same for the same generator state.

    Args:
        random: the generator.
        prompts: one of PROMPT_SETS.
        kind: one of SCENE_KINDS or COMBINATIONS; None draws one of the set's.
        style: of a prompt that asks for a style; None draws one.

    Raises:
        ValueError: there is no such set or kind.
    """
    kinds = kinds_in(prompts)
    chosen = kind if kind is not None else random.choice(kinds)
    if chosen not in (*SCENE_KINDS, *COMBINATIONS):
        raise ValueError(
            f"the miniature has no prompts of the kind {chosen!r}; there are {', '.join((*SCENE_KINDS, *COMBINATIONS))}"
        )
    split = prompts.removeprefix(_COMBINED)
    rng = np.random.default_rng(random.getrandbits(64))
    styles = STYLES if style is None else (style,)
    config = SceneConfig(kinds={chosen: 1.0}, styles=styles, aspects=_ASPECTS, pairs=compositions(split))
    scene = sample_scene(rng, config)
    said = caption(scene, rng, unknown_words=False)
    return MiniaturePrompt(said.text, said.wanted.to_json(), chosen, split)


def _check_split(split: str) -> None:
    if split not in SPLITS:
        raise ValueError(f"the miniature has no split {split!r}; there are {', '.join(SPLITS)}")
