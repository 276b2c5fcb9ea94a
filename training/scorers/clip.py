"""CLIP (arXiv 2103.00020): pictures and texts as vectors of length 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import CLIPTokenizer

from .weights import tokenizer

TOKENS = 77
H14 = "laion/CLIP-ViT-H-14-laion2B-s32B-b79K"


@dataclass(frozen=True)
class Clip:
    """A CLIP model with its tokenizer.

    Attributes:
        model: a CLIPModel of transformers.
        tokenizer: the tokenizer of its text tower.
        device: where the model runs, as torch names it.
    """

    model: Any
    tokenizer: Any
    device: str

    def images(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return the vectors of normalised pixels: (pictures, 3, size, size) -> (pictures, width)."""
        pooled = self.model.vision_model(pixel_values=pixels.to(self.device)).pooler_output
        return torch.nn.functional.normalize(self.model.visual_projection(pooled), dim=-1)

    def texts(self, texts: Sequence[str]) -> torch.Tensor:
        """Return the vectors of texts, (texts, width). A text is cut at 77 tokens, its end token among them."""
        distinct = list(dict.fromkeys(texts))
        tokens = self.tokenizer(distinct, padding=True, truncation=True, max_length=TOKENS, return_tensors="pt")
        tokens = tokens.to(self.device)
        pooled = self.model.text_model(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]
        ).pooler_output
        vectors = torch.nn.functional.normalize(self.model.text_projection(pooled), dim=-1)
        return vectors[[distinct.index(text) for text in texts]]

    def cosines(self, pixels: torch.Tensor, texts: Sequence[str]) -> torch.Tensor:
        """Return the cosine of each picture and its own text: (pictures, 3, size, size) -> (pictures,)."""
        return (self.images(pixels) * self.texts(texts)).sum(dim=-1)


def clip_tokenizer(folder: Path | None, hub: str) -> Any:
    """Return CLIP's tokenizer, from the folder if it is there, else of the hub id `hub`. Raises ScorerError."""
    return tokenizer(CLIPTokenizer, folder, hub, {"<|startoftext|>": 49406, "<|endoftext|>": 49407})
