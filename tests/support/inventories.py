"""Model folders for tests: sparse safetensors files that have a real header and no weights.

Diffusion models have the names and shapes of the real ones (tests/data); the other parts follow the layouts that
ComfyUI reads. A file has its true size, but takes a few kB on the disk.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path

from installation_data import diffusion_model_shapes

Shapes = dict[str, tuple[int, ...]]
Files = dict[str, Shapes]  # path under models/ -> tensors

_BYTES = {"F16": 2, "BF16": 2, "F32": 4, "F8_E4M3": 1}


def write_sparse(
    path: Path, shapes: Mapping[str, tuple[int, ...]], dtype: str = "F16", metadata: dict[str, str] | None = None
) -> None:
    """A safetensors file with these tensors and no weights: a header, and a hole of the right size."""
    header: dict[str, object] = {"__metadata__": metadata} if metadata else {}
    end = 0
    for name, shape in shapes.items():
        begin, end = end, end + math.prod(shape) * _BYTES[dtype]
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode("utf-8")
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + end)


def diffusion_model(name: str) -> Shapes:
    """A real diffusion model's tensors, under the names that its own file has."""
    return dict(diffusion_model_shapes()[name])  # a copy: callers add the other parts of a checkpoint


def prefixed(prefix: str, shapes: Shapes) -> Shapes:
    return {prefix + key: shape for key, shape in shapes.items()}


# ---- text encoders -----------------------------------------------------------------------------------------------


def clip_text(width: int, layers: int, hidden: int, projection: bool = False) -> Shapes:
    """A CLIP text model as transformers names it."""
    shapes: Shapes = {
        "text_model.embeddings.token_embedding.weight": (49408, width),
        "text_model.embeddings.position_embedding.weight": (77, width),
    }
    for layer in range(layers):
        base = f"text_model.encoder.layers.{layer}."
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            shapes |= _linear(f"{base}self_attn.{part}", width, width)
        shapes |= _linear(f"{base}mlp.fc1", hidden, width) | _linear(f"{base}mlp.fc2", width, hidden)
        shapes |= _norm(f"{base}layer_norm1", width) | _norm(f"{base}layer_norm2", width)
    shapes |= _norm("text_model.final_layer_norm", width)
    return shapes | ({"text_projection.weight": (width, width)} if projection else {})


def clip_l() -> Shapes:
    return clip_text(768, 12, 3072)


def clip_g() -> Shapes:
    return clip_text(1280, 32, 5120, projection=True)


def open_clip_g() -> Shapes:
    """CLIP-G as open_clip names it, the way SDXL checkpoints hold it."""
    shapes: Shapes = {
        "token_embedding.weight": (49408, 1280),
        "positional_embedding": (77, 1280),
        "text_projection": (1280, 1280),
        "logit_scale": (),
    }
    for layer in range(32):
        base = f"transformer.resblocks.{layer}."
        shapes |= {f"{base}attn.in_proj_weight": (3840, 1280), f"{base}attn.in_proj_bias": (3840,)}
        shapes |= _linear(f"{base}attn.out_proj", 1280, 1280)
        shapes |= _linear(f"{base}mlp.c_fc", 5120, 1280) | _linear(f"{base}mlp.c_proj", 1280, 5120)
        shapes |= _norm(f"{base}ln_1", 1280) | _norm(f"{base}ln_2", 1280)
    return shapes | _norm("ln_final", 1280)


def t5xxl(every_bias: bool = False, vocabulary: int = 32128) -> Shapes:
    """T5 v1.1 XXL's encoder; with `every_bias` and 256384 words, UMT5 XXL's."""
    shapes: Shapes = {"shared.weight": (vocabulary, 4096), "encoder.final_layer_norm.weight": (4096,)}
    for block in range(24):
        base = f"encoder.block.{block}.layer."
        for part in "qkvo":
            shapes[f"{base}0.SelfAttention.{part}.weight"] = (4096, 4096)
        if block == 0 or every_bias:
            shapes[f"{base}0.SelfAttention.relative_attention_bias.weight"] = (32, 64)
        shapes[f"{base}0.layer_norm.weight"] = (4096,)
        shapes[f"{base}1.DenseReluDense.wi_0.weight"] = (10240, 4096)
        shapes[f"{base}1.DenseReluDense.wi_1.weight"] = (10240, 4096)
        shapes[f"{base}1.DenseReluDense.wo.weight"] = (4096, 10240)
        shapes[f"{base}1.layer_norm.weight"] = (4096,)
    return shapes


