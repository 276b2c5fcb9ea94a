"""Installations as people have them: whole ones, and ones in which parts are missing, misplaced or of another kind.

Each is a models folder of sparse files (`inventories.py`), with or without the loaders of ComfyUI-GGUF. What can be
written on each, and what cannot, is in `INSTALLATIONS`.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installation_data import read_object_info
from inventories import (
    INVENTORIES,
    Files,
    Shapes,
    clip_g,
    clip_l,
    diffusion_model,
    esrgan,
    flux_lora,
    kl_vae,
    language_model,
    qwen3_4b,
    sd15_checkpoint,
    sd35_checkpoint,
    sdxl_checkpoint,
    t5xxl,
    unet_lora,
    wan_vae,
    write_sparse,
)

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.models_folder import identify_models, list_models
from nodewright.workflow.catalog.object_info import catalog_from_object_info

GGUF_BYTES = b"GGUF\x03\x00\x00\x00" + bytes(16)
"""A GGUF file without tensors: such files are known by their names alone."""


@dataclass(frozen=True)
class Installation:
    """One models folder, and what is installed beside it.

    Attributes:
        files: returns the path under models/ and the tensors of each safetensors file.
        gguf: paths under models/ of GGUF files. Where there are any, the loaders of ComfyUI-GGUF are installed.
        makes: families of which a picture can be made; empty: none, and the grammar says what is missing.
        removed: node classes that this ComfyUI lacks.
    """

    files: Callable[[], Files]
    makes: frozenset[str]
    gguf: tuple[str, ...] = ()
    removed: frozenset[str] = frozenset()


def without(shapes: Shapes, *prefixes: str) -> Shapes:
    """Return the tensors whose names start with none of `prefixes`."""
    return {name: shape for name, shape in shapes.items() if not name.startswith(prefixes)}


def sdxl_without_vae() -> Shapes:
    """Return an SDXL checkpoint that holds no VAE."""
    return without(sdxl_checkpoint(), "first_stage_model.")


def bare_sdxl() -> Shapes:
    """Return an SDXL checkpoint that holds nothing but its U-Net."""
    return diffusion_model("sdxl")


def flux_fill() -> Shapes:
    """Return Flux Fill, which reads a masked picture and its mask beside the latent."""
    shapes = diffusion_model("flux")
    name = next(key for key in shapes if key.endswith("img_in.weight"))
    return shapes | {name: (3072, 384)}


def nunchaku_flux() -> Shapes:
    """Return the ends of a Flux that Nunchaku quantised, which no loader of ComfyUI's own reads."""
    shapes: Shapes = {"x_embedder.weight": (3072, 64), "context_embedder.weight": (3072, 4096)}
    for block in ("transformer_blocks.0.", "single_transformer_blocks.0."):
        shapes |= {f"{block}qkv_proj.qweight": (9216, 1536), f"{block}qkv_proj.wscales": (48, 9216)}
        shapes |= {f"{block}mlp_fc1.qweight": (12288, 1536), f"{block}mlp_fc1.wscales": (48, 12288)}
    return shapes


def _flux_parts() -> Files:
    return {
        "text_encoders/clip_l.safetensors": clip_l(),
        "text_encoders/t5xxl_fp16.safetensors": t5xxl(),
        "vae/ae.safetensors": kl_vae(16, quant=False),
    }


def _sdxl_vae_beside() -> Files:
    return {
        "checkpoints/illustriousXL_v01.safetensors": sdxl_without_vae(),
        "vae/sdxl_vae.safetensors": kl_vae(4, quant=True),
        "loras/detail-tweaker-xl.safetensors": unet_lora(2048),
        "upscale_models/4x-UltraSharp.safetensors": esrgan(4),
    }


def _sd35_without_encoders(encoders: bool) -> Files:
    files: Files = {"checkpoints/sd3.5_large.safetensors": sd35_checkpoint(text=False)}
    if encoders:
        files["text_encoders/clip_g.safetensors"] = clip_g()
        files |= {name: shapes for name, shapes in _flux_parts().items() if name.startswith("text_encoders/")}
    return files


def _unet_only() -> Files:
    return {
        "checkpoints/sd_xl_base_1.0.safetensors": bare_sdxl(),
        "checkpoints/v1-5-pruned.safetensors": diffusion_model("sd15"),
    }


def _unet_only_with_parts() -> Files:
    return _unet_only() | {
        "text_encoders/clip_l.safetensors": clip_l(),
        "vae/vae-ft-mse-840000-ema-pruned.safetensors": kl_vae(4, quant=True),
    }


