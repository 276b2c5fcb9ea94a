"""What an artist has installed: twelve main models of five kinds, their LoRAs, two upscalers."""

from __future__ import annotations

from pathlib import Path

from installation_data import NEWEST, read_object_info
from inventories import (
    Files,
    diffusion_model,
    esrgan,
    flux_lora,
    flux_split,
    qwen_or_zimage_split,
    real_esrgan,
    sd15_checkpoint,
    sdxl_checkpoint,
    unet_lora,
    write_sparse,
)

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.models_folder import identify_models, list_models
from nodewright.workflow.catalog.object_info import catalog_from_object_info

SDXL = (
    "sd_xl_base_1.0",
    "juggernautXL_ragnarokBy",
    "waiNSFWIllustrious_v140",
    "ponyDiffusionV6XL_v6StartWithThisOne",
    "dreamshaperXL_lightningDPMSDE",
)
SD15 = ("v1-5-pruned-emaonly", "realisticVisionV60B1_v51VAE", "dreamshaper_8")
SDXL_LORAS = (
    "pixel-art-xl",
    "film_photography_style_xl",
    "add-detail-xl",
    "lcm-lora-sdxl",
    "watercolor_sdxl",
    "LogoRedmondV2-Logo-LogoRedmAF_xl",
)


def artist() -> Files:
    """Return the path under models/ and the tensors of each file."""
    parts = flux_split() | qwen_or_zimage_split()
    return (
        {f"checkpoints/{name}.safetensors": sdxl_checkpoint() for name in SDXL}
        | {f"checkpoints/{name}.safetensors": sd15_checkpoint() for name in SD15}
        | {name: shapes for name, shapes in parts.items() if not name.startswith("loras")}
        | {f"loras/{name}.safetensors": unet_lora(2048) for name in SDXL_LORAS}
        | {"loras/flux-realism.safetensors": flux_lora(), "loras/add_detail.safetensors": unet_lora(768)}
        | {"diffusion_models/flux1-schnell.safetensors": diffusion_model("flux")}
        | {"upscale_models/4x-UltraSharp.safetensors": esrgan(4)}
        | {"upscale_models/RealESRGAN_x2plus.safetensors": real_esrgan(2)}
    )


def artist_catalog(base: Path, files: Files | None = None) -> Catalog:
    """Return the catalog of these files, those of the artist by default, which are written under `base`/models."""
    models = base / "models"
    for path, shapes in (artist() if files is None else files).items():
        write_sparse(models / path, shapes)
    info = read_object_info(NEWEST)
    return catalog_from_object_info(info, identify_models(list_models(models)), options_from_models=True)
