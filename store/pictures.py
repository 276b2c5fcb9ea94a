"""A rendered picture as scorers read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class Picture:
    """A picture on disk, and what it should show. A scorer does not learn how the picture was made.

    Attributes:
        path: the file.
        prompt: what the picture should show.
        meaning: what the prompt says, as JSON, where that is known (miniature/captions.py); scorers of real pictures
            read the text alone.
    """

    path: Path
    prompt: str
    meaning: Mapping[str, Any] | None = None


def open_picture(picture: Picture) -> Image.Image:
    """Return the decoded picture in RGB. Raises ValueError naming the file."""
    from PIL import Image

    try:
        with Image.open(picture.path) as image:
            return image.convert("RGB")
    # A broken PNG is a SyntaxError to Pillow, other broken files are whatever their reader stumbles over.
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise ValueError(
            f"{picture.path}: cannot be read as a picture ({error}). Render it again, or leave it out"
        ) from error
