"""The weights of a Llama or Qwen2 under the names that transformers gives them, without transformers.

Importing transformers' model classes takes longer than loading and running a small policy. `llama.Llama` computes such
a policy by itself, and needs nothing but its weights. What needs transformers' own forward pass (training, PEFT, an
adapter on other layers) gets it from `forward.forward_model`, over these same parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

LARGEST = 200_000_000
"""Parameters above which the matrices take so long that nothing else matters, and a packed copy takes too much."""

_ARCHITECTURES = {"llama": ["LlamaForCausalLM"], "qwen2": ["Qwen2ForCausalLM"]}


class WeightsConfig:
    """The settings of a config.json that the computation depends on, as attributes under transformers' names.

    Attributes:
        settings: the whole content of the file.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = dict(settings)
        self.model_type: str = settings["model_type"]
        self.vocab_size = int(settings["vocab_size"])
        self.hidden_size = int(settings["hidden_size"])
        self.intermediate_size = int(settings["intermediate_size"])
        self.num_hidden_layers = int(settings["num_hidden_layers"])
        self.num_attention_heads = int(settings["num_attention_heads"])
        self.num_key_value_heads = int(settings.get("num_key_value_heads") or self.num_attention_heads)
        self.head_dim = int(settings.get("head_dim") or self.hidden_size // self.num_attention_heads)
        self.max_position_embeddings = int(settings["max_position_embeddings"])
        self.rms_norm_eps = float(settings["rms_norm_eps"])
        self.tie_word_embeddings = bool(settings["tie_word_embeddings"])
        self.rope_theta = float(settings["rope_theta"])


def can_hold(settings: Mapping[str, Any]) -> bool:
    """Return whether `LlamaWeights` describes the model of a config.json completely.

    True for a Llama or Qwen2 in its plain form whose config.json states all that is needed; what depends on a default
    of transformers, or on the length of the text, is left to transformers.
    """
    kind = settings.get("model_type")
    if kind not in _ARCHITECTURES or settings.get("architectures") != _ARCHITECTURES[kind]:
        return False
    rope = settings.get("rope_parameters") or {}
    if not isinstance(rope, dict) or settings.get("rope_scaling") or settings.get("partial_rotary_factor"):
        return False
    plain = (
        settings.get("hidden_act") == "silu"
        and not settings.get("use_sliding_window")
        and not settings.get("quantization_config")
        and rope.get("rope_type", "default") == "default"
        and rope.get("rope_theta", settings.get("rope_theta")) == settings.get("rope_theta")
        and set(rope) <= {"rope_theta", "rope_type"}
    )
    try:
        config = WeightsConfig(settings)
    except (KeyError, TypeError, ValueError):
        return False
    with torch.device("meta"):
        return plain and sum(weight.numel() for weight in LlamaWeights(config).parameters()) <= LARGEST


class LlamaWeights(nn.Module):
    """The parameters of a `LlamaForCausalLM` or `Qwen2ForCausalLM`, in modules of the same names, without `forward`.

    Attributes:
        config: the model's settings.
        model: embeddings, layers, last norm and rotary embedding.
        lm_head: the output embeddings, (vocabulary, hidden).
        made: the model of transformers over these parameters, once `forward.forward_model` has made it; in a list, so
            that it is no submodule.
    """

    def __init__(self, config: WeightsConfig) -> None:
        super().__init__()
        self.config = config
        self.model = _Body(config)
        self.lm_head = _Linear(config.hidden_size, config.vocab_size, bias=False)
        if config.tie_word_embeddings:
            self.lm_head.weight = self.model.embed_tokens.weight
        self.made: list[Any] = []

    @property
    def base_model(self) -> nn.Module:
        """The model without its output embeddings."""
        return self.model

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of the weights."""
        return self.lm_head.weight.dtype

    def get_input_embeddings(self) -> nn.Embedding:
        """Return the embeddings of the token ids, (vocabulary, hidden)."""
        return self.model.embed_tokens

    def get_output_embeddings(self) -> nn.Linear:
        """Return the output embeddings, (vocabulary, hidden)."""
        return self.lm_head


def weights_from(settings: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> LlamaWeights:
    """Return the weights of a model from its config.json and its tensors by name, which become the parameters.

    Raises:
        ValueError: when a tensor is missing.
        RuntimeError: a tensor has another shape than config.json states.
    """
    with torch.device("meta"):
        weights = LlamaWeights(WeightsConfig(settings))
    found = dict(tensors)
    if weights.config.tie_word_embeddings and "model.embed_tokens.weight" in found:
        found["lm_head.weight"] = found["model.embed_tokens.weight"]
    missing = sorted(weights.load_state_dict(found, strict=False, assign=True).missing_keys)
    if missing:
        raise ValueError(f"its weights lack {', '.join(missing[:3])}{' and others' if len(missing) > 3 else ''}")
    if weights.config.tie_word_embeddings:
        weights.lm_head.weight = weights.model.embed_tokens.weight
    return weights.eval()


class _Linear(nn.Linear):
    """A linear layer whose weights come from a file."""

    def reset_parameters(self) -> None:
        """Draw nothing: on the meta device that would import torch's compiler, which takes seconds."""


class _Embedding(nn.Embedding):
    """Embeddings that come from a file."""

    def reset_parameters(self) -> None:
        """Draw nothing, as in `_Linear`."""


class _Body(nn.Module):
    """Embeddings, layers and the last norm."""

    def __init__(self, config: WeightsConfig) -> None:
        super().__init__()
        self.embed_tokens = _Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.num_hidden_layers))
        self.norm = _Norm(config)
        self.rotary_emb = RotaryEmbedding(config.head_dim, config.rope_theta)


