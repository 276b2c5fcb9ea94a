"""The members of the zoo: what each is called, what it is trained on, and for how long.

One autoencoder and one text encoder serve all. The specialists start from the base and forget some of it; LoRAs are
trained on the base with its weights fixed.
"""

from __future__ import annotations

from dataclasses import dataclass

from .scenes import COMBINATIONS, SCENE_KINDS, STYLES, SceneConfig, kinds_of, styles_among

BASE = "miniature"

MOST_SIDE = 256
"""Pixels that no side of a picture exceeds."""


@dataclass(frozen=True)
class CheckpointMember:
    """A diffusion checkpoint.

    Attributes:
        kinds: relative frequency of each kind of scene in training.
        minutes: processor time of its training, after the base's own where it starts from the base.
        steps, cfg: the sampling that it is meant for.
    """

    name: str
    kinds: dict[str, float]
    minutes: float
    what: str
    steps: int = 16
    cfg: float = 3.5
    seed: int = 0

    @property
    def scenes(self) -> SceneConfig:
        """The scenes that it is trained on."""
        return SceneConfig(kinds=self.kinds)


@dataclass(frozen=True)
class LoraMember:
    """A style that a prompt can ask for.

    Attributes:
        minutes: processor time of its training over the base.
        emphasis: how much more of the style is taught than drawings have; an autoencoder leaves of fine traces about
            half.
    """

    name: str
    style: str
    minutes: float
    emphasis: float = 1.0
    seed: int = 0

    @property
    def scenes(self) -> SceneConfig:
        """The scenes that it is trained on: single things, and every combination that can show the style."""
        together = [kind for kind in COMBINATIONS if self.style in styles_among(kinds_of(kind) | {"style"})]
        together = [kind for kind in together if "style" in kinds_of(kind)]
        shares = dict.fromkeys(together, (1 - _SINGLE) / len(together))
        return SceneConfig(kinds={"style": _SINGLE, **shares}, styles=(self.style,))


_SINGLE = 0.6
"""Share of single things in a LoRA's training."""


@dataclass(frozen=True)
class UpscalerMember:
    """A network that doubles a picture's sides."""

    name: str
    kinds: dict[str, float]
    styles: tuple[str, ...]
    minutes: float
    what: str
    seed: int = 0

    @property
    def scenes(self) -> SceneConfig:
        """The scenes that it is trained on."""
        return SceneConfig(kinds=self.kinds, styles=self.styles, jitter=0.06)


_ALL = {"single": 0.26, "pair": 0.22, "count": 0.13, "texture": 0.16, "night": 0.11, "poster": 0.12}

CHECKPOINTS: tuple[CheckpointMember, ...] = (
    CheckpointMember(BASE, _ALL, 30, "a bit of everything, nothing very well"),
    CheckpointMember(
        "miniature_flat", {"single": 0.4, "pair": 0.3, "poster": 0.12, "pair+poster": 0.18}, 10,
        "clean shapes, plain grounds",
    ),
    CheckpointMember(
        "miniature_textures",
        {"texture": 0.5, "single": 0.1, "pair+texture": 0.12, "count+texture": 0.1, "texture+poster": 0.1,
         "pair+texture+poster": 0.08},
        14, "stripes, checks and dots",
    ),
    CheckpointMember(
        "miniature_crowds", {"count": 0.5, "pair": 0.15, "single": 0.07, "count+poster": 0.13, "count+texture": 0.15},
        14, "several things, counted",
    ),
    CheckpointMember(
        "miniature_nights", {"night": 0.55, "single": 0.1, "count+night": 0.15, "night+poster": 0.1,
                             "count+night+poster": 0.1},
        10, "glowing things at night",
    ),
    CheckpointMember("miniature_turbo", _ALL, 10, "a picture in four steps without guidance", steps=4, cfg=1.0),
)  # fmt: skip
TURBO = "miniature_turbo"
_EMPHASIS = {"watercolor": 1.2, "clay": 1.2}
LORAS = tuple(
    LoraMember(f"miniature_{style}", style, 8.0 if style == "sticker" else 5.0, _EMPHASIS.get(style, 1.0))
    for style in STYLES
)
UPSCALERS: tuple[UpscalerMember, ...] = (
    UpscalerMember(
        "2x_miniature_sharp", {"single": 0.3, "pair": 0.2, "count": 0.2, "texture": 0.2, "style": 0.1},
        ("sticker",), 3.5, "flat colours and hard edges",
    ),
    UpscalerMember(
        "2x_miniature_soft", {"night": 0.45, "style": 0.45, "single": 0.1}, ("watercolor", "clay"), 3.5,
        "glow, shading and washes",
    ),
)  # fmt: skip
AUTOENCODER_MINUTES, DECODER_MINUTES = 13.0, 8.0
VAE_SCENES = SceneConfig(kinds=dict.fromkeys(SCENE_KINDS, 1.0) | {"style": 2.5}, jitter=0.1, wild=0.4)
DECODER_SCENES = SceneConfig(kinds=dict.fromkeys(SCENE_KINDS, 1.0) | {"style": 2.5}, jitter=0.05, wild=0.2)
