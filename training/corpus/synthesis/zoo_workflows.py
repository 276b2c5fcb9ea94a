"""Workflows on the zoo, as a thoughtful person would wire them who has measured nothing.

They vary widely on purpose: a policy trained on them knows what can be done, and what is best for a prompt is left to
be found out. Names and words lead a little: a checkpoint that is named for what the prompt asks for is preferred, a
style is mostly brought by its LoRA, and large pictures mostly get a second sampling or an upscaler. No picture has more
than MOST_SIDE pixels on a side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import TypeVar

from ....miniature.captions import NIGHT_WORDS, NUMBER_WORDS, STYLE_WORDS, TEXTURE_WORDS
from ....miniature.family import FAMILY as MINIATURE
from ....miniature.zoo import MOST_SIDE
from ....workflow.catalog.catalog import ModelFile
from ....workflow.families.names import normalised
from ....workflow.families.recommended import distilled_range, recommended
from ....workflow.grammar.constraints import Constraints
from ....workflow.grammar.size_rules import UNKNOWN_SCALE
from ....workflow.graph import Link, Workflow
from .choosing import Installation, Picks, family_key
from .loaders import load, with_lora, with_model_lora
from .stages import Canvas, Wired, sample
from .texts import negative_text, positive_text
from .wanted import cues_of as cues

_Option = TypeVar("_Option")


def _words(*groups: Sequence[str]) -> re.Pattern[str]:
    return re.compile(r"\b(" + "|".join(re.escape(word) for group in groups for word in group) + r")\b", re.I)


# What stands in a file's name after "miniature_" -> the words of a prompt that call for it.
_CALLS: dict[str, re.Pattern[str]] = {
    "flat": _words(("clean", "simple", "minimalist", "flat", "icon", "logo", "vector")),
    "textures": _words(*TEXTURE_WORDS.values(), ("texture", "textured", "pattern")),
    "crowds": _words(*NUMBER_WORDS.values(), ("several", "many", "some", "group")),
    "nights": _words(NIGHT_WORDS, ("night", "glow", "dark", "at night")),
    "turbo": _words(("quick", "quickly", "fast", "draft", "sketch")),
    **{style.replace(" ", "_"): _words((style,), words) for style, words in STYLE_WORDS.items()},
}
_LARGE = re.compile(r"\b(poster|print|detailed|high resolution|hd|4k|8k)\b", re.I)
_WIDE = re.compile(r"\b(wide|banner|panorama|landscape|header)\b", re.I)
_TALL = re.compile(r"\b(tall|portrait|phone|bookmark)\b", re.I)

# How often each is drawn, among those that the sampler offers.
_SAMPLERS: dict[str, float] = {
    "euler": 30, "dpmpp_2m": 14, "heun": 8, "res_multistep": 8, "euler_ancestral": 7, "uni_pc": 6, "ddim": 5,
    "dpmpp_2m_sde": 4, "dpmpp_sde": 4, "deis": 3, "lcm": 2, "dpm_2": 2, "ipndm": 2, "er_sde": 2,
    "gradient_estimation": 2, "dpmpp_3m_sde": 1, "lms": 1,
}  # fmt: skip
_TURBO_SAMPLERS: dict[str, float] = {"euler": 10, "lcm": 4, "dpmpp_2m": 3, "res_multistep": 2, "euler_ancestral": 2}
_SCHEDULERS: dict[str, float] = {
    "simple": 26, "normal": 22, "sgm_uniform": 16, "beta": 14, "ddim_uniform": 5, "kl_optimal": 4,
    "linear_quadratic": 4, "karras": 3, "exponential": 3,
}  # fmt: skip
_SQUARE: dict[tuple[int, int], float] = {(64, 64): 8, (96, 96): 1, (128, 128): 1}
_SIZES: dict[str, dict[tuple[int, int], float]] = {
    "wide": {(128, 64): 5, (96, 64): 4},
    "tall": {(64, 128): 5, (64, 96): 4},
    "": _SQUARE,
}
_STAGES: dict[str, dict[str, float]] = {  # what comes after the first sampling
    "plain": {"none": 62, "latent": 13, "pixel": 13, "upscale": 9},
    "large": {"none": 18, "latent": 28, "pixel": 30, "upscale": 16, "both": 6},
    "quick": {"none": 90, "upscale": 8, "latent": 2},
}
_SHIFTS = (1.0, 1.5, 2.0, 2.0, 2.5, 3.0, 3.0, 4.0, 5.0, 6.0)
_DENOISE = (0.3, 0.35, 0.4, 0.4, 0.45, 0.5, 0.5, 0.55, 0.6, 0.65, 0.7)
_LATENT_METHODS = ("nearest-exact", "nearest-exact", "bilinear", "bicubic", "bislerp", "area")
_PIXEL_METHODS = ("lanczos", "lanczos", "bicubic", "bilinear", "nearest-exact")
_MOST_NODES = Constraints().max_nodes


@dataclass(frozen=True, slots=True)
class Hints:
    """What the words of a prompt suggest to a person."""

    calls: frozenset[str]
    """Parts of file names that the prompt calls for."""
    large: bool
    """Whether the picture is to be large."""
    quick: bool
    """Whether the picture is to be made quickly."""
    shape: str
    """Shape of the picture: "wide", "tall" or ""."""


@lru_cache(maxsize=65536)
def hints(prompt: str) -> Hints:
    """Return the hints in a prompt."""
    found = cues(prompt)
    calls = frozenset(name for name, pattern in _CALLS.items() if pattern.search(prompt))
    shape = "wide" if _WIDE.search(prompt) else "tall" if _TALL.search(prompt) else ""
    shape = shape or next((cue for cue in ("wide", "tall") if cue in found), "")
    large = bool(_LARGE.search(prompt)) or "detailed" in found
    return Hints(calls, large, "turbo" in calls or "quick" in found, shape)


def draw_workflow(installation: Installation, prompt: str, random: Random) -> Workflow | None:
    """Return one workflow for `prompt` on the zoo's files of this installation; None where it has no checkpoint."""
    mains = [main for main in installation.mains if family_key(main) == MINIATURE.name]
    if not mains:
        return None
    while True:  # few are too long
        workflow = _Drawing(installation, mains, prompt, random).workflow()
        if len(workflow.nodes) <= _MOST_NODES:
            return workflow


