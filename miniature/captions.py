"""What a scene says in words: many phrasings of one scene, each with the facts it states.

A caption leaves out some of what is drawn. What it says is kept beside it as a Wanted, so that a picture can be
judged by its caption's own claims (judging/scorer.py).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .scenes import POSITIONS, STYLES, TEXTURES, Scene, Thing, kinds_of
from .text import ANY

COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "red", "red", "crimson"), "orange": ("orange",), "yellow": ("yellow",), "green": ("green",),
    "blue": ("blue",), "purple": ("purple", "purple", "violet"), "pink": ("pink",), "brown": ("brown",),
    "black": ("black",), "white": ("white",), "gray": ("gray", "grey"), "cyan": ("cyan", "cyan", "turquoise"),
}  # fmt: skip
SHAPE_WORDS: dict[str, tuple[str, ...]] = {
    "circle": ("circle", "circle", "circle", "disc", "ball"), "square": ("square", "square", "square", "box"),
    "triangle": ("triangle",), "star": ("star",), "diamond": ("diamond", "diamond", "rhombus"),
    "ring": ("ring", "ring", "donut"), "cross": ("cross", "cross", "plus sign"), "heart": ("heart",),
}  # fmt: skip
SIZE_WORDS: dict[str, tuple[str, ...]] = {
    "small": ("small", "small", "tiny", "little"), "medium": ("",), "large": ("large", "big", "huge"),
}  # fmt: skip
NUMBER_WORDS: dict[int, tuple[str, ...]] = {
    2: ("two", "2", "a pair of"), 3: ("three", "3"), 4: ("four", "4"), 5: ("five", "5"),
}  # fmt: skip
TEXTURE_WORDS: dict[str, tuple[str, ...]] = {
    "striped": ("striped", "stripes"), "checkered": ("checkered", "checks"), "dotted": ("dotted", "polka dots"),
}  # fmt: skip
STYLE_WORDS: dict[str, tuple[str, ...]] = {
    "fog": ("fog", "thick fog"), "spotlight": ("spotlight", "spotlight photo"),
    "watercolor": ("watercolor", "watercolor painting"), "sticker": ("sticker", "die cut sticker"),
    "clay": ("clay model", "clay render", "plasticine"), "mosaic": ("mosaic", "tile mosaic"),
}  # fmt: skip
NIGHT_WORDS = ("glowing", "glowing", "shining", "luminous", "neon")
OPENINGS = (
    "a picture of", "an image of", "a drawing of", "a painting of", "a photo of", "an illustration of",
    "draw", "show me", "there is", "I want", "please make", "a simple picture with",
)  # fmt: skip
CHATS = (
    ("hi, could you draw me", "please"), ("I would love to see", ""), ("can you make", "for my daughter"),
    ("hello, please paint", "thanks"), ("we need", "for our website"), ("I am thinking of", "maybe"),
    ("my idea is", ""), ("it should show", "and nothing else"), ("today I want", "for the wall"),
)  # fmt: skip
LARGE_WAYS = (
    "a large detailed poster of {}", "a big detailed print of {}", "{}, high resolution",
    "{}, large print, very detailed", "a high resolution picture of {}", "{}, poster size",
    "a detailed wall poster with {}",
)  # fmt: skip
WIDE_WAYS = (
    "a wide banner with {}", "{}, wide format", "a panorama of {}", "{}, landscape format", "a website header with {}",
)  # fmt: skip
TALL_WAYS = (
    "a tall poster of {}", "{}, portrait format", "a phone wallpaper with {}", "{}, tall format", "a bookmark with {}",
)  # fmt: skip
# Words people put around a prompt, or into its negative, that say nothing about shapes.
FILLER_WORDS = (
    "masterpiece", "best quality", "high quality", "highly detailed", "beautiful", "4k", "8k", "hd", "uhd",
    "sharp focus", "professional", "amazing", "award winning", "trending on artstation", "cinematic lighting",
    "soft light", "photorealistic", "realistic", "photograph", "3d render", "art", "digital art", "vivid",
    "vibrant colors", "nice", "cute", "simple", "minimalist", "flat design", "clean", "illustration", "icon", "logo",
    "vector", "studio", "intricate", "elegant", "absurdres", "very aesthetic", "blurry", "low quality",
    "worst quality", "bad quality", "ugly", "deformed", "jpeg artifacts", "watermark", "text", "signature", "cropped",
    "out of frame", "noisy", "grainy", "distorted", "bad anatomy", "extra limbs", "lowres", "error", "normal quality",
    "oversaturated", "duplicate", "centered composition",
)  # fmt: skip


@dataclass(frozen=True)
class WantedThing:
    """What a caption says of a thing, or of several equal ones; None is unsaid. other: a texture's second colour."""

    shape: str | None = None
    colour: str | None = None
    size: str | None = None
    position: str | None = None
    texture: str | None = None
    other: str | None = None
    count: int = 1


