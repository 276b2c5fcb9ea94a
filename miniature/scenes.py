"""Drawn scenes: the contents of a picture.

drawing.py turns a scene into pixels, captions.py into words. Lengths and positions are in units of the picture's
shorter side (shapes.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from .shapes import REACH, SHAPES

Colour = tuple[float, float, float]

PALETTE: dict[str, tuple[int, int, int]] = {
    "red": (215, 35, 40), "orange": (245, 135, 25), "yellow": (250, 220, 45), "green": (45, 160, 65),
    "blue": (40, 80, 215), "purple": (140, 40, 150), "pink": (250, 150, 195), "brown": (125, 75, 40),
    "black": (22, 22, 24), "white": (245, 245, 245), "gray": (135, 135, 138), "cyan": (70, 205, 220),
}  # fmt: skip
# Less than 50 apart in CIE Lab: a thing of the one hardly stands out from a ground of the other.
_ALIKE: dict[str, tuple[str, ...]] = {
    "red": ("orange",), "orange": ("red", "yellow"), "yellow": ("orange",), "blue": ("purple",), "purple": ("blue",),
    "pink": ("white", "gray"), "brown": ("black", "gray"), "black": ("brown", "gray"),
    "white": ("pink", "gray", "cyan"), "gray": ("pink", "brown", "black", "white", "cyan"), "cyan": ("white", "gray"),
}  # fmt: skip
NIGHT_SKIES: dict[str, tuple[int, int, int]] = {"black": (12, 12, 18), "blue": (14, 22, 60), "purple": (36, 14, 54)}
"""The backgrounds of night scenes, by the name of their colour."""
GLOWING = ("red", "orange", "yellow", "green", "pink", "white", "cyan")
"""Colours that are seen to glow at night."""
POSITIONS: dict[str, tuple[float, float]] = {
    "top left": (0.25, 0.25), "top": (0.5, 0.25), "top right": (0.75, 0.25),
    "left": (0.25, 0.5), "center": (0.5, 0.5), "right": (0.75, 0.5),
    "bottom left": (0.25, 0.75), "bottom": (0.5, 0.75), "bottom right": (0.75, 0.75),
}  # fmt: skip
RADII: dict[str, tuple[float, float]] = {"small": (0.11, 0.135), "medium": (0.18, 0.22), "large": (0.28, 0.34)}
TEXTURES = ("striped", "checkered", "dotted")
STYLES = ("fog", "spotlight", "watercolor", "sticker", "clay", "mosaic")
SCENE_KINDS = ("single", "pair", "count", "texture", "night", "style", "poster")
"""Kinds of scenes and of prompts. A poster is a scene of another kind of which a large, wide or tall picture is
asked for."""
STYLES_OF: dict[str, tuple[str, ...]] = {
    "pair": ("fog", "spotlight", "watercolor", "clay", "mosaic"), "count": ("fog", "spotlight", "clay", "mosaic"),
    "texture": ("sticker",), "night": ("mosaic",),
}  # fmt: skip
"""The styles that can be seen on scenes of a kind, after an autoencoder as well: what a style does to small things, on
a textured ground or in a glow is often lost. A kind that is not named shows all."""
_HIDDEN_ON = {"fog": ("white",), "sticker": ("white", "gray"), "spotlight": ("black", "brown")}
"""The backgrounds on which a style is not seen: a white rim and fog on white, light on what is dark."""
_APART = ({"pair", "count"}, {"texture", "night"}, {"pair", "night"})
"""What no scene is at once: two different things and several equal ones, textured and glowing; and of two colours
whose glows meet nobody can tell what is whose."""


def kinds_of(kind: str) -> frozenset[str]:
    """Return the kinds that a scene's or a prompt's kind stands for: of a combination all, else the one."""
    return frozenset(kind.split("+"))


def styles_among(kinds: Collection[str], wanted: Sequence[str] = STYLES) -> list[str]:
    """Return the wanted styles that a scene of these kinds can show, or all that it can show where none is wanted."""
    shown = [style for style in STYLES if all(style in STYLES_OF.get(kind, STYLES) for kind in kinds)]
    return [style for style in shown if style in wanted] or shown


def _combinations() -> tuple[str, ...]:
    plain = [kind for kind in SCENE_KINDS if kind != "single"]
    every = [kinds for size in (2, 3) for kinds in combinations(plain, size)]
    possible = [kinds for kinds in every if not any(both <= set(kinds) for both in _APART)]
    return tuple("+".join(kinds) for kinds in possible if "style" not in kinds or styles_among(kinds))


COMBINATIONS = _combinations()
"""Kinds of scenes that are of two or three kinds at once, such as "count+night+style"."""


@dataclass(frozen=True)
class Fill:
    """How an area is coloured; colours are RGB in 0..1, scale is a period in units of the shorter side."""

    colour: Colour
    kind: str = "plain"
    other: Colour = (0.0, 0.0, 0.0)
    scale: float = 0.25
    angle: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Thing:
    """One shape.

    shape, colour, other (a texture's second colour), texture, size and position are what captions may state; the other
    attributes only affect the drawing.
    """

    shape: str
    colour: str
    size: str
    position: str
    fill: Fill
    centre: tuple[float, float]
    radius: float
    rotation: float = 0.0
    texture: str = "plain"
    other: str | None = None


@dataclass(frozen=True)
class Scene:
    """A background and the things on it, in drawing order.

    night: things glow on a dark sky. style: one of STYLES, or None. aspect: width / height.
    """

    kind: str
    background: str
    fill: Fill
    things: tuple[Thing, ...]
    night: bool = False
    style: str | None = None
    background_texture: str = "plain"
    background_other: str | None = None
    aspect: float = 1.0


@dataclass(frozen=True)
class SceneConfig:
    """What scenes are drawn from.

    kinds: how often each kind is drawn, of SCENE_KINDS and COMBINATIONS. jitter: half-range by which a palette colour
    varies (0..1).
    wild: share of areas with any colour and any fill, and of things with any size, place and rotation; their names
    mean nothing, so wild scenes are for the autoencoder only. styles: those of scenes of kind "style", also among
    others; a combination takes one of them that it can show (STYLES_OF), or else any that it can show.
    aspects: width / height of posters. pairs: which (shape, colour) may be drawn, all where None.
    """

    kinds: Mapping[str, float] = field(
        default_factory=lambda: {"single": 0.3, "pair": 0.25, "count": 0.15, "texture": 0.18, "night": 0.12}
    )
    jitter: float = 0.03
    wild: float = 0.0
    styles: tuple[str, ...] = STYLES
    aspects: tuple[float, ...] = (1.0,)
    pairs: Collection[tuple[str, str]] | None = None


def sample_scene(rng: np.random.Generator, config: SceneConfig) -> Scene:
    """Draws one scene at random; the same generator state and config give the same scene."""
    kinds = list(config.kinds)
    shares = np.array([config.kinds[kind] for kind in kinds], dtype=float)
    return _Sampler(rng, config).scene(str(rng.choice(kinds, p=shares / shares.sum())))


class _Sampler:
    """Makes the random choices of one scene."""

    def __init__(self, rng: np.random.Generator, config: SceneConfig) -> None:
        self.rng, self.config = rng, config

    def scene(self, kind: str) -> Scene:
        if kind == "poster":
            inner = self.scene(str(self.rng.choice(["single", "pair", "texture", "count"], p=(0.4, 0.25, 0.2, 0.15))))
            return replace(self._in_format(inner), kind="poster")
        if "+" in kind:
            return self._combination(kind)
        make: dict[str, Callable[[], Scene]] = {
            "pair": self._pair,
            "count": self._count,
            "texture": self._texture,
            "night": self._night,
        }
        if kind in make:
            return make[kind]()
        style = str(self.rng.choice(self.config.styles)) if kind == "style" else None
        return self._single(kind, style)

    # -- kinds -------------------------------------------------------------------------------------------------

    def _single(self, kind: str, style: str | None) -> Scene:
        shape, colour = self._named()
        shares = (0.25, 0.4, 0.35)
        if style:  # what a style does to a small thing cannot be seen
            shares = (0.0, 0.3, 0.7)
        while style == "sticker" and colour in _HIDDEN_ON[style]:
            shape, colour = self._named()
        background = self._other_than(colour, *_HIDDEN_ON.get(style or "", ()))
        centred = self.rng.random() < 0.35
        position = "center" if centred else str(self.rng.choice(list(POSITIONS)))
        thing = self._thing(shape, colour, str(self.rng.choice(list(RADII), p=shares)), position)
        return self._on(kind, background, (thing,), style=style)

    def _pair(self, medium: bool = False) -> Scene:
        shape, colour = self._named()
        second, other = self._named()
        while other == colour:
            second, other = self._named()
        pairs = (("left", "right"), ("top", "bottom"), ("top left", "bottom right"), ("bottom left", "top right"))
        first_at, second_at = pairs[self.rng.choice(4, p=(0.4, 0.3, 0.15, 0.15))]
        if self.rng.random() < 0.5:
            first_at, second_at = second_at, first_at
        shares = (0.0, 1.0) if medium else (0.3, 0.7)
        sizes = [str(self.rng.choice(["small", "medium"], p=shares)) for _ in range(2)]
        things = (self._thing(shape, colour, sizes[0], first_at), self._thing(second, other, sizes[1], second_at))
        return self._on("pair", self._other_than(colour, other), things)

    def _count(self, colours: Collection[str] | None = None, gap: float = 0.05) -> Scene:
        shape, colour = self._named(colours)
        count = int(self.rng.choice([2, 3, 4, 5], p=(0.2, 0.35, 0.25, 0.2)))
        radius = float(self.rng.uniform(*((0.13, 0.16) if count <= 3 else (0.115, 0.135))))
        fill = self._fill(colour)
        things = tuple(
            Thing(shape, colour, "small", "", fill, centre, radius) for centre in self._scattered(count, radius, gap)
        )
        return self._on("count", self._other_than(colour), things)

    def _texture(self) -> Scene:
        shape, colour = self._named()
        texture = str(self.rng.choice(TEXTURES))
        other = self._contrasting(colour)
        if self.rng.random() < 0.65:
            background = self._other_than(colour, other)
            position = "center" if self.rng.random() < 0.6 else str(self.rng.choice(["left", "right", "top", "bottom"]))
            radius = float(self.rng.uniform(0.29, 0.36))
            thing = Thing(shape, colour, "large", position, self._textured(texture, colour, other),
                          self._place(position, radius), radius, texture=texture, other=other)  # fmt: skip
            return self._on("texture", background, (thing,))
        ground = self._other_than(colour)
        other = self._contrasting(ground, but=colour)
        size = str(self.rng.choice(["medium", "large"]))
        thing = self._thing(shape, colour, size, "center")
        fill = self._wilder(self._textured(texture, ground, other))
        return Scene("texture", ground, fill, (thing,), background_texture=texture, background_other=other)

    def _night(self) -> Scene:
        shape, colour = self._named(GLOWING)
        sky, fill = self._sky()
        count = int(self.rng.choice([1, 2, 3], p=(0.6, 0.25, 0.15)))
        if count == 1:
            size = str(self.rng.choice(["small", "medium", "large"], p=(0.25, 0.5, 0.25)))
            position = "center" if self.rng.random() < 0.4 else str(self.rng.choice(list(POSITIONS)))
            return Scene("night", sky, self._wilder(fill), (self._thing(shape, colour, size, position),), night=True)
        radius = float(self.rng.uniform(0.12, 0.15))
        things = tuple(
            Thing(shape, colour, "small", "", self._fill(colour), centre, radius)
            for centre in self._scattered(count, radius, gap=0.1)
        )
        return Scene("night", sky, self._wilder(fill), things, night=True)

    # -- combinations --------------------------------------------------------------------------------------------

    def _combination(self, kind: str) -> Scene:
        """Return a scene of several kinds, drawn anew until its colours and shapes suit all of them."""
        kinds = kinds_of(kind)
        style = str(self.rng.choice(styles_among(kinds, self.config.styles))) if "style" in kinds else None
        while True:
            scene = self._several_kinds(kinds, style)
            if style is None or _suits(scene, style):
                break
        return replace(self._in_format(scene) if "poster" in kinds else scene, kind=kind)

    def _several_kinds(self, kinds: Collection[str], style: str | None) -> Scene:
        colours = GLOWING if "night" in kinds else None
        if "pair" in kinds:
            scene = self._pair(medium=style is not None)
        elif "count" in kinds:
            scene = self._count(colours, gap=0.1 if colours else 0.05)
        elif "texture" in kinds and style is None:
            return self._texture()
        else:
            size = "large" if style else str(self.rng.choice(["medium", "large"]))
            shape, colour = self._named(colours)
            thing = self._thing(shape, colour, size, str(self.rng.choice(list(POSITIONS))))
            scene = self._on("single", self._other_than(colour), (thing,))
        if "night" in kinds:
            sky, fill = self._sky()
            scene = replace(scene, background=sky, fill=self._wilder(fill), night=True)
        if "texture" in kinds:
            scene = self._on_texture(scene)
        return replace(scene, style=style)

    def _on_texture(self, scene: Scene) -> Scene:
        """Return the scene on a textured ground whose colours are none of its things'."""
        used = [thing.colour for thing in scene.things]
        while True:
            ground = self._other_than(*used)
            other = self._contrasting(ground)
            if other not in used:
                break
        texture = str(self.rng.choice(TEXTURES))
        fill = self._textured(texture, ground, other)
        return replace(scene, background=ground, fill=fill, background_texture=texture, background_other=other)

    def _in_format(self, scene: Scene) -> Scene:
        """Return the scene in one of the formats of the config, its things spread over it."""
        aspect = float(self.rng.choice(self.config.aspects))
        return replace(scene, things=tuple(_spread(thing, aspect) for thing in scene.things), aspect=aspect)

    def _sky(self) -> tuple[str, Fill]:
        sky = str(self.rng.choice(list(NIGHT_SKIES)))
        return sky, Fill(_jittered(NIGHT_SKIES[sky], self.rng, self.config.jitter / 3))

    # -- parts -------------------------------------------------------------------------------------------------

    def _on(self, kind: str, background: str, things: tuple[Thing, ...], style: str | None = None) -> Scene:
        return Scene(kind, background, self._wilder(self._fill(background)), things, style=style)

    def _named(self, colours: Collection[str] | None = None) -> tuple[str, str]:
        """Return a shape and a colour that may be drawn together."""
        allowed = self.config.pairs
        while True:
            shape, colour = str(self.rng.choice(list(SHAPES))), str(self.rng.choice(list(PALETTE)))
            if (allowed is None or (shape, colour) in allowed) and (colours is None or colour in colours):
                return shape, colour

    def _other_than(self, *taken: str) -> str:
        shut = {*taken, *(near for colour in taken for near in _ALIKE.get(colour, ()))}
        return str(self.rng.choice([colour for colour in PALETTE if colour not in shut]))

    def _contrasting(self, colour: str, but: str | None = None) -> str:
        """Return a second colour for a texture that contrasts with the first."""
        light = {"white", "yellow", "cyan", "pink", "orange"}
        options = [name for name in PALETTE if (name in light) != (colour in light) and name not in (but, "gray")]
        return str(self.rng.choice(options))

    def _fill(self, name: str) -> Fill:
        return Fill(_jittered(PALETTE[name], self.rng, self.config.jitter))

    def _textured(self, texture: str, colour: str, other: str) -> Fill:
        jitter = self.config.jitter
        angle = float(self.rng.choice([0.0, np.pi / 2, np.pi / 4]) if texture == "striped" else 0.0)
        low, high = {"striped": (0.19, 0.24), "checkered": (0.15, 0.19), "dotted": (0.18, 0.22)}[texture]
        first, second = (_jittered(PALETTE[name], self.rng, jitter) for name in (colour, other))
        return Fill(first, texture, second, float(self.rng.uniform(low, high)), angle)

    def _wilder(self, fill: Fill) -> Fill:
        return _wild_fill(self.rng) if self.rng.random() < self.config.wild else fill

    def _thing(self, shape: str, colour: str, size: str, position: str) -> Thing:
        if self.rng.random() < self.config.wild:
            centre = (float(self.rng.uniform(0.05, 0.95)), float(self.rng.uniform(0.05, 0.95)))
            radius, turn = float(np.exp(self.rng.uniform(np.log(0.06), np.log(0.45)))), float(self.rng.uniform(0, 6.28))
            return Thing(shape, colour, size, position, _wild_fill(self.rng), centre, radius, turn)
        radius = float(self.rng.uniform(*RADII[size]))
        return Thing(shape, colour, size, position, self._fill(colour), self._place(position, radius), radius)

    def _place(self, position: str, radius: float) -> tuple[float, float]:
        margin = REACH * radius + 0.02
        wanted = np.array(POSITIONS[position]) + self.rng.uniform(-0.03, 0.03, 2)
        x, y = np.clip(wanted, margin, 1 - margin).tolist()
        return x, y

    def _scattered(self, count: int, radius: float, gap: float = 0.05) -> list[tuple[float, float]]:
        """Places that do not touch, drawn anew until they fit."""
        margin, apart = REACH * radius + 0.02, 2 * REACH * radius + gap
        while True:
            places: list[tuple[float, float]] = []
            for _ in range(60):
                x, y = self.rng.uniform(margin, 1 - margin, 2).tolist()
                if all(np.hypot(x - u, y - v) > apart for u, v in places):
                    places.append((x, y))
                if len(places) == count:
                    return places
            apart *= 0.97


def _jittered(rgb: tuple[int, int, int], rng: np.random.Generator, jitter: float) -> Colour:
    red, green, blue = np.clip(np.array(rgb) / 255 + rng.uniform(-jitter, jitter, 3), 0, 1).tolist()
    return red, green, blue


def _wild_fill(rng: np.random.Generator) -> Fill:
    first, second = rng.uniform(0, 1, (2, 3)).tolist()
    kinds = ("plain", *TEXTURES, "gradient", "cloudy")
    return Fill(tuple(first), str(rng.choice(kinds)), tuple(second), float(rng.uniform(0.08, 0.5)),
                float(rng.uniform(0, np.pi)), int(rng.integers(2**31)))  # fmt: skip


def _suits(scene: Scene, style: str) -> bool:
    """Whether the style can be seen on the scene, and a sticker's rim about its things."""
    colours = {scene.background, scene.background_other}
    things = {thing.colour for thing in scene.things} if style == "sticker" else set()
    return (colours | things).isdisjoint(_HIDDEN_ON.get(style, ()))


def _spread(thing: Thing, aspect: float) -> Thing:
    """Move a thing of a square scene to a scene of another aspect: places are spread over the longer side."""
    x, y = thing.centre
    place = ((x - 0.5) * max(1.0, aspect) + 0.5, (y - 0.5) * max(1.0, 1 / aspect) + 0.5)
    return replace(thing, centre=place)
