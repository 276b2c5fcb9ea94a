"""Llama and Qwen2 with little overhead, for small models.

At this size transformers spends most of a step outside the matrices, and torch's own float32 products on a CPU take
twice the time of oneDNN's. Here the weights are copied once: those that multiply the same input as one matrix, laid
out for oneDNN; `llama_batch` computes with them. The arithmetic is that of transformers, in another order.

An adapter stays beside the weights: at its rank its own products cost little, and with weights of its own the tuned
policy would have to read twice as many as it does together with the reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from torch import nn

from ..lora import Adapter, fused_pair
from .weights import LARGEST, LlamaWeights

PARTS = {
    "inputs": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "attended": ("self_attn.o_proj",),
    "gates": ("mlp.gate_proj", "mlp.up_proj"),
    "down": ("mlp.down_proj",),
}
"""The linear layers of each `Product` of a `Layer`."""

_CLASSES = (
    "transformers.models.llama.modeling_llama.LlamaForCausalLM",
    "transformers.models.qwen2.modeling_qwen2.Qwen2ForCausalLM",
)
"""The classes that are computed here, by name: importing transformers takes seconds."""

_copies: WeakKeyDictionary[nn.Module, tuple[tuple[tuple[int, int], ...], Llama]] = WeakKeyDictionary()


def copied(weights: Any) -> Llama | None:
    """The model's copy, made anew when its weights have changed since; None for a model that cannot have one."""
    # Once there is a transformers model over the weights, its layers may have been replaced.
    model = weights.made_model or weights if isinstance(weights, LlamaWeights) else weights
    if not _supported(model):
        return None
    # Training writes in place, which counts the version up; moving to another device or dtype takes another place.
    state = tuple((weight.data_ptr(), 0 if weight.is_inference() else weight._version) for weight in model.parameters())
    known = _copies.get(weights)
    if known is None or known[0] != state:
        known = _copies[weights] = (state, Llama(model))
    return known[1]


def forget_copy(model: nn.Module) -> None:
    """Let go of the model's copy, and with it of the memory of the device that the model was on. What still computes
    with the copy keeps it for as long."""
    _copies.pop(model, None)


def _supported(model: Any) -> bool:
    """Whether the model is exactly one of those that this module computes: nothing quantised, adapted or wrapped."""
    if type(model) is LlamaWeights:
        return len({weight.device for weight in model.parameters()}) == 1
    if f"{type(model).__module__}.{type(model).__name__}" not in _CLASSES:
        return False
    config = model.config
    linear = [model.get_output_embeddings()]
    for layer in model.model.layers:
        attention, mlp = layer.self_attn, layer.mlp
        linear += [attention.q_proj, attention.k_proj, attention.v_proj, attention.o_proj]
        linear += [mlp.gate_proj, mlp.up_proj, mlp.down_proj]
    return (
        all(type(part) is nn.Linear for part in linear)
        and linear[0].bias is None
        and config.hidden_act == "silu"
        and not getattr(config, "use_sliding_window", False)
        and model.model.rotary_emb.rope_type in ("default", "linear", "llama3", "yarn")  # the same at any length
        and len({weight.device for weight in model.parameters()}) == 1
        and sum(weight.numel() for weight in model.parameters()) <= LARGEST
    )


