"""What a scene says in words: many phrasings of one scene, each with the facts it states.

A caption leaves out some of what is drawn. What it says is kept beside it as a Wanted, so that a picture can be
judged by its caption's own claims (check.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from .scenes import Scene, Thing
from .text import ANY

COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "red", "red", "crimson"), "orange": ("orange",), "yellow": ("yellow",), "green": ("green",),
    "blue": ("blue",), "purple": ("purple", "purple", "violet"), "pink": ("pink",), "brown": ("brown",),
    "black": ("black",), "white": ("white",), "gray": ("gray", "grey"), "cyan": ("cyan", "cyan", "turquoise"),
}  # fmt: skip
SHAPE_WORDS: dict[str, tuple[str, ...]] = {
    "circle": ("circle", "circle", "circle", "disc", "dot", "ball"), "square": ("square", "square", "square", "box"),
    "triangle": ("triangle",), "star": ("star",), "diamond": ("diamond", "diamond", "rhombus"),
    "ring": ("ring", "ring", "donut"), "cross": ("cross", "cross", "plus sign"), "heart": ("heart",),
}  # fmt: skip
SIZE_WORDS: dict[str, tuple[str, ...]] = {
    "small": ("small", "small", "tiny", "little"), "medium": ("",), "large": ("large", "big", "huge"),
}  # fmt: skip
OPENINGS = (
    "a picture of", "an image of", "a drawing of", "a painting of", "a photo of", "an illustration of",
    "draw", "show me", "there is", "I want", "please make", "a simple picture with",
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
    """What a caption says of one thing; None is unsaid."""

    shape: str | None = None
    colour: str | None = None
    size: str | None = None
    position: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What a caption says; count None means that the number of things is not stated."""

    things: tuple[WantedThing, ...] = ()
    background: str | None = None
    count: int | None = None


@dataclass(frozen=True)
class Caption:
    text: str
    wanted: Wanted


