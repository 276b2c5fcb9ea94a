"""How well a picture shows what its prompt means, by pixels alone: GenEval-like checks (arXiv 2310.11513), qualities.

    score = mean(credits) ^ 1.5 * product(uncalled-for) * (0.4 + 0.6 * product(qualities))

- A credit, 0..1, belongs to every check of what the prompt says: 1 where it holds, at most half where it does not, by
  how near it comes, so that a reward model has something to follow. Their mean is weighted (WEIGHTS); a style weighs
  most, since it is what a prompt that names one is about. What is said of
  the picture as a whole counts only as far as there are things in it: a blank background is no answer. The power
  makes one wrong fact cost more than its share.
- What nobody asked for (a style, a texture, a glow, another format) takes up to 0.4 each: people who ask for a plain
  red circle do not want a mosaic of it.
- Qualities, 0..1: sharp edges, no specks, outlines that fit, smooth areas. A spoilt picture keeps 0.4 of what its
  facts are worth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from ...store.pictures import Picture, open_picture
from ..captions import Wanted, WantedThing
from ..scenes import POSITIONS
from ..shapes import REACH, Array
from .colours import named, named_sky, nearest
from .looking import Look, Seen, look

WEIGHTS: dict[str, float] = {
    "objects": 2.0, "count": 2.0, "colours": 1.5, "binding": 1.5, "positions": 1.5, "relation": 1.5, "sizes": 1.0,
    "background": 1.5, "textures": 1.5, "background_texture": 1.5, "night": 2.0, "style": 4.0, "resolution": 2.0,
    "aspect": 1.5,
}  # fmt: skip
CHECKS = tuple(WEIGHTS)
QUALITIES = ("sharpness", "outline", "smoothness", "cleanness")
LARGE = 128
"""Pixels on the shorter side of a large picture."""
# Between the sizes that scenes are drawn in (scenes.RADII, and counted things).
_SMALL, _BIG = 0.158, 0.247
_WHOLE = ("background", "background_texture", "style", "resolution", "aspect")
_SOFT = {"watercolor": 5.2, "clay": 2.9, "mosaic": 1.5, "sticker": 1.2}
"""How much wider the edges of a style are, in 1/64 of the shorter side."""
_LOOSE = {"watercolor": 0.1, "clay": 0.1, "mosaic": 0.03}
"""How much less well the things of a style fit their shapes."""


SHARP_LARGE = 3.0
"""Width of the edges of a really large picture, at most, in 1/128 of the shorter side: an autoencoder leaves 2 to 2.9,
enlarging a drawing of 64 pixels 3.1 and more, enlarging what an autoencoder left of one 3.9 and more."""
_TOO_SOFT = 1.4
"""Edges of a style that is softer than this are the same whatever the picture was enlarged from."""
_TEXTURED = 0.35
"""How much wider edges are measured where textures meet them."""
_Credit = Callable[[WantedThing, Seen], float]


@dataclass(frozen=True)
class Verdict:
    """Per check whether it holds, None where nothing was said (and nothing is there that nobody asked for).

    objects: the shapes, whatever their colour. count: as many things as were named. colours: those named, on
    whichever thing. binding: every thing with its own shape, colour and texture. uncalled_for: what nobody asked for,
    0..1 of how much there is of it. credits: 0..1 of each check that was asked for.
    """

    objects: bool | None = None
    count: bool | None = None
    colours: bool | None = None
    binding: bool | None = None
    positions: bool | None = None
    relation: bool | None = None
    sizes: bool | None = None
    background: bool | None = None
    textures: bool | None = None
    background_texture: bool | None = None
    night: bool | None = None
    style: bool | None = None
    resolution: bool | None = None
    aspect: bool | None = None
    credits: Mapping[str, float] = field(default_factory=dict)
    uncalled_for: Mapping[str, float] = field(default_factory=dict)
    sharpness: float = 0.0
    outline: float = 0.0
    smoothness: float = 0.0
    cleanness: float = 0.0
    present: float = 0.0

    @property
    def right(self) -> bool:
        """Whether nothing that was said is wrong and nothing is there that nobody asked for."""
        return all(getattr(self, check) is not False for check in CHECKS)

    @property
    def facts(self) -> float:
        """Weighted mean of the credits, 0..1; those of the whole picture only as far as there are things in it."""
        total = sum(WEIGHTS[check] for check in self.credits)
        worth = sum(
            WEIGHTS[check] * credit * (self.present if check in _WHOLE else 1.0)
            for check, credit in self.credits.items()
        )
        return worth / total if total else self.present

    @property
    def quality(self) -> float:
        """Mean of the qualities, 0..1."""
        return self.sharpness * self.outline * self.smoothness * self.cleanness

    @property
    def score(self) -> float:
        """0..1, as this module's text says."""
        plain = float(np.prod([1 - 0.4 * amount for amount in self.uncalled_for.values()]))
        return float(self.facts**1.5 * plain * (0.4 + 0.6 * self.quality))


