"""What the header of a safetensors file shows of an architecture: names and shapes of tensors, no weights.

A family, a latent space and a text encoder each have a rule over one of these classes. The properties are what several
rules ask for; each is computed once a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

Shapes = Mapping[str, tuple[int, ...]]
"""Name of a tensor -> its shape."""

CLIP_WIDTHS = (768, 1024, 1280, 2048)
"""Widths of the text features that U-Nets read: CLIP L, CLIP H, CLIP G, and CLIP L beside CLIP G."""


def size_of(shapes: Shapes, key: str, axis: int) -> int | None:
    """Return the size of one axis of a tensor; None where there is no such tensor or axis."""
    shape = shapes.get(key, ())
    return shape[axis] if -len(shape) <= axis < len(shape) else None


def highest_number(names: Iterable[str], pattern: str) -> int:
    """Return the highest number that the group of `pattern` finds in the names; -1 where it finds none.

    A number of more than nine digits, which no model has, does not count.
    """
    found = (match[1] for name in names if (match := re.search(pattern, name)))
    return max((int(digits) for digits in found if len(digits) < 10), default=-1)


def without_prefix(shapes: Shapes, prefix: str) -> Shapes:
    """Return the tensors whose names start with a prefix, under the rest of their names."""
    return {key[len(prefix) :]: shape for key, shape in shapes.items() if key.startswith(prefix)}


@dataclass(frozen=True, slots=True)
class UNet:
    """What distinguishes the U-Nets of Stable Diffusion."""

    text_width: int
    """Width of the text features that the cross-attention reads."""
    channels: int
    """Channels of the first convolution: 4 of a latent, more where another picture is read beside it."""
    temporal: bool
    """Whether it has layers over time, as video models have."""


class Header:
    """The tensors of a diffusion model, a ControlNet, a VAE or a text encoder.

    Args:
        own: the part's tensors under their own names.
        whole: all tensors of the file under the file's names; the same where the file holds nothing else.
    """

    def __init__(self, own: Shapes, whole: Shapes | None = None) -> None:
        self.own = own
        self.whole = own if whole is None else whole
        self._prefixes: dict[str, bool] = {}

    def __contains__(self, key: str) -> bool:
        return key in self.own

    def size(self, key: str, axis: int) -> int | None:
        """Return the size of one axis of a tensor; None where there is no such tensor or axis."""
        return size_of(self.own, key, axis)

    def has_prefix(self, prefix: str) -> bool:
        """Return whether the name of any tensor starts with `prefix`."""
        found = self._prefixes.get(prefix)
        if found is None:
            found = self._prefixes[prefix] = any(key.startswith(prefix) for key in self.own)
        return found

    # -- diffusion models and ControlNets ----------------------------------------------------------------------

    @cached_property
    def cross_attention_width(self) -> int | None:
        """Width of what a cross-attention reads, in U-Nets and in the transformers that name it as they do."""
        for key, shape in self.own.items():
            if key.endswith(".attn2.to_k.weight") and len(shape) == 2:
                return shape[1]
        return None

    @cached_property
    def unet(self) -> UNet | None:
        """The U-Net, under its own names or those of diffusers; None where the tensors are of none."""
        first = self.own.get("input_blocks.0.0.weight") or self.own.get("conv_in.weight")
        width = self.cross_attention_width if first is not None and len(first) == 4 else None
        if first is None or width is None:
            return None
        temporal = any(".time_stack." in key or ".time_mix_blocks." in key for key in self.own)
        return UNet(width, first[1], temporal)

    @cached_property
    def flux_text_width(self) -> int | None:
        """Width of the text features of a transformer built as Flux is; None where it is built otherwise.

        Chroma, which is built as Flux but for the modulation, counts as built otherwise.
        """
        if not self.flux_blocks or self.has_prefix("distilled_guidance_layer."):
            return None
        return self.size("txt_in.weight", 1)

    @cached_property
    def flux_blocks(self) -> bool:
        """Whether the blocks are named as Flux names its own."""
        return self.has_prefix("double_blocks.0.img_attn.norm.key_norm.")

    @cached_property
    def shared_modulation(self) -> bool:
        """Whether all blocks share one modulation, as in Flux 2."""
        return "double_stream_modulation_img.lin.weight" in self.own

    # -- VAEs --------------------------------------------------------------------------------------------------

    @cached_property
    def latent_convolution(self) -> tuple[int, ...] | None:
        """Shape of the convolution that reads a picture's latent, in a KL autoencoder or a TAESD; None in others."""
        first = self.own.get("decoder.conv_in.weight") or self.own.get("taesd_decoder.1.weight")
        return first if first is not None and len(first) >= 4 else None

    @cached_property
    def latent_channels(self) -> int | None:
        """Channels of a picture's latent; None where that is not a KL autoencoder's or a TAESD's."""
        if self.video_latent_channels is not None or self.latent_convolution is None:
            return None
        return self.latent_convolution[1]

    @cached_property
    def video_latent_channels(self) -> int | None:
        """Channels of a video's latent in a causal KL autoencoder; None in others."""
        return self.size("decoder.conv_in.conv.weight", 1)

    @cached_property
    def tiny(self) -> bool:
        """Whether it is a tiny autoencoder (TAESD)."""
        return "decoder.conv_in.weight" not in self.own and "taesd_decoder.1.weight" in self.own

    # -- text encoders -----------------------------------------------------------------------------------------

    @cached_property
    def clip_layers(self) -> int:
        """Layers of a CLIP text model; 0 in others."""
        if self.has_prefix("vision_model."):
            return 0
        pattern = re.compile(r"(?:text_model\.encoder\.layers|transformer\.resblocks)\.(\d+)\.")
        return len({match[1] for key in self.own if (match := pattern.search(key))})

    @cached_property
    def t5(self) -> tuple[int | None, int | None, bool] | None:
        """(width, width of the attention, whether every layer has a position bias) of a T5; None in others.

        UMT5 has a position bias in every layer, T5 in the first alone.
        """
        key = "encoder.block.0.layer.0.SelfAttention.k.weight"
        if self.clip_layers or key not in self.own:
            return None
        bias = "encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight"
        return self.size(key, 1), self.size(key, 0), bias in self.own

    @cached_property
    def language_model(self) -> LanguageModel | None:
        """A decoder-only language model, under "model." or "model.language_model."; None in others."""
        if self.clip_layers:
            return None
        nested = "model.language_model.embed_tokens.weight" in self.own
        prefix = "model.language_model." if nested else "model."
        first = f"{prefix}layers.0."
        width = self.size(f"{first}post_attention_layernorm.weight", 0)
        if width is None:
            return None
        return LanguageModel(
            width,
            vocabulary=self.size(f"{prefix}embed_tokens.weight", 0),
            query_norm=f"{first}self_attn.q_norm.weight" in self.own,
            key_bias=self.size(f"{first}self_attn.k_proj.bias", 0),
            gemma=f"{first}post_feedforward_layernorm.weight" in self.own,
            vision=self.has_prefix("visual.") or self.has_prefix("model.visual."),
        )

    def is_qwen3(self, width: int, *, vision: bool = False) -> bool:
        """Return whether it is a Qwen3 of this width, or with `vision` a Qwen3-VL."""
        model = self.language_model
        if model is None or model.gemma or model.key_bias is not None:
            return False
        return model.query_norm and model.width == width and model.vision is vision

    def is_qwen25vl(self, keys: int) -> bool:
        """Return whether it is a Qwen2.5-VL whose keys have this width."""
        model = self.language_model
        return model is not None and not model.gemma and model.key_bias == keys

    def is_gemma3(self, width: int) -> bool:
        """Return whether it is a Gemma 3, or what is built as it is, of this width."""
        model = self.language_model
        return model is not None and model.gemma and model.query_norm and model.width == width

    def is_llama(self, width: int) -> bool:
        """Return whether it is a Llama, or what is built as it is, of this width."""
        model = self.language_model
        if model is None or model.gemma or model.key_bias is not None or model.query_norm:
            return False
        return model.width == width


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """What distinguishes decoder-only language models."""

    width: int
    """Width of the hidden features."""
    vocabulary: int | None
    """Number of tokens."""
    query_norm: bool
    """Whether queries are normalised, as in Qwen3 and Gemma 3."""
    key_bias: int | None
    """Width of the keys' bias, which Qwen2.5 has; None without one."""
    gemma: bool
    """Whether the feed-forward layers have a second norm, as in Gemma."""
    vision: bool
    """Whether a vision tower stands beside it."""


