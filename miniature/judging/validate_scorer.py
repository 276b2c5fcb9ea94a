"""How well the scorer (scorer.py) judges pictures of which everything is known, because they were drawn.

    python -m nodewright.miniature.judging.validate_scorer --count 2000

prints, per check, how often a true fact is found true and a false one (the meaning with that one fact changed) is
found false: on clean drawings at 64 and 128 pixels and in wide and tall ones, and after the shipped autoencoder; then
how the mean score falls with planted defects, and the time a picture takes.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..captions import Wanted, caption
from ..drawing import draw
from ..scenes import SCENE_KINDS, Scene, SceneConfig, sample_scene
from ..shapes import Array
from .defects import DEFECTS, falsified, spoilt, upscaled, wanted_all
from .looking import look
from .scorer import CHECKS, judge, verdict_of

SETTINGS = {"64": (64, (1.0,)), "128": (128, (1.0,)), "wide": (64, (1.5, 2.0)), "tall": (64, (2 / 3, 0.5))}
"""Pixels on the shorter side, and width / height, of each kind of clean drawing."""
NOTHING_ELSE = "nothing uncalled for"
"""That no style, texture, glow or format is seen that is not there."""
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
Through = Callable[[Array], Array]


@dataclass
class Tally:
    """Per check, how many facts were judged and how many of them rightly."""

    judged: Counter[tuple[str, bool]]
    rightly: Counter[tuple[str, bool]]

    def add(self, check: str, true: bool, found: bool | None) -> None:
        """found: what the scorer said of a fact that is true or not."""
        self.judged[check, true] += 1
        self.rightly[check, true] += (found is not False) if true else (found is False)

    def accuracy(self, check: str, true: bool) -> float | None:
        """None where no such fact was judged."""
        judged = self.judged[check, true]
        return self.rightly[check, true] / judged if judged else None


def drawings(count: int, aspects: Sequence[float], seed: int) -> Iterator[tuple[Scene, Wanted]]:
    """Yield scenes of all kinds in turn, and the meaning of a caption of each.

    Only posters have another format than square, so where another one is requested all scenes are posters.
    """
    rng = np.random.default_rng(seed)
    kinds = SCENE_KINDS if tuple(aspects) == (1.0,) else ("poster",)
    for index in range(count):
        scene = sample_scene(rng, SceneConfig(kinds={kinds[index % len(kinds)]: 1.0}, aspects=tuple(aspects)))
        yield scene, caption(scene, rng, unknown_words=False).wanted


def size_of(scene: Scene, side: int) -> tuple[int, int]:
    """Return height and width, in multiples of 8, of a scene with `side` pixels on the shorter side."""
    longer = round(side * max(scene.aspect, 1 / scene.aspect) / 8) * 8
    return (side, longer) if scene.aspect >= 1 else (longer, side)


def accuracies(count: int, side: int, aspects: Sequence[float], seed: int = 0, through: Through | None = None) -> Tally:
    """Judge `count` drawings by their captions' true facts and by each fact changed.

    Large pictures are drawn at 128 pixels; a picture drawn at 64 pixels and enlarged to that counts as a false fact.
    `through` is what happens to a picture first.
    """
    tally, rng = Tally(Counter(), Counter()), np.random.default_rng(seed + 1)
    for scene, wanted in drawings(count, aspects, seed):
        height, width = size_of(scene, 128 if wanted.large else side)
        seen = look(_shown(draw(scene, height, width), through))
        verdict = verdict_of(seen, wanted)
        for check in CHECKS:
            if check in verdict.credits:
                tally.add(check, True, getattr(verdict, check))
            false = falsified(wanted, check, rng)
            if false is not None:
                tally.add(check, False, getattr(verdict_of(seen, false), check))
        tally.add(NOTHING_ELSE, True, not any(verdict.uncalled_for.values()))
        if wanted.large:
            small = _shown(draw(scene, *size_of(scene, 64)), through)
            tally.add("resolution", False, judge(small, wanted).resolution)
            tally.add("resolution", False, judge(upscaled(small, height, width), wanted).resolution)
    return tally


def _shown(image: Array, through: Through | None) -> Array:
    """Return the picture as it would be saved, in 8 bits, RGB in 0..1 (height, width, 3)."""
    return np.round((image if through is None else through(image)) * 255).astype(np.float32) / 255


def falls(count: int, side: int = 64, seed: int = 0) -> dict[str, list[float]]:
    """Mean score of count drawings by defect and by STRENGTHS."""
    config = SceneConfig(kinds={"single": 0.5, "pair": 0.3, "texture": 0.2})
    rng = np.random.default_rng(seed)
    scenes = [sample_scene(rng, config) for _ in range(count)]
    clean = [(scene, draw(scene, side, side), wanted_all(scene)) for scene in scenes]
    return {
        defect: [
            float(np.mean([
                judge(spoilt(scene, image, defect, strength, seed + index), wanted).score
                for index, (scene, image, wanted) in enumerate(clean)
            ]))
            for strength in STRENGTHS
        ]
        for defect in DEFECTS
    }  # fmt: skip


def seconds(count: int, side: int, seed: int = 0) -> float:
    """Of processor time that judging a picture takes, in the mean."""
    pictures = [(draw(scene, *size_of(scene, side)), wanted) for scene, wanted in drawings(count, (1.0,), seed)]
    started = time.process_time()
    for image, wanted in pictures:
        judge(image, wanted)
    return (time.process_time() - started) / count


def autoencoded(weights: Path | None = None) -> Through:
    """Return a function that encodes and decodes a picture with the shipped autoencoder, or that of another folder."""
    import torch

    from ..slim import WEIGHTS, read_autoencoder

    model = read_autoencoder((weights or WEIGHTS) / "autoencoder.safetensors")

    def through(image: Array) -> Array:
        with torch.inference_mode():
            latents = model.encode(torch.from_numpy(image).movedim(-1, 0)[None])
            return model.decode(latents).clamp(0, 1)[0].movedim(0, -1).numpy()

    return through


def _cell(tally: Tally, check: str) -> str:
    """Return the accuracies of true and of false facts, such as "0.99 1.00"."""
    shares = [tally.accuracy(check, true) for true in (True, False)]
    return " ".join("   -" if share is None else f"{share:.2f}" for share in shares)


def main() -> None:
    """Print how well the scorer judges drawings."""
    parser = argparse.ArgumentParser(description="Measure the scorer on drawings of which everything is known.")
    parser.add_argument("--count", type=int, default=2000, help="pictures of each kind; a fifth for each defect")
    parser.add_argument("--weights", type=Path, help="folder with autoencoder.safetensors (default: as shipped)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    tallies = {name: accuracies(arguments.count, *setting, arguments.seed) for name, setting in SETTINGS.items()}
    through = autoencoded(arguments.weights)
    for side in (64, 128):
        tallies[f"VAE {side}"] = accuracies(arguments.count // 2, side, (1.0,), arguments.seed, through)
    print("Share of true facts found true, and of false ones found false")
    print(f"{'check':<22}" + "".join(f"{name:>12}" for name in tallies))
    for check in (*CHECKS, NOTHING_ELSE):
        print(f"{check:<22}" + "".join(f"{_cell(tally, check):>12}" for tally in tallies.values()))
    print("\nMean score by the strength of a planted defect")
    print(f"{'defect':<24}" + "".join(f"{strength:>8}" for strength in STRENGTHS))
    for defect, scores in falls(arguments.count // 5, seed=arguments.seed).items():
        print(f"{defect:<24}" + "".join(f"{score:>8.3f}" for score in scores))
    for side in (64, 128):
        print(f"\n{side} pixels: {seconds(200, side) * 1000:.1f} ms of processor time a picture", end="")
    print()


if __name__ == "__main__":
    main()
