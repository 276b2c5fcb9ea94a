"""What a safetensors file holds, by the names of its tensors, whatever folder it lies in.

People put files into the wrong folder, and a loader takes whatever its folder holds: ComfyUI finds out when the
workflow runs, if at all. The marks are those that ComfyUI 0.3.75 itself goes by (comfy/model_detection.py, comfy/sd.py,
comfy/controlnet.py, comfy/lora.py, comfy/weight_adapter/), and the names that the usual trainers and quantisers write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..families.detection import diffusion_families, encoder_kinds, is_vae
from ..families.headers import Shapes


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of content."""

    words: str
    """What a person calls a file that holds nothing else."""
    folder: str
    """The folder under models/ where it belongs."""


KINDS: dict[str, Kind] = {
    "checkpoint": Kind("a checkpoint", "checkpoints"),
    "diffusion_model": Kind("a diffusion model", "diffusion_models"),
    "text_encoder": Kind("a text encoder", "text_encoders"),
    "vae": Kind("a VAE", "vae"),
    "lora": Kind("a LoRA", "loras"),
    "controlnet": Kind("a ControlNet", "controlnet"),
    "model_patch": Kind("a model patch", "model_patches"),
    "upscaler": Kind("an upscaler", "upscale_models"),
    "clip_vision": Kind("a CLIP vision model", "clip_vision"),
    "embedding": Kind("an embedding", "embeddings"),
    "style_model": Kind("a style model", "style_models"),
    "ip_adapter": Kind("an IP-Adapter", "ipadapter"),
    "motion_module": Kind("a motion module", "animatediff_models"),
}
"""Name of a kind -> the kind. A checkpoint holds a diffusion model under a prefix, mostly with other parts."""

FOLDER_KINDS: dict[str, frozenset[str]] = {
    "checkpoints": frozenset({"checkpoint", "diffusion_model"}),
    "diffusion_models": frozenset({"checkpoint", "diffusion_model"}),
    "text_encoders": frozenset({"text_encoder"}),
    "vae": frozenset({"vae"}),
    "vae_approx": frozenset({"vae"}),
    "loras": frozenset({"lora"}),
    "controlnet": frozenset({"controlnet"}),
    "upscale_models": frozenset({"upscaler"}),
    "clip_vision": frozenset({"clip_vision"}),
    "embeddings": frozenset({"embedding"}),
}
"""Folder under models/ -> the kinds that its loaders load. Of the other folders too little is known."""


@dataclass(frozen=True, slots=True)
class StorageFormat:
    """A way to store weights that ComfyUI's own loaders cannot read."""

    words: str
    """What was done to the weights."""
    class_words: str = ""
    """Regular expression found in the names of the node classes that read it; empty where none is known."""
    pack: str = ""
    """The pack with these classes."""


FORMATS: dict[str, StorageFormat] = {
    "nunchaku": StorageFormat("quantised by Nunchaku", "(?i)nunchaku", "ComfyUI-nunchaku"),
    "nf4": StorageFormat("quantised to NF4 or FP4 with bitsandbytes", "(?i)nf4", "ComfyUI_bitsandbytes_NF4"),
    "dfloat11": StorageFormat("compressed as DFloat11", "(?i)dfloat11|(?<![a-z])df11", "ComfyUI-DFloat11"),
    "gptq": StorageFormat("quantised with GPTQ or AWQ"),
    "bitsandbytes_int8": StorageFormat("quantised to 8 bits with bitsandbytes"),
    "quanto": StorageFormat("quantised with Quanto"),
    "hqq": StorageFormat("quantised with HQQ"),
    "ia3": StorageFormat("trained as (IA)3"),
}
"""Name of a storage format -> the format."""

# Endings of tensor names -> format. GPTQ and Nunchaku both have "qweight", so Nunchaku's own scales come first.
_FORMAT_MARKS: tuple[tuple[tuple[str, ...], str], ...] = (
    ((".wscales", ".wcscales", ".wtscale", ".smooth_factor"), "nunchaku"),
    ((".bitsandbytes__nf4", ".bitsandbytes__fp4"), "nf4"),
    ((".encoded_exponent", ".sign_mantissa"), "dfloat11"),
    ((".qzeros", ".scaled_zeros", ".qweight"), "gptq"),
    ((".SCB",), "bitsandbytes_int8"),
    (("._data", ".weight_qtype"), "quanto"),
    ((".W_q",), "hqq"),
    ((".on_input",), "ia3"),
)
_FORMAT_NAMES: tuple[tuple[str, str], ...] = (
    (r"(^|_)svdq(_|$)|(^|_)nunchaku(_|$)|(^|_)awq_int4", "nunchaku"),
    (r"(^|_)(bnb_)?nf4(_|$)|(^|_)bnb_(fp4|4bit)(_|$)", "nf4"),
    (r"(^|_)(df11|dfloat11)(_|$)", "dfloat11"),
)