class Llama:
    """A copy of a model's weights. packed: as oneDNN wants them, where it is there."""

    @torch.inference_mode()
    def __init__(self, model: Any, *, packed: bool = True) -> None:
        config = model.config
        self.heads: int = config.num_attention_heads
        self.shared: int = config.num_key_value_heads
        self.embedding: torch.Tensor = model.get_input_embeddings().weight.detach()
        self.output: torch.Tensor = model.get_output_embeddings().weight.detach()
        self.norm = Norm(model.model.norm)
        self.layers = [Layer(layer, packed) for layer in model.model.layers]
        self.size = self.layers[0].inputs.rows // (self.heads + 2 * self.shared)
        self._rotary = model.model.rotary_emb
        self._turns = self._turn(1024)
        self._adapted: WeakKeyDictionary[Adapter, list[LayerAdapter]] = WeakKeyDictionary()

    @property
    def device(self) -> torch.device:
        return self.embedding.device

    def takes(self, adapter: Adapter | None) -> bool:
        """Whether all that the adapter adapts is in the layers."""
        if adapter is None:
            return True
        parts = [part for product in PARTS.values() for part in product]
        return adapter.tensors.keys() <= {
            layer_path(index, part) for index in range(len(self.layers)) for part in parts
        }

    @torch.inference_mode()
    def adapted(self, adapter: Adapter) -> list[LayerAdapter]:
        """What the adapter adds to each layer, made once."""
        if adapter not in self._adapted:
            self._adapted[adapter] = [self._adapt(adapter, index) for index in range(len(self.layers))]
        return self._adapted[adapter]

    def _adapt(self, adapter: Adapter, index: int) -> LayerAdapter:
        updates = {}
        for name, parts in PARTS.items():
            pairs = [adapter.tensors.get(layer_path(index, part)) for part in parts]
            if any(pairs):
                product: Product = getattr(self.layers[index], name)
                updates[name] = Update(pairs, product.sizes, adapter.scale, self.embedding)
        return LayerAdapter(**updates)

    def turns(self, positions: torch.Tensor, most: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Cosines and sines of the rotary embedding at some positions, none above `most`: (tokens, 1, size of a
        head) each. The sines of the first half are negative, since what they multiply is swapped but not negated."""
        if most >= len(self._turns[0]):
            self._turns = self._turn(2 * most)
        cosines, sines = self._turns
        return cosines[positions], sines[positions]

    def _turn(self, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        positions = torch.arange(length, device=self.device)[None]
        cosines, sines = self._rotary(self.embedding[:1], positions)
        negative = torch.ones_like(sines[0, :1])
        negative[:, : negative.shape[1] // 2] = -1
        return cosines[0, :, None], (sines[0] * negative)[:, None]


class Norm:
    """Root-mean-square normalisation. (Not torch's own, which is as slow and newer than the oldest torch.)"""

    def __init__(self, norm: Any) -> None:
        self.weight: torch.Tensor = norm.weight.detach()
        self.epsilon: float = norm.variance_epsilon

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        wide = x.float()
        scaled = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.epsilon)
        return scaled.to(x.dtype) * self.weight


class Product:
    """Some linear layers of the same input, as one."""

    def __init__(self, layers: Sequence[nn.Linear], packed: bool) -> None:
        weight = torch.cat([layer.weight.detach() for layer in layers])
        self.sizes = [len(layer.weight) for layer in layers]
        biases = [layer.bias.detach() for layer in layers if layer.bias is not None]
        self.rows = len(weight)
        if biases and len(biases) < len(layers):
            raise ValueError("some of the layers have a bias, and some have none")
        self.bias = torch.cat(biases) if biases else None
        self.packed = packed and weight.device.type == "cpu" and _packs(weight.dtype)
        self.weight: torch.Tensor = torch.ops.mkldnn._reorder_linear_weight(weight) if self.packed else weight

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        if not self.packed:
            return F.linear(x, self.weight, self.bias)
        product: torch.Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, "none", [], "")
        return product


@cache
def _packs(dtype: torch.dtype) -> bool:
    """Whether oneDNN's products of packed weights are there and right. They are what compiled models use; torch
    promises nothing about their names, so where they differ the plain product is taken."""
    if not torch.backends.mkldnn.is_available() or dtype not in (torch.float32, torch.bfloat16):
        return False
    weight = torch.arange(-16, 16).view(8, 4).to(dtype)
    x, bias = torch.arange(12).view(3, 4).to(dtype), torch.arange(8).to(dtype)
    try:
        if dtype == torch.bfloat16 and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
            return False
        packed = torch.ops.mkldnn._reorder_linear_weight(weight)
        product = torch.ops.mkldnn._linear_pointwise(x, packed, bias, "none", [], "")
    except (AttributeError, RuntimeError, TypeError):
        return False
    return torch.allclose(product.float(), F.linear(x.float(), weight.float(), bias.float()), rtol=0.01)


class Layer:
    """One layer's weights."""

    def __init__(self, layer: Any, packed: bool) -> None:
        def product(name: str) -> Product:
            return Product([layer.get_submodule(part) for part in PARTS[name]], packed)

        self.before_attention = Norm(layer.input_layernorm)
        self.inputs = product("inputs")
        self.attended = product("attended")
        self.before_mlp = Norm(layer.post_attention_layernorm)
        self.gates = product("gates")
        self.down = product("down")


class Update:
    """A product of low rank that is added to what a `Product` gives: those of its linear layers side by side, so that
    it takes two products whatever is adapted."""

    def __init__(
        self,
        pairs: Sequence[tuple[torch.Tensor, torch.Tensor] | None],
        sizes: Sequence[int],
        scale: float,
        like: torch.Tensor,
    ) -> None:
        self.a, self.b = fused_pair(pairs, sizes, scale, like)

    def add(self, output: torch.Tensor, x: torch.Tensor) -> None:
        """Add what x, (tokens, inputs), gives to output, (tokens, outputs)."""
        output.addmm_(x @ self.a, self.b)


@dataclass(frozen=True)
class LayerAdapter:
    """What an adapter adds to the products of a `Layer` of the same names."""

    inputs: Update | None = None
    attended: Update | None = None
    gates: Update | None = None
    down: Update | None = None

    @property
    def anything(self) -> bool:
        return any((self.inputs, self.attended, self.gates, self.down))


def layer_path(index: int, part: str) -> str:
    """Return the path in the model of a part of a layer."""
    return f"model.layers.{index}.{part}"