def language_model(
    width: int, layers: int, heads: int, key_values: int, hidden: int, vocabulary: int, *, bias: bool, norm: bool
) -> Shapes:
    """A Llama-shaped model: `bias` on query, key and value (Qwen2.5), `norm` on query and key (Qwen3)."""
    shapes: Shapes = {"model.embed_tokens.weight": (vocabulary, width), "model.norm.weight": (width,)}
    for layer in range(layers):
        base = f"model.layers.{layer}."
        for part, out in (("q", heads * 128), ("k", key_values * 128), ("v", key_values * 128)):
            shapes[f"{base}self_attn.{part}_proj.weight"] = (out, width)
            if bias:
                shapes[f"{base}self_attn.{part}_proj.bias"] = (out,)
        if norm:
            shapes |= {f"{base}self_attn.q_norm.weight": (128,), f"{base}self_attn.k_norm.weight": (128,)}
        shapes[f"{base}self_attn.o_proj.weight"] = (width, heads * 128)
        shapes |= {f"{base}mlp.gate_proj.weight": (hidden, width), f"{base}mlp.up_proj.weight": (hidden, width)}
        shapes |= {f"{base}mlp.down_proj.weight": (width, hidden), f"{base}input_layernorm.weight": (width,)}
        shapes[f"{base}post_attention_layernorm.weight"] = (width,)
    return shapes


def qwen25vl_7b() -> Shapes:
    text = language_model(3584, 28, 28, 4, 18944, 152064, bias=True, norm=False)
    return text | {"visual.patch_embed.proj.weight": (1280, 3, 2, 14, 14), "visual.merger.mlp.2.weight": (3584, 5120)}


def qwen3_4b() -> Shapes:
    return language_model(2560, 36, 32, 8, 9728, 151936, bias=False, norm=True)


# ---- VAEs --------------------------------------------------------------------------------------------------------


def kl_vae(channels: int, quant: bool) -> Shapes:
    """The KL autoencoder of Stable Diffusion; Flux and SD3 have 16 channels and no quant_conv."""
    shapes: Shapes = {}
    shapes |= _conv("encoder.conv_in", 128, 3) | _conv("encoder.conv_out", 2 * channels, 512)
    shapes |= _conv("decoder.conv_in", 512, channels) | _conv("decoder.conv_out", 3, 128)
    shapes |= _norm("encoder.norm_out", 512) | _norm("decoder.norm_out", 128)
    widths = (128, 256, 512, 512)
    before = 128
    for level, width in enumerate(widths):
        for block in range(2):
            shapes |= _resnet(f"encoder.down.{level}.block.{block}", before, width)
            before = width
        if level < 3:
            shapes |= _conv(f"encoder.down.{level}.downsample.conv", width, width)
    before = 512
    for level in (3, 2, 1, 0):
        for block in range(3):
            shapes |= _resnet(f"decoder.up.{level}.block.{block}", before, widths[level])
            before = widths[level]
        if level > 0:
            shapes |= _conv(f"decoder.up.{level}.upsample.conv", widths[level], widths[level])
    for side in ("encoder", "decoder"):
        shapes |= _resnet(f"{side}.mid.block_1", 512, 512) | _resnet(f"{side}.mid.block_2", 512, 512)
        shapes |= _norm(f"{side}.mid.attn_1.norm", 512)
        for part in ("q", "k", "v", "proj_out"):
            shapes |= _conv(f"{side}.mid.attn_1.{part}", 512, 512, 1)
    if quant:
        shapes |= _conv("quant_conv", 2 * channels, 2 * channels, 1) | _conv("post_quant_conv", channels, channels, 1)
    return shapes


def wan_vae() -> Shapes:
    """The keys by which the VAE of Wan 2.1 and Qwen-Image is known; not the whole of it."""
    shapes: Shapes = {
        "conv1.weight": (32, 32, 1, 1, 1),
        "conv2.weight": (16, 16, 1, 1, 1),
        "encoder.conv1.weight": (96, 3, 3, 3, 3),
        "decoder.conv1.weight": (384, 16, 3, 3, 3),
        "decoder.head.0.gamma": (96, 1, 1, 1),
        "decoder.head.2.weight": (3, 96, 3, 3, 3),
    }
    for side in ("encoder", "decoder"):
        for part in (0, 3):
            shapes[f"{side}.middle.0.residual.{part}.gamma"] = (384, 1, 1, 1)
    return shapes


