"""Draws prompts with the miniature without ComfyUI: the same pictures up to the noise, for training and trials.

    python -m nodewright.training.miniature.render "a red circle on a blue background" --out circle.png

Its prompts may use the words of the captions only (vocabulary.json); ComfyUI's tokenizer takes any.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from . import text
from .export import Miniature, load_models, read_slim
from .scenes import Array


@dataclass(frozen=True)
class Settings:
    """Those of a KSampler with euler and simple. shift is SD3's own (comfy/supported_models.py)."""

    side: int = 64
    steps: int = 16
    cfg: float = 3.0
    seed: int = 0
    shift: float = 3.0


def sigmas(steps: int, shift: float) -> Tensor:
    """[steps + 1] noise levels from 1 to 0, shifted towards noise: ComfyUI's scheduler "simple"."""
    t = torch.linspace(1, 0, steps + 1)
    return shift * t / (1 + (shift - 1) * t)


def render(miniature: Miniature, prompts: list[list[int]], settings: Settings) -> Array:
    """Pictures of prompts (token ids, see text.encode), RGB in 0..1, float32 [count, side, side, 3]."""
    transformer, autoencoder = load_models(miniature)
    tokens = torch.tensor([text.pad(ids, text.LENGTH) for ids in prompts + [[]] * len(prompts)])
    context, pooled = text.condition(miniature.clip, tokens)
    channels, size = miniature.config.transformer.latent_channels, settings.side // 8
    generator = torch.Generator().manual_seed(settings.seed)
    x = torch.randn(len(prompts), channels, size, size, generator=generator)
    levels = sigmas(settings.steps, settings.shift)
    with torch.inference_mode():
        for level, following in zip(levels[:-1], levels[1:], strict=True):
            both = transformer(torch.cat([x, x]), level.expand(2 * len(x)), context, pooled)
            positive, negative = both.chunk(2)
            x = x + (following - level) * (negative + settings.cfg * (positive - negative))
        return autoencoder.decode(x).clamp(0, 1).movedim(1, -1).numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw a prompt with the miniature.")
    parser.add_argument("prompt")
    parser.add_argument("--out", type=Path, required=True, help="the PNG to write")
    parser.add_argument("--side", type=int, default=Settings.side)
    parser.add_argument("--steps", type=int, default=Settings.steps)
    parser.add_argument("--cfg", type=float, default=Settings.cfg)
    parser.add_argument("--seed", type=int, default=Settings.seed)
    arguments = parser.parse_args()
    from PIL import Image

    settings = Settings(arguments.side, arguments.steps, arguments.cfg, arguments.seed)
    image = render(read_slim(), [text.encode(arguments.prompt)], settings)[0]
    Image.fromarray(np.round(image * 255).astype(np.uint8)).save(arguments.out)


if __name__ == "__main__":
    main()