@dataclass(frozen=True)
class _Fact:
    """Whether something holds, and what it is worth, 0..1."""

    holds: bool
    credit: float


def score_pictures(pictures: Sequence[Picture]) -> list[float]:
    """Return the score of each picture against its meaning (`captions.Wanted` as JSON).

    Raises:
        ValueError: a picture cannot be read, or has no meaning or one that no prompt of the miniature could have.
    """
    scores = []
    for picture in pictures:
        if picture.meaning is None:
            raise ValueError(f"{picture.path}: the miniature's scorer needs the meaning of {picture.prompt!r}")
        try:
            wanted = Wanted.from_json(picture.meaning)
        except ValueError as error:
            raise ValueError(f"{picture.path}: the meaning of {picture.prompt!r} cannot be read: {error}") from error
        image = np.asarray(open_picture(picture), np.float32) / 255
        try:
            scores.append(judge(image, wanted).score)
        except ValueError as error:
            raise ValueError(f"{picture.path}: {error}") from error
    return scores


def judge(image: Array, wanted: Wanted) -> Verdict:
    """Compare a picture, RGB in 0..1 (height, width, 3), with the meaning of its prompt."""
    return verdict_of(look(image), wanted)


def verdict_of(seen: Look, wanted: Wanted) -> Verdict:
    """Compare what was found in a picture with the meaning of its prompt."""
    slots = [thing for thing in wanted.things for _ in range(thing.count)]
    facts: dict[str, _Fact | None] = _things(slots, seen.things, wanted)
    facts["background"] = None if wanted.background is None else _ground(wanted.background, seen)
    uncalled: dict[str, float] = {}
    facts["textures"] = _textures(slots, seen, uncalled)
    facts["background_texture"] = _ground_texture(wanted, seen, uncalled)
    facts["night"] = _night(wanted, seen, uncalled)
    facts["style"] = _style(wanted, seen, uncalled)
    facts["resolution"] = _resolution(seen) if wanted.large else None
    facts["aspect"] = _aspect(wanted, seen, uncalled)
    holds: dict[str, Any] = {check: None if fact is None else fact.holds for check, fact in facts.items()}
    for name, amount in uncalled.items():
        if amount > 0:
            holds[name] = False
    credits = {check: fact.credit for check, fact in facts.items() if fact is not None}
    present = min(1.0, len(seen.things) / max(1, len(slots)))
    return Verdict(**holds, credits=credits, uncalled_for=uncalled, present=present, **_qualities(seen, wanted))


# -- things ----------------------------------------------------------------------------------------------------------


def _things(slots: Sequence[WantedThing], things: Sequence[Seen], wanted: Wanted) -> dict[str, _Fact | None]:
    """Every check of things. Which seen thing is which wanted one is chosen to the prompt's best advantage."""
    shapes = _table(slots, things, lambda slot, thing: _shape(slot, thing))
    colours = _table(slots, things, lambda slot, thing: _colours(slot, thing))
    textures = _table(slots, things, lambda slot, thing: _texture(slot, thing))
    positions = _table(slots, things, lambda slot, thing: _position(slot.position, thing))
    sizes = _table(slots, things, lambda slot, thing: _size(slot.size, thing))
    bound = np.minimum(np.minimum(shapes, colours), textures)
    pairs = _matched(shapes + colours + textures + 0.3 * (positions + sizes) + bound)
    named = [slot for slot in slots if slot.shape is not None]
    total, found = len(slots), len(things)
    facts: dict[str, _Fact | None] = {
        "objects": _all(shapes, _matched(shapes)) if named else None,
        "count": _Fact(total == found, 1.0 if total == found else 0.5 * min(total, found) / max(total, found)),
        "colours": _all(colours, _matched(colours)) if any(slot.colour for slot in slots) else None,
        "binding": _all(bound, pairs),
        "positions": _all(positions, pairs, [slot.position is not None for slot in slots]),
        "sizes": _all(sizes, pairs, [slot.size is not None for slot in slots]),
        "relation": None,
    }
    if wanted.relation is not None:
        matched = dict(pairs)
        facts["relation"] = _Fact(False, 0.0)
        if len(slots) == 2 and len(matched) == 2:
            facts["relation"] = _relation(wanted.relation, things[matched[0]], things[matched[1]])
    return facts


def _table(slots: Sequence[WantedThing], things: Sequence[Seen], credit: _Credit) -> Array:
    """Return the credit of every wanted thing with every found one, 0..1 (wanted, found)."""
    return np.array([[credit(slot, thing) for thing in things] for slot in slots]).reshape(len(slots), len(things))


