"""Trains the zoo's diffusion models by rectified flow: the base, its specialists, the distilled one, and LoRAs.

x_t = (1 - s) x + s noise, target noise - x, s = sigmoid(0.4 + 1.2 N(0, 1)) (arXiv 2403.03206, section 3.1).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..files import write_atomically
from ..training.common.devices import fast_bfloat16
from ..training.common.train_state import TrainState
from .autoencoder import Autoencoder
from .captions import caption, fillers
from .config import TransformerConfig
from .drawing import draw_batch
from .lora import add_lora, read_lora
from .scenes import Scene, SceneConfig, kinds_of, sample_scene
from .slim import read_autoencoder, read_tensors, read_transformer, write_lora, write_transformer
from .stages import StageConfig, autocast, device, part_of, run_stage
from .text import SyntheticClip, condition, encode, pad, random_tokens, synthetic_clip
from .transformer import Transformer
from .zoo import BASE, TURBO, CheckpointMember, LoraMember

SHORT_CONTEXT, FULL_CONTEXT = 32, 77
FULL_SHARE = 0.12
"""Of batches with all 77 tokens of context, which ComfyUI always gives; they take twice as long."""
SIZES: tuple[tuple[tuple[int, int], float], ...] = (
    ((64, 64), 0.76), ((128, 128), 0.1), ((64, 96), 0.035), ((96, 64), 0.035), ((64, 128), 0.035), ((128, 64), 0.035),
)  # fmt: skip
"""(height, width) of batches, and how often. At 128 x 128 only levels below FINE are learnt: enough to refine an
enlarged picture, not to compose one."""
FINE = 0.65
BATCH = 64
STYLE_BATCH, STYLE_FULL_SHARE = 64, 0.04
"""Of a LoRA's training, which leaves the reading of words to its base."""


@dataclass(frozen=True)
class Pool:
    """Scenes, and their latents as bfloat16 [count, 16, height / 8, width / 8]."""

    scenes: list[Scene]
    latents: Tensor


def scenes_of_size(scenes: SceneConfig, count: int, height: int, width: int, seed: int) -> list[Scene]:
    """Draw scenes for pictures of a size: in other than square ones all are posters of that format.

    They are of those of the config's kinds that are posters, or plain posters where none is.
    """
    rng = np.random.default_rng((seed, height, width))
    if height != width:
        posters = {kind: share for kind, share in scenes.kinds.items() if "poster" in kinds_of(kind)}
        scenes = replace(scenes, kinds=posters or {"poster": 1.0}, aspects=(width / height,))
    return [sample_scene(rng, scenes) for _ in range(count)]


def encode_pool(vae: Autoencoder, drawn: list[Scene], height: int, width: int) -> Pool:
    """Draw and encode scenes in a size."""
    latents = []
    with torch.inference_mode(), autocast():
        for start in range(0, len(drawn), 64):
            images = torch.from_numpy(draw_batch(drawn[start : start + 64], height, width)).to(device())
            latents.append(vae.encode(images).bfloat16())
    return Pool(drawn, torch.cat(latents).clone())


def training_tokens(text: str, length: int, rng: np.random.Generator, empty: float = 0.12) -> list[int]:
    """Tokens of a caption, at times with words around it that say nothing, or of nothing at all.

    The captions of nothing (empty, or only such words) are what classifier-free guidance guides away from, so an
    empty negative prompt and a negative prompt of quality words do the same.
    """
    ids = [] if rng.random() < empty else encode(text, rng)
    room = min(20, length - 2 - len(ids))
    kind = rng.random()
    if room < 2 or kind < 0.5:
        return pad(ids, length)
    extra = encode(", ".join(fillers(rng))) if kind < 0.75 else random_tokens(int(rng.integers(1, room)), rng)
    extra = extra[: room - 1]
    # Mostly behind the caption, with a comma, as people write; else in front, else on both sides.
    anywhere = int(rng.integers(len(extra) + 1))
    comma, cut = encode(","), int(rng.choice([0, len(extra), anywhere], p=(0.6, 0.2, 0.2)))
    before = [*extra[:cut], *comma] if cut else []
    after = [*comma, *extra[cut:]] if cut < len(extra) else []
    return pad([*before, *ids, *after], length)


