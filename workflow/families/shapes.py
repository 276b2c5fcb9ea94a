"""Families from tensor names and shapes, as a safetensors header gives them. No weights, no torch.

Each function answers with everything that the shapes allow, or None where they say nothing. The distinguishing keys
of diffusion models, VAEs, text encoders and ControlNets are those that ComfyUI 0.3.75 itself goes by
(comfy/model_detection.py, comfy/sd.py, comfy/controlnet.py); those of LoRAs follow from the names that trainers give
to the layers of each architecture.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

Shapes = Mapping[str, tuple[int, ...]]

_PREFIXES = ("model.diffusion_model.", "diffusion_model.", "model.model.", "net.", "model.")
_TEXT_PREFIXES = ("cond_stage_model.", "conditioner.embedders.", "text_encoders.", "text_encoder.")
_VAE_PREFIXES = ("first_stage_model.", "vae.", "pretransform.model.")

# The width of a U-Net's text input (cross-attention) -> family.
_CONTEXT = {768: "sd15", 1024: "sd2", 1280: "sdxl_refiner", 2048: "sdxl"}

# SD3 2B is 1,536 wide, 64 for each of its layers; the miniature (training/miniature) has at most four layers.
_MINIATURE_WIDTH = 256


def _one(family: str) -> frozenset[str]:
    return frozenset({family})


def _without_prefix(shapes: Shapes) -> Shapes:
    """The diffusion model's tensors under their own names."""
    for prefix in _PREFIXES:
        if sum(1 for key in shapes if key.startswith(prefix)) > 5:
            return {key[len(prefix) :]: shape for key, shape in shapes.items() if key.startswith(prefix)}
    return shapes


def _dim(shapes: Shapes, key: str, axis: int) -> int | None:
    """Size of one axis of a tensor; None where there is no such tensor or axis."""
    shape = shapes.get(key, ())
    return shape[axis] if -len(shape) <= axis < len(shape) else None


# ---- diffusion models --------------------------------------------------------------------------------------------

# A tensor that only one family has -> that family. The order is ComfyUI's.
_DIFFUSION_KEYS: tuple[tuple[str, str], ...] = (
    ("clip_txt_mapper.weight", "cascade"),
    ("clip_mapper.weight", "cascade"),
    ("transformer.rotary_pos_emb.inv_freq", "stable_audio"),
    ("double_layers.0.attn.w1q.weight", "auraflow"),
    ("joint_transformer_blocks.0.attn.add_k_proj.weight", "auraflow"),
    ("mlp_t5.0.weight", "hunyuan_dit"),
    ("t5_yproj.weight", "mochi"),
    ("genre_embedder.weight", "ace_step"),
    ("blocks.block0.blocks.0.block.attn.to_q.0.weight", "cosmos"),
    ("latent_in.weight", "hunyuan3d"),
    ("caption_projection.0.linear.weight", "hidream"),
    ("llm_adapter.blocks.0.cross_attn.q_proj.weight", "anima"),
    ("blocks.0.mlp.layer1.weight", "cosmos_predict2"),
    ("time_caption_embed.timestep_embedder.linear_1.bias", "omnigen2"),
)


def diffusion_families(shapes: Shapes) -> frozenset[str] | None:
    """The families that the diffusion model in these tensors may be of; None where there is none that is known."""
    own = _without_prefix(shapes)
    if "joint_blocks.0.context_block.attn.qkv.weight" in own:
        return _mmdit(_dim(own, "x_embedder.proj.weight", 0))
    for key, family in _DIFFUSION_KEYS:
        if key in own:
            return _one(family)
    for rule in (_hunyuan_video, _flux, _ltx, _pixart, _lumina, _wan, _qwen_image, _diffusers_transformer):
        found = rule(own)
        if found is not None:
            return found
    return _unet(own, shapes)


def _mmdit(width: int | None) -> frozenset[str]:
    """SD3, or the miniature, which is built as SD3 is and tens of times narrower."""
    return _one("miniature" if width is not None and width <= _MINIATURE_WIDTH else "sd3")