class _Phraser:
    """Makes the random choices of one caption."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def pick(self, *options: str) -> str:
        return options[self.rng.integers(len(options))]

    def noun(self, thing: Thing, shape: bool, colour: bool, size: bool) -> str:
        """Such as "small red circle"; an unnamed shape is "shape", "thing" or a word never seen before."""
        noun = self.pick(*SHAPE_WORDS[thing.shape]) if shape else self.pick("shape", "object", "thing", ANY)
        hue = self.pick(*COLOUR_WORDS[thing.colour]) if colour else ""
        scale = self.pick(*SIZE_WORDS[thing.size]) if size else ""
        if colour and self.chance(0.1):
            return _join(scale, noun, self.pick("that is", "in", "colored"), hue)
        if colour and self.chance(0.05):
            hue = _join(self.pick("bright", "vivid", "solid"), hue)
        return _join(scale, hue, noun)

    def described(self, thing: Thing) -> tuple[str, WantedThing]:
        shape, colour = self.chance(0.95), self.chance(0.93)
        size = thing.size != "medium" and self.chance(0.6)
        wanted = WantedThing(
            thing.shape if shape else None, thing.colour if colour else None, thing.size if size else None
        )
        article = self.pick("a", "a", "a", "one", "the", "")
        return _join(article, self.noun(thing, shape, colour, size)), wanted

    def place(self, position: str) -> str:
        if position == "center":
            return self.pick("in the center", "in the middle", "in the centre", "at the center")
        if " " in position:
            words = position.replace("top", "upper") if self.chance(0.15) else position
            return _join(self.pick("in", "at"), "the", words, self.pick("", "", "corner"))
        if position in ("left", "right"):
            return _join(self.pick("on", "at", "to"), "the", position, self.pick("", "", "side"))
        return self.pick(f"at the {position}", f"on the {position}", f"near the {position}")

    def background(self, colour: str) -> str:
        hue = self.pick(*COLOUR_WORDS[colour])
        if self.chance(0.05):
            return f"on a {hue} {ANY}"
        ways = ("on a {} background", "on a {} background", "against a {} background", "in front of a {} background",
                "with a {} background", "over a {} backdrop", "on {}", "and a {} background")  # fmt: skip
        return self.pick(*ways).format(hue)

    def relation(self, first: str, second: str) -> str:
        """How the first of two things lies to the second."""
        dx = ("left" in second) - ("left" in first) + ("right" in first) - ("right" in second)
        dy = ("top" in second) - ("top" in first) + ("bottom" in first) - ("bottom" in second)
        ways = []
        if dx:
            side = "right" if dx > 0 else "left"
            ways += [f"to the {side} of", f"{side} of"]
        if dy:
            ways += ["below", "under"] if dy > 0 else ["above", "over"]
        return self.pick(*ways)


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _single(say: _Phraser, scene: Scene) -> tuple[str, WantedThing]:
    thing = scene.things[0]
    text, wanted = say.described(thing)
    if not say.chance(0.35 if thing.position == "center" else 0.65):
        return text, wanted
    wanted = WantedThing(wanted.shape, wanted.colour, wanted.size, thing.position)
    if say.chance(0.15):
        return f"{text}, {thing.position}", wanted
    return _join(text, say.place(thing.position)), wanted


def _pair(say: _Phraser, scene: Scene) -> tuple[str, tuple[WantedThing, ...]]:
    first, second = scene.things
    (a, wanted_a), (b, wanted_b) = say.described(first), say.described(second)
    placed = (
        WantedThing(wanted_a.shape, wanted_a.colour, wanted_a.size, first.position),
        WantedThing(wanted_b.shape, wanted_b.colour, wanted_b.size, second.position),
    )
    way = say.rng.random()
    if way < 0.4:
        return _join(a, say.relation(first.position, second.position), b), placed
    if way < 0.65:
        return _join(a, say.place(first.position), "and", b, say.place(second.position)), placed
    return _join(a, say.pick("and", "and", "next to", "with"), b), (wanted_a, wanted_b)


def caption(scene: Scene, rng: np.random.Generator) -> Caption:
    """Phrases the scene; the same scene and generator state give the same caption. A text may contain ANY."""
    say = _Phraser(rng)
    count = len(scene.things)
    things: tuple[WantedThing, ...]
    if count == 1 or say.chance(0.08):
        body, thing = _single(say, scene)
        things = (thing,)
    else:
        body, things = _pair(say, scene)
    counted = len(things) != count or say.chance(0.1)
    if counted:
        numbers = ("two objects", "two shapes") if count == 2 else ("one object", "a single shape")
        body += f", {say.pick(*numbers)}"
    with_background = say.chance(0.85)
    if with_background and say.chance(0.2):
        hue = say.pick(*COLOUR_WORDS[scene.background])
        body = say.pick(f"{body}, {hue} background", f"{hue} background, {body}")
    elif with_background:
        body = _join(body, say.background(scene.background))
    if say.chance(0.25):
        body = _join(say.pick(*OPENINGS), body)
    if say.chance(0.1):
        body += "."
    if say.chance(0.85):
        body = re.sub(r"\ba (?=orange|illustration|image|object)", "an ", body)
    return Caption(body, Wanted(things, scene.background if with_background else None, count if counted else None))


def fillers(rng: np.random.Generator) -> list[str]:
    """One to eight of the words that mean nothing here, for both prompts and negatives."""
    return rng.choice(FILLER_WORDS, size=int(rng.integers(1, 9)), replace=False).tolist()


def all_words() -> str:
    """Every word a caption can contain, for text.write_vocabulary."""
    tables = (COLOUR_WORDS, SHAPE_WORDS, SIZE_WORDS)
    listed = [word for table in tables for words in table.values() for word in words]
    return " ".join([*listed, *OPENINGS, *FILLER_WORDS])
