"""What a good user would choose for a prompt on one installation: model, LoRAs, size, steps, stages.

Recipes and variations wire different graphs from the same choices, so that a cue in the prompt is followed alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from random import Random

from ....miniature.family import FAMILY as MINIATURE
from ....workflow.catalog.catalog import Catalog, ModelFile
from ....workflow.catalog.good_at import good_at
from ....workflow.families.family import EncoderLoading, SamplingRange
from ....workflow.families.lookup import encoder_loading
from ....workflow.families.names import normalised
from ....workflow.families.recommended import RECOMMENDED, UNKNOWN, distilled_range
from ....workflow.grammar.wishes import Fit, asked_sizes, first_size
from ....workflow.recommended_settings import recommended_for, saves_steps
from ....workflow.script.values import MAIN_FOLDERS, SIZES, STEPS
from ....workflow.sense.base_sizes import BaseSizes, base_sizes
from ..installations.gguf import GGUF, is_gguf
from ..prompts.cues import STYLE_CUES
from .wanted import Wanted

FOLLOW_STYLE, FOLLOW_SIZE = 0.93, 0.97
"""Shares of prompts with a cue, on an installation that has what it asks for, whose workflow follows it."""
EXTRA_STAGES, DETAILED_STAGES = 0.1, 0.75
"""Shares of workflows with stages beyond the first sampling, without a cue and for "detailed"."""

_NARROW = frozenset({"anime", "pixel_art", "logo"})
# Files of a main model's or LoRA's folder that want an input picture, or a task other than text to image.
_OTHER_TASKS = re.compile(
    r"inpaint|outpaint|(^|_)fill(_|$)|refiner|kontext|(^|_)edit|instruct_?pix|ip2p|canny|depth|(^|_)control|diffsynth|redux|layered"
    r"|relight|unconditional|i2v|lineart_control|openpose|tile_control|zero123|stage_[ab]|cosxl_edit|slider|union"
)
_DETAIL = re.compile(r"detail|tweak|enhance|contrast|offset|sharp|quality|light")
_SHAPES: dict[str, tuple[tuple[float, int], ...]] = {  # width / height, and how often
    "tall": ((2 / 3, 5), (3 / 4, 3), (9 / 16, 3), (4 / 5, 1), (5 / 8, 1)),
    "wide": ((3 / 2, 5), (16 / 9, 4), (4 / 3, 2), (2.0, 1), (5 / 4, 1), (8 / 5, 1)),
    "square": ((1.0, 1),),
    "": ((1.0, 12), (4 / 3, 2), (3 / 4, 2), (3 / 2, 1), (2 / 3, 1)),
}
_FIRST_SIDES = frozenset(side for side in SIZES if side <= 2048)
"""Sides that the grammar offers and that a first sampling may have."""


@dataclass(frozen=True, slots=True)
class Picks:
    """What is chosen for one prompt."""

    cues: frozenset[str]
    """What the prompt asks for beside its subject (`prompts.cues`)."""
    main: ModelFile
    """The main model."""
    family: str
    """The main model's key in RECOMMENDED."""
    range: SamplingRange
    """The sampling recommended for the main model with these LoRAs."""
    loras: tuple[ModelFile, ...]
    """The LoRAs on it."""
    width: int
    """Width of the first picture in pixels."""
    height: int
    """Height of the first picture in pixels."""
    steps: int
    """Steps of the first sampling."""
    cfg: float
    """Classifier-free guidance."""
    sampler: str
    """Name of the sampler."""
    scheduler: str
    """Name of the scheduler, or of the node class that makes the sigmas."""
    stages: int
    """How many stages beyond the first sampling are wanted."""
    wanted: Wanted = Wanted("")
    """What the prompt asks for."""

    @property
    def negative(self) -> bool:
        """Whether a negative prompt has an effect."""
        return self.range.negative and self.cfg > 1


def family_key(main: ModelFile) -> str:
    """Return the key of a main model in RECOMMENDED."""
    return next(iter(main.families)) if len(main.families) == 1 else UNKNOWN