# Found in all names at once, one a line.
_ADAPTER = re.compile(
    r"(?:lora_(?:up|down|mid|[AB])(?:\.\w+)?(?:\.weight)?|lora\d*\.(?:up|down)\.weight|lora_linear_layer\.(?:up|down)\.weight"
    r"|\.(?:hada|lokr)_[wt][12](?:_[ab])?|\.(?:oft_blocks|oft_diag|dora_scale|on_input)|\.[ab][12]\.weight"
    r"|\.(?:diff|diff_b|set_weight|w_norm|b_norm))$",
    re.MULTILINE,
)
_ADAPTER_EXTRAS = re.compile(r"\.(?:alpha|reshape_weight|rescale|weight_scale)$", re.MULTILINE)
_CONTROLNET_PREFIXES = ("control_model.", "controlnet_blocks.", "controlnet_down_blocks.", "input_hint_block.")
_CONTROLNET_KEYS = (
    "lora_controlnet",
    "zero_convs.0.0.weight",
    "controlnet_cond_embedding.conv_in.weight",
    "controlnet_mid_block.weight",
    "controlnet_x_embedder.weight",
    "after_proj_list.18.bias",
    "adapter.body.0.resnets.0.block1.weight",
    "body.0.in_conv.weight",
    "body.0.block1.weight",
)
_PATCH_KEYS = ("controlnet_blocks.0.y_rms.weight", "feature_embedder.mid_layer_norm.bias")
_CLIP_PREFIXES = ("text_model.encoder.layers.", "transformer.resblocks.", "text_model.embeddings.")
_VAE_KEYS = (
    "decoder.conv_in.weight",
    "decoder.conv_in.conv.weight",
    "decoder.middle.0.residual.0.gamma",
    "decoder.up_blocks.0.resnets.0.norm1.weight",
    "decoder.up_blocks.0.res_blocks.0.conv1.conv.weight",
    "taesd_decoder.1.weight",
    "vquantizer.codebook.weight",
    "backbone.1.0.block.0.1.num_batches_tracked",
    "pixel_space_vae",
)
_UPSCALER_KEYS = (
    ("conv_first.weight", "conv_last.weight"),
    ("conv_first.weight", "upsample.0.weight"),
    ("conv_first.weight", "conv_after_body.weight"),
    ("conv_first.weight", "conv_up1.weight"),
    ("model.0.weight", "model.1.sub.0.RDB1.conv1.0.weight"),
    ("body.0.weight", "body.1.weight", "body.2.weight"),
)
_MODEL_PREFIX = "model.diffusion_model."


def kinds_of(shapes: Shapes) -> frozenset[str]:
    """Return the kinds of content (`KINDS`) that these tensors are; empty where no rule knows them."""
    if _is_adapter(shapes):
        return frozenset({"controlnet" if "lora_controlnet" in shapes else "lora"})
    found: set[str] = set()
    whole = sum(1 for key in shapes if key.startswith(_MODEL_PREFIX)) > 5
    control = any(key in shapes for key in _CONTROLNET_KEYS) or any(
        key.startswith(_CONTROLNET_PREFIXES) for key in shapes
    )
    if any(key in shapes for key in _PATCH_KEYS) or any(key.startswith("control_all_x_embedder.") for key in shapes):
        found.add("model_patch")
    elif control:
        found.add("controlnet")
    if whole:
        found.add("checkpoint")
    elif not found and diffusion_families(shapes) is not None:
        found.add("diffusion_model")
    return frozenset(found) or _kinds_of_parts(shapes)


def _kinds_of_parts(shapes: Shapes) -> frozenset[str]:
    """Return the kinds of content other than adapters, ControlNets and diffusion models."""
    found: set[str] = set()
    if any(key.startswith(_CLIP_PREFIXES) for key in shapes) or encoder_kinds(shapes) is not None:
        found.add("text_encoder")
    if any(key.startswith("vision_model.encoder.layers.") for key in shapes):
        found.add("clip_vision")
    if any(key in shapes for key in _VAE_KEYS) or is_vae(shapes):
        found.add("vae")
    if any(all(key in shapes for key in keys) for keys in _UPSCALER_KEYS):
        found.add("upscaler")
    if _is_embedding(shapes):
        found.add("embedding")
    if "redux_down.weight" in shapes or "style_embedding" in shapes:
        found.add("style_model")
    if any(key.startswith("ip_adapter.") for key in shapes):
        found.add("ip_adapter")
    if shapes and 2 * sum("motion_modules." in key for key in shapes) > len(shapes):
        found.add("motion_module")
    return frozenset(found)


def storage_format(shapes: Shapes, metadata: Mapping[str, str]) -> str | None:
    """Return the format (`FORMATS`) in which a header stores its weights; None where ComfyUI itself reads it."""
    if "svdquant" in metadata.get("quantization_config", "") or metadata.get("model_class", "").startswith("Nunchaku"):
        return "nunchaku"
    ends = {ending for key in shapes if (ending := key[key.rfind(".") :]) not in (".weight", ".bias")}
    # Quantised models of Comfy-Org's own say so in a tensor of this name, and ComfyUI reads them.
    if ".comfy_quant" in ends:
        return None
    return next((name for marks, name in _FORMAT_MARKS if not ends.isdisjoint(marks)), None)


def format_in_name(normalised_name: str) -> str | None:
    """Return the storage format that the normalised name of a file states, or None."""
    return next((name for pattern, name in _FORMAT_NAMES if re.search(pattern, normalised_name)), None)


@lru_cache(maxsize=16384)
def class_format(class_type: str) -> str | None:
    """Return the storage format that a node class is for, by its name; None for the classes of ComfyUI's own format."""
    formats = FORMATS.items()
    return next((name for name, it in formats if it.class_words and re.search(it.class_words, class_type)), None)


def _is_adapter(shapes: Shapes) -> bool:
    """Return whether at least half of the tensors are of a LoRA, or of what is applied as a LoRA is."""
    names = "\n".join(shapes)
    adapters, extras = len(_ADAPTER.findall(names)), len(_ADAPTER_EXTRAS.findall(names))
    return adapters > 0 and 2 * (adapters + extras) >= len(shapes)


def _is_embedding(shapes: Shapes) -> bool:
    if "emb_params" in shapes or any(key.startswith("string_to_param.") for key in shapes):
        return True
    return 0 < len(shapes) <= 4 and all(key in ("clip_l", "clip_g", "t5xxl", "clip_h") for key in shapes)
