"""What a CLIP says of pictures and texts: vectors of length 1 (arXiv 2103.00020)."""

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
    """A CLIPModel of transformers and its tokenizer."""

    model: Any
    tokenizer: Any
    device: str

    def images(self, pixels: torch.Tensor) -> torch.Tensor:
        """pixels: (pictures, 3, size, size), normalised. Returns (pictures, width)."""
        pooled = self.model.vision_model(pixel_values=pixels.to(self.device)).pooler_output
        return torch.nn.functional.normalize(self.model.visual_projection(pooled), dim=-1)

    def texts(self, texts: Sequence[str]) -> torch.Tensor:
        """(texts, width). Each text ends at 77 tokens, its last one the end of the text."""
        unlike = list(dict.fromkeys(texts))
        tokens = self.tokenizer(unlike, padding=True, truncation=True, max_length=TOKENS, return_tensors="pt")
        tokens = tokens.to(self.device)
        pooled = self.model.text_model(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]
        ).pooler_output
        vectors = torch.nn.functional.normalize(self.model.text_projection(pooled), dim=-1)
        return vectors[[unlike.index(text) for text in texts]]

    def cosines(self, pixels: torch.Tensor, texts: Sequence[str]) -> torch.Tensor:
        """Of each picture and its own text, (pictures,)."""
        return (self.images(pixels) * self.texts(texts)).sum(dim=-1)


def clip_tokenizer(folder: Path | None, hub: str) -> Any:
    """CLIP's tokenizer, from the folder if it is there. Raises ScorerError."""
    return tokenizer(CLIPTokenizer, folder, hub, {"<|startoftext|>": 49406, "<|endoftext|>": 49407})
