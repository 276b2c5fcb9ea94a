"""LoRA on the miniature's transformer (arXiv 2106.09685): of all matrices of every block's picture stream."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .transformer import Transformer

RANK = 32
_TARGETS = (
    "x_block.attn.qkv", "x_block.attn.proj", "x_block.mlp.fc1", "x_block.mlp.fc2", "x_block.adaLN_modulation.1",
)  # fmt: skip


class LoraLinear(nn.Module):
    """A fixed linear layer and its learnt low-rank change; the scale is alpha / rank = 1."""

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        super().__init__()
        self.linear = linear
        self.lora_A = nn.Linear(linear.in_features, rank, bias=False)
        self.lora_B = nn.Linear(rank, linear.out_features, bias=False)
        nn.init.normal_(self.lora_A.weight, std=1 / rank)
        nn.init.zeros_(self.lora_B.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer's output with the low-rank update, (..., outputs) from (..., inputs)."""
        y: Tensor = self.linear(x)
        return y + self.lora_B(self.lora_A(x))


def add_lora(transformer: Transformer, rank: int = RANK) -> Transformer:
    """Insert LoRA layers into the transformer, in place; only these have gradients."""
    transformer.requires_grad_(False)
    for index, block in enumerate(transformer.joint_blocks):
        for target in _TARGETS:
            parent_name, _, leaf = target.rpartition(".")
            parent = block.get_submodule(parent_name)
            linear = parent.get_submodule(leaf)
            assert isinstance(linear, nn.Linear), f"joint_blocks.{index}.{target}"
            setattr(parent, leaf, LoraLinear(linear, rank))
    return transformer


def read_lora(transformer: Transformer, tensors: dict[str, Tensor]) -> None:
    """Set the LoRA layers of a transformer that has them to what `lora_tensors` returned, in place.

    A LoRA of a lower rank fills the first rows of A and the first columns of B; what is left of B is 0.
    """
    with torch.no_grad():
        for key, value in tensors.items():
            weight = transformer.get_parameter(key.removeprefix("diffusion_model."))
            rows, columns = value.shape
            if ".lora_B." in key:
                weight.zero_()
            weight[:rows, :columns] = value.float()


def lora_tensors(transformer: Transformer) -> dict[str, Tensor]:
    """Return the trained matrices under the names that ComfyUI reads (diffusion_model.*.lora_A.weight), float16."""
    return {
        f"diffusion_model.{key}": value.detach().half().contiguous()
        for key, value in transformer.state_dict().items()
        if ".lora_A." in key or ".lora_B." in key
    }


def merge_lora(transformer: Transformer, tensors: dict[str, Tensor], strength: float = 1.0) -> None:
    """Add a LoRA's update to a plain transformer's weights, in place, as ComfyUI's LoraLoader does."""
    with torch.no_grad():
        for key, down in tensors.items():
            if not key.endswith(".lora_A.weight"):
                continue
            name = key.removeprefix("diffusion_model.").removesuffix(".lora_A.weight")
            up = tensors[key.replace("lora_A", "lora_B")]
            weight = transformer.get_parameter(f"{name}.weight")
            weight.add_(up.float() @ down.float(), alpha=strength)
