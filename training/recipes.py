"""Workflows as a person would wire them, family by family: what the first policy is trained on.

A recipe draws one workflow for one prompt and one installation: a main model, its text encoders and VAE, a size, a
sampler, and sometimes LoRAs, a second pass or an upscaler. The numbers are those of the official templates
(comfyui-workflow-templates-json 0.1.123) and of the models' own cards; the ranges around them are ours. Everything
drawn is then written under the grammar, so that nothing is learned that could not be generated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from ..workflow.catalog import Catalog, ModelFile
from ..workflow.families import TEXT_ENCODERS
from ..workflow.graph import Link, Node, Text, Value, Workflow
from ..workflow.slots import class_slots
from ..workflow.values import default_of


@dataclass(frozen=True)
class Style:
    """How a family is usually sampled."""

    steps: tuple[int, ...]
    cfg: tuple[float, ...]
    samplers: tuple[tuple[str, str], ...]  # sampler, scheduler
    area: float  # megapixels at which it was trained
    latent: str = "EmptySD3LatentImage"
    guidance: tuple[float, ...] = ()  # FluxGuidance
    shift: tuple[str, tuple[float, ...]] | None = None  # class of the sampling patch, and its shift
    negative: bool = True  # whether a negative prompt has an effect


_SD = (
    ("dpmpp_2m", "karras"),
    ("euler", "normal"),
    ("euler_ancestral", "normal"),
    ("dpmpp_2m_sde", "karras"),
    ("ddim", "normal"),
)
STYLES: dict[str, Style] = {
    "sd15": Style((20, 25, 30), (6, 6.5, 7, 7.5, 8), _SD, 0.35, "EmptyLatentImage"),
    "sdxl": Style((20, 25, 30, 35), (5, 5.5, 6, 7, 8), _SD, 1.0, "EmptyLatentImage"),
    "sd3": Style(
        (20, 28, 30),
        (4, 4.5, 5, 5.5),
        (("dpmpp_2m", "sgm_uniform"), ("euler", "sgm_uniform")),
        1.0,
        shift=("ModelSamplingSD3", (3.0,)),
    ),
    "flux": Style(
        (20, 24, 28), (1,), (("euler", "simple"), ("euler", "beta")), 1.0, guidance=(2.5, 3, 3.5, 4), negative=False
    ),
    "qwen_image": Style(
        (20, 30),
        (2.5, 3, 4),
        (("euler", "simple"), ("res_multistep", "simple")),
        1.6,
        shift=("ModelSamplingAuraFlow", (3.1, 3.0)),
    ),
    "z_image": Style(
        (8, 9),
        (1,),
        (("res_multistep", "simple"), ("euler", "simple")),
        1.0,
        shift=("ModelSamplingAuraFlow", (3.0,)),
        negative=False,
    ),
    "chroma": Style((20, 26, 30), (3, 4, 4.5), (("euler", "beta"), ("euler", "simple")), 1.0),
    "lumina2": Style(
        (25, 30), (4, 4.5, 5), (("res_multistep", "simple"),), 1.0, shift=("ModelSamplingAuraFlow", (6.0,))
    ),
    "auraflow": Style((20, 25), (3.5, 4), (("uni_pc", "normal"), ("euler", "simple")), 1.0, "EmptyLatentImage"),
    "hidream": Style(
        (28, 50), (5,), (("uni_pc", "simple"), ("euler", "simple")), 1.0, shift=("ModelSamplingSD3", (3.0, 6.0))
    ),
}
_UNKNOWN = Style((20, 25, 30), (6, 7, 7.5), _SD, 0.4, "EmptyLatentImage")
_MINIATURE = Style((16, 20, 24), (3, 3.5, 4), (("euler", "normal"), ("euler", "simple")), 0.0041, "EmptyLatentImage")
_FAST = (("lightning", 8), ("turbo", 6), ("lcm", 6), ("hyper", 8), ("schnell", 4), ("distill", 8))

_WIDE = ("landscape", "panorama", "wide", "horizon", "skyline", "wallpaper", "vista", "cinematic", "valley", "battle")
_TALL = ("portrait", "full body", "standing", "tower", "phone", "tall", "statue", "dress", "waterfall", "poster")
_QUICK = ("quick", "sketch", "draft", "rough", "doodle")
_FINE = ("highly detailed", "print", "8k", "4k", "intricate", "ultra", "poster", "masterpiece", "sharp focus")
_PHOTO = ("photo", "photograph", "realistic", "dslr", "35mm", "film")
_DRAWN = ("anime", "manga", "cartoon", "illustration", "comic", "drawing", "pixel art", "ghibli")


@dataclass
class Canvas:
    """A workflow being wired; nodes are added sources first."""

    catalog: Catalog
    nodes: list[Node] = field(default_factory=list)

    def add(self, class_type: str, **inputs: Value | Link) -> int:
        """A node with the given inputs and the defaults of the rest; its index."""
        values: dict[str, Value | Link] = dict(inputs)
        for slot in class_slots(self.catalog.classes[class_type]):
            if slot.spec.widget and slot.name not in values:
                values[slot.name] = default_of(slot.spec)
        self.nodes.append(Node(class_type, tuple(values.items())))
        return len(self.nodes) - 1


def draw(catalog: Catalog, main: ModelFile, prompt: str, random: Random) -> Workflow | None:
    """One workflow for `prompt` on `main`; None where the installation lacks what the family needs."""
    return _Drawing(catalog, main, prompt, random).draw()


class _Drawing:
    def __init__(self, catalog: Catalog, main: ModelFile, prompt: str, random: Random) -> None:
        self.catalog, self.main, self.random = catalog, main, random
        self.canvas = Canvas(catalog)
        self.words = prompt.lower()
        self.family = next(iter(main.families)) if len(main.families) == 1 else ""
        self.miniature = "miniature" in main.name.lower()
        self.style = _MINIATURE if self.miniature else STYLES.get(self.family, _UNKNOWN)

    def _mentions(self, cues: tuple[str, ...]) -> bool:
        return any(cue in self.words for cue in cues)

    def _files(self, folder: str) -> list[ModelFile]:
        return [
            file
            for file in self.catalog.models
            if file.folder == folder and (self.family in file.families if self.family else file.role == "upscaler")
        ]

    def draw(self) -> Workflow | None:
        if self.family and self.family not in STYLES:
            return None
        loaded = self._load()
        if loaded is None:
            return None
        model, clip, vae = loaded
        model, clip = self._loras(model, clip)
        model = self._shift(model)
        positive = Link(self.canvas.add("CLIPTextEncode", clip=clip, text=self._positive()), 0)
        negative = self._negative(clip, positive)
        if self.style.guidance and "FluxGuidance" in self.catalog.classes:
            guidance = self.random.choice(self.style.guidance)
            positive = Link(self.canvas.add("FluxGuidance", conditioning=positive, guidance=guidance), 0)
        width, height = self._size()
        latent_class = self.style.latent if self.style.latent in self.catalog.classes else "EmptyLatentImage"
        latent = Link(self.canvas.add(latent_class, width=width, height=height), 0)
        sample = self._sampling()
        samples = Link(
            self.canvas.add(
                "KSampler", model=model, positive=positive, negative=negative, latent_image=latent, **sample
            ),
            0,
        )
        if not self.miniature and self.random.random() < (0.5 if self._mentions(_FINE) else 0.1):
            samples = self._second_pass(samples, model, positive, negative, sample)
        image = Link(self.canvas.add("VAEDecode", samples=samples, vae=vae), 0)
        self.canvas.add("SaveImage", images=self._upscaled(image))
        return Workflow(tuple(self.canvas.nodes))

    def _load(self) -> tuple[Link, Link, Link] | None:
        """MODEL, CLIP and VAE."""
        add = self.canvas.add
        if self.main.role == "checkpoint":
            if self.main.parts != frozenset({"MODEL", "CLIP", "VAE"}):
                return None
            node = add("CheckpointLoaderSimple", ckpt_name=self.main.name)
            return Link(node, 0), Link(node, 1), Link(node, 2)
        vaes = self._files("vae")
        if not vaes or self.main.name.lower().endswith(".gguf"):
            return None
        model = Link(add("UNETLoader", unet_name=self.main.name), 0)
        for recipe in TEXT_ENCODERS.get(self.family, ()):
            files = [
                [file for file in self._files("text_encoders") if file.encoder == encoder]
                for encoder in recipe.encoders
            ]
            names = ["clip_name"] if len(files) == 1 else [f"clip_name{index + 1}" for index in range(len(files))]
            if not all(files) or recipe.loader not in self.catalog.classes:
                continue
            given: dict[str, Value | Link] = {
                name: self.random.choice(found).name for name, found in zip(names, files, strict=True)
            }
            if recipe.type is not None:
                given["type"] = recipe.type
            clip = Link(add(recipe.loader, **given), 0)
            return model, clip, Link(add("VAELoader", vae_name=self.random.choice(vaes).name), 0)
        return None

    def _loras(self, model: Link, clip: Link) -> tuple[Link, Link]:
        loras = self._files("loras")
        wanted = [
            file
            for file in loras
            if any(word in self.words for word in file.name.lower().replace("-", "_").split("_") if len(word) > 3)
        ]
        chosen = wanted[:1] or (self.random.sample(loras, 1) if loras and self.random.random() < 0.2 else [])
        for file in chosen:
            strength = self.random.choice((0.6, 0.7, 0.8, 1.0))
            node = self.canvas.add(
                "LoraLoader",
                model=model,
                clip=clip,
                lora_name=file.name,
                strength_model=strength,
                strength_clip=strength,
            )
            model, clip = Link(node, 0), Link(node, 1)
        return model, clip

    def _shift(self, model: Link) -> Link:
        if self.style.shift is None or self.style.shift[0] not in self.catalog.classes:
            return model
        if self.main.role == "checkpoint" and self.random.random() < 0.5:
            return model
        name, shifts = self.style.shift
        return Link(self.canvas.add(name, model=model, shift=self.random.choice(shifts)), 0)

    def _positive(self) -> Text:
        if self.miniature or self.random.random() < 0.6 or self._mentions(_QUICK):
            return Text(True)
        pool: tuple[str, ...]
        if self._mentions(_PHOTO):
            pool = (
                "professional photography",
                "natural lighting",
                "sharp focus",
                "35mm photograph",
                "shallow depth of field",
            )
        elif self._mentions(_DRAWN):
            pool = ("vibrant colors", "line art", "detailed background", "anime style", "clean background")
        else:
            pool = (
                "highly detailed",
                "sharp focus",
                "cinematic lighting",
                "masterpiece",
                "best quality",
                "soft lighting",
            )
        return Text(True, tuple(self.random.sample(pool, self.random.randint(1, 3))))

    def _negative(self, clip: Link, positive: Link) -> Link:
        if not self.style.negative:
            if "ConditioningZeroOut" in self.catalog.classes:
                return Link(self.canvas.add("ConditioningZeroOut", conditioning=positive), 0)
            return Link(self.canvas.add("CLIPTextEncode", clip=clip, text=Text(False)), 0)
        phrases = ["blurry", "low quality", "watermark", "text", "deformed", "jpeg artifacts"]
        if self._mentions(_PHOTO):
            phrases += ["cartoon", "painting", "illustration"]
        elif self._mentions(_DRAWN):
            phrases += ["photo", "bad anatomy", "3d render"]
        count = 0 if self.miniature or self._mentions(_QUICK) else self.random.choice((0, 2, 3, 4))
        text = Text(False, tuple(self.random.sample(phrases, count)))
        return Link(self.canvas.add("CLIPTextEncode", clip=clip, text=text), 0)

    def _size(self) -> tuple[int, int]:
        if self.miniature:
            side = 128 if self._mentions(("big", "large", "two", "several")) and self.random.random() < 0.3 else 64
            return side, side
        ratio = self.random.choice((1.0, 1.0, 1.33, 0.75))
        if self._mentions(_WIDE):
            ratio = self.random.choice((1.5, 1.75, 1.75, 2.0))
        elif self._mentions(_TALL):
            ratio = self.random.choice((0.56, 0.67, 0.67, 0.75))
        step = 64
        width = (self.style.area * 1024 * 1024 * ratio) ** 0.5
        return round(width / step) * step, round(width / ratio / step) * step

    def _sampling(self) -> dict[str, Value | Link]:
        sampler, scheduler = self.random.choice(self.style.samplers)
        steps, cfg = self.random.choice(self.style.steps), self.random.choice(self.style.cfg)
        for word, few in _FAST:
            if word in self.main.name.lower() and self.family in ("sd15", "sdxl", "sd3", "flux", "qwen_image"):
                steps, cfg = few, 1.0 if self.family == "flux" else 1.5
        if self._mentions(_QUICK):
            steps = max(4, steps // 2)
        elif self._mentions(_FINE) and not self.miniature:
            steps = max(steps, self.style.steps[-1])
        return {"steps": steps, "cfg": float(cfg), "sampler_name": sampler, "scheduler": scheduler}

    def _second_pass(
        self, samples: Link, model: Link, positive: Link, negative: Link, sample: dict[str, Value | Link]
    ) -> Link:
        larger = Link(
            self.canvas.add(
                "LatentUpscaleBy",
                samples=samples,
                scale_by=self.random.choice((1.25, 1.5, 2.0)),
                upscale_method=self.random.choice(("nearest-exact", "bislerp")),
            ),
            0,
        )
        denoise = self.random.choice((0.4, 0.45, 0.5, 0.55))
        return Link(
            self.canvas.add(
                "KSampler",
                model=model,
                positive=positive,
                negative=negative,
                latent_image=larger,
                **{**sample, "denoise": denoise},
            ),
            0,
        )

    def _upscaled(self, image: Link) -> Link:
        upscalers = [file for file in self.catalog.models if file.role == "upscaler"]
        if self.miniature or not upscalers or self.random.random() > (0.5 if self._mentions(_FINE) else 0.08):
            return image
        loader = Link(self.canvas.add("UpscaleModelLoader", model_name=self.random.choice(upscalers).name), 0)
        return Link(self.canvas.add("ImageUpscaleWithModel", upscale_model=loader, image=image), 0)