def _matched(credits: Array) -> list[tuple[int, int]]:
    """(wanted, seen) of the best assignment."""
    return [(int(a), int(b)) for a, b in zip(*linear_sum_assignment(-credits), strict=True)]


def _all(credits: Array, pairs: Sequence[tuple[int, int]], stated: Sequence[bool] | None = None) -> _Fact | None:
    """Whether all wanted things have full credit, and their mean; None where nothing is stated of any."""
    rows = [row for row in range(len(credits)) if stated is None or stated[row]]
    if not rows:
        return None
    matched = dict(pairs)
    values = [float(credits[row, matched[row]]) if row in matched else 0.0 for row in rows]
    return _Fact(min(values) == 1.0, float(np.mean(values)))


def _shape(slot: WantedThing, thing: Seen) -> float:
    if slot.shape is None or slot.shape == thing.shape:
        return 1.0
    best, own = thing.fit.overlap, thing.fit.overlaps.get(slot.shape, 0.0)
    return 0.5 * float(np.clip((own - 0.5) / max(best - 0.5, 0.05), 0, 1)) ** 2


def _colours(slot: WantedThing, thing: Seen) -> float:
    """Both colours of a texture; of stripes and checks nobody can say which is the first."""
    if slot.colour is None:
        return 1.0
    if slot.other is None:
        return _colour(slot.colour, thing.colour)
    if thing.other is None:
        return 0.5 * max(_colour(slot.colour, thing.colour), _colour(slot.other, thing.colour))
    straight = min(_colour(slot.colour, thing.colour), _colour(slot.other, thing.other))
    if thing.pattern.texture == "dotted" and thing.pattern.ordered:
        return straight
    return max(straight, min(_colour(slot.colour, thing.other), _colour(slot.other, thing.colour)))


def _colour(name: str, rgb: Array) -> float:
    return _likeness(name, named(rgb))


def _likeness(name: str, distances: dict[str, float]) -> float:
    """1 for the name of the nearest colour, else by how much farther this one is."""
    if nearest(distances) == name:
        return 1.0
    return 0.5 * float(np.clip(1 - (distances[name] - min(distances.values())) / 40, 0, 1))


def _texture(slot: WantedThing, thing: Seen) -> float:
    wanted = slot.texture or "plain"
    return 1.0 if thing.pattern.texture == wanted else 0.5 * thing.pattern.likeness[wanted]


def _position(name: str | None, thing: Seen) -> float:
    """1 if of the nine places, moved in as far as a thing of this size has to be, this one is the nearest."""
    if name is None:
        return 1.0
    reach = max(0.05, min(0.25, 0.5 - (REACH * thing.radius + 0.02)))
    offset = (np.array(thing.place) - 0.5) / reach
    places = {place: np.sign(np.array(centre) - 0.5) for place, centre in POSITIONS.items()}
    # A thing in the middle may lie a little off it, which for a large one is much of its way to the side.
    off = {place: float(np.abs(offset - at).max()) for place, at in places.items()}
    if min(off, key=off.__getitem__) == name:
        return 1.0
    return 0.5 * float(np.clip(1 - (off[name] - 0.5) / 1.5, 0, 1))


def _size(name: str | None, thing: Seen) -> float:
    if name is None:
        return 1.0
    low, high = {"small": (0.0, _SMALL), "medium": (_SMALL, _BIG), "large": (_BIG, 9.0)}[name]
    if low <= thing.radius < high:
        return 1.0
    return 0.5 * float(np.clip(1 - max(low - thing.radius, thing.radius - high) / 0.09, 0, 1))


def _relation(relation: str, first: Seen, second: Seen) -> _Fact:
    """How far the first lies from the second in the direction that was said."""
    across, down = (b - a for a, b in zip(first.place, second.place, strict=True))
    ahead = {"left of": across, "right of": -across, "above": down, "below": -down}[relation]
    holds = ahead > 0.15
    return _Fact(holds, 1.0 if holds else 0.5 * float(np.clip((ahead + 0.15) / 0.3, 0, 1)))


# -- the whole picture -----------------------------------------------------------------------------------------------


def _ground(name: str, seen: Look) -> _Fact:
    credit = _likeness(name, named(seen.background))
    if seen.night:  # a night's blue is nearly black
        skies = named_sky(seen.background)
        credit = _likeness(name, skies) if name in skies else 0.0
    if seen.background_other is not None and not seen.background_pattern.ordered:
        credit = max(credit, _likeness(name, named(seen.background_other)))
    return _Fact(credit == 1.0, credit)