def _quantised_first(fitting: list[list[ModelFile]]) -> list[list[ModelFile]]:
    """Return the files for each input of a loader: of one encoder, the GGUF files where there are any."""
    return [[file for file in files if is_gguf(file.name)] or files for files in fitting]


class Installation:
    """The model files of a catalog by what they are good for."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    @cached_property
    def mains(self) -> tuple[ModelFile, ...]:
        """Main models that have all it takes to make a picture from a prompt."""
        return tuple(file for file in self.catalog.models if file.folder in MAIN_FOLDERS and self._usable(file))

    def _usable(self, file: ModelFile) -> bool:
        """Return whether a main model makes pictures from a prompt with the files of this installation."""
        name = normalised(file.name)
        if file.unusable is not None or file.format is not None:
            return False
        if family_key(file) not in RECOMMENDED or _OTHER_TASKS.search(name):
            return False
        if is_gguf(file.name) and "UnetLoaderGGUF" not in self.catalog.classes:
            return False
        if file.role == "checkpoint" and file.folder == "checkpoints":
            has = {"MODEL": "MODEL" in file.parts}
            has["CLIP"] = "CLIP" in file.parts or bool(self.encoders(file))
            has["VAE"] = "VAE" in file.parts or bool(self.vaes(file))
            return all(has.values())
        return file.folder == "diffusion_models" and bool(self.encoders(file)) and bool(self.vaes(file))

    @cached_property
    def _by_folder(self) -> dict[str, list[ModelFile]]:
        found: dict[str, list[ModelFile]] = {}
        for file in self.catalog.models:
            found.setdefault(file.folder, []).append(file)
        return found

    def files(self, folder: str, main: ModelFile) -> list[ModelFile]:
        """Return the files of a folder that serve the main model's family."""
        if len(main.families) != 1:
            return []
        files = self._by_folder.get(folder, ())
        return [file for file in files if main.families <= file.families and file.unusable is None]

    def vaes(self, main: ModelFile) -> list[ModelFile]:
        """Return the VAEs of the family."""
        return [file for file in self.files("vae", main) if file.role == "vae"]

    def loras(self, main: ModelFile) -> list[ModelFile]:
        """Return the LoRAs of the family that need no input picture."""
        return [file for file in self.files("loras", main) if not _OTHER_TASKS.search(normalised(file.name))]

    def encoders(self, main: ModelFile) -> list[tuple[EncoderLoading, list[list[ModelFile]]]]:
        """Return the ways to load the family's text encoders, each with the files for each of its inputs."""
        if len(main.families) != 1:
            return []
        files = self.files("text_encoders", main)
        found = []
        for recipe in encoder_loading(next(iter(main.families))):
            quantised = replace(recipe, loader=recipe.loader + GGUF)
            plain = [file for file in files if not is_gguf(file.name)]
            # Who has a GGUF file loads it; where no file of a way is one, the plain loader is used.
            for way, listed in ((quantised, files), (recipe, plain)):
                fitting = [[file for file in listed if file.encoder == encoder] for encoder in recipe.encoders]
                there = any(is_gguf(file.name) for each in fitting for file in each)
                if all(fitting) and there is (way is quantised) and self._loads(way):
                    found.append((way, _quantised_first(fitting)))
        return found

    def _loads(self, recipe: EncoderLoading) -> bool:
        """Return whether the loader is installed and knows the family: an older ComfyUI has fewer types."""
        cls = self.catalog.classes.get(recipe.loader)
        if cls is None or recipe.type is None:
            return cls is not None
        return any(recipe.type in spec.options for spec in cls.inputs if spec.name == "type")

    @cached_property
    def upscalers(self) -> tuple[ModelFile, ...]:
        """Upscale models, without those that restore and do not enlarge."""
        return tuple(file for file in self.catalog.models if file.role == "upscaler" and file.scale != 1)


