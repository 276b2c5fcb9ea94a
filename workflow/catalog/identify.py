"""What a model file is: its role, the families it serves, which text encoder it holds. No torch.

From the safetensors header where there is one (tensor names and shapes, workflow/families/shapes.py), else by name:
GGUF, .ckpt, .pt and .pth files are only known by name, since reading a pickle is not safe, and a GGUF header says
little more than the name does. Where the header leaves several possibilities (a 4-channel VAE is the same for SD1.5
and SDXL) the name decides between them; what neither tells stays unknown: no families.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ..families.families import VAES, encoder_families
from ..families.shapes import (
    Shapes,
    checkpoint_parts,
    controlnet_families,
    diffusion_families,
    encoder_kinds,
    lora_families,
    upscaler_scale,
    vae_spaces,
)

MODEL_EXTENSIONS = (".safetensors", ".sft", ".ckpt", ".pth", ".pt2", ".pt", ".bin", ".pkl", ".gguf")
ALL_PARTS = frozenset({"MODEL", "CLIP", "VAE"})
_NO_TEXT = frozenset({"svd", "stable_zero123", "hunyuan3d"})  # their "text encoder" is a CLIP vision model


@dataclass(frozen=True, slots=True)
class Identity:
    """What a file is: its role ("checkpoint", "diffusion_model", "vae", "text_encoder", "lora", "controlnet",
    "upscaler", "clip_vision", "style_model", "embedding", ..., "unknown"), the families it is part of or serves,
    which text encoder it is, an upscaler's scale, and which of "MODEL", "CLIP", "VAE" a checkpoint contains (empty:
    not known, taken as all three)."""

    role: str
    families: frozenset[str] = frozenset()
    encoder: str | None = None
    scale: int | None = None
    parts: frozenset[str] = frozenset()


# ---- by name -----------------------------------------------------------------------------------------------------

# The first pattern found in the normalised name ("_" between words, lower case) says the family; the order matters.
_FAMILY_NAMES: tuple[tuple[str, str], ...] = (
    (r"flux_?3", "flux3"),
    (r"flux_?2_klein(_base)?_4b|klein_4b", "flux2_klein_4b"),
    (r"flux_?2_klein(_base)?_9b|klein_9b", "flux2_klein_9b"),
    (r"flux_?2", "flux2"),
    (r"chroma.*radiance", "chroma_radiance"),
    (r"chroma", "chroma"),
    (r"qwen_?image_2_1", "qwen_image_21"),
    (r"qwen_?(image|edit)|qwen_360|firered_image|_qwen$", "qwen_image"),
    (r"z_?image|zimage|_zit$", "z_image"),
    (r"newbie", "newbie"),
    (r"neta_?(yume|lumina)|lumina_?(image_)?2|lumina", "lumina2"),
    (r"hidream_?o1", "hidream_o1"),
    (r"hidream", "hidream"),
    (r"hunyuan_?dit|hydit", "hunyuan_dit"),
    (r"hunyuan_?image.*refiner", "hunyuan_image_refiner"),
    (r"hunyuan_?image", "hunyuan_image"),
    (r"hunyuan_?video_?1_?5|capybara", "hunyuan_video_15"),
    (r"hunyuan_?video|skyreels", "hunyuan_video"),
    (r"hunyuan_?3d", "hunyuan3d"),
    (r"aura_?flow|pony_?v7", "auraflow"),
    (r"pixart_?sigma|pixart.*sigma", "pixart_sigma"),
    (r"pixart", "pixart_alpha"),
    (r"pixeldit|(^|_)pid_", "pixeldit"),
    (r"cascade|wuerstchen", "cascade"),
    (r"omnigen_?2", "omnigen2"),
    (r"cosmos.*predict_?2", "cosmos_predict2"),
    (r"cosmos", "cosmos"),
    (r"ltx_?2_5", "ltx25"),
    (r"ltx_?2", "ltx2"),
    (r"ltx_?v|ltx_?video|ltxv", "ltxv"),
    (r"mochi", "mochi"),
    (r"wan_?2_2.*5b|wan22_5b", "wan22_5b"),
    (r"(^|_)wan_?(2|animate|alpha|move|v)|causal_forcing|chrono_?edit|humo_|causvid|lightx2v|bernini", "wan"),
    (r"anima(_|$)", "anima"),
    (r"kandinsky_?5.*t2i|kandinsky_?5.*image", "kandinsky5_image"),
    (r"kandinsky_?5", "kandinsky5"),
    (r"longcat_?image", "longcat_image"),
    (r"ovis_?image", "ovis_image"),
    (r"ernie_?image", "ernie_image"),
    (r"(^|_)lens(_|$)", "lens"),
    (r"boogu", "boogu"),
    (r"krea_?2", "krea2"),
    (r"mage_?flow", "mage"),
    (r"fibo_?2", "fibo2"),
    (r"ideogram_?4", "ideogram4"),
    (r"joy(ai_)?_?image", "joyimage"),
    (r"ming_?image", "ming_image"),
    (r"moss_?image", "moss_image"),
    (r"minimax_h3|fasth3", "minimax_h3"),
    (r"cogvideo", "cogvideox"),
    (r"stable_?audio", "stable_audio"),
    (r"ace_?step_?(v)?1_5", "ace_step_15"),
    (r"ace_?step", "ace_step"),
    (r"minimax_music", "minimax_music"),
    (r"trellis|pixal3d", "trellis2"),
    (r"triposplat", "triposplat"),
    (r"(^|_)sam_?3", "sam3"),
    (r"rt_?detr", "rt_detr"),
    (r"sdpose", "sdpose"),
    (r"void_pass", "cogvideox"),
    (r"seedvr2", "seedvr2"),
    (r"(^|_)svd(_|$)|stable_video", "svd"),
    (r"zero123", "stable_zero123"),
    (r"lotus", "lotus"),
    (r"x4_upscaler", "sd_x4_upscaler"),
    (r"flux", "flux"),
    (r"(^|_)(sd|stable_diffusion)_?3(_|\d|$)|sd35", "sd3"),
    (r"(sd_?xl|(^|_)xl).*refiner|refiner", "sdxl_refiner"),
    (
        r"sd_?xl|(^|_)xl(_|$)|xl(_|$)|xl_?v?\d|(^|_)pony|illustrious|(^|_)noob_?ai|playground_v2|animagine|ssd_1b"
        r"|juggernaut|turbovision|(^|_)ill(_|$)",
        "sdxl",
    ),
    (r"(^|_)(sd|v)_?2_[01]|sd_?2(_|1|0|$)|768_v_ema|512_base_ema|512_inpainting_ema", "sd2"),
    (
        r"(^|_)(sd|v)_?1_?[45]|stable_diffusion_v1|sd_?15|sd_?1(_|$)|dreamshaper_8|anything_?v?[345]|realistic_?vision"
        r"|deliberate_v|revanimated|counterfeit|control_v11|control_sd15|t2iadapter_\w+_sd1[45]",
        "sd15",
    ),
    (r"(^|_)miniature(_|$)", "miniature"),
)

# Names of VAE files -> latent space. Anything else is looked up by family.
_VAE_NAMES: tuple[tuple[str, str], ...] = (
    (r"(^|_)miniature(_|$)", "miniature"),
    (r"flux_?2|full_encoder_small_decoder", "flux2"),
    (r"^ae$|^ae_|flux_ae|flux_?1?_?vae|taef_?1", "flux"),
    (r"qwen_?image_2_1", "qwen_image_21"),
    (r"qwen_?image", "qwen_image"),
    (r"wan_?2_2|wan22", "wan22"),
    (r"wan", "wan"),
    (r"sd_?xl|xl_vae|vae_?xl|taesdxl", "sdxl"),
    (r"sd_?3|taesd3", "sd3"),
    (r"vae_ft|^mse|kl_f8|sd_?1_?5|sd15|blessed|orangemix|^taesd(_|$)", "sd"),
    (r"hunyuan_?image.*refiner", "hunyuan_image_refiner"),
    (r"ace_1_5", "ace_step_15"),
    (r"mage_?flow", "mage"),
)

_ENCODER_NAMES: tuple[tuple[str, str], ...] = (
    (r"qwen_0_6b_ace", "qwen3_06b_ace"),
    (r"qwen_1_7b_ace", "qwen3_17b_ace"),
    (r"qwen_4b_ace", "qwen3_4b_ace"),
    (r"qwen_?3_?vl_32b", "qwen3vl_32b"),
    (r"qwen_?3_?vl_8b", "qwen3vl_8b"),
    (r"qwen_?3_?vl_4b", "qwen3vl_4b"),
    (r"qwen_?3_5_9b", "qwen35_9b"),
    (r"qwen_?3_5_4b", "qwen35_4b"),
    (r"qwen_?3_5_2b", "qwen35_2b"),
    (r"qwen_?2_5_?vl?_?7b|qwen2_5_vl_7b", "qwen25vl_7b"),
    (r"qwen_?2_5_?vl(_3b|_fp16|_fp8|_bf16|$)", "qwen25vl_3b"),
    (r"qwen_?3_?06b|qwen_?3_0_6b", "qwen3_06b"),
    (r"qwen_?3_8b", "qwen3_8b"),
    (r"qwen_?3_4b", "qwen3_4b"),
    (r"mistral_?3_small|mistral_small_3", "mistral3_24b"),
    (r"ministral_3_3b", "ministral3_3b"),
    (r"ovis_?2_5", "ovis25"),
    (r"gpt_oss_20b", "gpt_oss_20b"),
    (r"ling_mini_2", "ling_mini_2"),
    (r"gemma_?4_?12b", "gemma4_12b"),
    (r"gemma_?3_12b", "gemma3_12b"),
    (r"gemma_?3_4b", "gemma3_4b"),
    (r"gemma_?2_2b", "gemma2_2b"),
    (r"t5_?gemma", "t5gemma"),
    (r"jina_clip", "jina_clip_v2"),
    (r"llava_llama_?3", "llava_llama3"),
    (r"llama_?3_1_8b|meta_llama_3_1_8b", "llama31_8b"),
    (r"umt5_?xxl", "umt5xxl"),
    (r"umt5_?base", "umt5_base"),
    (r"old_?t5_?xxl|oldt5", "t5xxl_old"),
    (r"t5_?(v1_1_?)?xxl|t5xxl", "t5xxl"),
    (r"byt5", "byt5_small"),
    (r"t5_?base", "t5_base"),
    (r"clip_?g(_|$)|bigg", "clip_g"),
    (r"clip_?h(_|$)|vit_h", "clip_h"),
    (r"clip_?l(_|$)|vit_l_14|clip_vit_l", "clip_l"),
)

# Folder under models/ -> role of the files in it.
FOLDER_ROLES: dict[str, str] = {
    "checkpoints": "checkpoint",
    "diffusion_models": "diffusion_model",
    "vae": "vae",
    "vae_approx": "vae_approx",
    "text_encoders": "text_encoder",
    "loras": "lora",
    "controlnet": "controlnet",
    "upscale_models": "upscaler",
    "latent_upscale_models": "latent_upscaler",
    "clip_vision": "clip_vision",
    "style_models": "style_model",
    "embeddings": "embedding",
    "hypernetworks": "hypernetwork",
    "gligen": "gligen",
    "photomaker": "photomaker",
    "model_patches": "model_patch",
    "audio_encoders": "audio_encoder",
}


def normalised(name: str) -> str:
    """A file's name as the patterns here see it: without folders and extension, lower case, "_" between words."""
    stem = re.split(r"[/\\]", name)[-1].lower()
    for extension in MODEL_EXTENSIONS:
        stem = stem.removesuffix(extension)
    return re.sub(r"[^a-z0-9]+", "_", stem).strip("_")