def _textures(slots: Sequence[WantedThing], seen: Look, uncalled: dict[str, float]) -> _Fact | None:
    """Whether as many things have each texture as should."""
    asked = [slot for slot in slots if slot.texture is not None]
    textured = [thing for thing in seen.things if thing.pattern.texture != "plain"]
    if not asked:
        if textured:
            uncalled["textures"] = len(textured) / len(seen.things)
        return None
    credits = _table(asked, seen.things, _texture)
    return _all(credits, _matched(credits))


def _ground_texture(wanted: Wanted, seen: Look, uncalled: dict[str, float]) -> _Fact | None:
    pattern = seen.background_pattern
    if wanted.background_texture is None:
        if pattern.texture != "plain":
            uncalled["background_texture"] = 1.0
        return None
    if seen.background_other is None or pattern.texture == "plain":
        return _Fact(False, 0.0)
    credit = 1.0 if pattern.texture == wanted.background_texture else 0.5 * pattern.likeness[wanted.background_texture]
    if wanted.background_other is not None:
        second = _colour(wanted.background_other, seen.background_other)
        if not pattern.ordered:
            second = max(second, _colour(wanted.background_other, seen.background))
        credit = credit * (0.5 + 0.5 * second)
    return _Fact(credit == 1.0, credit)


def _night(wanted: Wanted, seen: Look, uncalled: dict[str, float]) -> _Fact | None:
    glow = float(np.mean([thing.glow for thing in seen.things])) if seen.things else 0.0
    if not wanted.night:
        if seen.night:
            uncalled["night"] = float(np.clip(glow / 0.4, 0, 1))
        return None
    if seen.night:
        return _Fact(True, 1.0)
    return _Fact(False, (0.3 if seen.dark else 0.0) + float(np.clip(glow, 0, 0.2)))


def _style(wanted: Wanted, seen: Look, uncalled: dict[str, float]) -> _Fact | None:
    others = max((amount for style, amount in seen.styles.items() if style != wanted.style), default=0.0)
    if wanted.style is None:
        amount = float(np.clip((others - 0.4) / 0.4, 0, 1))
        if seen.style is not None or amount > 0:
            uncalled["style"] = amount
        return None
    if seen.style == wanted.style:
        return _Fact(True, 1.0)
    return _Fact(False, 0.5 * min(1.0, seen.styles.get(wanted.style, 0.0)) if seen.style is None else 0.0)


def _resolution(seen: Look) -> _Fact:
    """Whether there are 128 pixels, and edges as sharp as those allow."""
    side = min(seen.height, seen.width)
    soft = _SOFT.get(seen.style, 0.0) if seen.style else 0.0
    edge = (seen.edge if seen.edge is not None else 9.0) * 2
    textured = seen.background_other is not None or any(thing.other is not None for thing in seen.things)
    edge -= _TEXTURED if textured else 0.0
    holds = side >= LARGE and (edge <= SHARP_LARGE or soft > _TOO_SOFT)
    if holds:
        return _Fact(True, 1.0)
    if side < LARGE:
        return _Fact(False, 0.2 * side / LARGE)
    return _Fact(False, 0.3 + 0.3 * float(np.clip(1 - (edge - SHARP_LARGE) / 3, 0, 1)))


def _aspect(wanted: Wanted, seen: Look, uncalled: dict[str, float]) -> _Fact | None:
    ratio = seen.width / seen.height
    if wanted.aspect is None:
        if not 0.75 <= ratio <= 1.34:
            uncalled["aspect"] = 0.75
        return None
    ratio = ratio if wanted.aspect == "wide" else 1 / ratio
    return _Fact(ratio >= 1.3, 1.0 if ratio >= 1.3 else 0.5 * float(np.clip((ratio - 0.7) / 0.6, 0, 1)))


def _qualities(seen: Look, wanted: Wanted) -> dict[str, Any]:
    """Sharpness, outline, smoothness and cleanness, 0..1, each with what the style by itself takes away."""
    if seen.edge is None:
        return dict.fromkeys(QUALITIES, 0.0)
    edge = seen.edge - (_SOFT.get(seen.style, 0.0) if seen.style else 0.0)
    if wanted.large:  # as it is when it is blown up to that size
        edge = 2 * edge + 1.5 * max(0.0, LARGE / min(seen.height, seen.width) - 1)
    loose = _LOOSE.get(seen.style, 0.0) if seen.style else 0.0
    return {
        "sharpness": float(np.clip(1 - (edge - 1.7) / 5, 0, 1)),
        "outline": float(np.clip((seen.overlap + loose - 0.55) / 0.37, 0, 1)),
        "smoothness": float(np.clip(1 - max(0.0, seen.noise - 0.006) / 0.09, 0, 1)
                            * np.clip(1 - max(0.0, seen.unevenness - 0.02) / 0.15, 0, 1)),
        "cleanness": float(np.clip(1 - 20 * max(0.0, seen.specks - 0.001), 0, 1)),
    }  # fmt: skip
