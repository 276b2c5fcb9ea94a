"""The miniature's diffusion model: an SD3-type MMDiT whose parameter names are ComfyUI's.

Source: "Scaling Rectified Flow Transformers for High-Resolution Image Synthesis" (arXiv 2403.03206) and
comfy/ldm/modules/diffusionmodules/mmdit.py. Positions are sines over the whole picture scaled to its shorter side
(ComfyUI's rule for a checkpoint without pos_embed), so that one model draws the same scene at every size.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .config import TransformerConfig

EPSILON = 1e-6


def timestep_embedding(t: Tensor, width: int = 256) -> Tensor:
    """[batch] timesteps (1000 * sigma) -> [batch, width]: cosines, then sines, longest period 10,000."""
    half = width // 2
    frequencies = torch.exp(-math.log(10_000) * torch.arange(half, dtype=torch.float32, device=t.device) / half)
    angles = t.float()[:, None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def position_embedding(hidden: int, height: int, width: int) -> Tensor:
    """[height * width, hidden] for a grid of patches whose shorter side runs from 0 to 15.

    ComfyUI's get_2d_sincos_pos_embed_torch.
    """
    side = min(height, width)

    def axis(count: int) -> Tensor:
        reach = 7.5 * count / side
        return torch.linspace(7.5 - reach, 7.5 + reach, count)

    def waves(position: Tensor) -> Tensor:
        frequencies = 1 / 10_000 ** (torch.arange(hidden // 4, dtype=torch.float32) / (hidden / 4))
        angles = position.flatten()[:, None] * frequencies
        return torch.cat([angles.sin(), angles.cos()], dim=1)

    y, x = torch.meshgrid(axis(height), axis(width), indexing="ij")
    return torch.cat([waves(x), waves(y)], dim=1)


def _modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    return x * (1 + scale[:, None]) + shift[:, None]


def _norm(x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], eps=EPSILON)


class _Embedder(nn.Module):
    """Linear, SiLU, linear."""

    def __init__(self, n_in: int, hidden: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(n_in, hidden), nn.SiLU(), nn.Linear(hidden, hidden))

    def forward(self, x: Tensor) -> Tensor:
        return self.mlp(x)


class _PatchEmbedder(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.proj = nn.Conv2d(config.latent_channels, config.hidden, config.patch, stride=config.patch)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x).flatten(2).transpose(1, 2)


class _RmsNorm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        # The weight follows autocast, without which torch has no fused kernel for it.
        return F.rms_norm(x, x.shape[-1:], self.weight.to(x.dtype), EPSILON)


class _Attention(nn.Module):
    def __init__(self, hidden: int, last: bool) -> None:
        super().__init__()
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.ln_q = _RmsNorm(64)
        self.ln_k = _RmsNorm(64)
        if not last:
            self.proj = nn.Linear(hidden, hidden)

    def queries_keys_values(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[batch, length, hidden] -> three of [batch, heads, length, 64]."""
        q, k, v = self.qkv(x).unflatten(-1, (3, -1, 64)).permute(2, 0, 3, 1, 4)
        return self.ln_q(q), self.ln_k(k), v


class _Mlp(nn.Module):
    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(hidden, 4 * hidden)
        self.fc2 = nn.Linear(4 * hidden, hidden)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x), approximate="tanh"))


class _Stream(nn.Module):
    """One side (text or picture) of a joint block. The last text stream only lends its keys and values."""

    def __init__(self, hidden: int, last: bool) -> None:
        super().__init__()
        self.last = last
        self.attn = _Attention(hidden, last)
        if not last:
            self.mlp = _Mlp(hidden)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(hidden, (2 if last else 6) * hidden))

    def before(self, x: Tensor, c: Tensor) -> tuple[tuple[Tensor, Tensor, Tensor], tuple[Tensor, ...]]:
        shift, scale, *rest = self.adaLN_modulation(c).chunk(2 if self.last else 6, dim=1)
        return self.attn.queries_keys_values(_modulate(_norm(x), shift, scale)), tuple(rest)

    def after(self, x: Tensor, attended: Tensor, rest: tuple[Tensor, ...]) -> Tensor:
        gate_attention, shift, scale, gate_mlp = rest
        x = x + gate_attention[:, None] * self.attn.proj(attended)
        return x + gate_mlp[:, None] * self.mlp(_modulate(_norm(x), shift, scale))


class _JointBlock(nn.Module):
    def __init__(self, hidden: int, last: bool) -> None:
        super().__init__()
        self.context_block = _Stream(hidden, last)
        self.x_block = _Stream(hidden, last=False)

    def forward(self, context: Tensor, x: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        text, text_rest = self.context_block.before(context, c)
        picture, picture_rest = self.x_block.before(x, c)
        q, k, v = (torch.cat(both, dim=2) for both in zip(text, picture, strict=True))
        attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        of_text, of_picture = attended.split([context.shape[1], x.shape[1]], dim=1)
        if not self.context_block.last:
            context = self.context_block.after(context, of_text, text_rest)
        return context, self.x_block.after(x, of_picture, picture_rest)


class _FinalLayer(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.linear = nn.Linear(config.hidden, config.patch**2 * config.latent_channels)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(config.hidden, 2 * config.hidden))

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        shift, scale = self.adaLN_modulation(c).chunk(2, dim=1)
        return self.linear(_modulate(_norm(x), shift, scale))


class Transformer(nn.Module):
    """Predicts noise - picture, the velocity of rectified flow, in latent space."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.x_embedder = _PatchEmbedder(config)
        self.t_embedder = _Embedder(256, config.hidden)
        self.y_embedder = _Embedder(config.text_width, config.hidden)
        self.context_embedder = nn.Linear(config.text_width, config.hidden)
        depth = config.depth
        self.joint_blocks = nn.ModuleList(_JointBlock(config.hidden, i == depth - 1) for i in range(depth))
        self.final_layer = _FinalLayer(config)
        for name, parameter in self.named_parameters():
            # Every block starts as the identity and the output as zero (adaLN-Zero, arXiv 2212.09748).
            if "adaLN_modulation" in name or name.startswith("final_layer.linear"):
                nn.init.zeros_(parameter)

    def forward(self, x: Tensor, sigma: Tensor, context: Tensor, pooled: Tensor) -> Tensor:
        """Return the velocity (batch, 16, height, width) of the latents x, of the same shape.

        Parameters:
            x: latents (batch, 16, height, width).
            sigma: noise levels (batch,) in 0..1.
            context: text (batch, length, 768).
            pooled: text (batch, 768).
        """
        patch, (height, width) = self.config.patch, x.shape[-2:]
        rows, columns = height // patch, width // patch
        c = self.t_embedder(timestep_embedding(1000 * sigma)) + self.y_embedder(pooled)
        x = self.x_embedder(x) + position_embedding(self.config.hidden, rows, columns).to(x)
        context = self.context_embedder(context)
        for block in self.joint_blocks:
            context, x = block(context, x, c)
        x = self.final_layer(x, c).unflatten(2, (patch, patch, -1)).unflatten(1, (rows, columns))
        return x.permute(0, 5, 1, 3, 2, 4).reshape(x.shape[0], -1, height, width)
