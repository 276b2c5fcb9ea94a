"""Join adapters: one that adds to a policy what several add together.

    nodewright train join-adapters --adapters real/tuned miniature/tuned --out tuned

It is for adapters that were tuned for different installations, each held to the reference on the other's pairs
(`nodewright train grpo --kl-replay`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from ...models.policy.adapters import ADAPTER_FOLDER, read_adapter, write_adapter
from ...models.policy.checkpoints import shipped_policy_path
from ...models.policy.folders import PolicyError, check_replaceable
from ...models.policy.loading import load_policy
from ...models.policy.lora import Adapter, LoraPair
from ..common.console import report
from ..common.options import parse_options


@dataclass(frozen=True)
class JoinConfig:
    """The options of joining."""

    adapters: tuple[Path, ...]
    """Folders of the adapters, all over the same policy."""
    out: Path
    """Folder of the joined adapter."""
    policy: str | None = None
    """The policy: a checkpoint's folder, a Hugging Face id, or a .gguf file; without it, the shipped one."""


def joined(adapters: Sequence[Adapter]) -> Adapter:
    """Return an adapter whose every product is the sum of those of the adapters; its rank is the sum of the ranks.

    Args:
        adapters: at least one. A layer that one of them does not adapt has zeros for it.
    """
    paths = dict.fromkeys(path for adapter in adapters for path in adapter.tensors)
    tensors = {path: _side_by_side(path, adapters) for path in paths}
    description = {"joined": [dict(adapter.description) for adapter in adapters]}
    return Adapter("joined", sum(adapter.rank for adapter in adapters), 1.0, tensors, description)


def _side_by_side(path: str, adapters: Sequence[Adapter]) -> LoraPair:
    """Return A (ranks, inputs) and B (outputs, ranks) of one layer, with each adapter's scale multiplied into its B."""
    like_a, like_b = next(adapter.tensors[path] for adapter in adapters if path in adapter.tensors)
    inputs, outputs = [], []
    for adapter in adapters:
        none = like_a.new_zeros(adapter.rank, like_a.shape[1]), like_b.new_zeros(like_b.shape[0], adapter.rank)
        a, b = adapter.tensors.get(path, none)
        inputs.append(a)
        outputs.append(b * adapter.scale)
    return torch.cat(inputs), torch.cat(outputs, dim=1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, or 2 for adapters that cannot be used."""
    config = parse_options(
        JoinConfig, arguments, prog="nodewright train join-adapters", description="Make one adapter of several."
    )
    try:
        check_replaceable(config.out, ADAPTER_FOLDER)
        policy = load_policy(config.policy or shipped_policy_path(), dtype=torch.float32, tuned=False)
        adapters = [read_adapter(folder, policy) for folder in config.adapters]
        result = joined(adapters)
        write_adapter(config.out, result, policy.base_sha256)
    except PolicyError as error:
        report(f"error: {error}", sys.stderr)
        return 2
    report(f"{len(adapters)} adapters, rank {result.rank}; wrote {config.out}")
    return 0
