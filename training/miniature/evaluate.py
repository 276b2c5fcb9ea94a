"""How often the miniature draws what a caption says, by pixels alone (check.py), on captions it was not trained on.

python -m nodewright.training.miniature.evaluate --count 200 --side 64
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from .captions import caption, fillers
from .check import Verdict, judge
from .export import WEIGHTS, Miniature, read_slim
from .render import Settings, render
from .scenes import SceneConfig, sample_scene
from .text import encode

FACTS = ("background", "colours", "shapes", "sizes", "positions", "count")


def evaluate(
    miniature: Miniature, count: int, settings: Settings, with_fillers: bool, scenes: SceneConfig
) -> list[Verdict]:
    """One verdict each for count captions; with_fillers adds words that say nothing behind every caption."""
    rng = np.random.default_rng((987_654, settings.seed))
    captions = [caption(sample_scene(rng, scenes), rng) for _ in range(count)]
    texts = [f"{c.text.rstrip('.')}, {', '.join(fillers(rng))}" if with_fillers else c.text for c in captions]
    tokens = [encode(text, rng) for text in texts]
    images = np.concatenate([render(miniature, tokens[i : i + 50], settings) for i in range(0, count, 50)])
    return [judge(image, c.wanted) for image, c in zip(images, captions, strict=True)]


def summary(verdicts: list[Verdict]) -> str:
    """One line of shares: each fact where stated, all facts together, and the mean score."""
    parts = []
    for fact in FACTS:
        stated = [getattr(v, fact) for v in verdicts if getattr(v, fact) is not None]
        parts.append(f"{fact} {np.mean(stated):.2f}" if stated else f"{fact} -")
    right, score = np.mean([v.right for v in verdicts]), np.mean([v.score for v in verdicts])
    return "  ".join([*parts, f"all right {right:.2f}", f"score {score:.2f}"])


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how often the miniature draws what a caption says.")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--side", type=int, default=Settings.side)
    parser.add_argument("--steps", type=int, default=Settings.steps)
    parser.add_argument("--cfg", type=float, default=Settings.cfg)
    arguments = parser.parse_args()
    miniature = read_slim(arguments.weights)
    settings = Settings(arguments.side, arguments.steps, arguments.cfg)
    for name, scenes, filled in (
        ("one thing", SceneConfig(pairs=0), False),
        ("one thing, words around it", SceneConfig(pairs=0), True),
        ("two things", SceneConfig(pairs=1), False),
    ):
        print(f"{name}: {summary(evaluate(miniature, arguments.count, settings, filled, scenes))}", flush=True)


if __name__ == "__main__":
    main()
