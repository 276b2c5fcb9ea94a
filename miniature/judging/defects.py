"""Plant what a scorer must notice: defects of growing strength in drawn pictures, false facts in meanings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image
from scipy import ndimage

from ..captions import Wanted, WantedThing
from ..drawing import draw
from ..scenes import NIGHT_SKIES, PALETTE, POSITIONS, STYLES, TEXTURES, Fill, Scene, Thing
from ..shapes import SHAPES, Array
from .colours import perceptual, to_segment

_OPPOSITE = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}


# -- meanings --------------------------------------------------------------------------------------------------------


def falsified(wanted: Wanted, check: str, rng: np.random.Generator) -> Wanted | None:
    """Return the meaning with one fact changed, so that `check` must fail for a picture of the original.

    Returns None where the meaning has no fact that the check is about.
    """

    def other(options: object, *but: object) -> str:
        names = [name for name in options if name not in but]  # type: ignore[attr-defined]
        return str(rng.choice(names))

    def changed(index: int, **values: object) -> Wanted:
        things = list(wanted.things)
        things[index] = dataclasses.replace(things[index], **values)  # type: ignore[arg-type]
        return dataclasses.replace(wanted, things=tuple(things))

    at = int(rng.integers(len(wanted.things)))
    thing = wanted.things[at]
    if check == "objects":
        return changed(at, shape=other(SHAPES, *(one.shape for one in wanted.things)))
    if check == "count":
        return changed(at, count=thing.count + (1 if thing.count == 1 else int(rng.choice([-1, 1]))))
    if check == "colours":
        return changed(at, colour=other(PALETTE, thing.other, *(one.colour for one in wanted.things)))
    if check == "binding":
        return _swapped(wanted)
    if check == "positions" and thing.position is not None:
        return changed(at, position=other(POSITIONS, thing.position))
    if check == "relation" and wanted.relation is not None:
        return dataclasses.replace(wanted, relation=_OPPOSITE[wanted.relation])
    if check == "sizes" and thing.size is not None:
        return changed(at, size="large" if thing.size == "small" else "small")
    if check == "background" and wanted.background is not None:
        names = NIGHT_SKIES if wanted.night else PALETTE
        return dataclasses.replace(wanted, background=other(names, wanted.background, wanted.background_other))
    if check == "textures":
        if thing.texture is None:
            return changed(at, texture=other(TEXTURES))
        texture = other((*TEXTURES, "plain"), thing.texture)
        return changed(at, texture=None if texture == "plain" else texture)
    if check == "background_texture":
        if wanted.background_texture is None:
            return dataclasses.replace(wanted, background_texture=other(TEXTURES))
        if rng.random() < 0.5:
            colour = other(PALETTE, wanted.background, wanted.background_other)
            return dataclasses.replace(wanted, background_other=colour)
        texture = other((*TEXTURES, "plain"), wanted.background_texture)
        plain = texture == "plain"
        return dataclasses.replace(wanted, background_texture=None if plain else texture,
                                   background_other=None if plain else wanted.background_other)  # fmt: skip
    if check == "night":
        return dataclasses.replace(wanted, night=not wanted.night)
    if check == "style":
        style = other((*STYLES, "none"), wanted.style or "none")
        return dataclasses.replace(wanted, style=None if style == "none" else style)
    if check == "aspect":
        aspect = other(("wide", "tall", "none"), wanted.aspect or "none")
        return dataclasses.replace(wanted, aspect=None if aspect == "none" else aspect)
    return None


def _swapped(wanted: Wanted) -> Wanted | None:
    """Two things with each other's colours; None where that says the same."""
    if len(wanted.things) != 2 or wanted.things[0].shape == wanted.things[1].shape:
        return None
    first, second = wanted.things
    things = (dataclasses.replace(first, colour=second.colour), dataclasses.replace(second, colour=first.colour))
    return dataclasses.replace(wanted, things=things)


# -- pictures --------------------------------------------------------------------------------------------------------


def upscaled(image: Array, height: int, width: int, way: Image.Resampling = Image.Resampling.BICUBIC) -> Array:
    """Return the picture at another size, RGB in 0..1 (height, width, 3)."""
    channels = [Image.fromarray(image[..., c].astype(np.float32)).resize((width, height), way) for c in range(3)]
    return np.clip(np.stack([np.asarray(channel) for channel in channels], axis=-1), 0, 1)


def _noise(scene: Scene, image: Array, strength: float, rng: np.random.Generator) -> Array:
    return image + rng.normal(0, 0.2 * strength, image.shape)


def _blur(scene: Scene, image: Array, strength: float, rng: np.random.Generator) -> Array:
    return ndimage.gaussian_filter(image, (3 * strength * min(image.shape[:2]) / 64,) * 2 + (0,))


def _low_resolution(scene: Scene, image: Array, strength: float, rng: np.random.Generator) -> Array:
    height, width = image.shape[:2]
    factor = 1 + 4 * strength
    small = upscaled(image, round(height / factor), round(width / factor), Image.Resampling.BOX)
    return upscaled(small, height, width)


