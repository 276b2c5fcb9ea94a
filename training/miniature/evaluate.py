"""How well the zoo draws what prompts ask for, by pixels alone (scorer.py), on prompts held out of training.

    python -m nodewright.training.miniature.evaluate --checkpoint miniature_flat --count 20
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np

from .autoencoder import Autoencoder
from .captions import Wanted
from .prompts import SPLITS, draw_prompt
from .render import Settings, load, render
from .scenes import KINDS
from .scorer import CHECKS, QUALITIES, Verdict, judge
from .slim import WEIGHTS, read_autoencoder
from .transformer import Transformer
from .zoo import BASE

BATCH = 25


def evaluate(
    transformer: Transformer, autoencoder: Autoencoder, kind: str, count: int, settings: Settings, split: str = "test"
) -> list[Verdict]:
    """One verdict each for count prompts of a kind (scenes.KINDS) and of a split."""
    random = Random(f"{settings.seed} {split} {kind}")
    prompts = [draw_prompt(random, split, kind) for _ in range(count)]
    verdicts = []
    for start in range(0, count, BATCH):
        batch = prompts[start : start + BATCH]
        images = render(transformer, autoencoder, [prompt.text for prompt in batch], settings)
        verdicts += [
            judge(image, Wanted.from_json(prompt.meaning)) for image, prompt in zip(images, batch, strict=True)
        ]
    return verdicts


def summary(verdicts: Sequence[Verdict]) -> str:
    """One line: the mean score, the share in which all facts are right, each check's share where something was said,
    and the mean of each quality."""
    parts = [f"score {np.mean([verdict.score for verdict in verdicts]):.3f}",
             f"right {np.mean([verdict.right for verdict in verdicts]):.2f}"]  # fmt: skip
    for check in CHECKS:
        stated = [held for verdict in verdicts if (held := getattr(verdict, check)) is not None]
        parts += [f"{check} {np.mean(stated):.2f}"] if stated else []
    parts += [f"{name} {np.mean([getattr(verdict, name) for verdict in verdicts]):.2f}" for name in QUALITIES]
    return "  ".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how well the miniature draws what prompts ask for.")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the folder of slim files")
    parser.add_argument("--checkpoint", default=BASE)
    parser.add_argument("--lora")
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--count", type=int, default=50, help="prompts of each kind")
    parser.add_argument("--height", type=int, default=Settings.height)
    parser.add_argument("--width", type=int, default=Settings.width)
    parser.add_argument("--steps", type=int, default=Settings.steps)
    parser.add_argument("--cfg", type=float, default=Settings.cfg)
    parser.add_argument("--seed", type=int, default=Settings.seed)
    arguments = parser.parse_args()
    transformer = load(arguments.checkpoint, arguments.lora, weights=arguments.weights)
    autoencoder = read_autoencoder(arguments.weights / "autoencoder.safetensors")
    settings = Settings(arguments.height, arguments.width, arguments.steps, arguments.cfg, arguments.seed)
    for kind in KINDS:
        verdicts = evaluate(transformer, autoencoder, kind, arguments.count, settings, arguments.split)
        print(f"{kind:<8} {summary(verdicts)}", flush=True)


if __name__ == "__main__":
    main()
