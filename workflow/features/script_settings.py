"""Read what a script sets: main model, samplings, sizes and LoRAs.

    >>> found = read_settings("sdxl/sd_xl_base_1_0 SaveImage VAEDecode KSampler steps= 30 ... @end".split())
    >>> found.base.steps
    30.0

A script leaves out what its classes have as defaults, and a catalog is not at hand where scores are predicted; so the
defaults of ComfyUI's own sampling nodes stand here. What a class of another pack sets by default is not known, and
neither is a value that is linked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

SAMPLING_CLASSES = frozenset({"KSampler", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced"})
_DEFAULTS: Mapping[str, Mapping[str, float | str]] = {
    "KSampler": {"steps": 20, "cfg": 8.0, "denoise": 1.0, "sampler_name": "euler", "scheduler": "simple"},
    "KSamplerAdvanced": {
        "steps": 20, "cfg": 8.0, "start_at_step": 0, "end_at_step": 10000, "sampler_name": "euler",
        "scheduler": "simple",
    },
    "SamplerCustom": {"cfg": 8.0},
    "CFGGuider": {"cfg": 8.0},
    "BasicGuider": {"cfg": 1.0},
    "DualCFGGuider": {"cfg_conds": 8.0},
    "PerpNegGuider": {"cfg": 8.0},
    "KSamplerSelect": {"sampler_name": "euler"},
    "BasicScheduler": {"steps": 20, "denoise": 1.0, "scheduler": "simple"},
    "SDTurboScheduler": {"steps": 1, "denoise": 1.0},
    "AlignYourStepsScheduler": {"steps": 10, "denoise": 1.0},
    "GITSScheduler": {"steps": 10, "denoise": 1.0},
    "EmptyLatentImage": {"width": 512, "height": 512},
    "EmptyHunyuanImageLatent": {"width": 2048, "height": 2048},
    "EmptyHiDreamO1LatentImage": {"width": 2048, "height": 2048},
    "LatentUpscale": {"width": 512, "height": 512},
    "LatentUpscaleBy": {"scale_by": 1.5},
    "ImageScale": {"width": 512, "height": 512},
    "ImageScaleBy": {"scale_by": 1.0},
    "LoraLoader": {"strength_model": 1.0},
    "LoraLoaderModelOnly": {"strength_model": 1.0},
    "FluxGuidance": {"guidance": 3.5},
    "CLIPTextEncodeFlux": {"guidance": 3.5},
    "ModelSamplingSD3": {"shift": 3.0},
    "ModelSamplingAuraFlow": {"shift": 1.73},
}  # fmt: skip
"""What a node has where its script does not say it, in ComfyUI 0.33."""
_LATENT_SIDE = 1024
_SCHEDULER_STEPS = 20
_CLASS = re.compile(r"[A-Z][A-Za-z0-9_+|() -]*(:\d+)?$")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?$")
_EMPTY_LATENT = re.compile(r"(^|_)Empty\w*Latent")
_PICTURE_LATENT = re.compile(r"^(VAEEncode\w*|LatentUpscale\w*|Latent\w+)$")
_SCALE_IN_NAME = re.compile(r"(?:^|_)(?:(\d)x|x(\d))(?=_|[a-z]|$)")
_UPSCALER = "ImageUpscaleWithModel"
_USUAL_SCALE = 4


@dataclass(frozen=True, slots=True)
class SampledAt:
    """The settings of one sampling. What the script does not state as a plain value is None."""

    steps: float | None
    """Steps that are sampled."""
    cfg: float | None
    """Guidance against the negative prompt; 1 where there is none."""
    sampler: str | None
    scheduler: str | None
    """The scheduler, or the class that makes the sigmas."""
    denoise: float | None
    """Share of the noise that is taken away."""
    empty: bool
    """Whether it starts from an empty latent."""
    width: float | None
    height: float | None
    """The size of the picture that its latent stands for."""

    @property
    def area(self) -> float | None:
        """Its size in pixels."""
        return None if self.width is None or self.height is None else self.width * self.height


@dataclass(frozen=True, slots=True)
class ScriptSettings:
    """What a script sets."""

    family: str
    """The main model's family as its alias names it."""
    name: str
    """The main model's normalised name."""
    samplings: tuple[SampledAt, ...]
    """The samplings in the order in which they run."""
    loras: tuple[tuple[str, float], ...] = ()
    """Alias and strength of each LoRA."""
    guidance: float | None = None
    """The distilled guidance that is set, if any."""
    shift: float | None = None
    """The shift of the noise schedule that is set, if any."""
    upscaled: bool = False
    """Whether an upscale model is used."""
    scale: float | None = None
    """Side of the final picture divided by that of the first latent; None where a size is not known."""
    negative: int = 0
    """Phrases of negative texts."""
    styled: int = 0
    """Phrases that are added to the prompt."""

    @property
    def main(self) -> str:
        """The main model's alias."""
        return f"{self.family}/{self.name}" if self.name else self.family

    @property
    def base(self) -> SampledAt | None:
        """The first sampling."""
        return self.samplings[0] if self.samplings else None