@dataclass(frozen=True)
class Wanted:
    """What a caption says. All things of the scene are named, so their counts add up to all that should be there.

    relation: how the first of two things lies to the second ("left of", "right of", "above", "below").
    large: a picture of 128 pixels or more on the shorter side. aspect: "wide" or "tall".
    """

    things: tuple[WantedThing, ...] = ()
    background: str | None = None
    background_texture: str | None = None
    background_other: str | None = None
    relation: str | None = None
    night: bool = False
    style: str | None = None
    large: bool = False
    aspect: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON; what is unsaid is left out."""
        plain = {key: value for key, value in dataclasses.asdict(self).items() if value not in (None, False)}
        things = [{key: value for key, value in thing.items() if value is not None} for thing in plain["things"]]
        return {**plain, "things": things}

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> Wanted:
        """Return the meaning that `to_json` wrote. Raises ValueError naming what differs from its format."""
        things = raw.get("things")
        if not isinstance(things, list | tuple):
            raise ValueError('"things" should be a list')
        _check(Wanted, raw)
        for thing in things:
            _check(WantedThing, thing)
        return Wanted(**{**raw, "things": tuple(WantedThing(**thing) for thing in things)})


_RELATIONS = ("left of", "right of", "above", "below")
_SAID: dict[str, tuple[str, ...]] = {
    "shape": tuple(SHAPE_WORDS), "size": tuple(SIZE_WORDS), "position": tuple(POSITIONS), "texture": TEXTURES,
    "background_texture": TEXTURES, "relation": _RELATIONS, "style": STYLES, "aspect": ("wide", "tall"),
} | dict.fromkeys(("colour", "other", "background", "background_other"), tuple(COLOUR_WORDS))  # fmt: skip
"""What each part of a caption's meaning may be."""


def _check(kind: type[Wanted] | type[WantedThing], raw: Any) -> None:
    """Raise ValueError for what is no JSON of that kind."""
    if not isinstance(raw, Mapping):
        raise ValueError(f"{raw!r} should be an object")
    for name, value in raw.items():
        if name not in {each.name for each in dataclasses.fields(kind)}:
            raise ValueError(f"{name!r} is nothing that a prompt says")
        if name in _SAID and value not in _SAID[name]:
            raise ValueError(f"{name} {value!r} is none of {', '.join(_SAID[name])}")
        if name in ("night", "large") and not isinstance(value, bool):
            raise ValueError(f"{name} should be true or false, not {value!r}")
        if name == "count" and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise ValueError(f"count should be a number from 1 on, not {value!r}")


@dataclass(frozen=True)
class Caption:
    """A text about a scene, and the facts that the text states."""

    text: str
    wanted: Wanted


def caption(scene: Scene, rng: np.random.Generator, unknown_words: bool = True) -> Caption:
    """Phrase the scene; the same scene and generator state give the same caption.

    A text may contain ANY, a word that no training text has, unless `unknown_words` is False.
    """
    return _Phraser(rng, unknown_words).caption(scene)


