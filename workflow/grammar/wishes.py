"""What a prompt asks of a workflow, kept to wherever the grammar can.

A constraint holds for every workflow, or there is none. A wish takes choices away as long as some are left: the number
of steps that was asked for is the only one offered, but where a class has no such number nothing is lost. Whether each
wish was met can be seen in the workflow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from ..catalog.catalog import Catalog, InputSpec, NodeClass
from ..script.accepted import accepts
from ..script.values import value_choices, write_value
from ..sense.base_sizes import BaseSizes
from ..sense.roles import is_empty_latent, samples
from .failing_values import every_spec
from .size_rules import certain_sides

RATIO_TOLERANCE = 0.05
"""How far the ratio of a first picture may be from the one asked for, as a share of it."""
_LARGEST_DIRECT = 1.7
"""How many times the native area a first picture may have where its size is asked for."""
_LORA_WEIGHTS = ("strength_model", "strength_clip", "strength")


GUIDANCE_CLASS = "FluxGuidance"
"""The class that sets the guidance of models that have their own."""
AGAIN = "steps of a sampling that goes on from another"
"""Name of their range in `Fit.numbers`. As many steps are run as are set, whatever the denoise."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What goes with one main model; empty where nothing is known of it."""

    loras: tuple[tuple[str, float | None], ...] = ()
    """Aliases of the LoRAs to use on it, each with its weight; None for one that the policy chooses."""
    numbers: tuple[tuple[str, tuple[float, float]], ...] = ()
    """Name of an input of a sampling or of what goes before it ("steps", "cfg", "guidance", "shift") -> least and
    most."""
    samplers: frozenset[str] = frozenset()
    """Samplers that work with it, by ComfyUI's names; empty: any."""
    schedulers: frozenset[str] = frozenset()
    """Schedulers, or node classes that make the sigmas."""
    guided: bool = False
    """Whether its guidance is set by a node of its own, so that a cfg that is asked for is meant for that."""

    def range_of(self, name: str) -> tuple[float, float] | None:
        """Return least and most of an input, None where it may have any value."""
        return next((ends for key, ends in self.numbers if key == name), None)

    def keeps(self, name: str, choice: str, *, again: bool = False) -> bool:
        """Return whether a value of an input, as a script writes it, goes with the model.

        Args:
            name: the input.
            choice: the value.
            again: whether it is of a sampling that goes on from another.
        """
        if name in ("sampler_name", "scheduler"):
            named = self.samplers if name == "sampler_name" else self.schedulers
            return choice in named
        ends = self.range_of(AGAIN if again and name == "steps" else name)
        return ends is None or ends[0] <= float(choice) <= ends[1]

    @property
    def names(self) -> frozenset[str]:
        """Names of the inputs of which not every value goes with the model."""
        named = {"sampler_name": self.samplers, "scheduler": self.schedulers}
        return frozenset((*(name for name, _ in self.numbers), *(name for name, one in named.items() if one)))


