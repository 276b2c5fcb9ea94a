"""Trains what turns pictures into other pictures: the autoencoder, its decoder once more, and the upscalers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..training.common.train_state import TrainState
from .autoencoder import Autoencoder, normality_loss, reconstruction_loss
from .config import AutoencoderConfig
from .drawing import draw_batch
from .scenes import Scene, SceneConfig, sample_scene
from .slim import read_autoencoder, write_autoencoder, write_upscaler
from .stages import StageConfig, autocast, device, part_of, run_stage
from .upscaler import Upscaler
from .zoo import AUTOENCODER_MINUTES, DECODER_MINUTES, DECODER_SCENES, VAE_SCENES, UpscalerMember

# The most that is added to latents before decoding, so that the decoder forgives the diffusion model its errors, and
# the encoder keeps pictures that look alike close together.
LATENT_NOISE = 0.6
BATCH = 16


def _images(rng: np.random.Generator, side: int, factor: float, scenes: SceneConfig) -> tuple[Tensor, Tensor]:
    """Return pictures to encode, and the same scenes at another size, whose latents scaled by `factor` must match.

    So latents mean the same at every size (EQ-VAE, arXiv 2502.09509), which enlarging latents relies on. Both are
    (batch, 3, side, side).
    """
    count = max(1, round(part_of(BATCH) * 64**2 / (side * max(1.0, factor)) ** 2))
    drawn = [sample_scene(rng, scenes) for _ in range(count)]
    sides = (side, round(side * factor))
    first, second = (_drawn(drawn, one) for one in sides)
    return first, second


def _drawn(scenes: Sequence[Scene], side: int) -> Tensor:
    return torch.from_numpy(draw_batch(scenes, side)).to(device()).to(memory_format=torch.channels_last)


def _noisy(latents: Tensor) -> Tensor:
    """Add noise to each picture's latents, of a strength between 0 and LATENT_NOISE."""
    level = LATENT_NOISE * torch.rand(len(latents), 1, 1, 1, device=latents.device)
    return latents + level * torch.randn_like(latents)


def train_autoencoder(out: Path, *, decoder_only: bool, start: Path | None, max_steps: int, share: float) -> None:
    """Train the autoencoder: all of it on 64 px, then the decoder alone on 64 and 128 px.

    The first part begins from nothing or from the autoencoder in `start`. The latents stay as they are in the second
    part, so that the diffusion models can learn on them meanwhile.
    """
    torch.manual_seed(0)
    if decoder_only:
        model = read_autoencoder(out / "weights" / "autoencoder_first.safetensors")
        model.encoder.requires_grad_(False)
    else:
        model = read_autoencoder(start / "autoencoder.safetensors") if start else Autoencoder(AutoencoderConfig())
    # On a CPU a third faster than the default; on a GPU no slower.
    model = model.to(device()).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def loss_at(state: TrainState, rng: np.random.Generator) -> Tensor:
        if decoder_only:
            scenes, factor, side = DECODER_SCENES, 1.0, 64 if state.step % 2 == 0 else 128
        else:
            scenes, factor, side = VAE_SCENES, float(rng.choice([1.0, 0.5, 2.0], p=(0.7, 0.2, 0.1))), 64
        images, wanted = _images(rng, side, factor, scenes)
        with autocast():
            latents = model.encode(images)
            scaled = latents if factor == 1 else F.interpolate(latents, scale_factor=factor, mode="bilinear")
            output = model.decode(_noisy(scaled))
        loss = reconstruction_loss(output.float(), wanted)
        return loss if decoder_only else loss + 0.05 * normality_loss(latents.float())

    name = "autoencoder" if decoder_only else "autoencoder_first"
    minutes, rate = (DECODER_MINUTES, 1e-3) if decoder_only else (AUTOENCODER_MINUTES, 1.5e-3)
    run_stage(
        name, out / f"{name}.state", model, StageConfig(share * minutes, BATCH, rate, max_steps=max_steps), loss_at
    )
    write_autoencoder(out / "weights" / f"{name}.safetensors", model)


def train_upscaler(out: Path, member: UpscalerMember, *, max_steps: int, share: float) -> None:
    """Train an upscaler on scenes drawn at 128 px and the same at 64 px, half of them decoded by the autoencoder.

    A workflow upscales what the autoencoder decoded.
    """
    vae = read_autoencoder(out / "weights" / "autoencoder.safetensors").requires_grad_(False).to(device())
    torch.manual_seed(member.seed)
    model = Upscaler().to(device())

    def loss_at(state: TrainState, rng: np.random.Generator) -> Tensor:
        scenes = [sample_scene(rng, member.scenes) for _ in range(12)]
        small, large = (_drawn(scenes, side) for side in (64, 128))
        with torch.no_grad():
            decoded = vae.decode(_noisy(vae.encode(small))).clamp(0, 1)
        mixed = torch.where((torch.rand(12, device=small.device) < 0.6)[:, None, None, None], decoded, small)
        with autocast():
            output = model(mixed)
        loss = F.l1_loss(output.float(), large)
        for axis in (-1, -2):
            loss = loss + 0.5 * F.l1_loss(output.float().diff(dim=axis), large.diff(dim=axis))
        return loss

    config = StageConfig(share * member.minutes, 12, 2e-3, member.seed, max_steps)
    run_stage(member.name, out / f"{member.name}.state", model, config, loss_at)
    write_upscaler(out / "weights" / f"{member.name}.safetensors", model)