class _Phraser:
    """Makes the random choices of one caption."""

    def __init__(self, rng: np.random.Generator, unknown_words: bool) -> None:
        self.rng, self.unknown_words = rng, unknown_words

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def pick(self, *options: str) -> str:
        return options[self.rng.integers(len(options))]

    def caption(self, scene: Scene) -> Caption:
        register = str(self.rng.choice(["natural", "terse", "tags", "chatty"], p=(0.5, 0.2, 0.12, 0.18)))
        kinds = kinds_of(scene.kind)
        if register == "tags" and len(scene.things) == 1 and kinds.isdisjoint(("texture", "poster")):
            text, wanted = self._tags(scene)
        else:
            text, wanted = self._sentence(scene, register)
        if "poster" in kinds:
            text, wanted = self._poster(text, wanted, scene.aspect)
        if register == "chatty":
            before, after = CHATS[self.rng.integers(len(CHATS))]
            text = _join(before, text) + (f", {after}" if after else "")
        elif register == "natural" and "poster" not in kinds and self.chance(0.3):
            text = _join(self.pick(*OPENINGS), text)
        if self.chance(0.1):
            text += "."
        if self.chance(0.85):
            text = re.sub(r"\ba (?=orange|illustration|image|object|outline|8)", "an ", text)
        return Caption(text, wanted)

    # -- registers ---------------------------------------------------------------------------------------------

    def _sentence(self, scene: Scene, register: str) -> tuple[str, Wanted]:
        terse = register == "terse"
        if len(scene.things) == 2 and scene.things[0].position:
            text, things, relation = self._pair(scene, terse)
        elif len(scene.things) > 1:
            text, things, relation = *self._several(scene), None
        else:
            text, things, relation = *self._single(scene, terse), None
        wanted = Wanted(things, relation=relation, night=scene.night, style=scene.style)
        if scene.style:
            style = self.pick(*STYLE_WORDS[scene.style])
            text = self.pick(f"{style} of {text}", f"{text}, {style}", f"{text}, {style} style", f"{style}, {text}")
        return self._with_background(text, wanted, scene, terse)

    def _tags(self, scene: Scene) -> tuple[str, Wanted]:
        """Tags in any order, as people prompt anime models."""
        thing = scene.things[0]
        size = thing.size if thing.size != "medium" and self.chance(0.5) else None
        position = thing.position if self.chance(0.3) else None
        tags = [_join(self.pick(*COLOUR_WORDS[thing.colour]), self.pick(*SHAPE_WORDS[thing.shape]))]
        if self.chance(0.3):
            tags = tags[0].split(" ", 1)
        tags += [self.pick(*SIZE_WORDS[size])] if size else []
        tags += [position] if position else []
        tags += [self.pick(*NIGHT_WORDS), "night"] if scene.night else []
        tags += [self.pick(*STYLE_WORDS[scene.style])] if scene.style else []
        tags += [f"{self.pick(*COLOUR_WORDS[scene.background])} background"]
        kept = tags[:1] + [str(tag) for tag in self.rng.permutation(tags[1:])]
        wanted = WantedThing(thing.shape, thing.colour, size, position)
        return ", ".join(kept), Wanted((wanted,), scene.background, night=scene.night, style=scene.style)

    def _poster(self, text: str, wanted: Wanted, aspect: float) -> tuple[str, Wanted]:
        text = re.sub(r"\.$", "", text)
        if aspect == 1.0:
            return self.pick(*LARGE_WAYS).format(text), dataclasses.replace(wanted, large=True)
        wide = aspect > 1
        text = self.pick(*(WIDE_WAYS if wide else TALL_WAYS)).format(text)
        large = self.chance(0.3)
        if large:
            text += self.pick(", high resolution", ", large print, very detailed", ", poster size")
        return text, dataclasses.replace(wanted, large=large, aspect="wide" if wide else "tall")

    # -- things ------------------------------------------------------------------------------------------------

    def _noun(self, thing: Thing, size: bool, plural: bool = False) -> str:
        """Such as "small red circle" or "blue and white striped square"."""
        noun = self.pick(*SHAPE_WORDS[thing.shape])
        if plural:
            noun += "es" if noun.endswith(("x", "s")) else "s"
        hue = self.pick(*COLOUR_WORDS[thing.colour])
        scale = self.pick(*SIZE_WORDS[thing.size]) if size else ""
        if thing.other is not None:
            other = self.pick(*COLOUR_WORDS[thing.other])
            adjective, pattern = TEXTURE_WORDS[thing.texture]
            if thing.texture != "checkered" and self.chance(0.4):
                return _join(scale, hue, noun, "with", other, pattern)
            return _join(scale, hue, "and", other, adjective, noun)
        if self.chance(0.08):
            return _join(scale, noun, self.pick("that is", "in", "colored"), hue)
        if self.chance(0.05):
            hue = _join(self.pick("bright", "vivid", "solid"), hue)
        return _join(scale, hue, noun)

    def _described(self, thing: Thing, night: bool, terse: bool) -> tuple[str, WantedThing]:
        size = thing.size != "medium" and self.chance(0.5)
        article = "" if terse else self.pick("a", "a", "a", "one", "the", "")
        glow = self.pick(*NIGHT_WORDS) if night else ""
        texture = None if thing.other is None else thing.texture
        wanted = WantedThing(thing.shape, thing.colour, thing.size if size else None, None, texture, thing.other)
        return _join(article, glow, self._noun(thing, size)), wanted

    def _single(self, scene: Scene, terse: bool) -> tuple[str, tuple[WantedThing, ...]]:
        thing = scene.things[0]
        text, wanted = self._described(thing, scene.night, terse)
        if not self.chance(0.3 if thing.position == "center" else 0.6):
            return text, (wanted,)
        wanted = dataclasses.replace(wanted, position=thing.position)
        if terse or self.chance(0.15):
            return f"{text}, {thing.position}", (wanted,)
        return _join(text, self._at(thing.position)), (wanted,)

    def _several(self, scene: Scene) -> tuple[str, tuple[WantedThing, ...]]:
        first, count = scene.things[0], len(scene.things)
        glow = self.pick(*NIGHT_WORDS) if scene.night else ""
        text = _join(self.pick(*NUMBER_WORDS[count]), glow, self._noun(first, False, plural=True))
        return text, (WantedThing(first.shape, first.colour, count=count),)

    def _pair(self, scene: Scene, terse: bool) -> tuple[str, tuple[WantedThing, ...], str | None]:
        first, second = scene.things
        (a, wanted_a), (b, wanted_b) = (self._described(thing, scene.night, terse) for thing in (first, second))
        placed = (dataclasses.replace(wanted_a, position=first.position),
                  dataclasses.replace(wanted_b, position=second.position))  # fmt: skip
        way = self.rng.random()
        if way < 0.45:
            words, relation = self._relation(first.position, second.position)
            return _join(a, words, b), (wanted_a, wanted_b), relation
        if way < 0.7:
            if terse:
                return f"{a} {first.position}, {b} {second.position}", placed, None
            return _join(a, self._at(first.position), "and", b, self._at(second.position)), placed, None
        joint = ", " if terse else f" {self.pick('and', 'and', 'next to', 'with')} "
        return f"{a}{joint}{b}", (wanted_a, wanted_b), None

    def _relation(self, first: str, second: str) -> tuple[str, str]:
        """How the first of two things lies to the second: words, and the relation they state."""
        dx = ("left" in second) - ("left" in first) + ("right" in first) - ("right" in second)
        dy = ("top" in second) - ("top" in first) + ("bottom" in first) - ("bottom" in second)
        ways: list[tuple[str, str]] = []
        if dx:
            side = "right" if dx > 0 else "left"
            ways += [(f"to the {side} of", f"{side} of"), (f"{side} of", f"{side} of")]
        if dy:
            ways += [("below", "below"), ("under", "below")] if dy > 0 else [("above", "above"), ("over", "above")]
        return ways[self.rng.integers(len(ways))]

    # -- places and grounds ------------------------------------------------------------------------------------

    def _at(self, position: str) -> str:
        if position == "center":
            return self.pick("in the center", "in the middle", "in the centre", "at the center")
        if " " in position:
            words = position.replace("top", "upper") if self.chance(0.15) else position
            return _join(self.pick("in", "at"), "the", words, self.pick("", "", "corner"))
        if position in ("left", "right"):
            return _join(self.pick("on", "at", "to"), "the", position, self.pick("", "", "side"))
        return self.pick(f"at the {position}", f"on the {position}", f"near the {position}")

    def _with_background(self, text: str, wanted: Wanted, scene: Scene, terse: bool) -> tuple[str, Wanted]:
        hue = self.pick(*COLOUR_WORDS[scene.background])
        wanted = dataclasses.replace(wanted, background=scene.background)
        if scene.background_other is not None:
            adjective, pattern = TEXTURE_WORDS[scene.background_texture]
            other = self.pick(*COLOUR_WORDS[scene.background_other])
            ground = f"{hue} and {other} {adjective} background"
            if scene.background_texture != "checkered" and self.chance(0.4):
                ground = f"{hue} background with {other} {pattern}"
            wanted = dataclasses.replace(
                wanted, background_texture=scene.background_texture, background_other=scene.background_other
            )
            return (f"{text}, {ground}" if terse else f"{text} on a {ground}"), wanted
        if scene.night and self.chance(0.7):
            said = self.chance(0.5)
            where = self.pick("at night", "in the dark", "in a night sky") if not said else ""
            where = where or self.pick(f"in a dark {hue} night", f"in a {hue} night sky", f"on a dark {hue} background")
            return _join(text, where), dataclasses.replace(wanted, background=scene.background if said else None)
        if self.unknown_words and self.chance(0.03):
            return _join(text, f"on a {hue} {ANY}"), wanted
        if not scene.night and self.chance(0.1):
            return text, dataclasses.replace(wanted, background=None)
        if terse or self.chance(0.12):
            return self.pick(f"{text}, {hue} background", f"{hue} background, {text}"), wanted
        ways = ("on a {} background", "on a {} background", "against a {} background", "in front of a {} background",
                "with a {} background", "over a {} backdrop", "on {}")  # fmt: skip
        return _join(text, self.pick(*ways).format(hue)), wanted


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def fillers(rng: np.random.Generator) -> list[str]:
    """One to eight of the words that mean nothing here, for both prompts and negatives."""
    return rng.choice(FILLER_WORDS, size=int(rng.integers(1, 9)), replace=False).tolist()