NO_FIT = Fit()


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked of a workflow; empty where nothing is."""

    mains: frozenset[str] = frozenset()
    """Aliases of the main models to choose from."""
    fits: tuple[tuple[str, Fit], ...] = ()
    """Alias of a main model -> what goes with it."""
    loras: tuple[tuple[str, float | None], ...] = ()
    """Aliases of the LoRAs to use, each with its weight; None for one that the policy chooses."""
    only_loras: bool = False
    """Whether no other LoRAs are used than those that are asked for or go with the main model."""
    upscalers: frozenset[str] = frozenset()
    """Aliases of the upscale models to choose from."""
    size: tuple[int, int] | None = None
    """Width and height of the picture in pixels."""
    scaled: bool = False
    """Whether the last picture is scaled to the size by a required ImageScale, since no model makes it so large."""
    factor: float | None = None
    """Factor by which a required ImageScaleBy or LatentUpscaleBy scales."""
    ratio: float | None = None
    """Width divided by height."""
    ratios: tuple[float, float] | None = None
    """Least and most width divided by height of the first picture, at about the area that its model is made for."""
    enlarged: float = 1.0
    """How many times a side of the first picture is multiplied, so that the first one leaves room for it."""
    most_samplings: int | None = None
    """The most samplings of one picture."""
    unfit_phrases: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    """Phrases that are not added to the prompt, and those that the picture is not led away from."""
    denoise: tuple[float, float] | None = None
    """Least and most denoise of a sampling that goes on from another."""
    steps: int | None = None
    """Sampling steps."""
    cfg: float | None = None
    """Guidance scale."""
    sampler: str | None = None
    """Sampler, by ComfyUI's name."""
    scheduler: str | None = None
    """Scheduler, by ComfyUI's name."""
    last_clip_layer: int | None = None
    """The layer of CLIP that is read, counted from the end: -1 is the last."""

    def values(self, node_class: NodeClass) -> dict[str, int | float | str]:
        """Return the values that are asked for in a class's inputs, by name, where the inputs accept them."""
        wanted: dict[str, int | float | str | None] = {}
        if _samples_or_prepares(node_class):
            wanted = {
                "steps": self.steps, "cfg": self.cfg, "sampler_name": self.sampler, "scheduler": self.scheduler,
            }  # fmt: skip
        elif node_class.name == GUIDANCE_CLASS:
            wanted = {"guidance": self.cfg}
        elif "stop_at_clip_layer" in {spec.name for spec in node_class.inputs}:
            wanted = {"stop_at_clip_layer": self.last_clip_layer}
        elif node_class.name == "ImageScale" and self.size is not None and self.scaled:
            wanted = {"width": self.size[0], "height": self.size[1]}
        elif node_class.name in ("ImageScaleBy", "LatentUpscaleBy"):
            wanted = {"scale_by": self.factor}
        specs = {spec.name: spec for spec in node_class.inputs}
        return {
            name: value
            for name, value in wanted.items()
            if value is not None and name in specs and accepts(specs[name], value)
        }

    def fit(self, main: str) -> Fit:
        """Return what goes with a main model."""
        return next((fit for alias, fit in self.fits if alias == main), NO_FIT)


@lru_cache(maxsize=16384)
def _samples_or_prepares(node_class: NodeClass) -> bool:
    """Return whether a class samples, or makes the schedule, the sampler or the guider of a sampling."""
    return samples(node_class) or not {"SIGMAS", "SAMPLER", "GUIDER"}.isdisjoint(node_class.outputs)


@lru_cache(maxsize=16384)
def is_fitted(node_class: NodeClass) -> bool:
    """Return whether a class has settings that go with a main model: what samples or prepares it, and patches for it.

    A patch of the model sets the shift of its schedule, and one of a conditioning its guidance.
    """
    patches = not {"MODEL", "CONDITIONING"}.isdisjoint(node_class.outputs)
    return _samples_or_prepares(node_class) or (patches and not lora_weights(node_class))


def _goes_by_size(node_class: NodeClass) -> bool:
    """Return whether a class patches a model for the size of the first picture."""
    return "MODEL" in node_class.outputs and {"width", "height"} <= {spec.name for spec in node_class.inputs}


def lora_weights(node_class: NodeClass) -> tuple[InputSpec, ...]:
    """Return the inputs of a loader of LoRAs that take the weight; none for any other class."""
    if not any(spec.folder == "loras" for spec in node_class.inputs):
        return ()
    return tuple(spec for spec in node_class.inputs if spec.name in _LORA_WEIGHTS)