def _one(options: Mapping[_Option, float], random: Random) -> _Option:
    return random.choices(list(options), list(options.values()))[0]


def _called(file: ModelFile, wanted: Hints) -> bool:
    return normalised(file.name).removeprefix("miniature_") in wanted.calls


class _Drawing:
    """One workflow being drawn: what is chosen, and the size of the picture as it stands."""

    def __init__(self, installation: Installation, mains: Sequence[ModelFile], prompt: str, random: Random) -> None:
        self.installation, self.mains, self.prompt, self.random = installation, mains, prompt, random
        self.hints = hints(prompt)
        self.canvas = Canvas(installation.catalog)
        self.width = self.height = 0

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def workflow(self) -> Workflow:
        """Return the workflow."""
        stage = _one(_STAGES["quick" if self.hints.quick else "large" if self.hints.large else "plain"], self.random)
        self.width, self.height = self._size(stage)
        picks = self._settings(self._main(self.mains))
        model, clip, vae = load(self.canvas, self.installation, picks.main, self.random)
        loras = self._loras(picks.main)
        model, clip = self._with_loras(model, clip, loras)
        if self._chance(0.2):
            model = self.canvas.link("ModelSamplingSD3", model=model, shift=self.random.choice(_SHIFTS))
        if self._chance(0.02):
            clip = self.canvas.link("CLIPSetLastLayer", clip=clip, stop_at_clip_layer=self.random.choice((-1, -2, -3)))
        positive = self.canvas.link(
            "CLIPTextEncode", clip=clip, text=positive_text(cues(self.prompt), 0.08, self.random)
        )
        pipeline = self._pipeline(picks, stage)
        negative = positive if pipeline == "basic" else self._negative(clip, positive, picks)
        wired = Wired(model, vae, positive, negative, pipeline)
        self._stages(stage, picks, wired)
        return self.canvas.workflow()

    # -- choices -----------------------------------------------------------------------------------------------

    def _main(self, mains: Sequence[ModelFile]) -> ModelFile:
        """Return a checkpoint, rather the base or one that is named for the prompt."""
        weights = []
        for main in mains:
            name = normalised(main.name)
            weights.append((5.0 if name == "miniature_turbo" else 3.5) if _called(main, self.hints) else
                           1.6 if name == "miniature" else 1.0)  # fmt: skip
        return self.random.choices(mains, weights)[0]

    def _loras(self, main: ModelFile) -> list[tuple[ModelFile, float]]:
        """Return no, one or two LoRAs with their strengths."""
        files = self.installation.loras(main)
        called = [file for file in files if _called(file, self.hints)]
        chosen = [self.random.choice(called)] if called and self._chance(0.85) else []
        rest = [file for file in files if file not in chosen]
        if rest and self._chance(0.06 if chosen else 0.1):
            chosen.append(self.random.choice(rest))
            if len(rest) > 1 and len(chosen) == 1 and self._chance(0.1):
                chosen.append(self.random.choice([file for file in rest if file not in chosen]))
        return [(file, self.random.choices(range(8, 25), [5 - abs(n - 17) / 3 for n in range(8, 25)])[0] / 20)
                for file in chosen]  # fmt: skip

    def _size(self, stage: str) -> tuple[int, int]:
        """Return width and height of the first picture in pixels: small where it is enlarged afterwards."""
        shape = self.hints.shape if self._chance(0.85) else ""
        if not shape and self._chance(0.08):
            shape = self.random.choice(("wide", "tall"))
        sizes = dict(_SIZES[shape])
        if not shape and self.hints.large and stage == "none":
            sizes[128, 128] = 5
        return _one(sizes, self.random)

    def _settings(self, main: ModelFile) -> Picks:
        """Return the settings for a checkpoint; a distilled one is at times taken for another."""
        fast = distilled_range(MINIATURE.name, main.name)
        ranges = recommended(MINIATURE.name, main.name)
        assert ranges is not None
        if fast is not None and self._chance(0.85):
            steps, cfg = self.random.randint(*fast.steps), self.random.choice((1.0, 1.0, 1.0, 1.2, 1.5))
            samplers = _TURBO_SAMPLERS
        else:
            low, high, usual = (4, 12, 8) if self.hints.quick else (4, 30, 20 if self.hints.large else 15)
            steps = round(self.random.triangular(low, high, usual))
            cfg = min(7.0, max(1.0, round(2 * self.random.gauss(3.6, 1.4)) / 2))
            samplers = _SAMPLERS
        sampler = _one(self._offered("sampler_name", samplers), self.random)
        scheduler = _one(self._offered("scheduler", _SCHEDULERS), self.random)
        return Picks(cues(self.prompt), main, MINIATURE.name, ranges, (), self.width, self.height, steps, cfg, sampler,
                     scheduler, 0)  # fmt: skip

    def _offered(self, name: str, options: Mapping[str, float]) -> dict[str, float]:
        spec = next(spec for spec in self.canvas.catalog.classes["KSampler"].inputs if spec.name == name)
        return {option: weight for option, weight in options.items() if option in spec.options}

    def _pipeline(self, picks: Picks, stage: str) -> str:
        pipelines = {"ksampler": 92.0, "cfg": 4, "custom": 2, "basic": 10 if picks.cfg == 1 else 0}
        return _one(pipelines, self.random)

    # -- nodes -------------------------------------------------------------------------------------------------

    def _with_loras(self, model: Link, clip: Link, loras: Sequence[tuple[ModelFile, float]]) -> tuple[Link, Link]:
        for file, strength in loras:
            if self._chance(0.5):
                model = with_model_lora(self.canvas, model, file, strength)
            else:
                model, clip = with_lora(self.canvas, model, clip, file, strength)
        return model, clip

    def _negative(self, clip: Link, positive: Link, picks: Picks) -> Link:
        if picks.cfg == 1 and self._chance(0.4):
            return self.canvas.link("ConditioningZeroOut", conditioning=positive)
        quality = picks.cfg > 1 and self._chance(0.5)
        text = negative_text(picks.cues, self.prompt, 4 if quality else 0, self.random)
        return self.canvas.link("CLIPTextEncode", clip=clip, text=text)

    def _stages(self, stage: str, picks: Picks, wired: Wired) -> None:
        """Add the samplings and what follows them, up to the saved picture."""
        latent = self.canvas.link(
            self.random.choice(("EmptyLatentImage", "EmptySD3LatentImage")), width=self.width, height=self.height
        )
        samples = sample(self.canvas, picks, wired, latent)
        if stage == "latent" or stage == "both" and self._chance(0.5):
            samples = self._again(picks, wired, self._larger_latent(samples))
        elif stage in ("pixel", "both"):
            image = self._larger_picture(self._decoded(samples, wired))
            encoded = self.canvas.link("VAEEncode", pixels=image, vae=wired.vae)
            samples = self._again(picks, wired, encoded)
        image = self._decoded(samples, wired)
        if stage in ("upscale", "both") and max(self.width, self.height) * 2 <= MOST_SIDE:
            image = self._larger_picture(image)
        self.canvas.add("SaveImage", images=image)

    def _decoded(self, samples: Link, wired: Wired) -> Link:
        return self.canvas.link("VAEDecode", samples=samples, vae=wired.vae)

    def _again(self, picks: Picks, wired: Wired, latent: Link) -> Link:
        """Return the latent of a second sampling over the enlarged picture."""
        if self._chance(0.25):
            again = self._settings(picks.main)
            guided = picks.cfg > 1  # both samplings read the negative prompt, or neither
            picks = again if (again.cfg > 1) == guided else replace(again, cfg=picks.cfg)
        steps = picks.steps if self._chance(0.4) else max(4, round(picks.steps * self.random.choice((0.5, 0.6, 0.75))))
        return sample(self.canvas, replace(picks, steps=steps), wired, latent, self.random.choice(_DENOISE))

    # -- sizes -------------------------------------------------------------------------------------------------

    def _factor(self, factors: Mapping[float, float]) -> float:
        """Return a factor that leaves both sides multiples of 16, and no longer than MOST_SIDE; 1 where none does."""
        fitting = {
            factor: weight
            for factor, weight in factors.items()
            if max(self.width, self.height) * factor <= MOST_SIDE
            and self.width * factor % 16 == 0
            and self.height * factor % 16 == 0
        }
        return _one(fitting or {1.0: 1.0}, self.random)

    def _grow(self, factor: float) -> None:
        self.width, self.height = round(self.width * factor), round(self.height * factor)

    def _larger_latent(self, samples: Link) -> Link:
        small = max(self.width, self.height) <= 128
        sides = [self.width, self.height]
        self._grow(factor := self._factor({2.0: 6 if small else 1, 1.5: 4, 1.25: 1, 1.75: 1}))
        if factor == 1:
            return samples
        method = self.random.choice(_LATENT_METHODS)
        offered = all(side % 64 == 0 for side in (*sides, self.width, self.height))
        if offered and self._chance(0.25):
            return self.canvas.link(
                "LatentUpscale", samples=samples, upscale_method=method, width=self.width, height=self.height
            )
        return self.canvas.link("LatentUpscaleBy", samples=samples, upscale_method=method, scale_by=factor)

    def _larger_picture(self, image: Link) -> Link:
        """Return the picture enlarged by an upscale model, perhaps reduced again by a part, or by plain scaling."""
        fitting = [
            file
            for file in self.installation.upscalers
            if max(self.width, self.height) * (file.scale or UNKNOWN_SCALE) <= MOST_SIDE
            and self.canvas.upscaler in (None, file.name)
        ]
        if not fitting or self._chance(0.3):
            return self._scaled(image, self._factor({2.0: 5, 1.5: 4, 1.25: 1}))
        file = self.random.choice(fitting)
        loader = self.canvas.once("UpscaleModelLoader", model_name=file.name)
        image = self.canvas.link("ImageUpscaleWithModel", upscale_model=loader, image=image)
        self._grow(scale := float(file.scale or UNKNOWN_SCALE))
        smaller = {0.75: 3.0, 0.5: 1.0} if scale > 2 else {0.75: 1.0}  # what is enlarged stays larger
        return self._scaled(image, self._factor(smaller)) if self._chance(0.2) else image

    def _scaled(self, image: Link, factor: float) -> Link:
        if factor == 1:
            return image
        self._grow(factor)
        method = self.random.choice(_PIXEL_METHODS)
        return self.canvas.link("ImageScaleBy", image=image, upscale_method=method, scale_by=factor)