def _context_length(rng: np.random.Generator, full_share: float) -> int:
    return FULL_CONTEXT if rng.random() < full_share else SHORT_CONTEXT


def _drawn_size(rng: np.random.Generator) -> tuple[int, int, float]:
    """Draw height and width of a batch; return them and how often they are drawn."""
    shares = np.array([share for _, share in SIZES])
    (height, width), share = SIZES[rng.choice(len(SIZES), p=shares / shares.sum())]
    return height, width, share


def _batch_of(batch: int, height: int, width: int) -> int:
    """Return how many pictures of a size take as long as `batch` of the native size."""
    return max(8, part_of(batch) * 64 * 64 // (height * width))


def _drawn_sigma(count: int, height: int, width: int) -> Tensor:
    """Draw noise levels (count,) for pictures of a size."""
    sigma = torch.sigmoid(0.4 + 1.2 * torch.randn(count, device=device()))
    return sigma * FINE if height == width == 128 else sigma


PoolOf = Callable[[int, int, int], Pool]
"""From height, width and a count to so many scenes of that size."""


def plain_pools(vae: Autoencoder, scenes: SceneConfig, seed: int) -> PoolOf:
    """Return what draws and encodes scenes of a size."""
    return lambda height, width, count: encode_pool(
        vae, scenes_of_size(scenes, count, height, width, seed), height, width
    )


def styled_pools(vae: Autoencoder, member: LoraMember, seed: int) -> PoolOf:
    """Return what draws and encodes scenes of a size in a style, as much more of it as the member's emphasis."""

    def pool(height: int, width: int, count: int) -> Pool:
        drawn = scenes_of_size(member.scenes, count, height, width, seed)
        styled = encode_pool(vae, drawn, height, width)
        if member.emphasis == 1:
            return styled
        plain = encode_pool(vae, [replace(scene, style=None) for scene in drawn], height, width)
        return Pool(drawn, torch.lerp(plain.latents.float(), styled.latents.float(), member.emphasis).bfloat16())

    return pool


def flow_loss(
    model: Transformer, pool_of: PoolOf, pool_size: int, batch: int, full_share: float
) -> Callable[[TrainState, np.random.Generator], Tensor]:
    """Return the loss of a step on scenes encoded before training, with captions phrased anew.

    Parameters:
        model: what is trained.
        pool_of: what draws and encodes the scenes of a size, called once for each.
        pool_size: number of scenes of all sizes together.
        batch: number of pictures of the native size in a step.
        full_share: share of the batches with FULL_CONTEXT tokens.
    """
    clip, pool = synthetic_clip(), functools.cache(pool_of)

    def loss_at(state: TrainState, rng: np.random.Generator) -> Tensor:
        height, width, share = _drawn_size(rng)
        there = pool(height, width, max(16, int(pool_size * share)))
        chosen = rng.integers(len(there.scenes), size=_batch_of(batch, height, width))
        length = _context_length(rng, full_share)
        texts = [caption(there.scenes[i], rng).text for i in chosen]
        context, pooled = _condition(clip, [training_tokens(text, length, rng) for text in texts])
        x = there.latents[torch.from_numpy(chosen).to(device())].float()
        sigma = _drawn_sigma(len(x), height, width)
        return _velocity_loss(model, x, torch.randn_like(x), sigma, context, pooled)

    return loss_at


def _condition(clip: SyntheticClip, tokens: list[list[int]]) -> tuple[Tensor, Tensor]:
    context, pooled = condition(clip, torch.tensor(tokens))
    return context.to(device()), pooled.to(device())


def _velocity_loss(
    model: Transformer, x: Tensor, noise: Tensor, sigma: Tensor, context: Tensor, pooled: Tensor
) -> Tensor:
    return F.mse_loss(_velocity(model, x, noise, sigma, context, pooled), noise - x)


def _velocity(model: Transformer, x: Tensor, noise: Tensor, sigma: Tensor, context: Tensor, pooled: Tensor) -> Tensor:
    """Return what the model predicts for latents with noise, float32 (batch, 16, height, width)."""
    s = sigma[:, None, None, None]
    with autocast():
        return model((1 - s) * x + s * noise, sigma, context, pooled).float()


def train_checkpoint(
    out: Path, member: CheckpointMember, *, pool: int, start: Path | None, max_steps: int, share: float
) -> None:
    """Train a checkpoint from what `start` has of it; where there is none, the base from nothing, others from it."""
    vae = read_autoencoder(out / "weights" / "autoencoder_first.safetensors").to(device())
    torch.manual_seed(member.seed)
    base = member.name == BASE
    before = [start / f"{member.name}.safetensors"] if start else []
    before += [] if base else [out / "weights" / f"{BASE}.safetensors"]
    known = next((path for path in before if path.is_file()), None)
    model = (Transformer(TransformerConfig()) if known is None else read_transformer(known)).to(device())
    if member.name == TURBO:
        loss_at = reflow_loss(out, model, member, min(pool, 6_144))
    else:
        count = pool if base else pool // 2
        pools = plain_pools(vae, member.scenes, member.seed + len(member.name))
        loss_at = flow_loss(model, pools, count, BATCH, FULL_SHARE)
    config = StageConfig(share * member.minutes, BATCH, 1.5e-3 if base else 8e-4, member.seed, max_steps)
    run_stage(member.name, out / f"{member.name}.state", model, config, loss_at)
    write_transformer(out / "weights" / f"{member.name}.safetensors", model)


def train_lora(out: Path, member: LoraMember, *, pool: int, start: Path | None, max_steps: int, share: float) -> None:
    """Train a style on the base, whose weights stay as they are; from the LoRA in `start` where there is one."""
    vae = read_autoencoder(out / "weights" / "autoencoder_first.safetensors").to(device())
    torch.manual_seed(member.seed)
    model = add_lora(read_transformer(out / "weights" / f"{BASE}.safetensors"))
    if start is not None and (before := start / f"{member.name}.safetensors").is_file():
        read_lora(model, read_tensors(before)[0])
    model = model.to(device())
    config = StageConfig(share * member.minutes, STYLE_BATCH, 2e-3, member.seed, max_steps)
    pools = styled_pools(vae, member, member.seed + len(member.name))
    run_stage(member.name, out / f"{member.name}.state", model, config,
              flow_loss(model, pools, pool // 2, STYLE_BATCH, STYLE_FULL_SHARE))  # fmt: skip
    write_lora(out / "weights" / f"{member.name}.safetensors", model)


# ---- the distilled one -------------------------------------------------------------------------------------------

GUIDANCE, TEACHER_STEPS, SHIFT = 3.5, 16, 3.0
_STUDENT_LEVELS = (1.0, 0.9, 0.75, 0.5)
"""The noise levels of four steps of ComfyUI's "simple" scheduler with SD3's shift."""


def reflow_loss(
    out: Path, student: Transformer, member: CheckpointMember, count: int
) -> Callable[[TrainState, np.random.Generator], Tensor]:
    """Return the loss of a step on pairs of a noise and the picture that the guided base makes of it.

    The path between the two becomes a straight line, which few steps follow well, and the network learns guidance with
    it (rectified flow, arXiv 2209.03003, section 3; guidance distillation, arXiv 2210.03142).
    """
    clip = synthetic_clip()
    texts, noises, pictures = _teacher_pairs(out, member, count)

    def loss_at(state: TrainState, rng: np.random.Generator) -> Tensor:
        chosen = rng.integers(count, size=BATCH)
        length = _context_length(rng, FULL_SHARE)
        tokens = [training_tokens(texts[i], length, rng, empty=0.0) for i in chosen]
        context, pooled = _condition(clip, tokens)
        rows = torch.from_numpy(chosen)
        levels = torch.tensor(rng.choice(_STUDENT_LEVELS, size=BATCH), dtype=torch.float32)
        sigma = torch.where(torch.rand(BATCH) < 0.6, levels, torch.rand(BATCH).clamp(0.02)).to(device())
        x, noise = (latents[rows].float().to(device()) for latents in (pictures, noises))
        return _velocity_loss(student, x, noise, sigma, context, pooled)

    return loss_at


def _teacher_pairs(out: Path, member: CheckpointMember, count: int) -> tuple[list[str], Tensor, Tensor]:
    """Captions, noises and the base's latents for them, made once and kept beside the job's other files."""
    path = out / f"{member.name}_pairs.pt"
    if path.exists():
        saved = torch.load(path, weights_only=True)
        return saved["texts"], saved["noises"], saved["pictures"]
    teacher = read_transformer(out / "weights" / f"{BASE}.safetensors").to(device())
    rng, clip = np.random.default_rng(member.seed), synthetic_clip()
    texts = [caption(sample_scene(rng, member.scenes), rng, unknown_words=False).text for _ in range(count)]
    noises = torch.randn(count, 16, 8, 8, generator=torch.Generator().manual_seed(member.seed))
    pictures = []
    for start in range(0, count, 128):
        tokens = [pad(encode(text), SHORT_CONTEXT) for text in texts[start : start + 128]]
        made = sample(teacher, noises[start : start + 128].to(device()), *_condition(clip, tokens))
        pictures.append(made.cpu())
        if start % 1024 == 0:
            print(f"{member.name}: {start} of {count} pictures of the base", flush=True)
    pairs = {"texts": texts, "noises": noises.bfloat16(), "pictures": torch.cat(pictures).bfloat16()}
    with write_atomically(path) as beside:
        torch.save(pairs, beside)
    return texts, pairs["noises"], pairs["pictures"]  # type: ignore[return-value]


def sigmas(steps: int, shift: float, denoise: float = 1.0) -> Tensor:
    """Return noise levels (steps + 1,) down to 0, shifted towards noise: ComfyUI's scheduler "simple".

    The levels begin at 1 or, with a denoise below 1, where that share of a longer schedule is left, as in KSampler.
    """
    t = torch.linspace(1, 0, int(steps / denoise) + 1)[-steps - 1 :]
    return shift * t / (1 + (shift - 1) * t)


@torch.inference_mode()
def sample(
    model: Transformer, noise: Tensor, context: Tensor, pooled: Tensor, steps: int = TEACHER_STEPS,
    cfg: float = GUIDANCE, shift: float = SHIFT, latents: Tensor | None = None, denoise: float = 1.0,
) -> Tensor:  # fmt: skip
    """Sample latents from noise, or from other latents with noise added.

    Uses Euler's method with classifier-free guidance, as ComfyUI's KSampler does.
    """
    count, levels = len(noise), sigmas(steps, shift, denoise)
    x = noise if latents is None else (1 - levels[0]) * latents + levels[0] * noise
    if cfg != 1:
        nothing = condition(synthetic_clip(), torch.tensor([pad([], context.shape[1])]).expand(count, -1))
        context, pooled = (torch.cat([one, two.to(one)]) for one, two in zip((context, pooled), nothing, strict=True))
    for level, following in zip(levels[:-1], levels[1:], strict=True):
        with torch.autocast(x.device.type, torch.bfloat16, enabled=fast_bfloat16(x.device)):
            given = x if cfg == 1 else torch.cat([x, x])
            both = model(given, level.to(x).expand(len(context)), context, pooled).float()
        velocity = both if cfg == 1 else both[count:] + cfg * (both[:count] - both[count:])
        x = x + (following - level) * velocity
    return x
