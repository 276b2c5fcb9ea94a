"""Pictures as the scorers' models read them: opened, resized, normalised, in batches.

All four models take 224 x 224 pixels, normalised by CLIP's mean and deviation. Three crop the middle, as CLIP's own
code does (openai/CLIP, clip/clip.py, _transform); HPS v2 pads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image

from ...store.pictures import Picture, open_picture
from .base import Scorer

MEAN = (0.48145466, 0.4578275, 0.40821073)
DEVIATION = (0.26862954, 0.26130258, 0.27577711)

ScoreBatch = Callable[[Sequence[Picture], Sequence[Image.Image]], torch.Tensor]
"""(pictures, the same pictures opened) -> scores, (pictures,)."""


def crop_pixels(image: Image.Image, size: int, *, half: Callable[[float], int] = round) -> torch.Tensor:
    """Return the centre crop of a picture whose shorter side is resized to `size`, normalised: (3, size, size).

    Args:
        image: an RGB picture.
        size: side of the result, in pixels. Resizing is bicubic, by Pillow.
        half: how the left and upper margins become whole numbers; torchvision rounds, transformers truncates.
    """
    width, height = image.size
    shorter = min(width, height)
    width, height = size * width // shorter, size * height // shorter
    image = image.resize((width, height), Image.Resampling.BICUBIC)
    left, top = half((width - size) / 2), half((height - size) / 2)
    return normalise(_tensor(image.crop((left, top, left + size, top + size))))


def pad_pixels(image: Image.Image, size: int) -> torch.Tensor:
    """Return a picture whose longer side is resized to `size`, centred on black and normalised: (3, size, size).

    Resizing is bicubic and antialiased, on numbers from 0 to 1 that may overshoot.
    """
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
    """Return pixels from 0 to 1, (3, height, width), less CLIP's mean and divided by CLIP's deviation."""
    return (pixels - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]


def in_batches(score: ScoreBatch, batch: int) -> Scorer:
    """Return a scorer that opens pictures and scores `batch` of them at a time by `score`."""

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
