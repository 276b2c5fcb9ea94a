"""PickScore (arXiv 2305.01569): CLIP ViT-H/14, tuned on the preferences of the Pick-a-Pic app's users.

As published (yuvalkirstain/PickScore, README.md, "Inference with PickScore"): the picture by CLIPProcessor of
laion/CLIP-ViT-H-14-laion2B-s32B-b79K (shorter side to 224, bicubic, centre crop, CLIP's mean and deviation), the text
cut at 77 tokens, score = exp(logit_scale) * cosine. The published code turns the scores of one prompt's pictures into
probabilities; the score of a single picture has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from transformers import CLIPModel

from ...store.pictures import Picture
from .base import Scorer, ScorerError
from .clip import H14, Clip, clip_tokenizer
from .pixels import crop_pixels, in_batches
from .weights import loaded

PUBLISHED = "yuvalkirstain/PickScore_v1"


def load(source: str | Path | None, device: str, batch: int) -> Scorer:
    """Return the scorer; its scores are scaled cosines, about 18 to 24.

    Args:
        source: a folder in transformers' layout, a hub id, or None for the published model.
        device: where it runs, as torch names it.
        batch: number of pictures at a time.

    Raises:
        ScorerError: where there is no such folder, or it holds other weights.
    """
    name = str(source or PUBLISHED)
    folder = Path(name) if Path(name).is_dir() else None
    if folder is None and (name.count("/") != 1 or name.startswith((".", "~", "/")) or "\\" in name):
        raise ScorerError(f"{name}: no such folder. Name one with config.json and model.safetensors, or {PUBLISHED}")
    settings = {"use_safetensors": True, "dtype": torch.float32, "local_files_only": folder is not None}
    model = loaded(CLIPModel, name, name, device, **settings)
    clip = Clip(model, clip_tokenizer(folder, H14), device)
    size = int(model.config.vision_config.image_size)

    def score(pictures: Sequence[Picture], images: Sequence[Image.Image]) -> torch.Tensor:
        pixels = torch.stack([crop_pixels(image, size, half=int) for image in images])
        return model.logit_scale.exp() * clip.cosines(pixels, [picture.prompt for picture in pictures])

    return in_batches(score, batch)