# ---- what is applied to a model ----------------------------------------------------------------------------------


def lora(layers: Mapping[str, tuple[int, int]], rank: int = 16) -> Shapes:
    """A LoRA as Kohya's trainer names it: layer -> (output, input) width."""
    shapes: Shapes = {}
    for layer, (out, width) in layers.items():
        shapes |= {f"{layer}.lora_down.weight": (rank, width), f"{layer}.lora_up.weight": (out, rank)}
        shapes[f"{layer}.alpha"] = ()
    return shapes


def unet_lora(context: int, text: bool = True) -> Shapes:
    """A LoRA of a U-Net with cross-attention of this width."""
    layers: dict[str, tuple[int, int]] = {}
    for block in (1, 2):
        base = f"lora_unet_down_blocks_{block}_attentions_0_transformer_blocks_0_"
        for part in ("to_q", "to_out_0"):
            layers[f"{base}attn2_{part}"] = (640, 640)
        for part in ("to_k", "to_v"):
            layers[f"{base}attn2_{part}"] = (640, context)
    if text:
        te = "lora_te1" if context == 2048 else "lora_te"
        layers[f"{te}_text_model_encoder_layers_0_self_attn_q_proj"] = (768, 768)
        if context == 2048:
            layers["lora_te2_text_model_encoder_layers_0_self_attn_q_proj"] = (1280, 1280)
    return lora(layers)


def flux_lora() -> Shapes:
    layers = {f"lora_unet_double_blocks_{block}_img_attn_qkv": (9216, 3072) for block in range(19)}
    return lora(layers | {f"lora_unet_single_blocks_{block}_linear1": (21504, 3072) for block in range(38)})


def transformer_lora(names: str, blocks: int, width: int) -> Shapes:
    """A LoRA as diffusers names it: `names` with {} for the block."""
    shapes: Shapes = {}
    for block in range(blocks):
        base = f"diffusion_model.{names.format(block)}"
        shapes |= {f"{base}.lora_A.weight": (16, width), f"{base}.lora_B.weight": (width, 16)}
    return shapes


def mmdit(depth: int) -> Shapes:
    """What tells an SD3-type diffusion model: 64 wide for each of its layers."""
    width = 64 * depth
    shapes: Shapes = {
        "x_embedder.proj.weight": (width, 16, 2, 2),
        "context_embedder.weight": (width, 4096),
        "y_embedder.mlp.0.weight": (width, 2048),
        "final_layer.linear.weight": (64, width),
    }
    for block in range(depth):
        for side in ("context_block", "x_block"):
            shapes[f"joint_blocks.{block}.{side}.attn.qkv.weight"] = (3 * width, width)
    return shapes


def tiny_autoencoder(latent_channels: int = 16) -> Shapes:
    """The ends of a TAESD."""
    return {
        "taesd_encoder.0.weight": (64, 3, 3, 3),
        "taesd_encoder.14.weight": (latent_channels, 64, 3, 3),
        "taesd_decoder.1.weight": (64, latent_channels, 3, 3),
        "taesd_decoder.19.weight": (3, 64, 3, 3),
    }


def esrgan(scale: int) -> Shapes:
    """ESRGAN under its first names: one convolution more for each doubling."""
    shapes = _conv("model.0", 64, 3)
    for block in range(23):
        for dense in (1, 2, 3):
            for conv in range(1, 6):
                out = 64 if conv == 5 else 32
                shapes |= _conv(f"model.1.sub.{block}.RDB{dense}.conv{conv}.0", out, 64 + 32 * (conv - 1))
    shapes |= _conv("model.1.sub.23", 64, 64)
    number = 0
    for _ in range(int(math.log2(scale))):
        number += 3
        shapes |= _conv(f"model.{number}", 64, 64)
    return shapes | _conv(f"model.{number + 2}", 64, 64) | _conv(f"model.{number + 4}", 3, 64)


def real_esrgan(unshuffle: int = 1) -> Shapes:
    """Real-ESRGAN x4plus (x2plus folds the picture by 2 first)."""
    shapes = _conv("conv_first", 64, 3 * unshuffle * unshuffle)
    for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
        shapes |= _conv(name, 64, 64)
    for block in range(23):
        for dense in (1, 2, 3):
            for conv in range(1, 6):
                out = 64 if conv == 5 else 32
                shapes |= _conv(f"body.{block}.rdb{dense}.conv{conv}", out, 64 + 32 * (conv - 1))
    return shapes | _conv("conv_last", 3, 64)


