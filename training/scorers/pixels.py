"""From files to what the models see: opened, resized, normalised, in batches.

All four models take 224 x 224 pixels, normalised by CLIP's mean and deviation. Three crop the middle, as CLIP's own
code does (openai/CLIP, clip/clip.py, _transform); HPS v2 pads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image

from ...store.pictures import Picture, Scorer, open_picture

MEAN = (0.48145466, 0.4578275, 0.40821073)
DEVIATION = (0.26862954, 0.26130258, 0.27577711)

ScoreBatch = Callable[[Sequence[Picture], Sequence[Image.Image]], torch.Tensor]
"""(pictures, the same opened) -> scores, shape (pictures,)."""


def crop_pixels(image: Image.Image, size: int, *, half: Callable[[float], int] = round) -> torch.Tensor:
    """The shorter side to `size` (bicubic, Pillow's), the middle cut out, normalised. Shape (3, size, size).

    half: how the left and upper margin are made a whole number; torchvision rounds, transformers truncates.
    """
    width, height = image.size
    shorter = min(width, height)
    width, height = size * width // shorter, size * height // shorter
    image = image.resize((width, height), Image.Resampling.BICUBIC)
    left, top = half((width - size) / 2), half((height - size) / 2)
    return normalise(_tensor(image.crop((left, top, left + size, top + size))))


def pad_pixels(image: Image.Image, size: int) -> torch.Tensor:
    """The longer side to `size` (bicubic, antialiased, on numbers from 0 to 1 that may overshoot), the picture in the
    middle of black, normalised with it. Shape (3, size, size)."""
    pixels = _tensor(image)
    height, width = pixels.shape[1:]
    scale = size / max(height, width)
    if scale != 1:
        height, width = max(1, round(height * scale)), max(1, round(width * scale))
        pixels = torch.nn.functional.interpolate(
            pixels[None], (height, width), mode="bicubic", align_corners=False, antialias=True
        )[0]
    left, top = (size - width) // 2, (size - height) // 2
    return normalise(torch.nn.functional.pad(pixels, (left, size - width - left, top, size - height - top)))


def normalise(pixels: torch.Tensor) -> torch.Tensor:
    """Shape (3, height, width), from 0 to 1."""
    return (pixels - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]


def in_batches(score: ScoreBatch, batch: int) -> Scorer:
    """The scorer that opens pictures and has `score` judge `batch` of them at a time."""

    def score_pictures(pictures: Sequence[Picture]) -> list[float]:
        scores: list[float] = []
        for start in range(0, len(pictures), batch):
            some = pictures[start : start + batch]
            images = [open_picture(picture) for picture in some]
            with torch.inference_mode():
                scores.extend(score(some, images).float().cpu().tolist())
        return scores

    return score_pictures


def _tensor(image: Image.Image) -> torch.Tensor:
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255
