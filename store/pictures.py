"""A rendered picture as scorers see it, and what a scorer is: a plain function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class Picture:
    """A picture on disk and what was asked for.

    meaning: what the prompt says, as JSON, where that is known (miniature/captions.py); scorers of real
    pictures read the text alone. How the picture was made is no business of a scorer's.
    """

    path: Path
    prompt: str
    meaning: Mapping[str, Any] | None = None


Scorer: TypeAlias = Callable[[Sequence[Picture]], list[float]]
"""One raw score for each picture, in order; higher is better. Raises ValueError naming a picture that it cannot
judge."""


def open_picture(picture: Picture) -> Image.Image:
    """In RGB, decoded. Raises ValueError naming the file."""
    from PIL import Image

    try:
        with Image.open(picture.path) as image:
            return image.convert("RGB")
    # A broken PNG is a SyntaxError to Pillow, other broken files are whatever their reader stumbles over.
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise ValueError(
            f"{picture.path}: cannot be read as a picture ({error}). Make it anew, or leave it out"
        ) from error
