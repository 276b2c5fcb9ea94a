"""What the zoo's members are good for, by pixels alone (judging/scorer.py), on prompts held out of training.

    python -m nodewright.miniature.evaluate --count 40
    python -m nodewright.miniature.evaluate --count 40 --checks --checkpoint miniature_flat

The first prints mean scores of every checkpoint, of the LoRA that a prompt asks for, and of ways to a larger picture,
against the kinds of prompts; the second what one checkpoint gets right. Rendered without ComfyUI (render.py).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .autoencoder import Autoencoder
from .captions import Wanted
from .judging.scorer import CHECKS, QUALITIES, Verdict, judge
from .prompts import SPLITS, MiniaturePrompt, draw_prompt
from .render import Settings, load, picture, sampled
from .scenes import SCENE_KINDS
from .slim import WEIGHTS, read_autoencoder, read_upscaler
from .transformer import Transformer
from .zoo import BASE, CHECKPOINTS, LORAS, UPSCALERS

BATCH = 25
REFINED = 0.5
"""Denoise of a second sampling."""


ASKED = "asked"
"""In place of a LoRA's name: that of the style that a prompt asks for."""
Finish = Callable[["Bench", Transformer, Sequence[str], Settings, Tensor], Tensor]


@dataclass(frozen=True)
class Way:
    """How a picture is made.

    Attributes:
        finish: makes it of the first sampling's latents.
        lora: a LoRA of the zoo, ASKED, or None.
        strength: the LoRA's strength.
    """

    name: str
    checkpoint: str
    settings: Settings
    finish: Finish
    lora: str | None = None
    strength: float = 0.9


class Bench:
    """The zoo's networks, each read once."""

    def __init__(self, weights: Path) -> None:
        self.weights = weights
        self.autoencoder: Autoencoder = read_autoencoder(weights / "autoencoder.safetensors")
        self.upscalers = {member.name: read_upscaler(weights / f"{member.name}.safetensors") for member in UPSCALERS}

    def verdicts(
        self, way: Way, prompts: Sequence[tuple[str, Mapping[str, Any]]], seeds: Sequence[int] = ()
    ) -> list[Verdict]:
        """Return how each prompt's picture is judged.

        Args:
            way: how pictures are made.
            prompts: texts with their meanings.
            seeds: one for each picture's noise; empty for the settings' seed for every batch.
        """
        found: dict[int, Verdict] = {}
        loras = [_lora_of(way, meaning) for _, meaning in prompts]
        for lora in sorted(set(loras), key=lambda name: name or ""):
            transformer = load(way.checkpoint, lora, way.strength, self.weights)
            with_it = [index for index, one in enumerate(loras) if one == lora]
            for start in range(0, len(with_it), BATCH):
                indices = with_it[start : start + BATCH]
                texts = [prompts[index][0] for index in indices]
                own = [seeds[index] for index in indices] if seeds else ()
                latents = sampled(transformer, texts, way.settings, seeds=own)
                images = way.finish(self, transformer, texts, way.settings, latents).movedim(1, -1).numpy()
                for index, image in zip(indices, images, strict=True):
                    found[index] = judge(image, Wanted.from_json(prompts[index][1]))
        return [found[index] for index in range(len(prompts))]


def _lora_of(way: Way, meaning: Mapping[str, Any]) -> str | None:
    if way.lora != ASKED:
        return way.lora
    return next((member.name for member in LORAS if member.style == meaning.get("style")), None)


# ---- ways to finish ----------------------------------------------------------------------------------------------


def _decoded(bench: Bench, model: Transformer, texts: Sequence[str], settings: Settings, latents: Tensor) -> Tensor:
    return picture(bench.autoencoder, latents)


def _lanczos(bench: Bench, model: Transformer, texts: Sequence[str], settings: Settings, latents: Tensor) -> Tensor:
    image = picture(bench.autoencoder, latents)
    return F.interpolate(image, scale_factor=2, mode="bicubic", antialias=True).clamp(0, 1)


def _again(bench: Bench, model: Transformer, texts: Sequence[str], settings: Settings, larger: Tensor) -> Tensor:
    return picture(bench.autoencoder, sampled(model, texts, settings.doubled, larger, REFINED))


