"""What this machine can do at best: the floor that decoding is compared with."""

from __future__ import annotations

import math
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers

from nodewright.models.policy.fast_llama.llama import FusedLinear


def best_seconds(work: Callable[[], Any], device: torch.device, times: int = 25) -> float:
    """Return the seconds of the fastest of some runs, after two that do not count."""
    seconds = []
    for _ in range(times + 2):
        synchronise(device)
        began = time.perf_counter()
        work()
        synchronise(device)
        seconds.append(time.perf_counter() - began)
    return min(seconds[2:])


def synchronise(device: torch.device) -> None:
    """Wait for what was started on a GPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@dataclass(frozen=True)
class Floor:
    """What the machine allows at best."""

    read_bytes: int
    """Bytes of the layers' weights, all of which a step reads."""
    bandwidth: float
    """Bytes a second when reading as many again and again, which a cache may hold."""
    rate: float
    """Floating-point operations a second of a large product, on one thread."""

    def step(self) -> float:
        """Seconds that a step takes at least."""
        return self.read_bytes / self.bandwidth

    def reading(self, tokens: int, item: int) -> float:
        """Seconds that reading a context of this many tokens takes at least; `item` bytes a weight."""
        return 2 * tokens * self.read_bytes / item / self.rate

    def __str__(self) -> str:
        return (
            f"Floor: the layers' weights are {self.read_bytes / 1e6:.1f} MB, this machine sums as much at "
            f"{self.bandwidth / 1e9:.0f} GB/s and multiplies at {self.rate / 1e9:.0f} GFLOP/s, both on "
            f"{torch.get_num_threads()} thread"
        )


def measure_floor(model: Any) -> Floor:
    """For this model, on its device, with the threads that torch has now."""
    device, dtype = model.get_input_embeddings().weight.device, model.dtype
    size = sum(weight.numel() for layer in model.model.layers for weight in layer.parameters())
    with torch.inference_mode():
        stream = torch.ones(size, dtype=dtype, device=device)
        # Summing shorter types is bound by their conversion, so the same bytes are read as float32.
        words = stream.view(torch.float32) if size * dtype.itemsize % 4 == 0 else stream
        bandwidth = size * dtype.itemsize / best_seconds(words.sum, device)
        square = FusedLinear([torch.nn.Linear(1024, 1024, bias=False, dtype=dtype, device=device)], packed=True)
        x = torch.ones(512, 1024, dtype=dtype, device=device)
        rate = 2 * 512 * 1024 * 1024 / best_seconds(lambda: square(x), device)
    return Floor(size * dtype.itemsize, bandwidth, rate)


def describe(device: torch.device) -> str:
    """Return a line about the machine and its software."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else _processor()
    return (
        f"{name}, {os.cpu_count()} cores; {platform.system()}, Python {platform.python_version()}, "
        f"torch {torch.__version__}, transformers {transformers.__version__}"
    )


def _processor() -> str:
    """Return the processor's name, from /proc/cpuinfo or `platform`."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