def _hunyuan_video(own: Shapes) -> frozenset[str] | None:
    if "txt_in.individual_token_refiner.blocks.0.norm1.weight" not in own:
        return None
    if "cond_type_embedding.weight" in own or "vision_in.proj.0.weight" in own:
        return _one("hunyuan_video_15")
    if any(key.startswith("vector_in.") for key in own):
        return _one("hunyuan_video")
    patch = own.get("img_in.proj.weight", ())[2:]
    return _one("hunyuan_image_refiner" if patch == (1, 1, 1) else "hunyuan_image")


def _flux(own: Shapes) -> frozenset[str] | None:
    """Flux and those built on it, told apart by the width of their text input."""
    if not any(key.startswith("double_blocks.0.img_attn.norm.key_norm.") for key in own):
        return None
    if any(key.startswith("distilled_guidance_layer.") for key in own):
        return _one("chroma_radiance" if "nerf_blocks.0.norm.scale" in own else "chroma")
    text = _dim(own, "txt_in.weight", 1)
    if "double_stream_modulation_img.lin.weight" in own:
        # Three layers of the encoder side by side: Mistral 24B, Qwen3 4B, Qwen3 8B.
        found = {15360: "flux2", 7680: "flux2_klein_4b", 12288: "flux2_klein_9b"}.get(text or 0)
    else:
        found = {4096: "flux", 3584: "longcat_image", 2048: "ovis_image"}.get(text or 0)
    return None if found is None else _one(found)


def _ltx(own: Shapes) -> frozenset[str] | None:
    if "adaln_single.emb.timestep_embedder.linear_1.bias" not in own:
        return None
    if "pos_embed.proj.bias" in own:
        return frozenset({"pixart_alpha", "pixart_sigma"})  # as diffusers names it
    return frozenset({"ltx2", "ltx25"}) if any(key.startswith("audio_") for key in own) else _one("ltxv")


def _pixart(own: Shapes) -> frozenset[str] | None:
    if "t_block.1.weight" not in own:
        return None
    return _one("pixart_alpha" if "ar_embedder.mlp.0.weight" in own else "pixart_sigma")


def _lumina(own: Shapes) -> frozenset[str] | None:
    width = _dim(own, "cap_embedder.1.weight", 0)
    if width is None:
        return None
    if any(key.startswith("clip_text_pooled_proj.") for key in own):
        return _one("newbie")
    found = {2304: "lumina2", 3840: "z_image"}.get(width)
    return None if found is None else _one(found)


def _wan(own: Shapes) -> frozenset[str] | None:
    if "head.modulation" not in own:
        return None
    return _one("wan22_5b" if _dim(own, "head.head.weight", 0) == 192 else "wan")  # 48 latent channels x 2 x 2


def _qwen_image(own: Shapes) -> frozenset[str] | None:
    if "txt_norm.weight" not in own or "time_text_embed.timestep_embedder.linear_1.weight" not in own:
        return None
    return _one("qwen_image") if _dim(own, "txt_in.weight", 1) == 3584 else None


def _diffusers_transformer(own: Shapes) -> frozenset[str] | None:
    """Transformers under the names that diffusers gives to their layers."""
    if "x_embedder.weight" in own and any(key.startswith("single_transformer_blocks.") for key in own):
        return _one("flux") if _dim(own, "context_embedder.weight", 1) == 4096 else None
    if "transformer_blocks.0.attn.add_q_proj.weight" in own and "pos_embed.proj.weight" in own:
        return _one("sd3")
    return None


def _unet(own: Shapes, shapes: Shapes) -> frozenset[str] | None:
    """U-Nets, by the width of their text input, under their own names or those of diffusers."""
    first = own.get("input_blocks.0.0.weight") or own.get("conv_in.weight")
    context = _unet_context(own)
    if first is None or context is None or len(first) != 4:
        return None
    if any(".time_stack." in key or ".time_mix_blocks." in key for key in own):
        return _one("svd")
    if context == 768 and "cc_projection.weight" in shapes:
        return _one("stable_zero123")
    if context == 1024 and first[1] == 7:
        return _one("sd_x4_upscaler")
    if context == 1024 and _dim(own, "label_emb.0.0.weight", 1) == 4:
        return _one("lotus")
    return _one(_CONTEXT[context]) if context in _CONTEXT else None


def _unet_context(shapes: Iterable[str] | Shapes) -> int | None:
    if not isinstance(shapes, Mapping):
        return None
    for key, shape in shapes.items():
        if key.endswith(".attn2.to_k.weight") and len(shape) == 2:
            return shape[1]
    return None


