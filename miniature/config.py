"""Sizes of the miniature's networks, kept as JSON in the metadata of its weights."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AutoencoderConfig:
    """A slim TAESD (github.com/madebyollin/taesd): the layout is TAESD's, only narrower.

    widths: channels at full, half, quarter and eighth resolution; none may exceed TAESD's own 64.
    """

    widths: tuple[int, int, int, int] = (16, 32, 64, 64)
    latent_channels: int = 16
    downscale: int = 8


@dataclass(frozen=True)
class TransformerConfig:
    """An SD3-type MMDiT ("Scaling Rectified Flow Transformers", arXiv 2403.03206), hidden size 64 * depth.

    text_width is the width of CLIP-L, which is all that training sees; export pads it to the widths of SD3.
    """

    depth: int = 3
    latent_channels: int = 16
    text_width: int = 768
    patch: int = 2

    @property
    def hidden(self) -> int:
        """The width of the transformer: heads times the size of a head."""
        return 64 * self.depth