def _specks(scene: Scene, image: Array, strength: float, rng: np.random.Generator) -> Array:
    result, scale = image.copy(), max(1, min(image.shape[:2]) // 64)
    for _ in range(round(30 * strength)):
        row, column = (int(rng.integers(0, length - 2 * scale)) for length in image.shape[:2])
        result[row : row + 2 * scale, column : column + 2 * scale] = rng.uniform(0, 1, 3)
    return result


def _missing(scene: Scene, image: Array, strength: float, rng: np.random.Generator) -> Array:
    left = len(scene.things) - max(1, round(strength * len(scene.things)))
    return draw(dataclasses.replace(scene, things=scene.things[:left]), *image.shape[:2])


def _extra(scene: Scene, image: Array, strength: float, rng: np.random.Generator) -> Array:
    free = [
        (x, y) for x in (0.14, 0.38, 0.62, 0.86) for y in (0.14, 0.38, 0.62, 0.86)
        if all(np.hypot(x - t.centre[0], y - t.centre[1]) > 1.15 * t.radius + 0.16 for t in scene.things)
    ]  # fmt: skip
    first = scene.things[0]
    places = [free[index] for index in rng.permutation(len(free))[: round(4 * strength)]]
    things = [Thing(first.shape, "", "", "", Fill(first.fill.colour), place, 0.115) for place in places]
    return draw(dataclasses.replace(scene, things=(*scene.things, *things)), *image.shape[:2])


def _wrong_colour(scene: Scene, image: Array, strength: float, rng: np.random.Generator) -> Array:
    """Move the things' colours towards others, on a path that stays far from the background's colour."""

    def turned(fill: Fill) -> Fill:
        own = np.array(fill.colour)
        targets = [np.array(rgb) / 255 for rgb in PALETTE.values()]
        far = [target for target in targets if np.linalg.norm(perceptual(target) - perceptual(own)) > 60]
        ground = np.array(scene.fill.colour)[None]
        clear = [float(to_segment(perceptual(ground), perceptual(own), perceptual(target))[0]) for target in far]
        red, green, blue = (own + strength * (far[int(np.argmax(clear))] - own)).tolist()
        return dataclasses.replace(fill, colour=(red, green, blue))

    things = tuple(dataclasses.replace(thing, fill=turned(thing.fill)) for thing in scene.things)
    return draw(dataclasses.replace(scene, things=things), *image.shape[:2])


def _shifted(scene: Scene, image: Array, strength: float, rng: np.random.Generator) -> Array:
    """To the other side, in the directions in which no thing would pass another."""
    centres = np.array([thing.centre for thing in scene.things])
    free = np.ptp(centres, axis=0) < 0.2
    back = centres.mean(axis=0) > 0.5
    things = []
    for thing in scene.things:
        margin = 1.15 * thing.radius + 0.02
        x, y = (
            at + strength * ((margin if to_start else 1 - margin) - at) if moves else at
            for at, moves, to_start in zip(thing.centre, free, back, strict=True)
        )
        things.append(dataclasses.replace(thing, centre=(x, y)))
    return draw(dataclasses.replace(scene, things=tuple(things)), *image.shape[:2])


def _broken(scene: Scene, image: Array, strength: float, rng: np.random.Generator) -> Array:
    """Things smeared along waves, so that their outlines break up."""
    height, width = image.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(float)
    amount, length = 4.5 * strength * min(height, width) / 64, min(height, width) / 64 * 2.2
    phase = rng.uniform(0, 6)
    moved = (rows + amount * np.sin(columns / length + phase), columns + amount * np.sin(rows / length + 1.7 * phase))
    return np.stack([ndimage.map_coordinates(image[..., c], moved, order=1, mode="nearest") for c in range(3)], axis=-1)


def _other_style(scene: Scene, image: Array, strength: float, rng: np.random.Generator) -> Array:
    style = STYLES[int(rng.integers(len(STYLES)))]
    return image + strength * (draw(dataclasses.replace(scene, style=style), *image.shape[:2]) - image)


def _uneven(scene: Scene, image: Array, strength: float, rng: np.random.Generator) -> Array:
    waves = ndimage.gaussian_filter(rng.normal(0, 1, image.shape), (min(image.shape[:2]) / 12,) * 2 + (0,))
    return image + 0.2 * strength * waves / waves.std()


Defect = Callable[[Scene, Array, float, np.random.Generator], Array]
DEFECTS: Mapping[str, Defect] = {
    "gaussian noise": _noise, "blur": _blur, "low resolution": _low_resolution, "specks": _specks,
    "uneven areas": _uneven, "broken outlines": _broken, "missing things": _missing, "extra things": _extra,
    "wrong colour": _wrong_colour, "shifted": _shifted, "a style not asked for": _other_style,
}  # fmt: skip


def spoilt(scene: Scene, image: Array, defect: str, strength: float, seed: int) -> Array:
    """Return the drawn picture with a defect, RGB in 0..1 (height, width, 3).

    Strength 0 leaves the picture as it is; 1 is the worst.
    """
    if strength == 0:
        return image
    return np.clip(DEFECTS[defect](scene, image, strength, np.random.default_rng(seed)), 0, 1)


def wanted_all(scene: Scene, large: bool = False) -> Wanted:
    """Everything that can be said of a scene with one or two named things."""
    things = tuple(
        WantedThing(thing.shape, thing.colour, thing.size if thing.size != "medium" else None, thing.position or None,
                    None if thing.other is None else thing.texture, thing.other)
        for thing in scene.things
    )  # fmt: skip
    aspect = "wide" if scene.aspect > 1.2 else "tall" if scene.aspect < 0.8 else None
    return Wanted(things, scene.background, scene.background_other and scene.background_texture, scene.background_other,
                  None, scene.night, scene.style, large, aspect)  # fmt: skip
