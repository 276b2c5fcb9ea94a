"""Judges a picture by its pixels alone: which colours, shapes, places and sizes are there, against what was wanted.

The background is the commonest palette colour along the border. Things are connected areas that differ from it; each
is matched to the palette by colour and to the drawn shapes by overlap within its bounding box.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from .captions import Wanted, WantedThing
from .scenes import PALETTE, POSITIONS
from .shapes import SHAPES, Array, coverage

_NAMES = tuple(PALETTE)
# Thirds of the picture are told apart by a centre at least this far from the middle, in units of the shorter side.
_OFF_CENTRE = 0.07
_SMALLEST_AREA = 0.004


def _perceptual(rgb: Array) -> Array:
    """CIE Lab of sRGB in 0..1, any leading shape: distances in it are closer to what people see than RGB's."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((np.clip(rgb, 0, 1) + 0.055) / 1.055) ** 2.4)
    xyz = linear @ np.array([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]])
    t = xyz / np.array([0.9505, 1.0, 1.089])
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


_PALETTE_LAB = _perceptual(np.array([PALETTE[name] for name in _NAMES]) / 255)


def nearest_colour(rgb: Array) -> str:
    """The palette's name for a colour, RGB in 0..1."""
    return _NAMES[int(np.linalg.norm(_PALETTE_LAB - _perceptual(rgb), axis=-1).argmin())]


@dataclass(frozen=True)
class Seen:
    """One connected area. centre and extent (half the larger side of its box) in units of the shorter side.

    overlap: intersection over union with the shape it resembles most, 0..1.
    """

    shape: str
    colour: str
    centre: tuple[float, float]
    extent: float
    overlap: float


@dataclass(frozen=True)
class Verdict:
    """Whether each stated fact holds; None where nothing was stated. cleanliness: 0..1, see judge."""

    background: bool | None
    colours: bool | None
    shapes: bool | None
    sizes: bool | None
    positions: bool | None
    count: bool | None
    cleanliness: float

    @property
    def right(self) -> bool:
        facts = (self.background, self.colours, self.shapes, self.sizes, self.positions, self.count)
        return all(fact is not False for fact in facts)

    @property
    def score(self) -> float:
        """0..1: the share of stated facts that hold, times the cleanliness."""
        facts = (self.background, self.colours, self.shapes, self.sizes, self.positions, self.count)
        stated = [fact for fact in facts if fact is not None]
        return self.cleanliness * (sum(stated) / len(stated) if stated else 1.0)


def _components(mask: Array) -> list[Array]:
    """Boolean masks of the 4-connected areas, largest first."""
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        ringed = np.pad(labels, 1)
        neighbours = (ringed[:-2, 1:-1], ringed[2:, 1:-1], ringed[1:-1, :-2], ringed[1:-1, 2:])
        grown = np.maximum.reduce((labels, *neighbours))
        grown[~mask] = 0
        if np.array_equal(grown, labels):
            break
        labels = grown
    names, sizes = np.unique(labels[mask], return_counts=True)
    return [labels == name for name in names[np.argsort(-sizes, kind="stable")]]


def _box(mask: Array) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _overlaps(mask: Array) -> dict[str, float]:
    """Intersection over union of the area with every shape stretched to its bounding box."""
    top, bottom, left, right = _box(mask)
    cut = mask[top:bottom, left:right]
    result = {}
    for shape, (x, y) in _template_grids(cut.shape).items():
        template = coverage(shape, x, y, (0.0, 0.0), 1.0, 0.0, 1000) > 0.5
        result[shape] = float((template & cut).sum() / max(1, (template | cut).sum()))
    return result


def _extents() -> dict[str, tuple[float, float, float, float]]:
    """Bounding box (left, right, top, bottom) of every shape of radius 1."""
    line = np.linspace(-1.5, 1.5, 301)
    x, y = np.meshgrid(line, line)
    boxes = {}
    for name, distance in SHAPES.items():
        inside = distance(x, y) < 0
        columns, rows = line[inside.any(0)], line[inside.any(1)]
        boxes[name] = (columns[0], columns[-1], rows[0], rows[-1])
    return boxes


_EXTENTS = _extents()