def checkpoint_parts(shapes: Shapes, text: bool) -> frozenset[str]:
    """Which of "MODEL", "CLIP" and "VAE" a checkpoint contains. With `text` False what looks like a text encoder is
    something else. Empty where none can be seen."""
    parts = set()
    if diffusion_families(shapes) is not None:
        parts.add("MODEL")
    if text and any(key.startswith(_TEXT_PREFIXES) for key in shapes):
        parts.add("CLIP")
    if any(key.startswith(_VAE_PREFIXES) for key in shapes):
        parts.add("VAE")
    return frozenset(parts)


# ---- VAEs --------------------------------------------------------------------------------------------------------


def vae_spaces(shapes: Shapes) -> frozenset[str] | None:
    """The latent spaces (families.VAES) that the VAE in these tensors may be of."""
    own = shapes
    for prefix in _VAE_PREFIXES:
        if any(key.startswith(prefix) for key in shapes):
            own = {key[len(prefix) :]: shape for key, shape in shapes.items() if key.startswith(prefix)}
    if "decoder.middle.0.residual.0.gamma" in own:
        wide = "decoder.upsamples.0.upsamples.0.residual.2.weight" in own
        return _one("wan22") if wide else frozenset({"wan", "qwen_image"})
    for key, space in (
        ("decoder.unpatcher3d.wavelets", "cosmos"),
        ("decoder.layers.1.layers.0.beta", "stable_audio"),
        ("vocoder.backbone.channel_layers.0.0.bias", "ace_step"),
        ("decoder.blocks.2.blocks.3.stack.5.weight", "mochi"),
        ("blocks.2.blocks.3.stack.5.weight", "mochi"),
        ("vquantizer.codebook.weight", "cascade"),
        ("encoder.backbone.1.0.block.0.1.num_batches_tracked", "cascade"),
    ):
        if key in own:
            return _one(space)
    if "decoder.up_blocks.0.res_blocks.0.conv1.conv.weight" in own:
        return frozenset({"ltxv", "ltx2", "ltx25"})
    return _kl_spaces(own)


def _kl_spaces(own: Shapes) -> frozenset[str] | None:
    """Autoencoders of the KL kind, by their latent channels."""
    video = _dim(own, "decoder.conv_in.conv.weight", 1)
    if video is not None:
        return {16: _one("hunyuan_video"), 32: _one("hunyuan_video_15")}.get(video, frozenset())
    first = own.get("decoder.conv_in.weight") or own.get("taesd_decoder.1.weight")
    if first is None or len(first) < 4:
        return None
    if "decoder.mid.block_1.mix_factor" in own:
        return _one("sd")
    if first[1] == 32:
        if len(first) == 5:
            return _one("hunyuan_image_refiner")
        return _one("flux2") if "bn.running_mean" in own else frozenset()
    if first[1] == 16 and "decoder.conv_in.weight" not in own:
        return frozenset({"sd3", "flux", "miniature"})  # TAESD
    return {
        4: frozenset({"sd", "sdxl"}),
        16: frozenset({"sd3", "flux"}),
        64: _one("hunyuan_image"),
    }.get(first[1], frozenset())


# ---- text encoders -----------------------------------------------------------------------------------------------

# Qwen3 without and with vision, by hidden size. The first is what a header alone stands for.
_QWEN3 = {
    1024: ("qwen3_06b", "qwen3_06b_ace"),
    2048: ("ovis25", "qwen3_17b_ace"),
    2560: ("qwen3_4b", "qwen3_4b_ace"),
    4096: ("qwen3_8b",),
}
_QWEN3_VISION = {2560: ("qwen3vl_4b",), 4096: ("qwen3vl_8b",), 5120: ("qwen3vl_32b",)}
_GEMMA3 = {2560: ("gemma3_4b",), 3840: ("gemma3_12b", "gemma4_12b")}
_LLAMA = {3072: ("ministral3_3b",), 5120: ("mistral3_24b",)}