@dataclass(slots=True)
class _Written:
    """A node as a script writes it."""

    class_type: str
    values: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    linked: set[str] = field(default_factory=set)

    def number(self, name: str) -> float | None:
        found = self.settings.get(name)
        if found is not None:
            return float(found) if _NUMBER.match(found) else None
        default = None if name in self.linked else _DEFAULTS.get(self.class_type, {}).get(name)
        return float(default) if isinstance(default, int | float) else None

    def word(self, name: str) -> str | None:
        found = self.settings.get(name)
        if found is not None:
            return found
        default = None if name in self.linked else _DEFAULTS.get(self.class_type, {}).get(name)
        return default if isinstance(default, str) else None


def read_settings(script: Sequence[str]) -> ScriptSettings:
    """Return what a script sets; of anything that is no script, what can be read of it."""
    family, _, name = (script[0] if script else "").partition("/")
    nodes = list(_nodes(script[1:]))
    at = [index for index, node in enumerate(nodes) if node.class_type in SAMPLING_CLASSES]
    samplings, scale = _samplings(nodes, at)
    texts = [node.values for node in nodes if node.class_type.startswith("CLIPTextEncode")]
    return ScriptSettings(
        family,
        name,
        samplings,
        tuple(_loras(nodes)),
        _first(nodes, "guidance", ("FluxGuidance", "CLIPTextEncodeFlux")),
        _first(nodes, "shift", ("ModelSamplingSD3", "ModelSamplingAuraFlow")),
        any(node.class_type == _UPSCALER for node in nodes),
        scale,
        sum(len(_phrases(values)) for values in texts if not _is_prompt(values)),
        max((len(_phrases(values)) for values in texts if _is_prompt(values)), default=0),
    )


def _nodes(choices: Sequence[str]) -> Iterator[_Written]:
    """Yield the nodes of a script in its order: from the picture back to its sources."""
    node: _Written | None = None
    pending: str | None = None
    for choice in choices:
        if pending is not None:
            if node is not None:
                node.settings[pending] = choice
            pending = None
        elif choice.endswith("=") and len(choice) > 1:
            pending = choice[:-1]
        elif choice.endswith(">") and node is not None:
            node.linked.add(choice[:-1])
        elif _CLASS.fullmatch(choice):
            if node is not None:
                yield node
            node = _Written(re.sub(r":\d+$", "", choice))
        elif node is not None and not choice.startswith("&"):
            node.values.append(choice)
    if node is not None:
        yield node


def _samplings(nodes: Sequence[_Written], at: Sequence[int]) -> tuple[tuple[SampledAt, ...], float | None]:
    """Return the samplings in the order in which they run, and by how much the picture's side grows in all.

    A script names the last sampling first, then what feeds it; what a later one shares with it is not written again.
    """
    found: list[SampledAt] = []
    shared: dict[str, float | str | None] = {}
    for turn, index in enumerate(at):
        part = nodes[index : at[turn + 1] if turn + 1 < len(at) else None]
        found.append(_sampling(part, shared))
    found.reverse()
    size: tuple[float, float] | None = None
    sized: list[SampledAt] = []
    starts = list(reversed(at))
    factor = _upscale_factor(nodes)
    for sampling, index in zip(found, starts, strict=True):
        own = _empty_size(nodes[index:]) if sampling.empty else None
        size = own or size
        width, height = size or (None, None)
        sized.append(
            SampledAt(
                sampling.steps, sampling.cfg, sampling.sampler, sampling.scheduler, sampling.denoise, sampling.empty,
                width, height,
            )
        )  # fmt: skip
        later = [other for other in at if other < index]
        size = None if size is None else _scaled(size, nodes[later[-1] if later else 0 : index], factor)
    first = sized[0] if sized else None
    scale = None
    if first is not None and first.area and size is not None:
        scale = math.sqrt(size[0] * size[1] / first.area)
    return tuple(sized), scale


