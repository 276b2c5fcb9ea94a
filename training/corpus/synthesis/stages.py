"""Wiring: nodes on a canvas, the sampling pipelines, and the stages after the first sampling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from random import Random

from ....miniature.installation import ZOO_FILES
from ....workflow.catalog.catalog import Catalog, InputSpec, ModelFile
from ....workflow.grammar.size_rules import UNKNOWN_SCALE
from ....workflow.grammar.wishes import AGAIN
from ....workflow.graph import Link, Node, Value, Workflow
from ....workflow.script.accepted import is_filled_in
from ....workflow.script.slots import class_slots
from ....workflow.script.values import default_of, number_choices
from ....workflow.sense.roles import is_empty_latent
from .choosing import Installation, Picks, offered_steps, round_number


@lru_cache(maxsize=65536)
def _nearest(
    name: str,
    minimum: float | None,
    maximum: float | None,
    step: float | None,
    integer: bool,
    default: float,
    value: float,
) -> float:
    offered = number_choices(name, minimum, maximum, step, integer, default)
    return min((float(choice) for choice in offered), key=lambda number: abs(number - value), default=value)


def nearest_number(value: float, spec: InputSpec) -> int | float:
    """Return the number nearest to `value` that the grammar offers for an INT or FLOAT input."""
    usual = default_of(spec)
    default = float(usual) if isinstance(usual, int | float) else 0.0
    integer = spec.kind == "int"
    found = _nearest(spec.name, spec.minimum, spec.maximum, spec.step, integer, default, float(value))
    return int(found) if integer else found


_SIDES = ("width", "height")


@dataclass
class Canvas:
    """A workflow being wired; nodes are added sources first."""

    catalog: Catalog
    nodes: list[Node] = field(default_factory=list)
    exact: frozenset[float] = frozenset()
    """Numbers that are asked for, and stay as they are."""
    shared: dict[tuple[str, object], Link] = field(default_factory=dict)
    """What a second sampling takes from the first: noise, guider, sampler."""

    def has(self, *classes: str) -> bool:
        """Return whether all of these classes are installed."""
        return all(name in self.catalog.classes for name in classes)

    def add(self, class_type: str, /, **inputs: Value | Link) -> int:
        """Add a node with the given inputs and the defaults of the rest, and return its index.

        Numbers become the nearest that the grammar offers.
        """
        values: dict[str, Value | Link] = dict(inputs)
        for slot in class_slots(self.catalog.classes[class_type]):
            value = values.get(slot.name)
            if slot.name not in values and is_filled_in(slot.spec):
                values[slot.name] = default_of(slot.spec)
            elif slot.spec.kind in ("int", "float") and isinstance(value, int | float) and not isinstance(value, bool):
                asked = value in self.exact and (slot.name not in _SIDES or self._takes_asked_size(class_type))
                values[slot.name] = value if asked else nearest_number(value, slot.spec)
        self.nodes.append(Node(class_type, tuple(values.items())))
        return len(self.nodes) - 1

    def _takes_asked_size(self, class_type: str) -> bool:
        """Return whether a class is offered the size that is asked for (`wishes.wished_values`)."""
        node_class = self.catalog.classes[class_type]
        return is_empty_latent(node_class) or "MODEL" in node_class.outputs or class_type == "ImageScale"

    def link(self, class_type: str, slot: int = 0, /, **inputs: Value | Link) -> Link:
        """Add a node and return its first output."""
        return Link(self.add(class_type, **inputs), slot)

    def once(self, class_type: str, /, **inputs: Value | Link) -> Link:
        """Return the output of a node of this kind that is there already, or of a new one."""
        key = (class_type, tuple(inputs.items()))
        if key not in self.shared:
            self.shared[key] = self.link(class_type, **inputs)
        return self.shared[key]

    @property
    def upscaler(self) -> str | None:
        """The upscale model that is loaded already, which serves every enlargement; None where there is none yet."""
        loaders = (node for node in self.nodes if node.class_type == "UpscaleModelLoader")
        return next((str(node.input("model_name")) for node in loaders), None)

    def workflow(self) -> Workflow:
        """Return what has been wired."""
        return Workflow(tuple(self.nodes))


@dataclass(frozen=True, slots=True)
class Wired:
    """What a sampling needs."""

    model: Link
    """The patched model."""
    vae: Link
    """The VAE."""
    positive: Link
    """Conditioning of the prompt."""
    negative: Link
    """Conditioning of the negative prompt; the positive one where none is read."""
    pipeline: str
    """The nodes that sample: "ksampler", "custom" (SamplerCustom), or the guider of SamplerCustomAdvanced: "basic",
    "cfg" or "dual"."""


def sample(canvas: Canvas, picks: Picks, wired: Wired, latent: Link, denoise: float = 1.0) -> Link:
    """Return the latent that one sampling of `latent` gives."""
    if wired.pipeline == "ksampler":
        return canvas.link(
            "KSampler",
            model=wired.model,
            positive=wired.positive,
            negative=wired.negative,
            latent_image=latent,
            steps=picks.steps,
            cfg=picks.cfg,
            sampler_name=picks.sampler,
            scheduler=picks.scheduler,
            denoise=denoise,
        )
    sampler = canvas.once("KSamplerSelect", sampler_name=picks.sampler)
    sigmas = _sigmas(canvas, picks, wired, denoise)
    if wired.pipeline == "custom":
        return canvas.link(
            "SamplerCustom",
            model=wired.model,
            positive=wired.positive,
            negative=wired.negative,
            sampler=sampler,
            sigmas=sigmas,
            latent_image=latent,
            cfg=picks.cfg,
        )
    noise = canvas.once("RandomNoise")
    return canvas.link(
        "SamplerCustomAdvanced",
        noise=noise,
        guider=_guider(canvas, picks, wired),
        sampler=sampler,
        sigmas=sigmas,
        latent_image=latent,
    )


def _sigmas(canvas: Canvas, picks: Picks, wired: Wired, denoise: float) -> Link:
    match picks.scheduler:
        case "Flux2Scheduler":
            sigmas = canvas.link("Flux2Scheduler", steps=picks.steps, width=picks.width, height=picks.height)
            # It has no denoise of its own: the schedule is cut.
            return sigmas if denoise == 1 else canvas.link("SplitSigmasDenoise", 1, sigmas=sigmas, denoise=denoise)
        case "SDTurboScheduler":
            return canvas.link("SDTurboScheduler", model=wired.model, steps=picks.steps, denoise=denoise)
    return canvas.link(
        "BasicScheduler", model=wired.model, scheduler=picks.scheduler, steps=picks.steps, denoise=denoise
    )


def _guider(canvas: Canvas, picks: Picks, wired: Wired) -> Link:
    if wired.pipeline == "basic":
        return canvas.once("BasicGuider", model=wired.model, conditioning=wired.positive)
    if wired.pipeline == "dual":
        return canvas.once(
            "DualCFGGuider",
            model=wired.model,
            cond1=wired.positive,
            cond2=wired.negative,
            negative=wired.negative,
            cfg_conds=picks.cfg,
            cfg_cond2_negative=2.0,
        )
    return canvas.once("CFGGuider", model=wired.model, positive=wired.positive, negative=wired.negative, cfg=picks.cfg)


@dataclass
class Finish:
    """Everything from the first sampling's latent to the saved picture, with the stages that were chosen."""

    canvas: Canvas
    """Where the nodes are added."""
    installation: Installation
    """The model files, for the upscale models."""
    picks: Picks
    """What has been chosen for the prompt."""
    wired: Wired
    """What a second sampling needs."""
    random: Random
    """The source of all draws."""
    stages: int
    """How many stages beyond the first sampling."""

    def __post_init__(self) -> None:
        self.width, self.height = float(self.picks.width), float(self.picks.height)

    @property
    def area(self) -> float:
        """Pixels of the picture as it stands."""
        return self.width * self.height

    @property
    def most_pixels(self) -> float:
        """Pixels that no picture may exceed."""
        return self.picks.wanted.most_pixels

    def _asked(self, node_class: str) -> bool:
        """Return whether a node class is required by what the prompt asks for."""
        return node_class in self.picks.wanted.required

    def save(self, samples: Link) -> None:
        """Add the stages, the decoder and the output."""
        first, stages = samples, self._stages()
        for stage in stages:
            if stage == "latent":
                samples = self._latent_pass(samples)
            elif stage == "pixel":
                samples = self._pixel_pass(samples)
        image = self.decode(samples)
        if "model" in stages:
            image = self._upscale(image)
        elif "scale" in stages:
            fitting = [factor for factor in (2.0, 1.5, 1.25) if self.area * factor**2 <= self.most_pixels]
            image = self._scaled(image, self.random.choice(fitting[:2])) if fitting else image
        elif "size" in stages:
            image = self._to_size(image)
        self.canvas.add("SaveImage", images=image)
        # To compare: the picture before the second pass.
        if first != samples and self.wired.pipeline == "ksampler" and self.random.random() < 0.08:
            self.canvas.add("SaveImage", images=self.canvas.link("VAEDecode", samples=first, vae=self.wired.vae))

    def _allowed(self, node_class: str) -> bool:
        return node_class not in self.picks.wanted.forbidden

    def _stages(self) -> tuple[str, ...]:
        exact = {"ImageUpscaleWithModel": "model", "LatentUpscaleBy": "latent", "ImageScale": "size"}
        asked = tuple(stage for node_class, stage in exact.items() if self._asked(node_class))
        return asked or self._plan()

    def _plan(self) -> tuple[str, ...]:
        """Return the stages where the prompt asks for none."""
        if not self.stages:
            return ()
        # A second sampling of many nodes leaves no room for more (Constraints.max_nodes).
        simple = self.wired.pipeline == "ksampler"
        passes, weights = (["latent", "pixel"], [0.66, 0.34]) if simple else (["latent"], [1.0])
        if not self._growths() or self.picks.wanted.wishes.most_samplings == 1:
            passes, weights = [], []
        upscalers = bool(self._usable_upscalers(1.0))
        if not passes:
            return ("model",) if upscalers else ()
        if self.stages == 2:
            hires = self.random.choices(passes, weights)[0]
            twice = simple and self.random.random() < 0.1
            return ("latent", "pixel") if twice else (hires, "model" if upscalers else "scale")
        last, shares = (["model", "scale"], [0.5, 0.04]) if upscalers else (["scale"], [0.08])
        return (self.random.choices([*passes, *last], [*(0.62 * weight for weight in weights), *shares])[0],)

    def _usable_upscalers(self, growth: float) -> list[ModelFile]:
        """Return the upscale models of use once each side has grown by `growth`.

        What one makes, or half of it, has to stay within the largest picture.
        """
        asked = self.picks.wanted.wishes.upscalers

        def kept(scale: int) -> float:
            back = self.picks.wanted.wishes.factor if self._asked("ImageScaleBy") else None
            return scale * (back or (0.5 if scale > 2 else 1.0))

        return [
            file
            for file in self.installation.upscalers
            if self.area * (growth * kept(file.scale or UNKNOWN_SCALE)) ** 2 <= self.most_pixels
            and (not asked or file.alias in asked)
            and (asked or file.name not in ZOO_FILES["upscale_models"])  # these serve the zoo alone
            and self.canvas.upscaler in (None, file.name)
        ]

    def decode(self, samples: Link) -> Link:
        """Return the decoded picture; in tiles where it is large."""
        tiled = 0.6 if self.area > 4e6 else 0.2 if self.area > 2.2e6 else 0.0
        if self.random.random() < tiled and self.canvas.has("VAEDecodeTiled"):
            return self.canvas.link("VAEDecodeTiled", samples=samples, vae=self.wired.vae)
        return self.canvas.link("VAEDecode", samples=samples, vae=self.wired.vae)

    def _growths(self) -> list[float]:
        """Return by how much a second pass may enlarge each side."""
        wanted = [2.0, 1.5, 1.5, 1.75] if self.area < 0.6e6 else [1.5, 1.5, 1.25, 1.25, 1.75, 2.0]
        return [factor for factor in wanted if self.area * factor * factor <= min(4.5e6, self.most_pixels)]

    def _denoise(self, usual: Sequence[float]) -> float:
        """Return how much of a picture a second pass may change."""
        least, most = self.picks.wanted.wishes.denoise or (0.0, 1.0)
        return self.random.choice([each for each in usual if least <= each <= most] or [round((least + most) / 2, 2)])

    def _growth(self) -> float:
        return self.random.choice(self._growths() or [1.25])

    def _again(self) -> Picks:
        """Return the picks of a second pass, which goes on from a picture, so that few steps are enough."""
        low, high = self.picks.range.steps
        if self.picks.wanted.wishes.steps is not None:
            return self.picks
        few = max(low, (low + high) // 2)
        kept = self.picks.wanted.wishes.fit(self.picks.main.alias).range_of(AGAIN)
        if kept is not None:
            low, few = math.ceil(kept[0]), math.floor(kept[1])
        return replace(self.picks, steps=round_number(low, few if offered_steps(low, few) else high, self.random))

    def _latent_pass(self, samples: Link) -> Link:
        asked = self.picks.wanted.wishes.factor if self._asked("LatentUpscaleBy") else None
        factor = self._growth() if asked is None else asked
        method = self.random.choice(("nearest-exact", "nearest-exact", "bislerp", "bicubic", "bilinear"))
        self.width, self.height = self.width * factor, self.height * factor
        if asked is None and self._allowed("LatentUpscale") and self.random.random() < 0.25:
            width, height = (round(side / 64) * 64 for side in (self.width, self.height))
            self.width, self.height = width, height
            samples = self.canvas.link(
                "LatentUpscale", samples=samples, upscale_method=method, width=width, height=height
            )
        else:
            samples = self.canvas.link("LatentUpscaleBy", samples=samples, upscale_method=method, scale_by=factor)
        return sample(self.canvas, self._again(), self.wired, samples, self._denoise((0.4, 0.45, 0.5, 0.55, 0.6)))

    def _pixel_pass(self, samples: Link) -> Link:
        factor = self._growth()
        image = self.canvas.link("VAEDecode", samples=samples, vae=self.wired.vae)
        upscalers = [file for file in self._usable_upscalers(1.0) if self._scale_back(file)]
        if upscalers and self.random.random() < 0.6:
            file = self.random.choice(upscalers)
            back = self._scale_back(file)
            image = self._with_model(image, file)
            factor = self.random.choice(back)
        if factor != 1.0:
            image = self._scaled(image, factor)
        samples = self.canvas.link("VAEEncode", pixels=image, vae=self.wired.vae)
        return sample(self.canvas, self._again(), self.wired, samples, self._denoise((0.2, 0.25, 0.3, 0.35, 0.4)))

    def _scale_back(self, file: ModelFile) -> list[float]:
        """Return by which factors a picture may be scaled that an upscale model has made and that is sampled again."""
        scale = file.scale or UNKNOWN_SCALE
        back = {4: (0.5, 0.25), 3: (0.5,), 2: (0.75, 1.0)}.get(scale, (0.25,))
        most = min(4.5e6, self.most_pixels)
        return [factor for factor in back if self.area * (scale * factor) ** 2 <= most and scale * factor > 1][:2]

    def _to_size(self, image: Link) -> Link:
        """Return the picture in the size that is asked for, which no model makes."""
        width, height = self.picks.wanted.wishes.size or (self.picks.width, self.picks.height)
        method = self.random.choice(("lanczos", "lanczos", "bicubic"))
        return self.canvas.link("ImageScale", image=image, upscale_method=method, width=width, height=height)

    def _scaled(self, image: Link, factor: float) -> Link:
        self.width, self.height = self.width * factor, self.height * factor
        method = self.random.choice(("lanczos", "lanczos", "bicubic", "area" if factor < 1 else "bicubic"))
        if self.random.random() < 0.15 and self.area <= 4e6 and self._allowed("ImageScale"):
            self.width, self.height = (round(side / 64) * 64 for side in (self.width, self.height))
            return self.canvas.link(
                "ImageScale", image=image, upscale_method=method, width=self.width, height=self.height
            )
        return self.canvas.link("ImageScaleBy", image=image, upscale_method=method, scale_by=factor)

    def _with_model(self, image: Link, file: ModelFile) -> Link:
        scale = file.scale or UNKNOWN_SCALE
        self.width, self.height = self.width * scale, self.height * scale
        loader = self.canvas.once("UpscaleModelLoader", model_name=file.name)
        return self.canvas.link("ImageUpscaleWithModel", upscale_model=loader, image=image)

    def _upscale(self, image: Link) -> Link:
        upscalers = self._usable_upscalers(1.0)
        if not upscalers:
            return image
        file = self.random.choice(upscalers)
        image = self._with_model(image, file)
        asked = self.picks.wanted.wishes.factor
        if self._asked("ImageScaleBy") and asked is not None:
            method = self.random.choice(("lanczos", "bicubic", "area"))
            image = self.canvas.link("ImageScaleBy", image=image, upscale_method=method, scale_by=asked)
            self.width, self.height = self.width * asked, self.height * asked
        elif self._asked("ImageUpscaleWithModel") and self.area <= self.most_pixels:
            return image
        elif self.area > self.most_pixels or ((file.scale or UNKNOWN_SCALE) > 2 and self.random.random() < 0.3):
            image = self._scaled(image, 0.5)  # no model that enlarges by two leads here: see _usable_upscalers
        if self.random.random() < 0.04 and not self.picks.wanted.required:
            image = self.canvas.link("ImageSharpen", image=image)
        return image