def _flux_in_checkpoints(parts: bool) -> Files:
    files: Files = {"checkpoints/flux1-dev.safetensors": diffusion_model("flux")}
    return files | _flux_parts() if parts else files


def _borrowing() -> Files:
    return {
        "diffusion_models/sdxl_lightning_4step_unet.safetensors": bare_sdxl(),
        "checkpoints/sd_xl_base_1.0.safetensors": sdxl_checkpoint(),
        "loras/detail-tweaker-xl.safetensors": unet_lora(2048),
    }


def _misplaced() -> Files:
    return {
        "checkpoints/v1-5-pruned-emaonly.safetensors": sd15_checkpoint(),
        "checkpoints/detail_tweaker.safetensors": unet_lora(768),
        "checkpoints/t5xxl_fp16.safetensors": t5xxl(),
        "checkpoints/sdxl_vae.safetensors": kl_vae(4, quant=True),
        "checkpoints/4x-UltraSharp.safetensors": esrgan(4),
        "loras/dreamshaper_8.safetensors": sd15_checkpoint(),
        "diffusion_models/clip_l.safetensors": clip_l(),
        "vae/flux-realism.safetensors": flux_lora(),
    }


def _other_tasks() -> Files:
    return _flux_parts() | {
        "diffusion_models/flux1-dev.safetensors": diffusion_model("flux"),
        "diffusion_models/flux1-fill-dev.safetensors": flux_fill(),
        "diffusion_models/svdq-int4_r32-flux.1-dev.safetensors": nunchaku_flux(),
        "loras/flux-realism.safetensors": flux_lora(),
    }


def _incomplete_beside_whole() -> Files:
    return {
        "diffusion_models/qwen_image_fp8_e4m3fn.safetensors": diffusion_model("qwen_image"),
        "diffusion_models/flux1-dev.safetensors": diffusion_model("flux"),
        "text_encoders/clip_l.safetensors": clip_l(),
        "vae/ae.safetensors": kl_vae(16, quant=False),
        "checkpoints/dreamshaper_8.safetensors": sd15_checkpoint(),
        "loras/add-detail.safetensors": unet_lora(768),
    }


def _any_script() -> Files:
    return {
        "checkpoints/日本語モデル.safetensors": sdxl_checkpoint(),
        "checkpoints/麦橘写实_v2.safetensors": sdxl_checkpoint(),
        "checkpoints/подпапка/модель (1).safetensors": sd15_checkpoint(),
        "loras/水墨.safetensors": unet_lora(2048),
    }


def _flux_gguf() -> Files:
    return {
        "text_encoders/clip_l.safetensors": clip_l(),
        "vae/ae.safetensors": kl_vae(16, quant=False),
        "loras/flux-realism.safetensors": flux_lora(),
    }


def _z_image_gguf() -> Files:
    return {"text_encoders/qwen_3_4b.safetensors": qwen3_4b(), "vae/ae.safetensors": kl_vae(16, quant=False)}


def _qwen_gguf() -> Files:
    return {
        "vae/qwen_image_vae.safetensors": wan_vae(),
        "text_encoders/other.safetensors": language_model(512, 4, 4, 2, 1024, 1000, bias=False, norm=False),
    }


