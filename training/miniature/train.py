"""Trains a miniature checkpoint from drawn scenes, on a CPU, in three stages.

    python -m nodewright.training.miniature.train --out runs/miniature

Stage 1, vae: drawn scenes of every colour, texture and size -> autoencoder.
Stage 2, diffusion: scenes encoded once, captions phrased anew at every step -> MMDiT, by rectified flow.
Stage 3, decoder: the decoder alone learns on, at 64 and 128 px; the latents that stage 2 learnt stay as they are.

Each stage writes DIR/<stage>.pt as it goes and goes on from there when started again with the same command. The
result is DIR/miniature.safetensors; export.py turns it into a checkpoint for ComfyUI.
"""

from __future__ import annotations

import argparse
import copy
import functools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .autoencoder import Autoencoder, normality_loss, reconstruction_loss
from .captions import caption, fillers
from .config import MiniatureConfig
from .export import write_slim
from .scenes import Scene, SceneConfig, draw_batch, sample_scene
from .text import condition, encode, pad, random_tokens, synthetic_clip
from .transformer import Transformer


@dataclass(frozen=True)
class StageConfig:
    """How long and how fast a stage learns.

    minutes: training time, over all its resumed parts, at which the learning rate has decayed to a twentieth.
    max_steps: stops earlier than that, for trials. ema: share of the averaged weights that a step leaves.
    """

    minutes: float
    batch: int
    learning_rate: float
    seed: int = 0
    max_steps: int = 10**9
    warmup: int = 100
    ema: float = 0.998
    save_every_s: float = 120.0


@dataclass
class Progress:
    """What a resumed stage goes on from."""

    step: int = 0
    seconds: float = 0.0


def share_done(config: StageConfig, progress: Progress) -> float:
    """0..1, by the stage's minutes or steps, whichever end first."""
    return min(1.0, max(progress.seconds / (60 * config.minutes), progress.step / config.max_steps))


def learning_rate_factor(config: StageConfig, progress: Progress) -> float:
    """Linear warm-up, then a cosine from 1 to 0.05 over the stage."""
    share = share_done(config, progress)
    return min(1.0, (progress.step + 1) / config.warmup) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * share)))


def _save(path: Path, payload: dict[str, object]) -> None:
    beside = path.with_name(path.name + ".part")
    torch.save(payload, beside)
    beside.replace(path)


LossAt = Callable[[Progress, np.random.Generator], Tensor]


