"""The record of a family: everything that depends on a model's architecture.

A family is a set of parts that fit: a diffusion model, the text encoders it was trained with, and the VAE whose latents
it denoises. Models that only differ in size are one family where the same encoders and the same VAE serve both, and two
where they do not. Each family has a file of its own in this folder; `lookup` answers questions over all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .headers import Header, LoraLayers

Medium = Literal["picture", "video", "audio", "mesh", "detection"]
"""What a family's models make; "detection" for models that look at pictures and make none."""

Interval = tuple[float, float]
"""Lower and upper end, both included."""

HeaderRule = Callable[[Header], bool]
LoraRule = Callable[[LoraLayers], bool]
TaskRule = Callable[[Header], "str | None"]


@dataclass(frozen=True, slots=True)
class EncoderLoading:
    """One way to load a family's CLIP from text encoder files."""

    loader: str
    """The node class that loads them."""
    type: str | None
    """The loader's `type`; None where it has none."""
    encoders: tuple[str, ...]
    """The encoder of each clip_name input, in order (`TextEncoder.name`)."""


def one_encoder(kind: str, *encoders: str) -> tuple[EncoderLoading, ...]:
    """Return the ways to load any one of these encoders by CLIPLoader."""
    return tuple(EncoderLoading("CLIPLoader", kind, (encoder,)) for encoder in encoders)


def two_encoders(kind: str, first: str, second: str) -> tuple[EncoderLoading, ...]:
    """Return the ways to load two encoders by DualCLIPLoader.

    ComfyUI tells the two apart by their keys, and templates write both orders.
    """
    return (
        EncoderLoading("DualCLIPLoader", kind, (first, second)),
        EncoderLoading("DualCLIPLoader", kind, (second, first)),
    )


@dataclass(frozen=True, slots=True)
class TextEncoder:
    """A text encoder: how it is recognised, and the files in which people have it."""

    name: str
    """Short name, as in `EncoderLoading.encoders`."""
    file_words: str
    """Regular expression found in a normalised file name (`names.normalised`)."""
    layout: HeaderRule | None = None
    """Whether a header may be of this encoder; None where that is not known."""
    files: tuple[str, ...] = ()
    """Names of files, the commonest first; one that stands here twice is drawn twice as often."""


@dataclass(frozen=True, slots=True)
class LatentSpace:
    """A latent space: whose VAE serves all families that share it."""

    name: str
    """Short name, mostly that of the family it came with."""
    file_words: str = ""
    """Regular expression found in the normalised name of a VAE file; empty where the family's own words do."""
    layout: HeaderRule | None = None
    """Whether a VAE's header may be of this space; None where that is not known."""
    files: tuple[str, ...] = ()
    """Names of VAE files, the commonest first."""


@dataclass(frozen=True, slots=True)
class DistilledRange:
    """Recommended sampling of a distilled variant. What is None is as for the family."""

    steps: tuple[int, int]
    """Fewest and most steps."""
    cfg: Interval
    """Classifier-free guidance."""
    source: str
    """Where the figures come from."""
    samplers: tuple[str, ...] | None = None
    """Names of samplers, the usual ones first."""
    schedulers: tuple[str, ...] | None = None
    """Names of schedulers, or of node classes that make the sigmas."""
    megapixels: Interval | None = None
    """Area of the first latent's picture, in units of 1,000,000 pixels."""
    shift: Interval | None = None
    """Shift of the noise schedule."""


@dataclass(frozen=True, slots=True)
class FineTuneRange:
    """Recommended sampling of a line of fine-tunes, within that of the family. What is None is as for the family."""

    steps: tuple[int, int]
    """Fewest and most steps."""
    cfg: Interval
    """Classifier-free guidance."""
    source: str
    """Where the figures come from; "range ours" where a source gives one number and the range is our choice."""
    samplers: tuple[str, ...] | None = None
    """Names of samplers, the usual ones first."""
    schedulers: tuple[str, ...] | None = None
    """Names of schedulers."""