class _Layer(nn.Module):
    """Attention, MLP and the norm before each."""

    def __init__(self, config: WeightsConfig) -> None:
        super().__init__()
        self.self_attn = _Attention(config)
        self.mlp = _MLP(config)
        self.input_layernorm = _Norm(config)
        self.post_attention_layernorm = _Norm(config)


class _Attention(nn.Module):
    """The projections of the attention. Qwen2 has a bias on the first three, Llama on all four or on none."""

    def __init__(self, config: WeightsConfig) -> None:
        super().__init__()
        hidden, size = config.hidden_size, config.head_dim
        heads, shared = config.num_attention_heads * size, config.num_key_value_heads * size
        output_bias = config.model_type == "llama" and bool(config.settings.get("attention_bias"))
        bias = config.model_type == "qwen2" or output_bias
        self.q_proj = _Linear(hidden, heads, bias=bias)
        self.k_proj = _Linear(hidden, shared, bias=bias)
        self.v_proj = _Linear(hidden, shared, bias=bias)
        self.o_proj = _Linear(heads, hidden, bias=output_bias)


class _MLP(nn.Module):
    """The projections of the gated MLP."""

    def __init__(self, config: WeightsConfig) -> None:
        super().__init__()
        bias = config.model_type == "llama" and bool(config.settings.get("mlp_bias"))
        self.gate_proj = _Linear(config.hidden_size, config.intermediate_size, bias=bias)
        self.up_proj = _Linear(config.hidden_size, config.intermediate_size, bias=bias)
        self.down_proj = _Linear(config.intermediate_size, config.hidden_size, bias=bias)


class _Norm(nn.Module):
    """The scale of a root-mean-square normalisation, (hidden,)."""

    def __init__(self, config: WeightsConfig) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(config.hidden_size))
        self.variance_epsilon = config.rms_norm_eps


class RotaryEmbedding(nn.Module):
    """The rotary position embedding in its default form (Su et al. 2021, arXiv 2104.09864), as transformers has it."""

    rope_type = "default"

    def __init__(self, head_dim: int, theta: float) -> None:
        super().__init__()
        self.head_dim = head_dim
        self.theta = theta

    def forward(self, like: torch.Tensor, positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return cosines and sines of the rotation at each position.

        Parameters:
            like: a tensor of the dtype to return.
            positions: (1, tokens).

        Returns:
            Cosines and sines, (1, tokens, head_dim) each.
        """
        exponents = torch.arange(0, self.head_dim, 2, dtype=torch.int64).float() / self.head_dim
        inverse = (1.0 / (self.theta**exponents)).to(positions.device)
        angles = positions[:, :, None].float() * inverse
        both = torch.cat([angles, angles], -1)
        return both.cos().to(like.dtype), both.sin().to(like.dtype)