def choose(
    installation: Installation, wanted: Wanted, random: Random, among: frozenset[str] | None = None
) -> Picks | None:
    """Return the choices for what is wanted; None where nothing can be made.

    Args:
        installation: the model files to choose from.
        wanted: what the prompt asks for.
        random: the source of all draws.
        among: the families to choose from, as keys of RECOMMENDED; None for all.
    """
    mains = [main for main in installation.mains if among is None or family_key(main) in among]
    mains = [main for main in mains if wanted.mains is None or main.alias in wanted.mains]
    mains = [main for main in mains if family_key(main) != MINIATURE.name] or mains
    if not mains:
        return None
    main, styled = _main(installation, mains, wanted.cues, random)
    return complete(installation, main, wanted, styled, random)


def complete(installation: Installation, main: ModelFile, wanted: Wanted, styled: bool | None, random: Random) -> Picks:
    """Return the other choices beside a main model.

    Args:
        installation: the model files to choose from.
        main: the main model.
        wanted: what the prompt asks for.
        styled: whether a LoRA has to bring the style; None where it may.
        random: the source of all draws.
    """
    family, found, wishes = family_key(main), wanted.cues, wanted.wishes
    asked = wanted.loras(main.alias)
    named = [lora for lora in installation.catalog.models if lora.alias in asked and main.families <= lora.families]
    loras = named or ([] if wishes.only_loras else _loras(installation.loras(main), main, found, styled, random))
    ranges = recommended_for(main, loras)
    assert ranges is not None
    ranges = fitting_range(ranges, wishes.fit(main.alias))
    sizes = asked_sizes(base_sizes(family, main.name), wishes, wanted.most_pixels)
    width, height = first_size(sizes, wishes, wanted.most_pixels) or draw_size(ranges, wanted, sizes, random)
    return Picks(
        found,
        main,
        family,
        ranges,
        tuple(loras),
        width,
        height,
        wishes.steps or _steps(ranges, found, random),
        _cfg(ranges, random) if wishes.cfg is None else wishes.cfg,
        wishes.sampler or _weighted_first(ranges.samplers, random),
        wishes.scheduler or _weighted_first(ranges.schedulers, random),
        _stages(found, random) if wanted.enlarged else 0,
        wanted,
    )


def fitting_range(ranges: SamplingRange, fit: Fit) -> SamplingRange:
    """Return a recommended sampling as far as the grammar keeps to it for a main model."""
    steps, cfg = _inside(ranges.steps, fit.range_of("steps")), _inside(ranges.cfg, fit.range_of("cfg"))
    return replace(
        ranges,
        steps=(math.ceil(steps[0]), math.floor(steps[1])),
        cfg=cfg,
        guidance=ranges.guidance and _inside(ranges.guidance, fit.range_of("guidance")),
        shift=ranges.shift and _inside(ranges.shift, fit.range_of("shift")),
        samplers=tuple(name for name in ranges.samplers if name in fit.samplers) or ranges.samplers,
        schedulers=tuple(name for name in ranges.schedulers if name in fit.schedulers) or ranges.schedulers,
    )


def _inside(ends: tuple[float, float], kept: tuple[float, float] | None) -> tuple[float, float]:
    """Return what two ranges share; the second where they share nothing."""
    if kept is None:
        return ends
    low, high = max(ends[0], kept[0]), min(ends[1], kept[1])
    return (low, high) if low <= high else kept


# ---- models ------------------------------------------------------------------------------------------------------


def _main(
    installation: Installation, mains: Sequence[ModelFile], found: frozenset[str], random: Random
) -> tuple[ModelFile, bool | None]:
    """Return a main model, and whether a LoRA has to bring the style that it lacks."""
    styles = found.intersection(STYLE_CUES)
    follow = random.random() < FOLLOW_STYLE
    if styles and follow:
        fits = {main.alias: len(styles & good_at(main)) for main in mains}
        best = max(fits.values())
        if best:
            fitting = [main for main in mains if fits[main.alias]]
            weights = [1.0 if fits[main.alias] == best else 0.25 for main in fitting]
            return _weighted(fitting, weights, found, random), None
        with_lora = [main for main in mains if any(styles & good_at(lora) for lora in installation.loras(main))]
        if with_lora:
            return _weighted(with_lora, [_generality(main) for main in with_lora], found, random), True
    return _weighted(mains, [_generality(main) for main in mains], found, random), False if not follow else None


