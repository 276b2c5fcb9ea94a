"""The models of public ratings and tables, by the names that these have for them.

A name stands for a main model as an alias (family, normalised file name), so that it is read as any script's. Closed
models and families that Nodewright does not know are left out, and counted in the report.
"""

from __future__ import annotations

from collections.abc import Mapping

_SD15 = "sd15/v1_5_pruned_emaonly"
_SDXL = "sdxl/sd_xl_base_1_0"
_PIXART = "pixart_alpha/pixart_xl_2_1024_ms"
_FLUX = "flux/flux1_dev"
_SD3 = "sd3/sd3_medium"
_HIDREAM = "hidream/hidream_i1_full"

ALIASES: Mapping[str, str] = {
    # AGIQA-3K, AGIQA-1K, AIGCIQA2023
    "sd1.5": _SD15,
    "xl2.2": "sdxl/sd_xl_base_0_9",  # a beta of SDXL
    "sd2 (deepai)": "sd2/sd_v2_0",
    "stable-diffusion": "sd15/sd_v1_4",
    # AIGIQA-20K
    "Pixart": _PIXART,
    "Dream": "sd15/dream",  # a fine-tune of SD 1.5; of which name is not stated
    "SD1.5": _SD15,
    "SD1.4": "sd15/sd_v1_4",
    "SSD1B": "sdxl/ssd_1b",
    "SDXL": _SDXL,
    "Playground": "sdxl/playground_v2",
    "LCM_Pixart": "pixart_alpha/pixart_lcm_xl_2_1024_ms",
    "SDXL_Turbo": "sdxl/sd_xl_turbo_1_0",
    "LCM_SDXL": "sdxl/lcm_sdxl",
    "LCM_SD1.5": "sd15/lcm_sd15",
    # EvalMuse-40K
    "SD_v1.2": "sd15/sd_v1_2",
    "SD_v1.5": _SD15,
    "SD_v2.1": "sd2/sd_v2_1",
    "LCM-SSD1B": "sdxl/lcm_ssd_1b",
    "SDXL-Lightning": "sdxl/sdxl_lightning_4step",
    "LCM-SDXL": "sdxl/lcm_sdxl",
    "SDXL-Turbo": "sdxl/sd_xl_turbo_1_0",
    "Playground_v2.5": "sdxl/playground_v2_5_1024px_aesthetic",
    "PixArt-alpha": _PIXART,
    "PixArt-Sigma": "pixart_sigma/pixart_sigma_xl_2_1024_ms",
    "LCM-PixArt": "pixart_alpha/pixart_lcm_xl_2_1024_ms",
    "SD3": _SD3,
    "HunyuanDiT": "hunyuan_dit/hunyuan_dit_1_2",
    # TIFA160, SeeTRUE
    "sd1dot1": "sd15/sd_v1_1",
    "sd1dot5": _SD15,
    "sd2dot1": "sd2/sd_v2_1",
    "sd1.4": "sd15/sd_v1_4",
    "sd2.1": "sd2/sd_v2_1",
    # GenAI-Arena
    "PlayGroundV2": "sdxl/playground_v2",
    "PixArtAlpha": _PIXART,
    "SDXLTurbo": "sdxl/sd_xl_turbo_1_0",
    "OpenJourney": "sd15/openjourney",
    "LCM": "sd15/lcm_dreamshaper_v7",
    # Tables
    "Dreamlike Photoreal 2.0": "sd15/dreamlike_photoreal_2_0",
    "SDXL Base 0.9": "sdxl/sd_xl_base_0_9",
    "Realistic Vision": "sd15/realistic_vision",
    "Deliberate": "sd15/deliberate_v2",
    "ChilloutMix": "sd15/chilloutmix",
    "MajicMix Realistic": "sd15/majicmix_realistic",
    "Openjourney": "sd15/openjourney",
    "Epic Diffusion": "sd15/epic_diffusion_1_1",
    "Stable Diffusion v2.0": "sd2/sd_v2_0",
    "Stable Diffusion v1.4": "sd15/sd_v1_4",
    "Stable Diffusion 2.1": "sd2/sd_v2_1",
    "Stable Diffusion 1.5": _SD15,
    "Stable Diffusion 1.4": "sd15/sd_v1_4",
    "Flux.1-dev": _FLUX,
    "FLUX.1 [dev] (fp8)": _FLUX,
    "FLUX-1-Kontext-Dev": "flux/flux1_dev_kontext",
    "Stable Cascade": "cascade/stable_cascade_stage_c",
    "HiDream-I1": _HIDREAM,
    "SD3-Medium": _SD3,
    "Stable Diffusion 3.5 Large": "sd3/sd3_5_large",
    # The sweep
    "qwen_image_fp8_e4m3fn": "qwen_image/qwen_image_fp8_e4m3fn",
}
"""Name -> alias. "SDXL Refiner 0.9" is left out: it is a pipeline of two models."""