def _latent(bench: Bench, model: Transformer, texts: Sequence[str], settings: Settings, latents: Tensor) -> Tensor:
    larger = F.interpolate(latents, scale_factor=2, mode="bilinear")
    return _again(bench, model, texts, settings, larger)


def finished(upscaler: str | None, again: bool) -> Finish:
    """Return what decodes latents, enlarges the picture where an upscaler is named, and maybe samples it again."""
    return _decoded if upscaler is None else _upscaled(upscaler, again)


def _upscaled(name: str, again: bool) -> Finish:
    def finish(bench: Bench, model: Transformer, texts: Sequence[str], settings: Settings, latents: Tensor) -> Tensor:
        with torch.inference_mode():
            image = bench.upscalers[name](picture(bench.autoencoder, latents)).clamp(0, 1)
            larger = bench.autoencoder.encode(image) if again else latents
        return _again(bench, model, texts, settings, larger) if again else image

    return finish


def ways(checkpoint: str) -> list[Way]:
    """Every checkpoint as it is meant to be sampled; then, on `checkpoint`, the LoRA that is asked for, and sizes."""
    plain = [Way(one.name, one.name, Settings(steps=one.steps, cfg=one.cfg), _decoded) for one in CHECKPOINTS]
    on = next(way for way in plain if way.name == checkpoint)
    names = [member.name for member in UPSCALERS]
    return [
        *plain,
        replace(on, name="the style's LoRA", lora=ASKED),
        replace(on, name="at 128 pixels", settings=on.settings.doubled),
        replace(on, name="enlarged plainly", finish=_lanczos),
        *(replace(on, name=name, finish=_upscaled(name, False)) for name in names),
        replace(on, name="hires-fix, latent", finish=_latent),
        *(replace(on, name=f"hires-fix, {name}", finish=_upscaled(name, True)) for name in names),
    ]


# ---- tables ------------------------------------------------------------------------------------------------------


def prompts_of(kind: str, count: int, split: str, seed: int) -> list[MiniaturePrompt]:
    """Prompts of a kind (scenes.SCENE_KINDS) and of a split."""
    random = Random(f"{seed} {split} {kind}")
    return [draw_prompt(random, split, kind) for _ in range(count)]


def _asked(prompts: Sequence[MiniaturePrompt]) -> list[tuple[str, dict[str, Any]]]:
    return [(prompt.text, prompt.meaning) for prompt in prompts]


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return one line: the mean score, the share of pictures with all facts right, and the mean of each part.

    The parts are each check, over the pictures that it applies to, and each quality.
    """
    parts = [f"score {np.mean([verdict.score for verdict in verdicts]):.3f}",
             f"right {np.mean([verdict.right for verdict in verdicts]):.2f}"]  # fmt: skip
    for check in CHECKS:
        stated = [held for verdict in verdicts if (held := getattr(verdict, check)) is not None]
        parts += [f"{check} {np.mean(stated):.2f}"] if stated else []
    parts += [f"{name} {np.mean([getattr(verdict, name) for verdict in verdicts]):.2f}" for name in QUALITIES]
    return "  ".join(parts)


def main() -> None:
    """Print how well the zoo's members draw held-out prompts."""
    parser = argparse.ArgumentParser(description="Measure what the zoo's members are good for.")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the folder of slim files")
    parser.add_argument("--checkpoint", default=BASE, help="what LoRAs and larger pictures are tried on")
    parser.add_argument("--checks", action="store_true", help="only this checkpoint, check by check")
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--count", type=int, default=40, help="prompts of each kind")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    bench = Bench(arguments.weights)
    asked = {kind: prompts_of(kind, arguments.count, arguments.split, arguments.seed) for kind in SCENE_KINDS}
    every = ways(arguments.checkpoint)
    if arguments.checks:
        way = next(way for way in every if way.name == arguments.checkpoint)
        for kind, prompts in asked.items():
            print(f"{kind:<8} {summary(bench.verdicts(way, _asked(prompts)))}", flush=True)
        return
    print("| | " + " | ".join(SCENE_KINDS) + " |\n|---|" + "---:|" * len(SCENE_KINDS))
    for way in every:
        scores = [np.mean([one.score for one in bench.verdicts(way, _asked(prompts))]) for prompts in asked.values()]
        print(f"| {way.name} | " + " | ".join(f"{score:.2f}" for score in scores) + " |", flush=True)


if __name__ == "__main__":
    main()
