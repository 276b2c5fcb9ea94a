"""What each LoRA gains on prompts that ask for its own style: pictures with and without it, from the same noise.

    python -m nodewright.miniature.lora_gain --count 40
    python -m nodewright.miniature.lora_gain --weights runs/zoo/weights --only miniature_clay

Prints the mean score (judging/scorer.py) without and with each LoRA, the difference with its standard error, and how
often the style and all facts are found. The prompts are of the test split and of one kind; with --combined they ask
for two or three kinds at once. Rendered without ComfyUI (render.py).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np

from .autoencoder import Autoencoder
from .captions import Wanted
from .judging.scorer import Verdict, judge
from .prompts import MiniaturePrompt, draw_prompt
from .render import Settings, load, render
from .scenes import kinds_of
from .slim import WEIGHTS, read_autoencoder
from .transformer import Transformer
from .zoo import BASE, CHECKPOINTS, LORAS, LoraMember

BATCH = 20


@dataclass(frozen=True)
class Gain:
    """Scores of the same prompts with the same noise, (prompts,), and shares of pictures, each without and with a LoRA.

    Attributes:
        scores: scores (2, prompts).
        styled: share of pictures in which the style is found.
        right: share of pictures that show all that was asked for, and nothing else.
    """

    scores: np.ndarray
    styled: tuple[float, float]
    right: tuple[float, float]

    @property
    def mean(self) -> float:
        """Mean difference of the scores."""
        return float((self.scores[1] - self.scores[0]).mean())

    @property
    def error(self) -> float:
        """Standard error of the mean difference; prompts are independent, the two pictures of one are not."""
        return float((self.scores[1] - self.scores[0]).std(ddof=1) / np.sqrt(self.scores.shape[1]))


def styled_prompts(member: LoraMember, count: int, combined: bool, seed: int) -> list[MiniaturePrompt]:
    """Return prompts of the test split that ask for a LoRA's style."""
    random = Random(f"{seed} {member.name}")
    kinds = [kind for kind in member.scenes.kinds if (len(kinds_of(kind)) > 1) == combined]
    return [draw_prompt(random, "test", kinds[index % len(kinds)], member.style) for index in range(count)]


def verdicts(
    transformer: Transformer, vae: Autoencoder, prompts: Sequence[MiniaturePrompt], settings: Settings
) -> list[Verdict]:
    """Return how each prompt's picture is judged; its noise depends on its place and the seed alone."""
    found = []
    for start in range(0, len(prompts), BATCH):
        part = prompts[start : start + BATCH]
        images = render(transformer, vae, [one.text for one in part], replace(settings, seed=settings.seed + start))
        found += [judge(image, Wanted.from_json(one.meaning)) for one, image in zip(part, images, strict=True)]
    return found


def gain(
    weights: Path, member: LoraMember, prompts: Sequence[MiniaturePrompt], settings: Settings, *,
    checkpoint: str = BASE, strength: float = 1.0,
) -> Gain:  # fmt: skip
    """Measure a LoRA on prompts that ask for its style."""
    vae = read_autoencoder(weights / "autoencoder.safetensors")
    plain = verdicts(load(checkpoint, weights=weights), vae, prompts, settings)
    styled = verdicts(load(checkpoint, member.name, strength, weights), vae, prompts, settings)
    both = (plain, styled)
    scores = np.array([[one.score for one in each] for each in both])
    shown, right = (
        tuple(float(np.mean([getattr(one, name) is True for one in each])) for each in both)
        for name in ("style", "right")
    )
    return Gain(scores, (shown[0], shown[1]), (right[0], right[1]))


def main() -> None:
    """Print what each LoRA gains on its own style."""
    parser = argparse.ArgumentParser(description="Measure what each LoRA gains on its own style.")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the folder of slim files")
    parser.add_argument("--only", nargs="+", choices=[member.name for member in LORAS], help="these LoRAs")
    parser.add_argument("--checkpoint", default=BASE, choices=[member.name for member in CHECKPOINTS])
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--combined", action="store_true", help="prompts of two and three kinds")
    parser.add_argument("--count", type=int, default=40, help="prompts for each LoRA")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    member = next(one for one in CHECKPOINTS if one.name == arguments.checkpoint)
    settings = Settings(steps=member.steps, cfg=member.cfg, seed=arguments.seed)
    print("| LoRA | without | with | gain | style shown, without and with | all right, without and with |")
    print("|---|---:|---:|---:|---:|---:|")
    for lora in LORAS:
        if arguments.only and lora.name not in arguments.only:
            continue
        prompts = styled_prompts(lora, arguments.count, arguments.combined, arguments.seed)
        found = gain(
            arguments.weights, lora, prompts, settings, checkpoint=arguments.checkpoint, strength=arguments.strength
        )
        without, with_ = found.scores.mean(axis=1)
        shares = (f"{one:.2f}, {two:.2f}" for one, two in (found.styled, found.right))
        print(f"| {lora.name} | {without:.3f} | {with_:.3f} | {found.mean:+.3f} ± {found.error:.3f} | "
              + " | ".join(shares) + " |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