_EARLIER = frozenset({"sd15", "sd2", "hunyuan_dit", "pixart_alpha", "pixart_sigma", "auraflow", UNKNOWN})
"""Families that nobody chooses today without a reason who has any other."""


def _readiness(main: ModelFile, mains: Sequence[ModelFile]) -> float:
    """Return how readily a model of its family is taken where others are installed, from 0 to 1."""
    if family_key(main) not in _EARLIER:
        return 1.0
    return 1.0 if all(family_key(other) in _EARLIER for other in mains) else 0.03


def _generality(main: ModelFile) -> float:
    """Return how readily a model is taken for something that it is not made for, from 0 to 1."""
    special = good_at(main) - {"text"}  # what whole families can do
    if not special:
        return 1.0
    return 0.1 if special <= _NARROW else 0.5


def _weighted(mains: Sequence[ModelFile], weights: list[float], found: frozenset[str], random: Random) -> ModelFile:
    """Return one of the main models by weight; distilled ones rather where the prompt asks for a quick picture."""
    factors = []
    for main in mains:
        fast = distilled_range(family_key(main), main.name) is not None
        factor = (4.0 if fast else 1.0) if "quick" in found else 0.6 if fast and "detailed" in found else 1.0
        factors.append(factor * _readiness(main, mains))
    return random.choices(mains, [weight * factor for weight, factor in zip(weights, factors, strict=True)])[0]


def _loras(
    loras: Sequence[ModelFile], main: ModelFile, found: frozenset[str], wanted: bool | None, random: Random
) -> list[ModelFile]:
    """Return at most three LoRAs: for the styles asked for, to save steps, for detail, and seldom any other."""
    family, styles = family_key(main), found.intersection(STYLE_CUES)
    by_speed: dict[bool, list[ModelFile]] = {True: [], False: []}
    for lora in loras:
        by_speed[saves_steps(family, lora)].append(lora)
    plain = by_speed[False]
    fitting = [lora for lora in plain if styles & good_at(lora)]
    general = [lora for lora in plain if not good_at(lora)]
    chosen: list[ModelFile] = []
    if fitting and wanted is not False and random.random() < (0.95 if wanted else 0.5):
        most = max(len(styles & good_at(lora)) for lora in fitting)
        chosen += _sample([lora for lora in fitting if len(styles & good_at(lora)) == most], 1, random)
        if random.random() < 0.15:
            chosen += _sample([lora for lora in fitting if lora not in chosen], 1, random)
    detail = [lora for lora in general if _DETAIL.search(normalised(lora.name))]
    if detail and random.random() < (0.3 if "detailed" in found else 0.05):
        chosen += _sample(detail, 1, random)
    if random.random() < 0.1:
        others = general if random.random() < 0.85 or wanted else plain
        chosen += _sample([lora for lora in others if lora not in chosen], 1 if random.random() < 0.7 else 2, random)
    fast = distilled_range(family, main.name) is not None
    if by_speed[True] and not fast and random.random() < _distilled_share(found):
        chosen += _sample(by_speed[True], 1, random)
    return chosen[:3] if len(chosen) <= 3 else [*chosen[:2], chosen[-1]]


def _distilled_share(found: frozenset[str]) -> float:
    """Return how often a LoRA that saves steps is used."""
    return 0.65 if "quick" in found else 0.0 if "detailed" in found else 0.05


def _sample(files: Sequence[ModelFile], count: int, random: Random) -> list[ModelFile]:
    return random.sample(files, min(count, len(files)))


# ---- numbers -----------------------------------------------------------------------------------------------------


def _weighted_first(options: Sequence[str], random: Random) -> str:
    """Return an option; the first two, which templates use, as often as all others together."""
    if len(options) > 2 and random.random() < 0.5:
        return random.choice(options[:2])
    return random.choice(options)