def encoder_kinds(shapes: Shapes) -> tuple[str, ...] | None:
    """The text encoders that these tensors may be, likeliest first; None where they are none that is known."""
    layers = len(
        {
            match[1]
            for key in shapes
            if (match := re.search(r"(?:text_model\.encoder\.layers|transformer\.resblocks)\.(\d+)\.", key))
        }
    )
    if layers and not any(key.startswith("vision_model.") for key in shapes):
        return ("clip_g",) if layers > 30 else ("clip_h",) if layers > 22 else ("clip_l",)
    return _t5_kinds(shapes) or _llm_kinds(shapes)


def _t5_kinds(shapes: Shapes) -> tuple[str, ...] | None:
    if "encoder.block.23.layer.1.DenseReluDense.wi.weight" in shapes:
        return ("t5xxl_old",)
    key = "encoder.block.0.layer.0.SelfAttention.k.weight"
    if key not in shapes:
        return None
    width = _dim(shapes, key, 1)
    # UMT5 has a position bias in every layer, T5 in the first alone.
    every = "encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight" in shapes
    if width == 4096:
        return ("umt5xxl",) if every else ("t5xxl",)
    if _dim(shapes, key, 0) == 384:
        return ("byt5_small",)
    if width == 768:
        return ("umt5_base",) if every else ("t5_base",)
    return ()


def _llm_kinds(shapes: Shapes) -> tuple[str, ...] | None:
    """Language models, under "model." or "model.language_model."."""
    prefix = "model.language_model." if "model.language_model.embed_tokens.weight" in shapes else "model."
    first = f"{prefix}layers.0."
    width = _dim(shapes, f"{first}post_attention_layernorm.weight", 0)
    if width is None:
        return None
    norm = f"{first}self_attn.q_norm.weight" in shapes
    if f"{first}post_feedforward_layernorm.weight" in shapes:
        return _GEMMA3.get(width, ()) if norm else ("gemma2_2b",)
    bias = _dim(shapes, f"{first}self_attn.k_proj.bias", 0)
    if bias is not None:
        return {256: ("qwen25vl_3b",), 512: ("qwen25vl_7b", "ovis25")}.get(bias, ())
    if norm:
        vision = any(key.startswith(("visual.", "model.visual.")) for key in shapes)
        return (_QWEN3_VISION if vision else _QWEN3).get(width, ())
    if width == 4096:
        vocabulary = _dim(shapes, f"{prefix}embed_tokens.weight", 0)
        return ("llava_llama3",) if vocabulary == 128320 else ("llama31_8b",)
    return _LLAMA.get(width, ())


# ---- LoRAs -------------------------------------------------------------------------------------------------------

_DOWN = r"(?:\.lora_down\.weight|\.lora_A\.(?:default\.)?weight|\.lora\.down\.weight|_lora\.down\.weight|\.lokr_w1)$"


def lora_families(shapes: Shapes) -> frozenset[str] | None:
    """The families that a LoRA may have been trained for, from the layers it names and their widths."""
    # Kohya writes "_" where everyone else writes ".", so both are read as "_".
    layers = {re.sub(r"\.", "_", key): shape for key, shape in shapes.items()}
    names = list(layers)
    context = next(
        (s[1] for key, s in layers.items() if re.search(r"attn2_(processor_)?to_k", key) and _is_down(key, s)), None
    )
    unet = any(re.search(r"(?:^|_)(down_blocks|input_blocks|mid_block|middle_block|up_blocks)_", n) for n in names)
    if unet:
        if any(name.startswith("lora_te2_") for name in names):
            return _one("sdxl")
        return _one(_CONTEXT[context]) if context in _CONTEXT else frozenset(_CONTEXT.values())
    return _lora_transformer(layers, context)


def _is_down(key: str, shape: tuple[int, ...]) -> bool:
    return len(shape) >= 2 and bool(re.search(r"lora_(down|A)(_default)?_weight$|lora_down_weight$", key))


def _highest(names: Iterable[str], pattern: str) -> int:
    """The highest number that `pattern` finds; -1 where it finds none."""
    return max((int(match[1]) for name in names if (match := re.search(pattern, name))), default=-1)


def _width(layers: Shapes, pattern: str) -> int | None:
    """Input width of the first layer that `pattern` finds."""
    return next((s[1] for key, s in layers.items() if re.search(pattern, key) and _is_down(key, s)), None)