def _template_grids(size: tuple[int, int]) -> dict[str, tuple[Array, Array]]:
    """For every shape the coordinates, in its own units, of a box of the given pixels drawn tightly around it."""
    rows, columns = (np.arange(size[0]) + 0.5) / size[0], (np.arange(size[1]) + 0.5) / size[1]
    grids: dict[str, tuple[Array, Array]] = {}
    for name, (left, right, top, bottom) in _EXTENTS.items():
        x, y = np.meshgrid(left + (right - left) * columns, top + (bottom - top) * rows)
        grids[name] = (x, y)
    return grids


def look(image: Array) -> tuple[str, tuple[Seen, ...], float]:
    """What is in a picture, RGB in 0..1 [height, width, 3]: background, things (largest first), stray area 0..1.

    Stray is the share of pixels that belong neither to the background nor to one of the things.
    """
    lab = _perceptual(image)
    border = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    distances = np.linalg.norm(border[:, None] - _PALETTE_LAB, axis=-1)
    background = int(np.bincount(distances.argmin(1), minlength=len(_NAMES)).argmax())
    level = np.median(border[distances.argmin(1) == background], axis=0)
    mask = np.linalg.norm(lab - level, axis=-1) > 18
    side, seen, stray = min(mask.shape), [], 0
    for part in _components(mask):
        if part.sum() < _SMALLEST_AREA * mask.size:
            stray += int(part.sum())
            continue
        top, bottom, left, right = _box(part)
        overlaps = _overlaps(part)
        shape = max(overlaps, key=overlaps.__getitem__)
        centre = ((left + right) / 2 / mask.shape[1], (top + bottom) / 2 / mask.shape[0])
        colour = nearest_colour(np.median(image[part], axis=0))
        seen.append(Seen(shape, colour, centre, max(bottom - top, right - left) / 2 / side, overlaps[shape]))
    return _NAMES[background], tuple(seen), stray / mask.size


def _size_of(extent: float) -> str:
    return "small" if extent < 0.16 else "large" if extent > 0.225 else "medium"


def _at(position: str, centre: tuple[float, float]) -> bool:
    """Whether a centre lies on the named side of the middle, in both directions."""
    for meant, actual in zip(POSITIONS[position], centre, strict=True):
        side, offset = np.sign(meant - 0.5), actual - 0.5
        if (side == 0 and abs(offset) > 2 * _OFF_CENTRE) or (side != 0 and side * offset < _OFF_CENTRE):
            return False
    return True


def _facts(wanted: WantedThing, seen: Seen | None) -> dict[str, bool | None]:
    """Colours, shapes, sizes and positions of one thing; None where unstated."""

    def holds(stated: str | None, true: bool) -> bool | None:
        return None if stated is None else true

    if seen is None:
        stated = (wanted.colour, wanted.shape, wanted.size, wanted.position)
        return dict(zip(("colours", "shapes", "sizes", "positions"), (holds(v, False) for v in stated), strict=True))
    return {
        "colours": holds(wanted.colour, wanted.colour == seen.colour),
        "shapes": holds(wanted.shape, wanted.shape == seen.shape),
        "sizes": holds(wanted.size, wanted.size == _size_of(seen.extent)),
        "positions": holds(wanted.position, wanted.position is not None and _at(wanted.position, seen.centre)),
    }


def judge(image: Array, wanted: Wanted) -> Verdict:
    """Compares a picture, RGB in 0..1 [height, width, 3], with what its caption states.

    Each wanted thing is matched to a different seen one, in the way that is best for the caption. Cleanliness falls
    with stray specks and with areas that resemble no shape well.
    """
    background, seen, stray = look(image)
    padded: tuple[Seen | None, ...] = seen + (None,) * max(0, len(wanted.things) - len(seen))
    best: list[dict[str, bool | None]] = []
    most = -1
    for candidate in permutations(padded[:4], len(wanted.things)):
        facts = [_facts(thing, found) for thing, found in zip(wanted.things, candidate, strict=True)]
        held = sum(value is True for fact in facts for value in fact.values())
        if held > most:
            best, most = facts, held

    def every(name: str) -> bool | None:
        stated = [fact[name] for fact in best if fact[name] is not None]
        return all(stated) if stated else None

    overlap = float(np.mean([thing.overlap for thing in seen])) if seen else 0.0
    return Verdict(
        background=None if wanted.background is None else background == wanted.background,
        colours=every("colours"),
        shapes=every("shapes"),
        sizes=every("sizes"),
        positions=every("positions"),
        count=None if wanted.count is None else len(seen) == wanted.count,
        cleanliness=float(np.clip(1 - 10 * stray, 0, 1) * np.clip((overlap - 0.4) / 0.5, 0, 1)),
    )
