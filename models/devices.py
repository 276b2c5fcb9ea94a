"""Where a training computes, and whether in bfloat16."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from accelerate import Accelerator


def open_accelerator() -> Accelerator:
    """On a GPU where there is one. On a CPU accelerate has to be told, or several processes would not find each other.
    However often it is opened, a process has one place."""
    from accelerate import Accelerator

    return Accelerator(cpu=on_cpu())


def on_cpu() -> bool:
    """Whether to compute on a CPU: without a GPU, and in several processes on a Mac, whose GPU cannot be shared."""
    if torch.cuda.is_available():
        return False
    return not torch.backends.mps.is_available() or int(os.environ.get("WORLD_SIZE", "1")) > 1


def in_bfloat16(asked: bool | None, device: torch.device) -> bool:
    """Whether to compute in it: as asked, and unasked where it is fast."""
    return fast_bfloat16(device) if asked is None else asked


def fast_bfloat16(device: torch.device) -> bool:
    """Whether the device has instructions for it; without them it is slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    if device.type != "cpu" or not torch.backends.mkldnn.is_available():  # torch for Macs comes without oneDNN
        return False
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