def unet_controlnet(context: int) -> Shapes:
    """A ControlNet of a U-Net, as its first trainer names it; the keys by which it is known."""
    shapes: Shapes = {"control_model.time_embed.0.weight": (1280, 320), "control_model.time_embed.0.bias": (1280,)}
    shapes |= _conv("control_model.input_blocks.0.0", 320, 4) | _conv("control_model.input_hint_block.0", 16, 3)
    base = "control_model.input_blocks.4.1.transformer_blocks.0."
    for part, width in (("to_q", 640), ("to_k", context), ("to_v", context)):
        shapes[f"{base}attn2.{part}.weight"] = (640, width)
    return shapes | _conv("control_model.zero_convs.0.0", 320, 320, 1)


def sd3_controlnet() -> Shapes:
    shapes = _linear("controlnet_blocks.0", 1536, 1536)
    return shapes | {"pos_embed_input.proj.weight": (1536, 16, 2, 2), "pos_embed.proj.weight": (1536, 16, 2, 2)}


def flux_controlnet() -> Shapes:
    shapes = _linear("controlnet_blocks.0", 3072, 3072) | _linear("controlnet_x_embedder", 3072, 64)
    return shapes | _linear("transformer_blocks.0.attn.to_q", 3072, 3072)


def clip_vision() -> Shapes:
    """The keys by which CLIP Vision H is known."""
    shapes: Shapes = {"vision_model.embeddings.class_embedding": (1280,), "visual_projection.weight": (1024, 1280)}
    for layer in range(32):
        shapes |= _linear(f"vision_model.encoder.layers.{layer}.mlp.fc1", 5120, 1280)
    return shapes


def embedding(width: int) -> Shapes:
    return {"emb_params": (4, width)}


def _linear(name: str, out: int, width: int) -> Shapes:
    return {f"{name}.weight": (out, width), f"{name}.bias": (out,)}


def _norm(name: str, width: int) -> Shapes:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def _conv(name: str, out: int, width: int, kernel: int = 3) -> Shapes:
    return {f"{name}.weight": (out, width, kernel, kernel), f"{name}.bias": (out,)}


def _resnet(name: str, width: int, out: int) -> Shapes:
    shapes = _norm(f"{name}.norm1", width) | _conv(f"{name}.conv1", out, width)
    shapes |= _norm(f"{name}.norm2", out) | _conv(f"{name}.conv2", out, out)
    return shapes | (_conv(f"{name}.nin_shortcut", out, width, 1) if width != out else {})


# ---- checkpoints -------------------------------------------------------------------------------------------------


def sd15_checkpoint() -> Shapes:
    shapes = diffusion_model("sd15") | prefixed("cond_stage_model.transformer.", clip_l())
    return shapes | prefixed("first_stage_model.", kl_vae(4, quant=True))


def sdxl_checkpoint() -> Shapes:
    shapes = diffusion_model("sdxl")
    shapes |= prefixed("conditioner.embedders.0.transformer.", clip_l())
    shapes |= prefixed("conditioner.embedders.1.model.", open_clip_g())
    return shapes | prefixed("first_stage_model.", kl_vae(4, quant=True))


def sd35_checkpoint(text: bool = True) -> Shapes:
    shapes = diffusion_model("sd35") | prefixed("first_stage_model.", kl_vae(16, quant=False))
    if text:
        shapes |= prefixed("text_encoders.clip_l.transformer.", clip_l())
        shapes |= prefixed("text_encoders.clip_g.transformer.", clip_g())
        shapes |= prefixed("text_encoders.t5xxl.transformer.", t5xxl())
    return shapes


# ---- inventories -------------------------------------------------------------------------------------------------


def only_sd15() -> Files:
    return {"checkpoints/v1-5-pruned-emaonly.safetensors": sd15_checkpoint()}


def sdxl_loras_upscalers() -> Files:
    return {
        "checkpoints/sd_xl_base_1.0.safetensors": sdxl_checkpoint(),
        "loras/detail-tweaker-xl.safetensors": unet_lora(2048),
        "loras/style/papercut.safetensors": unet_lora(2048, text=False),
        "vae/sdxl_vae.safetensors": kl_vae(4, quant=True),
        "upscale_models/4x-UltraSharp.safetensors": esrgan(4),
        "upscale_models/RealESRGAN_x2plus.safetensors": real_esrgan(2),
    }