def _lora_transformer(layers: Shapes, context: int | None) -> frozenset[str] | None:
    names = list(layers)
    double = _highest(names, r"(?:^|_)double_blocks_(\d+)_")
    single = _highest(names, r"(?:^|_)single_(?:transformer_)?blocks_(\d+)_")
    if double >= 0 or single >= 0:
        return _lora_double_blocks(layers, double, single)
    if any("joint_blocks_" in name for name in names):
        return _mmdit(_width(layers, r"joint_blocks_\d+_(x|context)_block_(attn_(qkv|proj)|mlp_fc1)_"))
    if any("double_stream_blocks_" in name for name in names):
        return _one("hidream")
    blocks = _highest(names, r"(?:^|_)transformer_blocks_(\d+)_")
    if blocks >= 0:
        if any(re.search(r"_(img|txt)_mlp_", name) for name in names):
            return _one("qwen_image")
        if any("_add_k_proj" in name for name in names):
            return frozenset({"qwen_image", "flux", "sd3"}) if blocks < 19 else frozenset({"qwen_image", "sd3"})
        return frozenset({"ltxv", "ltx2", "ltx25", "pixart_alpha", "pixart_sigma"}) if context else None
    if any(re.search(r"blocks_\d+_(cross|self)_attn_[qkvo](_|$)", name) for name in names):
        width = _width(layers, r"blocks_\d+_self_attn_q_")
        return _one("wan22_5b") if width == 3072 else _one("wan") if width in (1536, 5120) else frozenset()
    width = _width(layers, r"layers_\d+_attention_(qkv|to_q)_")
    return {3840: _one("z_image"), 2304: _one("lumina2")}.get(width or 0)


def _lora_double_blocks(layers: Shapes, double: int, single: int) -> frozenset[str]:
    """Flux and its kin name their blocks alike; how many there are, and how wide, tells more."""
    width = _width(layers, r"(img_attn_qkv|img_attn_proj|to_q|linear1)_")
    if width == 6144:
        return _one("flux2")
    if width == 4096:
        return _one("flux2_klein_9b")
    if double >= 19 or single >= 38:
        return _one("hunyuan_video")
    if double > 4 or single > 19 or any("transformer_blocks_" in name for name in layers):
        return frozenset({"flux", "chroma", "longcat_image", "ovis_image"})
    return frozenset({"flux", "chroma", "flux2_klein_4b", "hunyuan_video"})


# ---- ControlNets, upscalers --------------------------------------------------------------------------------------


def controlnet_families(shapes: Shapes) -> frozenset[str] | None:
    """The families that a ControlNet may be for."""
    if "after_proj_list.18.bias" in shapes:
        return _one("hunyuan_dit")
    if "controlnet_blocks.0.weight" in shapes:
        if "transformer_blocks.0.img_mlp.net.0.proj.weight" in shapes:
            return _one("qwen_image")
        if "pos_embed_input.proj.weight" in shapes:
            return _one("sd3")
        return _one("flux")
    if "controlnet_blocks.0.linear.weight" in shapes:
        return _one("flux")
    context = _unet_context({key.removeprefix("control_model."): shape for key, shape in shapes.items()})
    if context is not None:
        return _one(_CONTEXT[context]) if context in _CONTEXT else frozenset()
    return None


def upscaler_scale(shapes: Shapes) -> int | None:
    """How many times larger an upscaler makes a picture: ESRGAN under its old and new names, Real-ESRGAN compact."""
    if "conv_up1.weight" in shapes and "conv_first.weight" in shapes:
        # Pixels may be unshuffled before the network.
        folded = {3: 1, 12: 2, 48: 4}.get(_dim(shapes, "conv_first.weight", 1) or 0)
        return None if folded is None else 4 // folded
    numbers = sorted(int(m[1]) for key in shapes if (m := re.fullmatch(r"model\.(\d+)\.weight", key)))
    if len(numbers) >= 3 and "model.1.sub.0.RDB1.conv1.0.weight" in shapes:
        return 2 ** (len(numbers) - 3)  # all but the first and the last two convolutions double the size
    last = _highest(shapes, r"^body\.(\d+)\.weight$")
    if last > 0 and len(shapes[f"body.{last}.weight"]) == 4:
        scale = round((shapes[f"body.{last}.weight"][0] / 3) ** 0.5)
        return scale if scale * scale * 3 == shapes[f"body.{last}.weight"][0] else None
    return None