def _steps(ranges: SamplingRange, found: frozenset[str], random: Random) -> int:
    """Return a number of steps inside the range, at its ends where the prompt asks for quick or detailed pictures."""
    low, high = ranges.steps
    if "quick" in found:
        return round_number(low, ranges.quick_steps(), random)
    if "detailed" in found:
        return round_number(ranges.detailed_steps(), high, random)
    return (
        round_number(low, high, random)
        if random.random() < 0.3
        else round_number(low, min(high, (low + high) // 2 + 1), random)
    )


def offered_steps(low: int, high: int) -> list[int]:
    """Return the numbers of steps in a range that the grammar offers."""
    return [number for number in STEPS if low <= number <= high]


def round_number(low: int, high: int, random: Random) -> int:
    """Return a number of steps that the grammar offers, rather a round one."""
    offered = offered_steps(low, high) or [low]
    return random.choices(offered, [3 if number % 5 == 0 or number % 4 == 0 else 1 for number in offered])[0]


def _cfg(ranges: SamplingRange, random: Random) -> float:
    """Return a guidance inside the range, rather a multiple of a half."""
    low, high = (round(10 * side) for side in ranges.cfg)
    offered = range(low, high + 1)
    return random.choices(offered, [4 if number % 5 == 0 else 1 for number in offered])[0] / 10


def draw_size(ranges: SamplingRange, wanted: Wanted, fitting: BaseSizes, random: Random) -> tuple[int, int]:
    """Return width and height of the first picture in pixels, inside the range of areas.

    Where an enlargement is asked for, it has to have room if that is possible.
    """
    found = wanted.cues
    shape = next((cue for cue in ("tall", "wide", "square") if cue in found), "")
    if shape and random.random() >= FOLLOW_SIZE:
        shape = ""
    assert ranges.megapixels is not None, "RECOMMENDED holds families that make pictures"
    sizes = _sizes(ranges.megapixels, shape, fitting)
    most = wanted.most_pixels / wanted.wishes.enlarged**2
    smallest = min(sizes, key=lambda each: each[0][0] * each[0][1])
    sizes = [each for each in sizes if each[0][0] * each[0][1] <= most] or [smallest]
    return random.choices([size for size, _ in sizes], [weight for _, weight in sizes])[0]


@lru_cache(maxsize=4096)
def _sizes(megapixels: tuple[float, float], shape: str, fitting: BaseSizes) -> list[tuple[tuple[int, int], float]]:
    """Return the sizes of a shape, as (width, height), with how often each is drawn.

    They lie on a grid of 64, and of 16 where the family has one. Those near one megapixel, or near the middle of the
    range, are drawn most.
    """
    low, high = megapixels
    middle = 1.05 if low < 1.05 < high else (low * high) ** 0.5
    found: dict[tuple[int, int], float] = {}
    for ratio, weight in _SHAPES[shape]:
        for area, near in ((middle, 9.0), (middle * 0.92, 1.0), (middle * 1.1, 1.0), (middle * 1.3, 0.7), (high, 0.3)):
            for grid in (64, 64, 16):
                width = round((area * 1e6 * ratio) ** 0.5 / grid) * grid
                height = round((area * 1e6 / ratio) ** 0.5 / grid) * grid
                right = {"tall": width * 1.2 <= height, "wide": height * 1.2 <= width, "square": width == height}
                inside = low * 1e6 <= width * height <= high * 1e6 and right.get(shape, True)
                if inside and {width, height} <= _FIRST_SIDES and fitting.fits(width, height):
                    found[width, height] = found.get((width, height), 0.0) + weight * near
    if not found:
        raise ValueError(f"no {shape or 'common'} size between {low} and {high} megapixels")
    return list(found.items())


def _stages(found: frozenset[str], random: Random) -> int:
    """Return how many stages beyond the first sampling are wanted."""
    if "quick" in found:
        return 0
    if random.random() >= (DETAILED_STAGES if "detailed" in found else EXTRA_STAGES):
        return 0
    return 2 if random.random() < 0.25 else 1
