"""Trains what turns pictures into other pictures: the autoencoder, its decoder once more, and the upscalers."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .autoencoder import Autoencoder, normality_loss, reconstruction_loss
from .config import AutoencoderConfig
from .drawing import draw_batch
from .scenes import SceneConfig, sample_scene
from .slim import read_autoencoder, write_autoencoder, write_upscaler
from .stages import Progress, StageConfig, run_stage
from .upscaler import Upscaler
from .zoo import AUTOENCODER_MINUTES, DECODER_MINUTES, DECODER_SCENES, VAE_SCENES, UpscalerMember

# Added to latents before decoding, so that the decoder forgives the diffusion model small errors.
LATENT_NOISE = 0.1
BATCH = 16


def _images(rng: np.random.Generator, scenes: SceneConfig, count: int, side: int) -> Tensor:
    drawn = draw_batch([sample_scene(rng, scenes) for _ in range(count)], side)
    return torch.from_numpy(drawn).to(memory_format=torch.channels_last)


def train_autoencoder(out: Path, *, decoder_only: bool, start: Path | None, max_steps: int, share: float) -> None:
    """First all of it, on 64 px, from nothing or from the autoencoder in `start`; then, with the latents as they are,
    the decoder alone, on 64 and 128 px: the diffusion models learn on the same latents meanwhile."""
    torch.manual_seed(0)
    if decoder_only:
        model = read_autoencoder(out / "weights" / "autoencoder_first.safetensors")
        model.encoder.requires_grad_(False)
    else:
        model = read_autoencoder(start / "autoencoder.safetensors") if start else Autoencoder(AutoencoderConfig())
    # On a CPU a third faster than the default; on a GPU no slower.
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def loss_at(progress: Progress, rng: np.random.Generator) -> Tensor:
        if not decoder_only:
            images = _images(rng, VAE_SCENES, BATCH, 64)
        else:
            side = 64 if progress.step % 2 == 0 else 128
            images = _images(rng, DECODER_SCENES, BATCH * 64**2 // side**2, side)
        with torch.autocast("cpu", torch.bfloat16):
            latents = model.encode(images)
            output = model.decode(latents + LATENT_NOISE * torch.randn_like(latents))
        loss = reconstruction_loss(output.float(), images)
        return loss if decoder_only else loss + 0.05 * normality_loss(latents.float())

    name = "autoencoder" if decoder_only else "autoencoder_first"
    minutes, rate = (DECODER_MINUTES, 1e-3) if decoder_only else (AUTOENCODER_MINUTES, 1.5e-3)
    run_stage(name, out / f"{name}.pt", model, StageConfig(share * minutes, BATCH, rate, max_steps=max_steps), loss_at)
    write_autoencoder(out / "weights" / f"{name}.safetensors", model)


def train_upscaler(out: Path, member: UpscalerMember, *, max_steps: int, share: float) -> None:
    """On scenes drawn at 128 px and the same at 64 px, half of them as the autoencoder decodes them: what is
    upscaled in a workflow has come out of it."""
    vae = copy.deepcopy(read_autoencoder(out / "weights" / "autoencoder.safetensors")).requires_grad_(False)
    torch.manual_seed(member.seed)
    model = Upscaler()

    def loss_at(progress: Progress, rng: np.random.Generator) -> Tensor:
        scenes = [sample_scene(rng, member.scenes) for _ in range(12)]
        small, large = (torch.from_numpy(draw_batch(scenes, side)) for side in (64, 128))
        with torch.no_grad():
            decoded = vae.decode(vae.encode(small) + LATENT_NOISE * torch.randn(12, 16, 8, 8)).clamp(0, 1)
        mixed = torch.where((torch.rand(12) < 0.6)[:, None, None, None], decoded, small)
        with torch.autocast("cpu", torch.bfloat16):
            output = model(mixed)
        loss = F.l1_loss(output.float(), large)
        for axis in (-1, -2):
            loss = loss + 0.5 * F.l1_loss(output.float().diff(dim=axis), large.diff(dim=axis))
        return loss

    config = StageConfig(share * member.minutes, 12, 2e-3, member.seed, max_steps)
    run_stage(member.name, out / f"{member.name}.pt", model, config, loss_at)
    write_upscaler(out / "weights" / f"{member.name}.safetensors", model)
