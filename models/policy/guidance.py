"""Guidance: from the reference policy through the tuned one and beyond.

At each draw, over what is allowed there, logits = reference + scale * (tuned - reference), as classifier-free guidance
has it for diffusion models (Ho and Salimans 2022, arXiv 2207.12598) and "Policy Optimized Text-to-Image Pipeline
Design" (arXiv 2505.21478) for workflows: a scale of 0 is the reference policy, 1 the tuned one, and above 1 goes on in
the direction that tuning took. The tuned policy is the reference's model under an adapter, and both read the same
tokens, so that one batch serves both: its first half are the reference's rows, its second half the tuned one's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch

from .lora import Adapter, lora_delta
from .policy import Policy

Numbers = TypeVar("Numbers", npt.NDArray[np.float64], torch.Tensor)


class GuidanceError(ValueError):
    """A guidance scale that is out of range, or that needs a tuned policy where there is none."""


@dataclass(frozen=True, eq=False)
class Guidance:
    """What is computed of a policy; made by `guidance_of`.

    Attributes:
        adapter: None computes the reference policy alone.
        scale: 1 computes the tuned policy alone, any other scale both.
    """

    adapter: Adapter | None
    scale: float

    @property
    def both(self) -> bool:
        """Whether reference and tuned policy are both computed."""
        return self.adapter is not None and self.scale != 1

    @property
    def parts(self) -> int:
        """The number of rows of a batch that one candidate takes."""
        return 2 if self.both else 1

    def mixed(self, values: Sequence[Numbers]) -> list[Numbers]:
        """Return guided logits, or hidden states that logits are linear in.

        Parameters:
            values: arrays of any shape: those of the reference in the first half, those of the tuned policy in the
                second; one policy's only where only one was computed, and these are returned.
        """
        if not self.both:
            return list(values)
        half = len(values) // 2
        return [
            reference + self.scale * (tuned - reference)
            for reference, tuned in zip(values[:half], values[half:], strict=True)
        ]


REFERENCE = Guidance(None, 0.0)


def guidance_of(policy: Policy, scale: float) -> Guidance:
    """Return what is to be computed of a policy at a guidance scale. One that was not tuned is the same at 0 and 1.

    Raises:
        GuidanceError: for a scale that is negative or not finite, or that needs an adapter where there is none.
    """
    if not (scale >= 0 and math.isfinite(scale)):
        raise GuidanceError(f"the guidance scale is {scale}; it must be 0 or more")
    if policy.adapter is None and scale not in (0, 1):
        raise GuidanceError(
            f"the guidance scale is {scale:g}, and this policy was not tuned: only 0 and 1, which are the same for it, "
            'can be used. Set it to 1, or load a policy with a tuned adapter: its subfolder "tuned", or one '
            "that Load Policy's input `adapter` (--tuned on the command line) names. `nodewright train grpo` makes one"
        )
    return REFERENCE if scale == 0 or policy.adapter is None else Guidance(policy.adapter, float(scale))


@contextmanager
def applied(model: Any, guidance: Guidance) -> Iterator[None]:
    """Have a transformers model compute with the adapter meanwhile.

    The adapter is applied in the second half of the rows, or in all where only the tuned policy is computed. The
    model's modules are unchanged afterwards, and nobody else may use the model meanwhile.
    """
    adapter = guidance.adapter
    handles = []
    try:
        if adapter is not None:
            for path, (a, b) in adapter.tensors.items():
                module = model.get_submodule(path)
                handles.append(module.register_forward_hook(_hook(a, b, adapter.scale, guidance.both)))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _hook(a: torch.Tensor, b: torch.Tensor, scale: float, half: bool) -> Any:
    """Return a forward hook that adds the product of A (rank, inputs) and B (outputs, rank) to a layer's output."""

    def add(module: Any, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        x = inputs[0]
        first = len(x) // 2 if half else 0
        output[first:] += lora_delta(x[first:], a, b, scale)
        return output

    return add