# The tensor of a layer whose second axis is the layer's input.
_DOWN = re.compile(
    r"lora_(?:down|A)(?:_[a-z0-9]+)*$|lora\d*_down_weight$|lora_linear_layer_down_weight$|_hada_w1_b$|_diff$"
)
_KRONECKER = re.compile(r"_lokr_w[12](?:_b)?$")
_OUTER_ATTENTION = r"(down_blocks_0|up_blocks_3)_attentions_|input_blocks_[12]_1_|output_blocks_(9|10|11)_1_"


class LoraLayers:
    """The layers that a LoRA changes, or what is applied as a LoRA is: LoHa, LoKr, GLoRA, whole differences.

    Kohya's trainer writes "_" where others write ".", so both are read as "_".

    Args:
        shapes: the file's tensors.
    """

    def __init__(self, shapes: Shapes) -> None:
        self.layers = {key.replace(".", "_"): shape for key, shape in shapes.items()}
        # One search over all names takes a tenth of the time of a search in each.
        self._names = "\n".join(self.layers)

    @cached_property
    def inputs(self) -> dict[str, int]:
        """Name of a tensor -> the width of what its layer reads, of the tensors that show it.

        The last axis but those of a kernel: that of a LoRA's first factor, of a LoHa's second, the product of both
        factors' of a LoKr (comfy/weight_adapter/ of ComfyUI 0.3.75).
        """
        found: dict[str, int] = {}
        kronecker: dict[str, list[int]] = {}
        for name, shape in self.layers.items():
            if len(shape) < 2:
                continue
            if _DOWN.search(name):
                found[name] = shape[1]
            elif match := _KRONECKER.search(name):
                kronecker.setdefault(name[: match.start()], []).append(shape[1])
            elif name.endswith("_a1_weight"):  # of a GLoRA, in either order of its axes
                found[name] = max(shape[:2])
        found |= {f"{layer}_lokr": sizes[0] * sizes[1] for layer, sizes in kronecker.items() if len(sizes) == 2}
        return found

    def any_name(self, part: str) -> bool:
        """Return whether `part` stands in the name of any layer."""
        return part in self._names

    def matches(self, pattern: str) -> bool:
        """Return whether `pattern` is found in the name of any layer."""
        return re.search(pattern, self._names, re.MULTILINE) is not None

    def highest_number(self, pattern: str) -> int:
        """Return the highest number that the group of `pattern` finds in a name; -1 where it finds none."""
        found = re.findall(pattern, self._names, re.MULTILINE)
        return max((int(digits) for digits in found if len(digits) < 10), default=-1)

    def width(self, pattern: str) -> int | None:
        """Return the input width of the first layer in whose name `pattern` is found; None where there is none."""
        compiled = re.compile(pattern)
        return next((width for name, width in self.inputs.items() if compiled.search(name)), None)

    @cached_property
    def architecture(self) -> str:
        """What the layers are named after; empty where no rule knows the names.

        One of "unet", "double_blocks", "joint_blocks", "double_stream_blocks", "transformer_blocks",
        "self_attention_blocks" and "layers".
        """
        if self.matches(r"(?:^|_)(down_blocks|input_blocks|mid_block|middle_block|up_blocks)_"):
            return "unet"
        if self.double_blocks >= 0 or self.single_blocks >= 0:
            return "double_blocks"
        for part in ("joint_blocks", "double_stream_blocks"):
            if self.any_name(f"{part}_"):
                return part
        if self.transformer_blocks >= 0:
            return "transformer_blocks"
        if self.matches(r"blocks_\d+_(cross|self)_attn_[qkvo](_|$)"):
            return "self_attention_blocks"
        return "layers" if self.matches(r"layers_\d+_attention_(qkv|to_q)_") else ""

    @cached_property
    def cross_attention_width(self) -> int | None:
        """Width of what the cross-attention reads; None where the LoRA does not change it."""
        return self.width(r"attn2_(processor_)?to_k")

    def fits_unet(self, text_width: int) -> bool:
        """Return whether it may be for a U-Net that reads text features of this width."""
        return self.architecture == "unet" and text_width in self.unet_text_widths

    @cached_property
    def unet_text_widths(self) -> frozenset[int]:
        """The widths of the text features that the U-Nets read which it may be for.

        The cross-attention shows the width itself. Without it, what only some of the U-Nets have does: the deep
        transformers of SDXL, attention next to the picture in Stable Diffusion 1 and 2, the sizes of text encoders.
        """
        if self.matches("^lora_te2_"):  # a second encoder beside CLIP L
            return frozenset({2048})
        if self.cross_attention_width in CLIP_WIDTHS:
            return frozenset({self.cross_attention_width})
        possible = set(CLIP_WIDTHS)
        depth = self.highest_number(r"(?<!single)_transformer_blocks_(\d+)_")
        if depth >= 1:
            possible &= {2048, 1280} if depth < 4 else {2048}
        if self.matches(_OUTER_ATTENTION):
            possible &= {768, 1024}
        text = self.width(r"^lora_te_text_model_.*_(self_attn_[qkv]_proj|mlp_fc1)_")
        if text in (768, 1024):
            possible &= {text}
        if self.matches(r"(^|_)(label_emb|add_embedding)_|^lora_te1_"):
            possible &= {2048, 1280}
        return frozenset(possible)

    @cached_property
    def modulated(self) -> bool:
        """Whether it changes the modulation of blocks, as Flux has in each and Chroma in none."""
        return self.matches(
            r"_(img_mod|txt_mod|modulation)_lin_|(^|_)(vector_in|guidance_in)_|_norm1?(_context)?_linear_"
        )

    @cached_property
    def double_blocks(self) -> int:
        """The highest number of a double block; -1 where there is none."""
        return self.highest_number(r"(?:^|_)double_blocks_(\d+)_")

    @cached_property
    def single_blocks(self) -> int:
        """The highest number of a single block; -1 where there is none."""
        return self.highest_number(r"(?:^|_)single_(?:transformer_)?blocks_(\d+)_")

    @cached_property
    def transformer_blocks(self) -> int:
        """The highest number of a transformer block; -1 where there is none."""
        return self.highest_number(r"(?:^|_)transformer_blocks_(\d+)_")

    @cached_property
    def double_block_width(self) -> int | None:
        """Width of the double and single blocks; None where no layer shows it."""
        return self.width(r"(img_attn_qkv|img_attn_proj|to_q|linear1)_")

    @cached_property
    def flux_depth(self) -> str:
        """How the blocks count: "short" (any family of such blocks has as many), "flux" or "deep" (more than Flux has).

        Empty where the layers are no double or single blocks, or of the width of a Flux 2.
        """
        if self.architecture != "double_blocks" or self.double_block_width in (6144, 4096):
            return ""
        if self.double_blocks >= 19 or self.single_blocks >= 38:
            return "deep"
        named = self.any_name("transformer_blocks_")
        return "flux" if self.double_blocks > 4 or self.single_blocks > 19 or named else "short"

    @cached_property
    def added_attention(self) -> str:
        """What the blocks' names show of an attention over text and picture.

        "image_mlp": an MLP for pictures of its own, as in Qwen-Image. "added": projections added for the text, as in
        Flux, SD3 and Qwen-Image under diffusers' names. Empty: neither, or other blocks.
        """
        if self.architecture != "transformer_blocks":
            return ""
        if self.matches(r"_(img|txt)_mlp_"):
            return "image_mlp"
        return "added" if self.any_name("_add_k_proj") else ""

    @cached_property
    def plain_cross_attention(self) -> bool:
        """Whether transformer blocks read the text by cross-attention alone, as in PixArt and LTX-Video."""
        plain = self.architecture == "transformer_blocks" and not self.added_attention
        return plain and bool(self.cross_attention_width)

    def is_double_block_lora(self, width: int) -> bool:
        """Return whether it changes double or single blocks of this width."""
        return self.architecture == "double_blocks" and self.double_block_width == width

    def is_lumina_lora(self, width: int) -> bool:
        """Return whether it changes the layers of a Lumina of this width."""
        return self.architecture == "layers" and self.width(r"layers_\d+_attention_(qkv|to_q)_") == width

    def is_self_attention_lora(self, *widths: int) -> bool:
        """Return whether it changes blocks that name their attention as Wan does, of one of these widths."""
        named = self.architecture == "self_attention_blocks"
        return named and self.width(r"blocks_\d+_self_attn_q_") in widths

    @cached_property
    def joint_block_width(self) -> int | None:
        """Width of SD3's joint blocks; None where no layer shows it."""
        return self.width(r"joint_blocks_\d+_(x|context)_block_(attn_(qkv|proj)|mlp_fc1)_")