def run_stage(name: str, path: Path, model: nn.Module, config: StageConfig, loss_at: LossAt) -> dict[str, Tensor]:
    """Trains model in place, saving to and resuming from path; returns the averaged (EMA) weights.

    loss_at(progress, rng) computes one step's loss; rng depends on the seed and the step alone, so that a resumed
    run sees the data that an uninterrupted one would.
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.learning_rate, betas=(0.9, 0.99), weight_decay=0.01)
    average = {key: value.detach().clone() for key, value in model.state_dict().items()}
    progress = Progress()
    if path.exists():
        saved = torch.load(path, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        average, progress = saved["average"], Progress(**saved["progress"])
        print(f"{name}: going on from step {progress.step} in {path}", flush=True)

    def save() -> None:
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "average": average}
        _save(path, {**state, "progress": vars(progress)})

    last_save = last = time.monotonic()
    recent: list[float] = []
    while share_done(config, progress) < 1:
        torch.manual_seed(hash_seed(config.seed, progress.step))
        loss = loss_at(progress, np.random.default_rng((config.seed, progress.step)))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * learning_rate_factor(config, progress)
        optimizer.step()
        # A short average at first: the early weights are not worth remembering.
        weight = 1 - min(config.ema, (1 + progress.step) / (10 + progress.step))
        for key, value in model.state_dict().items():
            average[key].lerp_(value, weight)
        recent.append(loss.item())
        now = time.monotonic()
        progress.step, progress.seconds, last = progress.step + 1, progress.seconds + now - last, now
        if progress.step % 100 == 0:
            print(f"{name} step {progress.step}  {progress.seconds:.0f} s  loss {np.mean(recent):.4f}", flush=True)
            recent.clear()
        if now - last_save > config.save_every_s:
            save()
            last_save = now
    save()
    return average


def hash_seed(seed: int, step: int) -> int:
    """One 63-bit seed from two numbers, the same on every machine."""
    return int(np.random.SeedSequence((seed, step)).generate_state(1, np.uint64)[0] >> 1)


VAE_SCENES = SceneConfig(pairs=0.5, jitter=0.1, wild=0.5)
DECODER_SCENES = SceneConfig(pairs=0.5, jitter=0.05, wild=0.25)
# Added to latents before decoding, so that the decoder forgives the diffusion model small errors.
LATENT_NOISE = 0.1


def train_vae(out: Path, miniature: MiniatureConfig, config: StageConfig) -> Autoencoder:
    """Stage 1: scenes of which half the areas have any colour and texture, 64 px."""
    torch.manual_seed(config.seed)
    model = Autoencoder(miniature.autoencoder)

    def loss_at(progress: Progress, rng: np.random.Generator) -> Tensor:
        scenes = [sample_scene(rng, VAE_SCENES) for _ in range(config.batch)]
        images = torch.from_numpy(draw_batch(scenes, 64))
        with torch.autocast("cpu", torch.bfloat16):
            latents = model.encode(images)
            output = model.decode(latents + LATENT_NOISE * torch.randn_like(latents))
        return reconstruction_loss(output.float(), images) + 0.05 * normality_loss(latents.float())

    average = run_stage("vae", out / "vae.pt", model, config, loss_at)
    model.load_state_dict(average)
    return model.eval()


@dataclass(frozen=True)
class DiffusionData:
    """What the diffusion stage sees.

    pool: scenes encoded before training, at 64 px and (half as many) at 128 px. coarse: share of the stage that sees
    64 px only, which is enough to learn the words; later, fine: share of 128 px batches.
    full_context: share of batches with all 77 tokens of context rather than SHORT_CONTEXT.
    """

    pool: int = 16_000
    coarse: float = 0.6
    fine: float = 0.4
    full_context: float = 0.2
    scenes: SceneConfig = field(default_factory=SceneConfig)


SHORT_CONTEXT, FULL_CONTEXT = 24, 77
Pool = tuple[list[Scene], Tensor]


def encode_pool(autoencoder: Autoencoder, scenes: SceneConfig, count: int, side: int, seed: int) -> Pool:
    """Draws and encodes count scenes; latents are bfloat16 [count, 16, side / 8, side / 8]."""
    rng = np.random.default_rng((seed, side))
    drawn = [sample_scene(rng, scenes) for _ in range(count)]
    latents = []
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, count, 64):
            images = torch.from_numpy(draw_batch(drawn[start : start + 64], side))
            latents.append(autoencoder.encode(images).bfloat16())
    return drawn, torch.cat(latents)


def training_tokens(scene: Scene, length: int, rng: np.random.Generator) -> list[int]:
    """Tokens of a fresh caption of the scene, at times with words around it that say nothing, or of nothing at all.

    The captions of nothing (empty, or only such words) are what classifier-free guidance guides away from, so an
    empty negative prompt and a negative prompt of quality words do the same.
    """
    ids = [] if rng.random() < 0.12 else encode(caption(scene, rng).text, rng)
    room = min(20, length - 2 - len(ids))
    kind = rng.random()
    if room < 1 or kind < 0.5:
        return pad(ids, length)
    extra = encode(", ".join(fillers(rng))) if kind < 0.75 else random_tokens(int(rng.integers(1, room + 1)), rng)
    extra = extra[:room]
    # Mostly behind the caption, with a comma, as people write; else in front, else on both sides.
    anywhere = int(rng.integers(len(extra) + 1))
    comma, cut = encode(","), int(rng.choice([0, len(extra), anywhere], p=(0.6, 0.2, 0.2)))
    before = [*extra[:cut], *comma] if cut else []
    after = [*comma, *extra[cut:]] if cut < len(extra) else []
    return pad([*before, *ids, *after], length)


def train_diffusion(
    out: Path, miniature: MiniatureConfig, config: StageConfig, data: DiffusionData, vae: Autoencoder
) -> Transformer:
    """Stage 2: rectified flow, x_t = (1 - s) x + s noise, target noise - x, s = sigmoid(0.4 + 1.2 N(0, 1))."""
    torch.manual_seed(config.seed)
    clip = synthetic_clip()
    model = Transformer(miniature.transformer)

    @functools.cache
    def pool(side: int) -> Pool:
        return encode_pool(vae, data.scenes, data.pool * 64 // side, side, config.seed)

    def loss_at(progress: Progress, rng: np.random.Generator) -> Tensor:
        side = 128 if share_done(config, progress) > data.coarse and rng.random() < data.fine else 64
        length = FULL_CONTEXT if rng.random() < data.full_context else SHORT_CONTEXT
        scenes, latents = pool(side)
        chosen = rng.integers(len(scenes), size=config.batch * 64 // side)
        tokens = torch.tensor([training_tokens(scenes[i], length, rng) for i in chosen])
        context, pooled = condition(clip, tokens)
        x = latents[torch.from_numpy(chosen)].float()
        noise = torch.randn_like(x)
        sigma = torch.sigmoid(0.4 + 1.2 * torch.randn(len(x)))
        s = sigma[:, None, None, None]
        with torch.autocast("cpu", torch.bfloat16):
            velocity = model((1 - s) * x + s * noise, sigma, context, pooled)
        return F.mse_loss(velocity.float(), noise - x)

    model.load_state_dict(run_stage("diffusion", out / "diffusion.pt", model, config, loss_at))
    return model.eval()


def train_decoder(out: Path, config: StageConfig, vae: Autoencoder) -> Autoencoder:
    """Stage 3: as stage 1 with the encoder fixed, every other batch a quarter as many scenes at 128 px."""
    frozen = copy.deepcopy(vae).requires_grad_(False)

    def loss_at(progress: Progress, rng: np.random.Generator) -> Tensor:
        side, count = (64, config.batch) if progress.step % 2 == 0 else (128, max(1, config.batch // 4))
        images = torch.from_numpy(draw_batch([sample_scene(rng, DECODER_SCENES) for _ in range(count)], side))
        with torch.autocast("cpu", torch.bfloat16):
            latents = frozen.encode(images)
            output = vae.decode(latents + LATENT_NOISE * torch.randn_like(latents))
        return reconstruction_loss(output.float(), images)

    vae.decoder.load_state_dict(run_stage("decoder", out / "decoder.pt", vae.decoder, config, loss_at))
    return vae.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a miniature checkpoint from drawn scenes.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the stages' files and the result")
    parser.add_argument("--minutes-vae", type=float, default=15)
    parser.add_argument("--minutes-diffusion", type=float, default=30)
    parser.add_argument("--minutes-decoder", type=float, default=8)
    parser.add_argument("--max-steps", type=int, default=10**9, help="end each stage after this many steps, for trials")
    parser.add_argument("--pool", type=int, default=DiffusionData.pool, help="how many scenes to encode")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="more than one hardly helps networks this small")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)

    def stage(minutes: float, batch: int, learning_rate: float) -> StageConfig:
        return StageConfig(minutes, batch, learning_rate, arguments.seed, arguments.max_steps)

    miniature = MiniatureConfig()
    vae = train_vae(arguments.out, miniature, stage(arguments.minutes_vae, 32, 1.5e-3))
    data = DiffusionData(pool=arguments.pool)
    transformer = train_diffusion(arguments.out, miniature, stage(arguments.minutes_diffusion, 64, 1.5e-3), data, vae)
    vae = train_decoder(arguments.out, stage(arguments.minutes_decoder, 32, 1e-3), vae)
    result = arguments.out / "miniature.safetensors"
    write_slim(result, transformer, vae, miniature)
    print(f"{result}: {result.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
