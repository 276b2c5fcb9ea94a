"""A rendered picture as scorers see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class Picture:
    """A picture on disk and the prompt it was made for. A scorer does not see how the picture was made.

    Attributes:
        path: the file.
        prompt: the prompt.
        meaning: content of the prompt as JSON, where it is known (miniature/captions.py). Scorers of real pictures read
            the prompt alone.
    """

    path: Path
    prompt: str
    meaning: Mapping[str, Any] | None = None


def open_picture(picture: Picture) -> Image.Image:
    """Return a picture decoded in RGB. Raises ValueError naming the file."""
    from PIL import Image

    try:
        with Image.open(picture.path) as image:
            return image.convert("RGB")
    # Pillow raises SyntaxError for a broken PNG, and whatever its reader raises for other broken files.
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise ValueError(
            f"{picture.path}: cannot be read as a picture ({error}). Render it again, or leave it out"
        ) from error
