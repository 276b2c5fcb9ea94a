"""What a good user would choose for a prompt on one installation: model, LoRAs, size, steps, stages.

Recipes and variations wire different graphs from the same choices, so that a cue in the prompt is followed alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from random import Random

from ....miniature.family import FAMILY as MINIATURE
from ....workflow.catalog.catalog import Catalog, ModelFile
from ....workflow.families.family import EncoderLoading, SamplingRange
from ....workflow.families.lookup import encoder_loading
from ....workflow.families.names import normalised
from ....workflow.script.values import MAIN_FOLDERS, SIZES, STEPS
from ..installations.traits import traits
from ..prompts.cues import STYLE_CUES
from ..prompts.cues import cues as cues_of
from .recommended import RECOMMENDED, UNKNOWN, distilled_range, recommended

FOLLOW_STYLE, FOLLOW_SIZE = 0.93, 0.97
"""Shares of prompts with a cue, on an installation that has what it asks for, whose workflow follows it."""
EXTRA_STAGES, DETAILED_STAGES = 0.15, 0.75
"""Shares of workflows with stages beyond the first sampling, without a cue and for "detailed"."""

cues = lru_cache(maxsize=65536)(cues_of)

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

    @property
    def negative(self) -> bool:
        """Whether a negative prompt has an effect."""
        return self.range.negative and self.cfg > 1


def family_key(main: ModelFile) -> str:
    """Return the key of a main model in RECOMMENDED."""
    return next(iter(main.families)) if len(main.families) == 1 else UNKNOWN


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
        if family_key(file) not in RECOMMENDED or _OTHER_TASKS.search(name) or file.name.lower().endswith(".gguf"):
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
        return [file for file in self._by_folder.get(folder, ()) if main.families <= file.families]

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
            fitting = [[file for file in files if file.encoder == encoder] for encoder in recipe.encoders]
            if all(fitting) and self._loads(recipe):
                found.append((recipe, fitting))
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
    installation: Installation, prompt: str, random: Random, among: frozenset[str] | None = None
) -> Picks | None:
    """Return the choices for one prompt; None where nothing can be made.

    Args:
        installation: the model files to choose from.
        prompt: what the user types.
        random: the source of all draws.
        among: the families to choose from, as keys of RECOMMENDED; None for all.
    """
    found = cues(prompt)
    mains = [main for main in installation.mains if among is None or family_key(main) in among]
    mains = [main for main in mains if family_key(main) != MINIATURE.name] or mains
    if not mains:
        return None
    main, wanted = _main(installation, mains, found, random)
    return complete(installation, main, found, wanted, random)


def complete(
    installation: Installation, main: ModelFile, found: frozenset[str], wanted: bool | None, random: Random
) -> Picks:
    """Return the other choices beside a main model.

    Args:
        installation: the model files to choose from.
        main: the main model.
        found: the prompt's cues.
        wanted: whether a LoRA has to bring the style; None where it may.
        random: the source of all draws.
    """
    family = family_key(main)
    loras = _loras(installation.loras(main), main, found, wanted, random)
    ranges = recommended(family, main.name, [lora.name for lora in loras])
    assert ranges is not None
    width, height = _size(ranges, found, random)
    return Picks(
        found,
        main,
        family,
        ranges,
        tuple(loras),
        width,
        height,
        _steps(ranges, found, random),
        _cfg(ranges, random),
        _weighted_first(ranges.samplers, random),
        _weighted_first(ranges.schedulers, random),
        _stages(found, random),
    )


# ---- models ------------------------------------------------------------------------------------------------------


def _main(
    installation: Installation, mains: Sequence[ModelFile], found: frozenset[str], random: Random
) -> tuple[ModelFile, bool | None]:
    """Return a main model, and whether a LoRA has to bring the style that it lacks."""
    styles = found.intersection(STYLE_CUES)
    follow = random.random() < FOLLOW_STYLE
    if styles and follow:
        fits = {main.alias: len(styles & traits(main.alias)) for main in mains}
        best = max(fits.values())
        if best:
            fitting = [main for main in mains if fits[main.alias]]
            weights = [1.0 if fits[main.alias] == best else 0.25 for main in fitting]
            return _weighted(fitting, weights, found, random), None
        with_lora = [
            main for main in mains if any(styles & traits(lora.alias, lora=True) for lora in installation.loras(main))
        ]
        if with_lora:
            return _weighted(with_lora, [_generality(main) for main in with_lora], found, random), True
    return _weighted(mains, [_generality(main) for main in mains], found, random), False if not follow else None


def _generality(main: ModelFile) -> float:
    """Return how readily a model is taken for something that it is not made for, from 0 to 1."""
    special = traits(main.alias) - {"text"}  # what whole families can do
    if not special:
        return 1.0
    return 0.1 if special <= _NARROW else 0.5


def _weighted(mains: Sequence[ModelFile], weights: list[float], found: frozenset[str], random: Random) -> ModelFile:
    """Return one of the main models by weight; distilled ones rather where the prompt asks for a quick picture."""
    factors = []
    for main in mains:
        fast = distilled_range(family_key(main), main.name) is not None
        factors.append((4.0 if fast else 1.0) if "quick" in found else 0.6 if fast and "detailed" in found else 1.0)
    return random.choices(mains, [weight * factor for weight, factor in zip(weights, factors, strict=True)])[0]


def _loras(
    loras: Sequence[ModelFile], main: ModelFile, found: frozenset[str], wanted: bool | None, random: Random
) -> list[ModelFile]:
    """Return at most three LoRAs: for the styles asked for, to save steps, for detail, and seldom any other."""
    family, styles = family_key(main), found.intersection(STYLE_CUES)
    by_speed: dict[bool, list[ModelFile]] = {True: [], False: []}
    for lora in loras:
        by_speed[distilled_range(family, lora.name, lora=True) is not None].append(lora)
    plain = by_speed[False]
    fitting = [lora for lora in plain if styles & traits(lora.alias, lora=True)]
    general = [lora for lora in plain if not traits(lora.alias, lora=True)]
    chosen: list[ModelFile] = []
    if fitting and wanted is not False and random.random() < (0.95 if wanted else 0.5):
        most = max(len(styles & traits(lora.alias, lora=True)) for lora in fitting)
        chosen += _sample([lora for lora in fitting if len(styles & traits(lora.alias, lora=True)) == most], 1, random)
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
        return _round_number(low, ranges.quick_steps(), random)
    if "detailed" in found:
        return _round_number(ranges.detailed_steps(), high, random)
    return (
        _round_number(low, high, random)
        if random.random() < 0.3
        else _round_number(low, min(high, (low + high) // 2 + 1), random)
    )


def _round_number(low: int, high: int, random: Random) -> int:
    """Return a number of steps that the grammar offers, rather a round one."""
    offered = [number for number in STEPS if low <= number <= high]
    return random.choices(offered, [3 if number % 5 == 0 or number % 4 == 0 else 1 for number in offered])[0]


def _cfg(ranges: SamplingRange, random: Random) -> float:
    """Return a guidance inside the range, rather a multiple of a half."""
    low, high = (round(10 * side) for side in ranges.cfg)
    offered = range(low, high + 1)
    return random.choices(offered, [4 if number % 5 == 0 else 1 for number in offered])[0] / 10


def _size(ranges: SamplingRange, found: frozenset[str], random: Random) -> tuple[int, int]:
    """Return width and height of the first picture in pixels, inside the range of areas."""
    shape = next((cue for cue in ("tall", "wide", "square") if cue in found), "")
    if shape and random.random() >= FOLLOW_SIZE:
        shape = ""
    assert ranges.megapixels is not None, "RECOMMENDED holds families that make pictures"
    sizes = _sizes(ranges.megapixels, shape)
    return random.choices([size for size, _ in sizes], [weight for _, weight in sizes])[0]


@lru_cache(maxsize=4096)
def _sizes(megapixels: tuple[float, float], shape: str) -> list[tuple[tuple[int, int], float]]:
    """Return the sizes of a shape, as (width, height), with how often each is drawn.

    They lie on a grid of 64, and of 16 near what was trained on. Those near one megapixel, or near the middle of the
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
                if inside and {width, height} <= _FIRST_SIDES:
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
