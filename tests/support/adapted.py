"""Random adapters, made with peft itself."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from peft import LoraConfig, get_peft_model

ALL = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def adapted_by_peft(
    model: Any, *, layers: Sequence[int] | None = None, targets: Sequence[str] = ALL, rank: int = 4, **options: Any
) -> Any:
    """A copy of the model under a `PeftModel` with a random adapter that matters."""
    given: dict[str, Any] = {"r": rank, "lora_alpha": 2 * rank, "target_modules": list(targets)}
    given |= {"task_type": "CAUSAL_LM"} | options
    if layers is not None:
        given["layers_to_transform"] = list(layers)
    found = get_peft_model(copy.deepcopy(model), LoraConfig(**given)).eval()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in found.named_parameters():
            if "lora_" in name:
                weight.copy_(0.15 * torch.randn(weight.shape, generator=generator))
    return found