@lru_cache(maxsize=8192)
def _first(table: tuple[tuple[str, str], ...], name: str) -> str | None:
    return next((found for pattern, found in table if re.search(pattern, name)), None)


def _family_by_name(name: str) -> frozenset[str]:
    family = _first(_FAMILY_NAMES, normalised(name))
    if family is None and re.search(r"[/\\]", name):  # people sort their files into folders by family
        family = _first(_FAMILY_NAMES, normalised(re.split(r"[/\\]", name)[-2]))
    return frozenset() if family is None else frozenset({family})


def _space_by_name(name: str) -> str | None:
    return _first(_VAE_NAMES, normalised(name))


def _vae_by_name(name: str) -> frozenset[str]:
    space = _space_by_name(name)
    if space is not None:
        return VAES[space]
    family = _family_by_name(name)
    return frozenset().union(*(members for members in VAES.values() if members & family)) if family else family


def _scale_by_name(name: str) -> int | None:
    match = re.search(r"(?:^|_)x?([1248])x(?:_|plus|[a-z]|$)|x([1248])(?:_|plus|$)", normalised(name))
    return int(match[1] or match[2]) if match else None


def identify(folder: str, name: str, shapes: Shapes | None = None) -> Identity:
    """What the file `name` in models/`folder` is: from its tensor names and shapes where there are any, and by
    name for what they leave open."""
    role = FOLDER_ROLES.get(folder, "unknown")
    if role == "text_encoder":
        return _text_encoder(name, shapes)
    if role in ("vae", "vae_approx"):
        return Identity(role, _vae(name, shapes))
    if role == "upscaler":
        scale = upscaler_scale(shapes) if shapes else None
        return Identity(role, scale=scale or _scale_by_name(name))
    if role in ("clip_vision", "audio_encoder", "unknown"):
        return Identity(role)
    named = _family_by_name(name)
    if not shapes:
        return Identity(role, named)
    if role == "checkpoint":
        families = _decide(diffusion_families(shapes), named)
        return Identity(role, families, parts=checkpoint_parts(shapes, text=not families & _NO_TEXT))
    if role == "diffusion_model":
        return Identity(role, _decide(diffusion_families(shapes), named))
    if role == "lora":
        return Identity(role, _decide(lora_families(shapes), named))
    if role == "controlnet":
        return Identity(role, _decide(controlnet_families(shapes), named))
    return Identity(role, named)


def _decide(possible: frozenset[str] | None, named: frozenset[str]) -> frozenset[str]:
    """One family out of those that the shapes allow (None: they say nothing), and the one that the name says."""
    if possible is None:
        return named
    if len(possible) == 1:
        return possible
    return named & possible


def _vae(name: str, shapes: Shapes | None) -> frozenset[str]:
    named = _space_by_name(name)
    spaces = vae_spaces(shapes) if shapes else None
    if spaces is None:
        return _vae_by_name(name)
    if len(spaces) == 1:
        return VAES[next(iter(spaces))]
    if named is not None:
        return VAES[named] if named in spaces else frozenset()
    family = _family_by_name(name)
    return frozenset().union(*(VAES[space] for space in spaces if VAES[space] & family))


def _text_encoder(name: str, shapes: Shapes | None) -> Identity:
    named = _first(_ENCODER_NAMES, normalised(name))
    kinds = encoder_kinds(shapes) if shapes else None
    encoder = named
    if kinds is not None:  # the first is what a header alone stands for
        encoder = named if named in kinds else next(iter(kinds), None)
    return Identity("text_encoder", encoder_families(encoder), encoder)