@dataclass(frozen=True, slots=True)
class SamplingRange:
    """Recommended sampling of a family."""

    steps: tuple[int, int]
    """Fewest and most steps."""
    cfg: Interval
    """Classifier-free guidance."""
    samplers: tuple[str, ...]
    """Names of samplers, the usual ones first."""
    schedulers: tuple[str, ...]
    """Names of schedulers, or of node classes that make the sigmas."""
    source: str
    """Where the figures come from; "ranges ours" where a source gives one number and the range is our choice."""
    megapixels: Interval | None = None
    """Area of the first latent's picture, in units of 1,000,000 pixels; None where no picture is made."""
    latent: str = "EmptySD3LatentImage"
    """The node class that makes the first latent."""
    guidance: Interval | None = None
    """Value of FluxGuidance; None where it has no effect."""
    shift: Interval | None = None
    """Shift of the noise schedule; None where it is not set."""
    shift_class: str | None = None
    """The node class that sets the shift."""
    negative: bool = True
    """Whether a negative prompt has an effect."""
    distilled: bool = False
    """Whether this is the range of a distilled variant."""

    def quick_steps(self) -> int:
        """Return the most steps that still count as quick: the lowest third of the range."""
        return self.steps[0] + (self.steps[1] - self.steps[0]) // 3

    def detailed_steps(self) -> int:
        """Return the fewest steps that count as detailed: the highest quarter of the range."""
        return self.steps[1] - (self.steps[1] - self.steps[0]) // 4


@dataclass(frozen=True, slots=True)
class QualityTags:
    """The tags by which models that learned from tagged pictures are asked for good ones."""

    tags: tuple[str, ...]
    """The tags, in their order."""
    source: str
    """Where they come from."""
    after: bool = False
    """Whether they stand after the prompt instead of before it."""
    clip_skip: int | None = None
    """The layer from CLIP's end that is read, as other programs count; None where no source states it."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A line of fine-tunes or a distillation of a family, recognised by a word in the name of its file or LoRA."""

    name: str
    """What it is called."""
    file_words: str
    """Regular expression found in a normalised file name (`names.normalised`)."""
    sampling: DistilledRange | FineTuneRange | None = None
    """Sampling of its own; None where it is sampled as the family is."""
    good_at: frozenset[str] = frozenset()
    """Style cues that all of its models are good at, such as "anime"."""
    name_tags: tuple[str, ...] = ()
    """How people write it in the name of a file."""
    main_models_only: bool = False
    """Whether the words tell nothing of a LoRA, since they go by what is not in the name."""
    quality: QualityTags | None = None
    """The quality tags of its models."""


@dataclass(frozen=True, slots=True)
class FamilyFiles:
    """Files that people really have: the official ones and the widely shared ones.

    One file a line, then the style cues that it is good at. A file with "*" in front is so common that it is in every
    part of the data.
    """

    checkpoints: str = ""
    """Files of the folder checkpoints."""
    diffusion_models: str = ""
    """Files of the folder diffusion_models."""
    loras: str = ""
    """Files of the folder loras."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """How people wire a family, after its official templates. Shares are of workflows."""

    pipelines: tuple[tuple[str, float], ...] = (("ksampler", 0.94), ("cfg", 0.06))
    """Nodes that sample, with weights: "ksampler", "cfg" (CFGGuider), "basic" (BasicGuider), "dual" (DualCFGGuider),
    "custom" (SamplerCustom)."""
    zero_out: bool = False
    """Whether ConditioningZeroOut stands for a negative prompt that has no effect; an empty text otherwise."""
    shifts: tuple[float, ...] = ()
    """Shifts to draw from; empty: the ends of the recommended range."""
    guidance_share: float = 0.0
    """Share with FluxGuidance."""
    unguided_words: str = ""
    """Regular expression found in the names of distilled main models on which FluxGuidance has no effect."""
    guides_negative: bool = False
    """Whether FluxGuidance is put on the negative prompt as well."""
    resolution_shift: float = 0.0
    """Share with ModelSamplingFlux, whose shift follows the size."""
    distilled_resolution_shift: float = 0.0
    """Share with ModelSamplingFlux among distilled variants."""
    cfg_norm: float = 0.0
    """Share with CFGNorm."""
    patches: tuple[tuple[str, float], ...] = ()
    """Patches of the model that people add, with shares; at most one is used."""
    named_patches: tuple[tuple[str, str, float], ...] = ()
    """Patches for some files alone: words in the name of the main model, node class, share."""
    clip_skip: bool = False
    """Whether anime models are used without the last layer of CLIP."""
    other_vae: bool = False
    """Whether checkpoints are used with a VAE file in place of their own at times."""
    text_class: str = "CLIPTextEncode"
    """The family's own node class that encodes texts."""
    text_class_share: float = 0.0
    """Share in which that class stands in place of CLIPTextEncode."""


