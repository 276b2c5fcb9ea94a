"""Whether to compute in bfloat16."""

from __future__ import annotations

import torch


def fast_bfloat16(device: torch.device) -> bool:
    """Whether the device has instructions for it; without them it is slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return device.type == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
