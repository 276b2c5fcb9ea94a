"""LAION's aesthetic predictor, "sac+logos+ava1-l14-linearMSE": how much people would like a picture, about 1 to 10.

As published (christophschuhmann/improved-aesthetic-predictor, simple_inference.py): the picture as openai/CLIP prepares
it for ViT-L/14 (shorter side to 224, bicubic, centre crop, CLIP's mean and deviation), its CLIP vector at length 1,
five linear layers 768 - 1024 - 128 - 64 - 16 - 1 without activations between them (the dropout is for training). The
prompt is not read. float32 throughout, where that code runs CLIP in float16 on a GPU.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from PIL import Image
from transformers import CLIPVisionModelWithProjection

from ...store.pictures import Picture
from .base import Scorer, ScorerError
from .pixels import crop_pixels, in_batches
from .weights import find_weights, folder_of, loaded, read_weights

PUBLISHED = "sac+logos+ava1-l14-linearMSE.pth"
CLIP = "openai/clip-vit-large-patch14"
WIDTHS = (1024, 128, 64, 16, 1)
PLACES = (0, 2, 4, 6, 7)
"""Indices of the linear layers in the published files; the indices between are dropout."""


def load(source: str | Path | None, device: str, batch: int) -> Scorer:
    """Return the scorer; its scores go from about 1 to 10.

    Args:
        source: the folder of sac+logos+ava1-l14-linearMSE.safetensors, or that file. CLIP (config.json,
            model.safetensors) is taken from the same folder if it is there, else from Hugging Face.
        device: where it runs, as torch names it.
        batch: number of pictures at a time.

    Raises:
        ScorerError: where the files are missing or hold other weights.
    """
    path = find_weights("laion-aesthetic", source, PUBLISHED)
    folder = folder_of(source)
    local = folder is not None and (folder / "config.json").is_file()
    name = str(folder) if local else CLIP
    settings = {"use_safetensors": True, "dtype": torch.float32, "local_files_only": local}
    clip = loaded(CLIPVisionModelWithProjection, name, name, device, **settings)
    head = linear_head(read_weights(path), "", int(clip.config.projection_dim), path).to(device)
    size = int(clip.config.image_size)

    def score(pictures: Sequence[Picture], images: Sequence[Image.Image]) -> torch.Tensor:
        pixels = torch.stack([crop_pixels(image, size) for image in images]).to(device)
        vectors = torch.nn.functional.normalize(clip(pixel_values=pixels).image_embeds, dim=-1)
        return head(vectors)[:, 0]

    return in_batches(score, batch)


def linear_head(tensors: Mapping[str, torch.Tensor], prefix: str, width: int, path: Path) -> torch.nn.Module:
    """Return the head of five linear layers, (rows, width) -> (rows, 1). ImageReward's head has the same layers.

    Args:
        tensors: weights by name, of which `prefix`layers.0.weight is the first layer's.
        prefix: what stands before the names.
        width: number of inputs.
        path: the file of the weights, for messages.

    Raises:
        ScorerError: where a weight is missing or has another shape.
    """
    ends = [width, *WIDTHS]
    linear = [torch.nn.Linear(ends[index], ends[index + 1]) for index in range(len(WIDTHS))]
    for layer, place in zip(linear, PLACES, strict=True):
        for part, parameter in layer.named_parameters():
            name = f"{prefix}layers.{place}.{part}"
            if name not in tensors or tensors[name].shape != parameter.shape:
                found = f"has shape {tuple(tensors[name].shape)}" if name in tensors else "is missing"
                wanted = tuple(parameter.shape)
                raise ScorerError(f"{path}: {name} {found}; it should have shape {wanted}. Download the file again")
            parameter.data = tensors[name]
    return torch.nn.Sequential(*linear).eval().requires_grad_(False)
