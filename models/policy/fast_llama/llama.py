"""A packed copy of the weights of a small Llama or Qwen2, and the layers that compute with it.

At this size transformers spends most of a step outside the matrices, and torch's own float32 products on a CPU take
twice the time of oneDNN's. The weights are copied once: those that multiply the same input as one matrix, laid out for
oneDNN. `LlamaBatch` and `LlamaMembers` compute with them. The arithmetic is that of transformers, in another order.

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

from ..lora import Adapter, LoraPair, fused_pair
from .weights import LARGEST, LlamaWeights

PARTS = {
    "inputs": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "attended": ("self_attn.o_proj",),
    "gates": ("mlp.gate_proj", "mlp.up_proj"),
    "down": ("mlp.down_proj",),
}
"""The linear layers of each `FusedLinear` of a `Layer`."""

_CLASSES = (
    "transformers.models.llama.modeling_llama.LlamaForCausalLM",
    "transformers.models.qwen2.modeling_qwen2.Qwen2ForCausalLM",
)
"""The classes that are computed here, by name: importing transformers takes seconds."""

_packed: WeakKeyDictionary[nn.Module, tuple[tuple[tuple[int, int], ...], Llama]] = WeakKeyDictionary()


def packed_model(weights: Any) -> Llama | None:
    """Return the packed copy of a model, or None for a model that cannot have one.

    The copy is kept as long as the model lives, and made again when the model's weights have changed since.

    Parameters:
        weights: a `LlamaWeights` or a model of transformers.
    """
    # Once there is a transformers model over the weights, its layers may have been replaced.
    model = weights.made[0] if isinstance(weights, LlamaWeights) and weights.made else weights
    if not _is_supported(model):
        return None
    # Training writes in place, which counts the version up; moving to another device or dtype takes another place.
    state = tuple((weight.data_ptr(), 0 if weight.is_inference() else weight._version) for weight in model.parameters())
    known = _packed.get(weights)
    if known is None or known[0] != state:
        known = _packed[weights] = (state, Llama(model))
    return known[1]


def drop_packed(weights: nn.Module) -> None:
    """Drop the packed copy of a model, and with it the memory of its device.

    A batch that still computes with the copy keeps it until the batch ends.
    """
    _packed.pop(weights, None)


def _is_supported(model: Any) -> bool:
    """Return whether a model is exactly one of those computed here: nothing quantised, adapted or wrapped."""
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
    """A packed copy of a model's weights.

    Attributes:
        heads: the number of query heads.
        shared: the number of heads of keys and values, which groups of query heads share.
        size: the size of a head.
        embedding: the embeddings of the token ids, (vocabulary, hidden).
        output: the output embeddings, (vocabulary, hidden).
        norm: the last norm.
        layers: the layers in order.
    """

    @torch.inference_mode()
    def __init__(self, model: Any, *, packed: bool = True) -> None:
        """Copy a model. `packed` lays the weights out for oneDNN, where that is available."""
        config = model.config
        self.heads: int = config.num_attention_heads
        self.shared: int = config.num_key_value_heads
        self.embedding: torch.Tensor = model.get_input_embeddings().weight.detach()
        self.output: torch.Tensor = model.get_output_embeddings().weight.detach()
        self.norm = Norm(model.model.norm)
        self.layers = [Layer(layer, packed) for layer in model.model.layers]
        self.size = self.layers[0].inputs.rows // (self.heads + 2 * self.shared)
        self._rotary_embedding = model.model.rotary_emb
        self._rotary_table = self._compute_rotary(1024)
        self._adapted: WeakKeyDictionary[Adapter, list[LayerAdapter]] = WeakKeyDictionary()

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        return self.embedding.device

    def supports(self, adapter: Adapter | None) -> bool:
        """Return whether every linear layer that the adapter adapts is one of the layers' own."""
        if adapter is None:
            return True
        parts = [part for fused in PARTS.values() for part in fused]
        known = {layer_path(index, part) for index in range(len(self.layers)) for part in parts}
        return adapter.tensors.keys() <= known

    @torch.inference_mode()
    def adapted(self, adapter: Adapter) -> list[LayerAdapter]:
        """Return what an adapter adds to each layer. It is made once for an adapter."""
        if adapter not in self._adapted:
            self._adapted[adapter] = [self._adapt(adapter, index) for index in range(len(self.layers))]
        return self._adapted[adapter]

    def _adapt(self, adapter: Adapter, index: int) -> LayerAdapter:
        deltas = {}
        for name, parts in PARTS.items():
            pairs = [adapter.tensors.get(layer_path(index, part)) for part in parts]
            if any(pairs):
                fused: FusedLinear = getattr(self.layers[index], name)
                deltas[name] = LoraDelta(pairs, fused.sizes, adapter.scale, self.embedding)
        return LayerAdapter(**deltas)

    def rotary(self, positions: torch.Tensor, longest: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return cosines and sines of the rotary embedding at some positions.

        Parameters:
            positions: (tokens,), none above `longest`.
            longest: the largest position, known to the caller without waiting for the device.

        Returns:
            Cosines and sines, (tokens, 1, size of a head) each. The sines of the first half are negated, because
            `attention.rotate` swaps the halves of what they multiply without negating one.
        """
        if longest >= len(self._rotary_table[0]):
            self._rotary_table = self._compute_rotary(2 * longest)
        cosines, sines = self._rotary_table
        return cosines[positions], sines[positions]

    def _compute_rotary(self, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return cosines and sines of all positions below `length`, (length, 1, size of a head) each."""
        positions = torch.arange(length, device=self.device)[None]
        cosines, sines = self._rotary_embedding(self.embedding[:1], positions)
        negative = torch.ones_like(sines[0, :1])
        negative[:, : negative.shape[1] // 2] = -1
        return cosines[0, :, None], (sines[0] * negative)[:, None]


class Norm:
    """Root-mean-square normalisation. Torch's own is as slow, and newer than the oldest torch that ComfyUI allows.

    Attributes:
        weight: (hidden,).
        epsilon: what is added to the mean square.
    """

    def __init__(self, norm: Any) -> None:
        self.weight: torch.Tensor = norm.weight.detach()
        self.epsilon: float = norm.variance_epsilon

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Normalise each row of x, (tokens, hidden)."""
        wide = x.float()
        scaled = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.epsilon)
        return scaled.to(x.dtype) * self.weight


class FusedLinear:
    """Linear layers with the same input, as one.

    Attributes:
        sizes: the number of outputs of each layer.
        rows: the number of outputs of all layers.
        weight: (rows, inputs), or in oneDNN's own layout where `packed`.
        bias: (rows,), or None.
        packed: whether oneDNN multiplies.
    """

    def __init__(self, layers: Sequence[nn.Linear], packed: bool) -> None:
        weight = torch.cat([layer.weight.detach() for layer in layers])
        self.sizes = [len(layer.weight) for layer in layers]
        biases = [layer.bias.detach() for layer in layers if layer.bias is not None]
        self.rows = len(weight)
        if biases and len(biases) < len(layers):
            raise ValueError("some of the layers have a bias, and some have none")
        self.bias = torch.cat(biases) if biases else None
        self.packed = packed and weight.device.type == "cpu" and _can_pack(weight.dtype)
        self.weight: torch.Tensor = torch.ops.mkldnn._reorder_linear_weight(weight) if self.packed else weight

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return the outputs of all layers side by side, (tokens, rows), for x, (tokens, inputs)."""
        if not self.packed:
            return F.linear(x, self.weight, self.bias)
        product: torch.Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, "none", [], "")
        return product


@cache
def _can_pack(dtype: torch.dtype) -> bool:
    """Return whether oneDNN's products of packed weights are available and right for a dtype.

    They are what compiled models use. Torch promises nothing about their names: where they differ, the plain product
    is taken.
    """
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
    """One layer's weights.

    Attributes:
        before_attention: the norm before the attention.
        inputs: queries, keys and values, (heads + 2 * shared) * size outputs.
        attended: the output of the attention.
        before_mlp: the norm before the MLP.
        gates: gate and up projection, twice the intermediate size.
        down: the down projection.
    """

    def __init__(self, layer: Any, packed: bool) -> None:
        def fused(name: str) -> FusedLinear:
            return FusedLinear([layer.get_submodule(part) for part in PARTS[name]], packed)

        self.before_attention = Norm(layer.input_layernorm)
        self.inputs = fused("inputs")
        self.attended = fused("attended")
        self.before_mlp = Norm(layer.post_attention_layernorm)
        self.gates = fused("gates")
        self.down = fused("down")


class LoraDelta:
    """What an adapter adds to the output of a `FusedLinear`: two products, however many of its layers are adapted.

    Attributes:
        a: (inputs, ranks).
        b: (ranks, outputs), with the scale in it.
    """

    def __init__(
        self, pairs: Sequence[LoraPair | None], sizes: Sequence[int], scale: float, like: torch.Tensor
    ) -> None:
        self.a, self.b = fused_pair(pairs, sizes, scale, like)

    def add(self, output: torch.Tensor, x: torch.Tensor) -> None:
        """Add the adapter's product for x, (tokens, inputs), to output, (tokens, outputs), in place."""
        output.addmm_(x @ self.a, self.b)


@dataclass(frozen=True)
class LayerAdapter:
    """What an adapter adds to one layer, by the name of the `FusedLinear`; None where it adds nothing."""

    inputs: LoraDelta | None = None
    attended: LoraDelta | None = None
    gates: LoraDelta | None = None
    down: LoraDelta | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the adapter adds nothing to the layer."""
        return not any((self.inputs, self.attended, self.gates, self.down))


def layer_path(index: int, part: str) -> str:
    """Return the path in the model of a part of a layer."""
    return f"model.layers.{index}.{part}"
