"""A slim TAESD: pictures to 16-channel latents at an eighth of the size, and back.

Layout and key numbering follow ComfyUI's comfy/taesd/taesd.py, so that export only has to pad channels with zeros:
a TAESD block whose weights are all zero is the identity behind its ReLU.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .config import AutoencoderConfig


def _conv(n_in: int, n_out: int, stride: int = 1, bias: bool = True) -> nn.Conv2d:
    return nn.Conv2d(n_in, n_out, 3, stride=stride, padding=1, bias=bias)


class Clamp(nn.Module):
    """Keeps latents within -3..3, softly."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to the same layout."""
        return torch.tanh(x / 3) * 3


class Block(nn.Module):
    """TAESD's residual block; the skip is always the identity here."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(_conv(width, width), nn.ReLU(), _conv(width, width), nn.ReLU(), _conv(width, width))

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to the same layout."""
        return F.relu(self.conv(x) + x)


def _encoder(config: AutoencoderConfig) -> nn.Sequential:
    a, b, c, d = config.widths
    layers: list[nn.Module] = [_conv(3, a), Block(a)]
    for before, after in ((a, b), (b, c), (c, d)):
        layers += [_conv(before, after, stride=2, bias=False), Block(after), Block(after), Block(after)]
    return nn.Sequential(*layers, _conv(d, config.latent_channels))


def _decoder(config: AutoencoderConfig) -> nn.Sequential:
    a, b, c, d = config.widths
    layers: list[nn.Module] = [Clamp(), _conv(config.latent_channels, d), nn.ReLU()]
    for before, after in ((d, c), (c, b), (b, a)):
        layers += [Block(before), Block(before), Block(before), nn.Upsample(scale_factor=2)]
        layers += [_conv(before, after, bias=False)]
    return nn.Sequential(*layers, Block(a), _conv(a, 3))


class Autoencoder(nn.Module):
    """encode: RGB in 0..1 [batch, 3, h, w] -> latents [batch, 16, h/8, w/8] of about unit variance; decode: back.

    These latents are exactly the diffusion model's: the SD3 latent format of ComfyUI undoes the scale and shift
    that export writes (vae_scale, vae_shift).
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = _encoder(config)
        self.decoder = _decoder(config)

    def encode(self, images: Tensor) -> Tensor:
        """Return the latents (batch, 16, height / 8, width / 8) of images (batch, 3, height, width) in 0..1."""
        return self.encoder(images)

    def decode(self, latents: Tensor) -> Tensor:
        """Return the images (batch, 3, 8 height, 8 width) of latents (batch, 16, height, width)."""
        return self.decoder(latents)


def reconstruction_loss(output: Tensor, target: Tensor) -> Tensor:
    """L1 of the pixels plus L1 of their differences to the right and downwards, which keeps edges sharp."""
    loss = F.l1_loss(output, target) + 2 * F.mse_loss(output, target)
    for axis in (-1, -2):
        loss = loss + 0.5 * F.l1_loss(output.diff(dim=axis), target.diff(dim=axis))
    return loss


def normality_loss(latents: Tensor) -> Tensor:
    """How far each latent channel, over the batch, is from mean 0 and standard deviation 1."""
    flat = latents.transpose(0, 1).flatten(1)
    return flat.mean(1).square().mean() + (flat.std(1) - 1).square().mean()
