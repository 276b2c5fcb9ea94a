"""The installations that `asks.py` measures on: files with real headers and no weights, and their sidecars.

- `studio`: what an artist with some years of it has: models of five families, three LoRAs, an upscaler.
- `starter`: one SDXL checkpoint with two LoRAs.
- `atelier`: other files of the same families, with names alone but for one LoRA.
- `collection`: anime and photo models of two families. Some names say nothing; headers and sidecars do.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from installation_data import NEWEST, read_object_info
from inventories import (
    Shapes,
    clip_l,
    diffusion_model,
    esrgan,
    flux_lora,
    kl_vae,
    qwen3_4b,
    qwen25vl_7b,
    real_esrgan,
    sd15_checkpoint,
    sdxl_checkpoint,
    t5xxl,
    unet_lora,
    wan_vae,
    write_sparse,
)

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.models_folder import identify_models, list_models
from nodewright.workflow.catalog.object_info import catalog_from_object_info


@dataclass(frozen=True)
class File:
    """A model file.

    Attributes:
        shapes: return its tensors.
        metadata: its header's `__metadata__`.
        sidecars: ending of a file beside it -> that file's JSON.
    """

    shapes: Callable[[], Shapes]
    metadata: dict[str, str] = field(default_factory=dict)
    sidecars: dict[str, Any] = field(default_factory=dict)


def _sdxl_lora() -> Shapes:
    return unet_lora(2048)


def _civitai(name: str, base: str, tags: list[str], words: list[str], description: str = "") -> dict[str, Any]:
    """Return what Civitai Helper leaves beside a file."""
    return {
        ".civitai.info": {
            "id": 1,
            "name": "v1",
            "baseModel": base,
            "trainedWords": words,
            "description": description,
            "model": {"name": name, "type": "Checkpoint", "tags": tags},
        }
    }


def _lora_manager(name: str, base: str, tags: list[str], words: list[str], strength: float) -> dict[str, Any]:
    """Return what ComfyUI-Lora-Manager leaves beside a file."""
    return {
        ".metadata.json": {
            "model_name": name,
            "base_model": base,
            "tags": tags,
            "usage_tips": json.dumps({"strength": strength}),
            "civitai": {"trainedWords": words, "baseModel": base, "model": {"name": name, "tags": tags}},
        }
    }


STUDIO = {
    "checkpoints/sd_xl_base_1.0.safetensors": File(sdxl_checkpoint),
    "checkpoints/juggernautXL_ragnarokBy.safetensors": File(
        sdxl_checkpoint,
        sidecars=_civitai("Juggernaut XL", "SDXL 1.0", ["photorealistic", "realistic", "base model"], []),
    ),
    "checkpoints/waiIllustriousSDXL_v140.safetensors": File(sdxl_checkpoint),
    "checkpoints/ponyDiffusionV6XL_v6StartWithThisOne.safetensors": File(sdxl_checkpoint),
    "checkpoints/dreamshaperXL_lightningDPMSDE.safetensors": File(sdxl_checkpoint),
    "checkpoints/SD1.5/realisticVisionV60B1_v51VAE.safetensors": File(sd15_checkpoint),
    "checkpoints/SD1.5/dreamshaper_8.safetensors": File(sd15_checkpoint),
    "diffusion_models/flux1-dev.safetensors": File(lambda: diffusion_model("flux")),
    "diffusion_models/z_image_turbo_bf16.safetensors": File(lambda: diffusion_model("z_image")),
    "diffusion_models/qwen_image_fp8_e4m3fn.safetensors": File(lambda: diffusion_model("qwen_image")),
    "text_encoders/clip_l.safetensors": File(clip_l),
    "text_encoders/t5xxl_fp16.safetensors": File(t5xxl),
    "text_encoders/qwen_2.5_vl_7b_fp8_scaled.safetensors": File(qwen25vl_7b),
    "text_encoders/qwen_3_4b.safetensors": File(qwen3_4b),
    "vae/ae.safetensors": File(lambda: kl_vae(16, quant=False)),
    "vae/qwen_image_vae.safetensors": File(wan_vae),
    "vae/sdxl_vae.safetensors": File(lambda: kl_vae(4, quant=True)),
    "loras/pixel-art-xl.safetensors": File(
        _sdxl_lora,
        metadata={
            "ss_base_model_version": "sdxl_base_v1-0",
            "ss_output_name": "pixel-art-xl",
            "ss_tag_frequency": json.dumps({"10_pixel": {"pixel art": 120, "tree": 14, "castle": 11, "knight": 9}}),
        },
    ),
    "loras/add-detail-xl.safetensors": File(
        _sdxl_lora,
        metadata={
            "modelspec.architecture": "stable-diffusion-xl-v1-base/lora",
            "modelspec.title": "Add Detail XL",
            "modelspec.description": "Adds detail. Recommended weight 0.6 to 1.0.",
        },
    ),
    "loras/film_photography_xl.safetensors": File(
        _sdxl_lora,
        sidecars=_lora_manager(
            "Film Photography XL", "SDXL 1.0", ["style", "photography", "analog film"], ["flmphoto style"], 0.7
        ),
    ),
    "upscale_models/4x-UltraSharp.safetensors": File(lambda: esrgan(4)),
}

STARTER = {
    "checkpoints/sd_xl_base_1.0.safetensors": File(sdxl_checkpoint),
    "loras/papercut.safetensors": File(
        _sdxl_lora, sidecars=_lora_manager("Papercut", "SDXL 1.0", ["style", "papercraft"], ["papercut"], 0.9)
    ),
    "loras/detail-tweaker-xl.safetensors": File(_sdxl_lora),
}

COLLECTION = {
    "checkpoints/animagine-xl-4.0-opt.safetensors": File(sdxl_checkpoint),
    "checkpoints/NoobAI-XL-v1.1.safetensors": File(sdxl_checkpoint),
    "checkpoints/CounterfeitV30_v30.safetensors": File(sd15_checkpoint),
    "checkpoints/mix_final_v3.safetensors": File(
        sdxl_checkpoint,
        sidecars=_civitai(
            "Streetlight Photoreal XL",
            "SDXL 1.0",
            ["photorealistic", "photography", "base model"],
            [],
            "<p>A photoreal model for portraits and streets. Steps 30-40, CFG 4 to 6.</p>",
        ),
    ),  # fmt: skip
    "loras/lora_000012.safetensors": File(
        _sdxl_lora,
        metadata={
            "ss_base_model_version": "sdxl_base_v1-0",
            "modelspec.title": "Loose Watercolor",
            "modelspec.tags": "watercolor, painting, style",
            "modelspec.trigger_phrase": "wtrclr style",
            "modelspec.usage_hint": "weight 0.8",
        },
    ),
    "loras/xl_step9000.safetensors": File(
        _sdxl_lora,
        sidecars=_civitai("16-bit Sprites XL", "SDXL 1.0", ["pixel art", "game", "sprite"], ["sprite16 style"]),
    ),
    "loras/more_details.safetensors": File(lambda: unet_lora(768)),
    "upscale_models/RealESRGAN_x4plus_anime_6B.safetensors": File(lambda: esrgan(4)),
}

ATELIER = {
    "checkpoints/RealVisXL_V5.0_fp16.safetensors": File(sdxl_checkpoint),
    "checkpoints/hassakuXLIllustrious_v22.safetensors": File(sdxl_checkpoint),
    "checkpoints/epicrealism_naturalSinRC1VAE.safetensors": File(sd15_checkpoint),
    "checkpoints/v1-5-pruned-emaonly-fp16.safetensors": File(sd15_checkpoint),
    "diffusion_models/flux1-krea-dev_fp8_scaled.safetensors": File(lambda: diffusion_model("flux")),
    "diffusion_models/qwen_image_2512_fp8_e4m3fn.safetensors": File(lambda: diffusion_model("qwen_image")),
    "text_encoders/clip_l.safetensors": File(clip_l),
    "text_encoders/t5xxl_fp8_e4m3fn_scaled.safetensors": File(t5xxl),
    "text_encoders/qwen_2.5_vl_7b_fp8_scaled.safetensors": File(qwen25vl_7b),
    "vae/ae.safetensors": File(lambda: kl_vae(16, quant=False)),
    "vae/qwen_image_vae.safetensors": File(wan_vae),
    "loras/flux-realism.safetensors": File(flux_lora),
    "loras/ClassipeintXL2.1.safetensors": File(
        _sdxl_lora,
        sidecars=_civitai("ClassipeintXL (oil paint style)", "SDXL 1.0", ["painting", "oil painting", "style"],
                          ["oil painting, classipeint"]),
    ),
    "loras/PixelArtRedmond15V.safetensors": File(lambda: unet_lora(768)),
    "upscale_models/RealESRGAN_x2plus.safetensors": File(lambda: real_esrgan(2)),
    "upscale_models/4x_foolhardy_Remacri.safetensors": File(lambda: esrgan(4)),
}  # fmt: skip

INSTALLATIONS = {"studio": STUDIO, "starter": STARTER, "collection": COLLECTION, "atelier": ATELIER}
"""Name -> path under models/ -> file."""


def write_files(name: str, models: Path) -> None:
    """Write an installation's files into a folder."""
    for path, file in INSTALLATIONS[name].items():
        write_sparse(models / path, file.shapes(), metadata=file.metadata or None)
        for ending, document in file.sidecars.items():
            beside = (models / path).with_suffix("")
            beside.with_name(beside.name + ending).write_text(json.dumps(document), encoding="utf-8")


def catalog_of(name: str, models: Path) -> Catalog:
    """Write an installation's files into a folder, and return its catalog under the newest ComfyUI."""
    write_files(name, models)
    info = read_object_info(NEWEST)
    return catalog_from_object_info(info, identify_models(list_models(models)), options_from_models=True)