def flux_split() -> Files:
    return {
        "diffusion_models/flux1-dev.safetensors": diffusion_model("flux"),
        "text_encoders/clip_l.safetensors": clip_l(),
        "text_encoders/t5xxl_fp16.safetensors": t5xxl(),
        "vae/ae.safetensors": kl_vae(16, quant=False),
        "loras/flux-realism.safetensors": flux_lora(),
        "upscale_models/4x-UltraSharp.safetensors": esrgan(4),
    }


def sd35() -> Files:
    return {
        "checkpoints/sd3.5_large.safetensors": sd35_checkpoint(),
        "controlnet/sd3.5_large_controlnet_canny.safetensors": sd3_controlnet(),
        "text_encoders/clip_l.safetensors": clip_l(),
        "text_encoders/clip_g.safetensors": clip_g(),
        "text_encoders/t5xxl_fp16.safetensors": t5xxl(),
    }


def qwen_or_zimage_split() -> Files:
    return {
        "diffusion_models/qwen_image_fp8_e4m3fn.safetensors": diffusion_model("qwen_image"),
        "diffusion_models/z_image_turbo_bf16.safetensors": diffusion_model("z_image"),
        "text_encoders/qwen_2.5_vl_7b_fp8_scaled.safetensors": qwen25vl_7b(),
        "text_encoders/qwen_3_4b.safetensors": qwen3_4b(),
        "vae/qwen_image_vae.safetensors": wan_vae(),
        "vae/ae.safetensors": kl_vae(16, quant=False),
        "loras/Qwen-Image-Lightning-4steps-V1.0.safetensors": transformer_lora(
            "transformer_blocks.{}.img_mlp.net.0.proj", 60, 3072
        ),
        "loras/pixel_art_style_z_image_turbo.safetensors": transformer_lora("layers.{}.attention.to_q", 30, 3840),
    }


def mixed_40() -> Files:
    """Forty files of all families, some under names that say nothing, in folders of their own."""
    files = only_sd15() | sdxl_loras_upscalers() | flux_split() | sd35()
    files |= qwen_or_zimage_split()
    return files | {
        "checkpoints/anime/model_v7.safetensors": sdxl_checkpoint(),
        "checkpoints/dreamshaper_8.safetensors": sd15_checkpoint(),
        "checkpoints/sd3.5_large_no_text.safetensors": sd35_checkpoint(text=False),
        "unet/sdxl_unet_only.safetensors": diffusion_model("sdxl"),
        "clip/umt5_xxl_fp16.safetensors": t5xxl(every_bias=True, vocabulary=256384),
        "vae/vae-ft-mse-840000-ema-pruned.safetensors": kl_vae(4, quant=True),
        "vae/mystery.safetensors": kl_vae(4, quant=True),
        "vae/wan_2.1_vae.safetensors": wan_vae(),
        "loras/nothing-in-the-name.safetensors": unet_lora(768, text=False),
        "loras/unknown.safetensors": {"some.layer.weight": (4, 4)},
        "controlnet/control_canny.safetensors": unet_controlnet(768),
        "controlnet/xl/depth.safetensors": unet_controlnet(2048),
        "controlnet/flux-union.safetensors": flux_controlnet(),
        "clip_vision/clip_vision_h.safetensors": clip_vision(),
        "embeddings/easynegative.safetensors": embedding(768),
        "style_models/flux1-redux-dev.safetensors": {"redux_down.weight": (4096, 12288)},
        "upscale_models/RealESRGAN_x4plus.safetensors": real_esrgan(),
        "model_patches/qwen_image_canny_diffsynth_controlnet.safetensors": {"img_in.weight": (3072, 64)},
    }


INVENTORIES: dict[str, Callable[[], Files]] = {
    "only_sd15": only_sd15,
    "sdxl_loras_upscalers": sdxl_loras_upscalers,
    "flux_split": flux_split,
    "sd35": sd35,
    "qwen_or_zimage_split": qwen_or_zimage_split,
    "mixed_40": mixed_40,
}


def write_inventory(name: str, base: Path) -> Path:
    """Write inventory `name` under `base`/models and return that folder."""
    models = base / "models"
    for path, shapes in INVENTORIES[name]().items():
        write_sparse(models / path, shapes)
    return models