@dataclass(frozen=True, slots=True)
class Popularity:
    """How common a family is and how people name its files; estimates of ours, for simulated installations."""

    weight: int = 1
    """How often people have the family, after the usage counts of the official templates and what is shared."""
    checkpoints: float = 0.0
    """Share of its main models that are whole checkpoints; the others are diffusion models."""
    name_tags: tuple[str, ...] = ()
    """How people write the family in the name of a file; what ends with "_" or "-" stands in front."""
    distilled: bool = False
    """Whether people share fine-tunes that are distilled."""


@dataclass(frozen=True, slots=True)
class Family:
    """One family of models."""

    name: str
    """Short name: what a catalog, a constraint and an alias call it."""
    file_words: str
    """Regular expression found in a normalised file name; of several families the first that is listed counts."""
    title: str = ""
    """How people write its name; empty where that is the short name with capitals."""
    medium: Medium = "picture"
    """What its models make."""
    native_side: int | None = None
    """Side in pixels of the square picture that its models were trained on; None where no source states it."""
    standalone: bool = True
    """Whether a model makes something from a prompt without a model of another stage."""
    reads_text: bool = True
    """Whether it has a text encoder; what looks like one in the checkpoints of others is a CLIP vision model."""
    diffusion: HeaderRule | None = None
    """Whether a diffusion model's header may be of this family; None where no rule is known."""
    task: TaskRule | None = None
    """What a model of the family is made for beside text to image, by its header (`tasks.py`); None where no header
    shows that."""
    lora: LoraRule | None = None
    """Whether a LoRA may be for this family; None where no rule is known."""
    controlnet: HeaderRule | None = None
    """Whether a ControlNet's header may be for this family; None where no rule is known."""
    comfyui_classes: tuple[str, ...] = ()
    """Classes of ComfyUI's comfy/supported_models.py that stand for it."""
    encoder_loading: tuple[EncoderLoading, ...] = ()
    """The ways to load its CLIP, the usual one first; empty where it only comes as whole checkpoints."""
    text_encoders: tuple[TextEncoder, ...] = ()
    """Text encoders that serve no other family."""
    latent_space: LatentSpace | None = None
    """The space of its latents."""
    node_classes: tuple[str, ...] = ()
    """Node classes of ComfyUI's core that are meant for it, and perhaps for others."""
    node_class_words: str = ""
    """Regular expression found in the names of packs' node classes that are meant for it."""
    sampling: SamplingRange | None = None
    """Recommended sampling."""
    variants: tuple[Variant, ...] = ()
    """Distillations and lines of fine-tunes; of several distillations the first that a name matches counts."""
    dialect: Literal["sentences", "tags"] = "sentences"
    """What its prompts are made of."""
    anime_quality: QualityTags | None = None
    """The quality tags of those of its models that are good at anime, where no variant has tags of its own."""
    good_at: frozenset[str] = frozenset()
    """Style cues that all of its models are good at, by their own cards and the template index."""
    wiring: Wiring = Wiring()
    """How people wire it."""
    popularity: Popularity = Popularity()
    """How common it is."""
    files: FamilyFiles = FamilyFiles()
    """Well-known files."""

    @property
    def shown_name(self) -> str:
        """The name that a person reads: "SD 1.5", "Qwen-Image", "Chroma"."""
        return self.title or self.name.replace("_", " ").title()
