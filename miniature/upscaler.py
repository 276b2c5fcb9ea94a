"""A small upscaler in the layout of Real-ESRGAN's "Compact" (spandrel, architectures/Compact).

ComfyUI's UpscaleModelLoader reads it: convolutions with PReLU between, and a pixel shuffle, whose result is added to
the plainly enlarged picture.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class Upscaler(nn.Module):
    """RGB in 0..1 [batch, 3, h, w] -> [batch, 3, scale * h, scale * w]."""

    def __init__(self, width: int = 24, convolutions: int = 5, scale: int = 2) -> None:
        super().__init__()
        self.scale = scale
        layers: list[nn.Module] = [nn.Conv2d(3, width, 3, padding=1), nn.PReLU(width)]
        for _ in range(convolutions):
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.PReLU(width)]
        layers.append(nn.Conv2d(width, 3 * scale**2, 3, padding=1))
        nn.init.zeros_(layers[-1].weight)  # type: ignore[arg-type]
        nn.init.zeros_(layers[-1].bias)  # type: ignore[arg-type]
        self.body = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> Tensor:
        """Return pictures (batch, 3, 2 height, 2 width) from (batch, 3, height, width)."""
        out = x
        for layer in self.body:
            out = layer(out)
        return F.pixel_shuffle(out, self.scale) + F.interpolate(x, scale_factor=self.scale, mode="nearest")