def wished_values(
    catalog: Catalog, wishes: Wishes, first_sizes: frozenset[tuple[int, int]]
) -> Iterator[tuple[InputSpec, tuple[str, ...]]]:
    """Yield the inputs in which a wish asks for a value that is not offered otherwise, with all that are offered then.

    Args:
        catalog: the installation.
        wishes: what is asked.
        first_sizes: the sizes of first pictures that follow from it, one for each kind of main model.
    """
    loras = [*wishes.loras, *(lora for _, fit in wishes.fits for lora in fit.loras)]
    weights = {weight for _, weight in loras if weight is not None}
    for node_class in catalog.classes.values():
        wanted: list[tuple[InputSpec, int | float | str]] = []
        values = wishes.values(node_class)
        specs = every_spec(node_class)
        wanted += [(spec, values[spec.name]) for spec in specs if spec.name in values]
        taking = {spec.name for spec in lora_weights(node_class)}
        wanted += [
            (spec, weight) for spec in specs if spec.name in taking for weight in weights if accepts(spec, weight)
        ]
        if first_sizes and (is_empty_latent(node_class) or _goes_by_size(node_class)):
            for place, name in enumerate(("width", "height")):
                sized = [spec for spec in specs if spec.name == name]
                wanted += [(spec, size[place]) for spec in sized for size in first_sizes if accepts(spec, size[place])]
        for spec in {id(spec): spec for spec, _ in wanted}.values():
            more = (write_value(value, spec, catalog) for other, value in wanted if other is spec)
            yield spec, tuple(dict.fromkeys((*value_choices(spec, catalog), *more)))


def first_size(base: BaseSizes, wishes: Wishes, most_area: float) -> tuple[int, int] | None:
    """Return the size of the first picture that comes nearest to the size or ratio asked for.

    The size itself where the model makes such pictures, else one of the same ratio near its native area.

    Args:
        base: the sizes that the model makes.
        wishes: what is asked.
        most_area: largest number of pixels that the constraints allow.

    Returns:
        Width and height; None where neither was asked for, or no size has the ratio.
    """
    ratio = wishes.size[0] / wishes.size[1] if wishes.size else wishes.ratio
    if ratio is None:
        return None
    least = min(base.least, most_area / 2)
    if most_area / wishes.enlarged**2 >= least:  # else the enlargement is dropped later, and the size kept
        most_area /= wishes.enlarged**2
    most = min(base.most, most_area)
    area = base.native**2 if base.native else math.sqrt(base.least * min(base.most, 4e6))
    # Beyond the recommended area pictures fall apart; a larger one is made smaller and then scaled.
    largest = min(most, 1.05 * base.recommended[1], _LARGEST_DIRECT * base.native**2 if base.native else math.inf)
    if wishes.size and base.least <= wishes.size[0] * wishes.size[1] <= largest:
        area = wishes.size[0] * wishes.size[1]
    area = min(area, most)
    best: tuple[float, tuple[int, int]] | None = None
    grid = base.grid
    for width in range(grid, int(math.sqrt(most * max(ratio, 1)) * 1.1) + grid, grid):
        for height in {math.floor(width / ratio / grid) * grid, math.ceil(width / ratio / grid) * grid}:
            if height < grid or width * height > most or width * height < least:
                continue
            off = abs(math.log(width / height / ratio))
            distance = abs(math.log(width * height / area)) + 4 * off
            if off <= RATIO_TOLERANCE and (best is None or distance < best[0]):
                best = distance, (width, height)
    return best[1] if best else None


def asked_sizes(base: BaseSizes, wishes: Wishes, most_area: float) -> BaseSizes:
    """Return the sizes of first pictures under the wishes.

    The one that was asked for; or those of a shape, near the area that the model is made for; or all where none was.
    """
    only = first_size(base, wishes, most_area)
    if only is not None:
        return replace(base, only=only)
    if wishes.ratios is None:
        return base
    most = most_area / wishes.enlarged**2
    near = replace(base, least=base.usual[0], most=base.usual[1], ratios=wishes.ratios)
    return next((sizes for sizes in (near, replace(base, ratios=wishes.ratios)) if _has_size(sizes, most)), base)


@lru_cache(maxsize=1024)
def _has_size(base: BaseSizes, most_area: float) -> bool:
    """Return whether there is a first picture whose sides every installation can set."""
    most = min(most_area, base.most)
    sides = certain_sides(int(math.sqrt(most * 4)) + 63)
    return any(base.fits(width, height) for width in sides for height in sides if width * height <= most)
