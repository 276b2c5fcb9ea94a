"""Where a training computes, and whether in bfloat16."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from accelerate import Accelerator


def open_accelerator() -> Accelerator:
    """Return accelerate's view of this process, on a GPU where there is one.

    On a CPU, accelerate needs `cpu=True`, or several processes would not find each other. All calls in a process share
    one state.
    """
    from accelerate import Accelerator

    return Accelerator(cpu=on_cpu())


def on_cpu() -> bool:
    """Return whether to compute on a CPU: without a GPU, and in several processes on a Mac, whose GPU is for one."""
    if torch.cuda.is_available():
        return False
    return not torch.backends.mps.is_available() or int(os.environ.get("WORLD_SIZE", "1")) > 1


def in_bfloat16(wanted: bool | None, device: torch.device) -> bool:
    """Return `wanted`, and for None whether bfloat16 is fast on the device."""
    return fast_bfloat16(device) if wanted is None else wanted


def fast_bfloat16(device: torch.device) -> bool:
    """Return whether the device has instructions for bfloat16; without them it is slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    if device.type != "cpu" or not torch.backends.mkldnn.is_available():  # torch for Macs comes without oneDNN
        return False
    if not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return False
    # oneDNN also says yes where AVX-512 only converts bfloat16 to float32 and back, which is slower than float32.
    known = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return known.get("architecture") != "x86_64" or bool(known.get("avx512_bf16") or known.get("amx_bf16"))
