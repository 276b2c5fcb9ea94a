"""Simulated installations: which model files a person might have. Names only; families follow from them.

Known files come from the official templates and from what is widely shared; invented fine-tunes have plausible names,
so that a policy learns to read names rather than to remember them.
"""

from __future__ import annotations

from random import Random

from ..workflow.catalog import ModelFile, model_files
from ..workflow.identify import identify

_CHECKPOINTS = {
    "sd15": (
        "v1-5-pruned-emaonly-fp16.safetensors",
        "dreamshaper_8.safetensors",
        "realisticVisionV60B1_v51VAE_sd15.safetensors",
        "anything-v5-PrtRE_sd15.safetensors",
        "deliberate_v2_sd15.safetensors",
        "revAnimated_v122_sd15.safetensors",
    ),
    "sdxl": (
        "sd_xl_base_1.0.safetensors",
        "juggernautXL_v9Rundiffusionphoto2.safetensors",
        "dreamshaperXL_v21Turbo.safetensors",
        "ponyDiffusionV6XL.safetensors",
        "illustriousXL_v01.safetensors",
        "animagineXL_v31.safetensors",
        "sd_xl_turbo_1.0_fp16.safetensors",
    ),
    "sd3": ("sd3.5_large_fp8_scaled.safetensors", "sd3.5_medium_incl_clips_t5xxlfp8scaled.safetensors"),
    "flux": ("flux1-dev-fp8.safetensors", "flux1-schnell-fp8.safetensors"),
}
_DIFFUSION = {
    "flux": ("flux1-dev.safetensors", "flux1-schnell.safetensors", "flux1-krea-dev_fp8_scaled.safetensors"),
    "qwen_image": ("qwen_image_fp8_e4m3fn.safetensors", "qwen_image_distill_full_fp8_e4m3fn.safetensors"),
    "z_image": ("z_image_turbo_bf16.safetensors",),
    "lumina2": ("lumina_2_model_bf16.safetensors",),
    "chroma": ("Chroma1-HD.safetensors",),
}
_BESIDE = {  # family -> text encoders, VAEs
    "flux": (("clip_l.safetensors", "t5xxl_fp16.safetensors"), ("ae.safetensors",)),
    "qwen_image": (("qwen_2.5_vl_7b_fp8_scaled.safetensors",), ("qwen_image_vae.safetensors",)),
    "z_image": (("qwen_3_4b.safetensors",), ("ae.safetensors",)),
    "lumina2": (("gemma_2_2b_fp16.safetensors",), ("ae.safetensors",)),
    "chroma": (("t5xxl_fp16.safetensors",), ("ae.safetensors",)),
}
_LORAS = {
    "sd15": ("add_detail_sd15.safetensors", "pixel_art_sd15.safetensors", "anime_lineart_sd15.safetensors"),
    "sdxl": (
        "detail_tweaker_xl.safetensors",
        "pixel-art-xl.safetensors",
        "logo_design_sdxl.safetensors",
        "watercolor_sdxl.safetensors",
    ),
    "flux": ("flux_realism_lora.safetensors", "flux_anime_style.safetensors", "flux_logo_design.safetensors"),
    "qwen_image": ("qwen_image_realism_lora.safetensors",),
}
_UPSCALERS = ("4x-UltraSharp.pth", "RealESRGAN_x4plus.pth", "RealESRGAN_x2plus.pth", "4x_foolhardy_Remacri.pth")
_FIRST = ("aurora", "neon", "velvet", "cosmic", "epic", "ultra", "dark", "mystic", "golden", "crystal", "wild", "urban")
_SECOND = ("Real", "Photo", "Anime", "Mix", "Dream", "Vision", "Art", "Toon", "Portrait", "Fantasy", "Render", "Cinema")
_TAGS = {
    "sd15": "_sd15",
    "sdxl": "XL",
    "sd3": "_sd35",
    "flux": "_flux",
    "qwen_image": "_qwen_image",
    "z_image": "_z_image",
}


def invented_name(family: str, random: Random) -> str:
    """The name of a fine-tune that nobody has made yet."""
    version = random.choice(("", "_v1", "_v2", "_v30", "_v5_fp16", "_pruned"))
    return f"{random.choice(_FIRST)}{random.choice(_SECOND)}{_TAGS[family]}{version}.safetensors"


def draw_inventory(random: Random) -> tuple[ModelFile, ...]:
    """The model files of one simulated installation: one family or several, few files or many. In three of ten the
    demo's miniature is there as well, in one of ten nothing else."""
    found: set[tuple[str, str]] = set()
    if random.random() < 0.3:
        found.add(("checkpoints", "miniature.ckpt"))
        if random.random() < 0.33:
            return _files(found)
    families = random.sample(sorted({*_CHECKPOINTS, *_DIFFUSION}), random.choice((1, 1, 2, 3, 5)))
    for family in families:
        for folder, table in (("checkpoints", _CHECKPOINTS), ("diffusion_models", _DIFFUSION)):
            known = table.get(family, ())
            if not known or (family == "flux" and random.random() < 0.5):
                continue
            found.update((folder, name) for name in random.sample(known, random.randint(1, len(known))))
            if family in _TAGS:
                found.update((folder, invented_name(family, random)) for _ in range(random.choice((0, 0, 1, 2))))
        encoders, vaes = _BESIDE.get(family, ((), ()))
        found.update(("text_encoders", name) for name in encoders)
        found.update(("vae", name) for name in vaes)
        loras = _LORAS.get(family, ())
        found.update(("loras", name) for name in random.sample(loras, random.randint(0, len(loras))))
    found.update(("upscale_models", name) for name in random.sample(_UPSCALERS, random.choice((0, 1, 1, 2))))
    return _files(found)


def _files(found: set[tuple[str, str]]) -> tuple[ModelFile, ...]:
    return model_files((folder, name, identify(folder, name)) for folder, name in found)