def _sampling(part: Sequence[_Written], shared: dict[str, float | str | None]) -> SampledAt:
    """Return a sampling from its node and what feeds it, up to the next sampling; sizes come later."""
    node = part[0]
    values: dict[str, float | str | None] = {
        "steps": node.number("steps"),
        "cfg": node.number("cfg"),
        "sampler": node.word("sampler_name"),
        "scheduler": node.word("scheduler"),
        "denoise": node.number("denoise"),
    }
    for other in part[1:]:
        if other.class_type.endswith("Guider") and values["cfg"] is None:
            values["cfg"] = other.number("cfg_conds" if other.class_type == "DualCFGGuider" else "cfg")
        elif other.class_type == "KSamplerSelect" or other.class_type.startswith("Sampler"):
            values["sampler"] = values["sampler"] or other.word("sampler_name") or other.class_type
        elif other.class_type.endswith("Scheduler") and values["steps"] is None:
            values["steps"] = other.number("steps") or float(_SCHEDULER_STEPS)
            values["scheduler"] = other.word("scheduler") or other.class_type
            values["denoise"] = other.number("denoise")
    for name, value in values.items():
        if value is None:
            values[name] = shared.get(name)
        else:
            shared[name] = value
    steps, denoise = _as_number(values["steps"]), _as_number(values["denoise"])
    if node.class_type == "KSamplerAdvanced" and steps:
        begin, end = node.number("start_at_step") or 0.0, node.number("end_at_step")
        last = steps if end is None else min(steps, end)
        denoise, steps = (steps - min(begin, steps)) / steps, max(0.0, last - begin)
    latent = next((other.class_type for other in part[1:] if _is_latent(other.class_type)), None)
    return SampledAt(
        steps,
        _as_number(values["cfg"]),
        _as_word(values["sampler"]),
        _as_word(values["scheduler"]),
        1.0 if denoise is None else denoise,
        latent is not None and _EMPTY_LATENT.search(latent) is not None,
        None,
        None,
    )


def _as_number(value: float | str | None) -> float | None:
    return value if isinstance(value, float) else None


def _as_word(value: float | str | None) -> str | None:
    return value if isinstance(value, str) else None


def _is_latent(class_type: str) -> bool:
    return _EMPTY_LATENT.search(class_type) is not None or _PICTURE_LATENT.match(class_type) is not None


def _empty_size(nodes: Sequence[_Written]) -> tuple[float, float] | None:
    """Return the size of the first empty latent of these nodes."""
    node = next((each for each in nodes if _EMPTY_LATENT.search(each.class_type)), None)
    if node is None:
        return None
    width, height = (
        node.number(name) or (None if name in node.linked else float(_LATENT_SIDE)) for name in ("width", "height")
    )
    return None if width is None or height is None else (width, height)


def _upscale_factor(nodes: Sequence[_Written]) -> float:
    """Return by how much the upscale model of a script enlarges; several samplings may share it."""
    names = (node.values[0] for node in nodes if node.class_type == "UpscaleModelLoader" and node.values)
    found = next((match for name in names if (match := _SCALE_IN_NAME.search(name.rpartition("/")[2]))), None)
    return float(found[1] or found[2]) if found else float(_USUAL_SCALE)


def _scaled(size: tuple[float, float], nodes: Sequence[_Written], upscale: float) -> tuple[float, float]:
    """Return a size after these nodes, which are listed from the last to the first."""
    width, height = size
    for node in reversed(nodes):
        if node.class_type in ("LatentUpscale", "ImageScale"):
            width, height = node.number("width") or width, node.number("height") or height
        elif node.class_type in ("LatentUpscaleBy", "ImageScaleBy"):
            factor = node.number("scale_by") or 1.0
            width, height = width * factor, height * factor
        elif node.class_type == _UPSCALER:
            width, height = width * upscale, height * upscale
    return width, height


def _loras(nodes: Sequence[_Written]) -> Iterator[tuple[str, float]]:
    for node in nodes:
        if not node.class_type.startswith("LoraLoader"):
            continue
        alias = next((value for value in node.values if "/" in value), None)
        strength = node.number("strength_model")
        if alias is not None and strength != 0:
            yield alias, 1.0 if strength is None else strength


def _first(nodes: Sequence[_Written], name: str, classes: tuple[str, ...]) -> float | None:
    return next((node.number(name) for node in nodes if node.class_type in classes), None)


def _is_prompt(values: Sequence[str]) -> bool:
    return any(value.startswith("@prompt") for value in values)


def _phrases(values: Sequence[str]) -> list[str]:
    return [value for value in values if value.startswith("+")]