INSTALLATIONS: dict[str, Installation] = {
    "only_sd15": Installation(INVENTORIES["only_sd15"], frozenset({"sd15"})),
    "sdxl_loras_upscalers": Installation(INVENTORIES["sdxl_loras_upscalers"], frozenset({"sdxl"})),
    "flux_split": Installation(INVENTORIES["flux_split"], frozenset({"flux"})),
    "sd35": Installation(INVENTORIES["sd35"], frozenset({"sd3"})),
    "qwen_or_zimage_split": Installation(INVENTORIES["qwen_or_zimage_split"], frozenset({"qwen_image", "z_image"})),
    "mixed_40": Installation(
        INVENTORIES["mixed_40"], frozenset({"sd15", "sdxl", "sd3", "flux", "qwen_image", "z_image"})
    ),
    "sdxl_without_vae": Installation(
        lambda: {
            "checkpoints/sd_xl_base_1.0.safetensors": sdxl_without_vae(),
            "checkpoints/v1-5-pruned-emaonly.safetensors": sd15_checkpoint(),
        },
        frozenset({"sd15"}),
    ),
    "sdxl_vae_beside": Installation(_sdxl_vae_beside, frozenset({"sdxl"})),
    "sd35_encoders_beside": Installation(lambda: _sd35_without_encoders(True), frozenset({"sd3"})),
    "sd35_without_encoders": Installation(lambda: _sd35_without_encoders(False), frozenset()),
    "unet_only": Installation(_unet_only, frozenset()),
    "unet_only_with_parts": Installation(_unet_only_with_parts, frozenset({"sd15"})),
    "flux_in_checkpoints": Installation(lambda: _flux_in_checkpoints(False), frozenset()),
    "flux_in_checkpoints_with_parts": Installation(lambda: _flux_in_checkpoints(True), frozenset({"flux"})),
    "borrowing": Installation(_borrowing, frozenset({"sdxl"})),
    "misplaced": Installation(_misplaced, frozenset({"sd15"})),
    "other_tasks": Installation(_other_tasks, frozenset({"flux"})),
    "incomplete_beside_whole": Installation(_incomplete_beside_whole, frozenset({"sd15"})),
    "any_script": Installation(_any_script, frozenset({"sd15", "sdxl"})),
    "flux_gguf": Installation(
        _flux_gguf,
        frozenset({"flux"}),
        gguf=("unet/flux1-dev-Q4_K_S.gguf", "text_encoders/t5-v1_1-xxl-encoder-Q8_0.gguf"),
    ),
    "z_image_gguf": Installation(_z_image_gguf, frozenset({"z_image"}), gguf=("unet/z_image_turbo-Q5_K_M.gguf",)),
    "qwen_gguf": Installation(
        _qwen_gguf,
        frozenset({"qwen_image"}),
        gguf=(
            "unet/qwen-image-Q4_K_M.gguf",
            "text_encoders/Qwen2.5-VL-7B-Instruct-UD-Q4_K_S.gguf",
            "text_encoders/Qwen2.5-VL-7B-Instruct-mmproj-BF16.gguf",
        ),
    ),
    "few_classes": Installation(
        INVENTORIES["sdxl_loras_upscalers"],
        frozenset({"sdxl"}),
        removed=frozenset({"EmptyLatentImage", "KSamplerAdvanced", "VAEDecodeTiled", "ImageScaleBy"}),
    ),
}
"""Name -> installation."""


def write_installation(name: str, base: Path) -> Path:
    """Write the files of an installation under `base`/models and return that folder."""
    installation, models = INSTALLATIONS[name], base / "models"
    for path, shapes in installation.files().items():
        write_sparse(models / path, shapes)
    for path in installation.gguf:
        (models / path).parent.mkdir(parents=True, exist_ok=True)
        (models / path).write_bytes(GGUF_BYTES)
    return models


@functools.cache
def _object_info(version: str) -> dict[str, Any]:
    return read_object_info(version)


def gguf_loaders(object_info: dict[str, Any]) -> dict[str, Any]:
    """Return ComfyUI-GGUF's loaders as an object_info describes them, with the types of ComfyUI's own loaders."""
    found: dict[str, Any] = {}
    for name, own in (
        ("UnetLoaderGGUF", None),
        ("CLIPLoaderGGUF", "CLIPLoader"),
        ("DualCLIPLoaderGGUF", "DualCLIPLoader"),
        ("TripleCLIPLoaderGGUF", "TripleCLIPLoader"),
    ):
        inputs: dict[str, Any] = {"unet_name": [[]]}
        if own is not None:
            inputs = {
                key: spec
                for key, spec in object_info[own]["input"]["required"].items()
                if key.startswith("clip_name") or key == "type"
            }
        found[name] = {
            "input": {"required": copy.deepcopy(inputs)},
            "input_order": {"required": list(inputs)},
            "output": ["MODEL" if own is None else "CLIP"],
            "output_is_list": [False],
            "output_name": ["MODEL" if own is None else "CLIP"],
            "name": name,
            "display_name": name,
            "description": "",
            "category": "bootleg",
            "output_node": False,
        }
    return found


def catalog_of(name: str, models: Path, version: str) -> Catalog:
    """Return the catalog of an installation whose files were written to `models`, under this ComfyUI version."""
    installation = INSTALLATIONS[name]
    info = {key: value for key, value in _object_info(version).items() if key not in installation.removed}
    if installation.gguf:
        info |= gguf_loaders(info)
    return catalog_from_object_info(info, identify_models(list_models(models)), options_from_models=True)
