"""Which sizes a family's first latent may have: on its grid, near its native area, and no strips."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from ..families.family import DistilledRange, Interval
from ..families.lookup import FAMILIES
from ..families.names import normalised

MOST_RATIO = 2.5
"""Largest ratio of the longer to the shorter side of a first picture."""
UNKNOWN_AREA = (512 * 512 / 2, 2 * 1024 * 1024)
"""Areas for a model of unknown family: those of SD 1.5 and of SDXL, which nearly all such files are."""
_TOLERANCE = 1.15
_USUALLY_LEAST, _USUALLY_MOST = 0.8, 1.3
"""Shares of the native area between which people make pictures where nothing else is asked."""
_UNET_GRID, _GRID = 64, 16
"""A U-Net halves its latent three times, which is an eighth of the picture; a transformer joins two by two cells."""


@dataclass(frozen=True, slots=True)
class BaseSizes:
    """The sizes that a first picture may have.

    Attributes:
        grid: both sides are multiples of this many pixels.
        least: smallest area in pixels.
        most: largest area in pixels.
        native: side of the square picture of the training; None where no source states it.
        recommended: smallest and largest area that is recommended.
        ratios: least and most width divided by height that was asked for; None for any that is no strip.
        only: the one size that was asked for, None for any.
    """

    grid: int
    least: float
    most: float
    native: int | None
    recommended: tuple[float, float] = (0.0, math.inf)
    ratios: tuple[float, float] | None = None
    only: tuple[int, int] | None = None

    @property
    def usual(self) -> Interval:
        """Smallest and largest area that people make where nothing else is asked: near the native one."""
        low, high = self.recommended
        middle = float(self.native**2) if self.native else math.sqrt(low * high)
        if not low <= middle <= high:  # of a distilled variant with a size of its own
            middle = math.sqrt(low * high)
        return max(low, middle * _USUALLY_LEAST), min(high, middle * _USUALLY_MOST)

    def fits(self, width: float, height: float) -> bool:
        """Return whether a first picture may have this size."""
        if self.only is not None:
            return (width, height) == self.only
        return self.on_grid(width, height) and self.in_shape(width, height) and self.in_area(width, height)

    def on_grid(self, width: float, height: float) -> bool:
        """Return whether both sides lie on the grid."""
        return width % self.grid == 0 and height % self.grid == 0

    def in_shape(self, width: float, height: float) -> bool:
        """Return whether the shape was asked for, or the longer side is at most `MOST_RATIO` times the shorter one."""
        if self.ratios is not None:
            return self.ratios[0] <= width / height <= self.ratios[1]
        return max(width, height) <= MOST_RATIO * min(width, height)

    def in_area(self, width: float, height: float) -> bool:
        """Return whether the area is neither too small nor too large for what the model learned."""
        return self.least <= width * height <= self.most

    def nearest(self, width: float, height: float) -> tuple[int, int]:
        """Return the size on the grid, of about the same shape, whose area is in the middle of the usual ones."""
        low, high = self.usual
        scale = math.sqrt((low + high) / 2 / (width * height)) if math.isfinite(high) else 1.0
        return (
            max(self.grid, round(width * scale / self.grid) * self.grid),
            max(self.grid, round(height * scale / self.grid) * self.grid),
        )

    def near_area(self, width: float, height: float) -> bool:
        """Return whether the area is within those limits or just beyond them, as people's own sizes are."""
        return self.least <= width * height * _TOLERANCE and width * height <= self.most * _TOLERANCE


@lru_cache(maxsize=4096)
def base_sizes(family: str, main: str = "") -> BaseSizes:
    """Return the sizes for a main model: between half and twice the area that it was trained on.

    The recommended range is always within, and that of a distilled variant in its own right: SDXL Turbo makes pictures
    of 512 x 512.

    Args:
        family: its family; a name that is no family stands for an unknown one.
        main: name of its file.
    """
    record = FAMILIES.get(family)
    if record is None:
        return BaseSizes(_UNET_GRID, *UNKNOWN_AREA, None, UNKNOWN_AREA)
    ranges = [record.sampling.megapixels] if record.sampling and record.sampling.megapixels else []
    least, most = 0.0, float("inf")
    if record.native_side:
        least, most = record.native_side**2 / 2, record.native_side**2 * 2
    elif ranges:  # the middle of the recommended range stands for what no source states
        middle = (ranges[0][0] * ranges[0][1]) ** 0.5 * 1e6
        least, most = middle / 2, middle * 2
    plain = normalised(main)
    for variant in record.variants:
        if isinstance(variant.sampling, DistilledRange) and re.search(variant.file_words, plain):
            ranges += [variant.sampling.megapixels] if variant.sampling.megapixels else []
            break
    recommended = (ranges[-1][0] * 1e6, ranges[-1][1] * 1e6) if ranges else (least, most)
    for low, high in ranges:
        least, most = min(least, low * 1e6), max(most, high * 1e6)
    grid = _UNET_GRID if "FreeU" in record.node_classes else _GRID
    return BaseSizes(grid, least, most, record.native_side, recommended)
