"""Draws prompts with the zoo without ComfyUI: the same pictures up to the noise, for training and trials.

    python -m nodewright.miniature.render "a red circle on a blue background" --out circle.png

Its prompts may use the words of the captions only (vocabulary.json); ComfyUI's tokenizer takes any.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from . import text
from .autoencoder import Autoencoder
from .diffusion import sample
from .lora import merge_lora
from .shapes import Array
from .slim import WEIGHTS, read_autoencoder, read_tensors, read_transformer
from .transformer import Transformer
from .zoo import BASE


@dataclass(frozen=True)
class Settings:
    """Those of a KSampler with euler and simple. shift is SD3's own (comfy/supported_models.py)."""

    height: int = 64
    width: int = 64
    steps: int = 16
    cfg: float = 3.5
    seed: int = 0
    shift: float = 3.0

    @property
    def doubled(self) -> Settings:
        """At twice the size."""
        return replace(self, height=2 * self.height, width=2 * self.width)


def load(name: str = BASE, lora: str | None = None, strength: float = 1.0, weights: Path = WEIGHTS) -> Transformer:
    """Return a checkpoint's diffusion model, with the LoRA of that member name merged into it."""
    transformer = read_transformer(weights / f"{name}.safetensors")
    if lora is not None:
        merge_lora(transformer, read_tensors(weights / f"{lora}.safetensors")[0], strength)
    return transformer


def render(transformer: Transformer, autoencoder: Autoencoder, prompts: Sequence[str], settings: Settings) -> Array:
    """RGB in 0..1, float32 [count, height, width, 3]. Raises ValueError for a word that captions do not use."""
    return picture(autoencoder, sampled(transformer, prompts, settings)).movedim(1, -1).numpy()


def sampled(
    transformer: Transformer, prompts: Sequence[str], settings: Settings, latents: Tensor | None = None,
    denoise: float = 1.0, seeds: Sequence[int] = (),
) -> Tensor:  # fmt: skip
    """Latents [count, 16, height / 8, width / 8], from noise or from other latents. Raises ValueError as `render`.

    seeds: one for the noise of each picture; empty for the settings' seed for all together.
    """
    ids = [text.encode(prompt) for prompt in prompts]
    length = min(text.LENGTH, max(map(len, ids)) + 2)
    context, pooled = text.condition(text.synthetic_clip(), torch.tensor([text.pad(one, length) for one in ids]))
    size = (settings.height // 8, settings.width // 8)
    drawn = [(1, seed) for seed in seeds] or [(len(ids), settings.seed)]
    noise = torch.cat([_noise(count, *size, seed) for count, seed in drawn])
    return sample(transformer, noise, context, pooled, settings.steps, settings.cfg, settings.shift, latents, denoise)


def _noise(count: int, height: int, width: int, seed: int) -> Tensor:
    return torch.randn(count, 16, height, width, generator=torch.Generator().manual_seed(seed))


@torch.inference_mode()
def picture(autoencoder: Autoencoder, latents: Tensor) -> Tensor:
    """RGB in 0..1, [count, 3, height, width]."""
    return autoencoder.decode(latents).clamp(0, 1)


def main() -> None:
    """Draw a prompt and save the picture."""
    parser = argparse.ArgumentParser(description="Draw a prompt with the miniature.")
    parser.add_argument("prompt")
    parser.add_argument("--out", type=Path, required=True, help="the PNG to write")
    parser.add_argument("--checkpoint", default=BASE)
    parser.add_argument("--lora")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the folder of slim files")
    parser.add_argument("--height", type=int, default=Settings.height)
    parser.add_argument("--width", type=int, default=Settings.width)
    parser.add_argument("--steps", type=int, default=Settings.steps)
    parser.add_argument("--cfg", type=float, default=Settings.cfg)
    parser.add_argument("--seed", type=int, default=Settings.seed)
    arguments = parser.parse_args()
    from PIL import Image

    settings = Settings(arguments.height, arguments.width, arguments.steps, arguments.cfg, arguments.seed)
    transformer = load(arguments.checkpoint, arguments.lora, weights=arguments.weights)
    vae = read_autoencoder(arguments.weights / "autoencoder.safetensors")
    image = render(transformer, vae, [arguments.prompt], settings)[0]
    Image.fromarray(np.round(image * 255).astype(np.uint8)).save(arguments.out)


if __name__ == "__main__":
    main()
