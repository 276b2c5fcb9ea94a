"""Which model families there are, which files belong to which, and what fits together. No torch.

A family is a set of parts that fit: a diffusion model, the text encoders it was trained with, the VAE whose latents
it denoises. Families are those of ComfyUI 0.3.75's comfy/supported_models.py, and those that the official templates
(comfyui-workflow-templates-json 0.1.123) load from files, under short names; models that only differ in size are one
family where the same encoders and the same VAE serve both, and two where they do not (flux2_klein_4b and _9b).

A file is identified from its safetensors header where there is one, see `identify`. GGUF, .ckpt, .pt and .pth files
are identified by their name alone: reading a pickle is not safe, and a GGUF header says no more than the name does.
What neither tells stays unknown: no families.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

Shapes = Mapping[str, tuple[int, ...]]

MODEL_EXTENSIONS = (".safetensors", ".sft", ".ckpt", ".pth", ".pt2", ".pt", ".bin", ".pkl", ".gguf")
ALL_PARTS = frozenset({"MODEL", "CLIP", "VAE"})

# Link types whose value belongs to one family, so that what meets in a node must have a family in common.
# CLIP_VISION_OUTPUT and STYLE_MODEL are not among them: an image embedding is not made for a diffusion model; the
# nodes that use it are (class_families). NOISE, SAMPLER and SIGMAS are numbers that any sampler takes; IMAGE and MASK
# are pictures. LORA_MODEL, MODEL_PATCH and HOOKS patch a model; a GUIDER holds one.
FAMILY_TYPES = frozenset(
    {
        "MODEL",
        "CLIP",
        "VAE",
        "CONDITIONING",
        "LATENT",
        "CONTROL_NET",
        "GUIDER",
        "MODEL_PATCH",
        "STYLE_MODEL",
        "HOOKS",
        "LATENT_UPSCALE_MODEL",
        "GLIGEN",
        "PHOTOMAKER",
    }
)


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


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to load a family's CLIP: the loader's class, its `type` (None where it has none), and the encoder of
    each clip_name input in order."""

    loader: str
    type: str | None
    encoders: tuple[str, ...]


def _one(kind: str, *encoders: str) -> tuple[Recipe, ...]:
    return tuple(Recipe("CLIPLoader", kind, (encoder,)) for encoder in encoders)


def _two(kind: str, first: str, second: str) -> tuple[Recipe, ...]:
    """Either order: ComfyUI tells the two apart by their keys, and templates write both."""
    return (
        Recipe("DualCLIPLoader", kind, (first, second)),
        Recipe("DualCLIPLoader", kind, (second, first)),
    )


# Family -> how its CLIP is loaded from text encoder files. Sources: comfy/sd.py load_text_encoder_state_dicts and the
# "[Recipes]" of CLIPLoader and DualCLIPLoader in ComfyUI 0.3.75 for the families it knows; for the newer ones, the
# official template that loads them (its loaders' widget values). Families that only come as full checkpoints
# (hunyuan_dit, auraflow, svd, stable_zero123, hidream_o1) have no row.
TEXT_ENCODERS: dict[str, tuple[Recipe, ...]] = {
    "sd15": _one("stable_diffusion", "clip_l"),
    "sd2": _one("stable_diffusion", "clip_h"),
    "sdxl": _two("sdxl", "clip_l", "clip_g"),
    "sdxl_refiner": _one("stable_diffusion", "clip_g"),
    "cascade": _one("stable_cascade", "clip_g"),
    "sd3": (
        Recipe("TripleCLIPLoader", None, ("clip_l", "clip_g", "t5xxl")),
        *_two("sd3", "clip_l", "clip_g"),
        *_two("sd3", "clip_l", "t5xxl"),
        *_two("sd3", "clip_g", "t5xxl"),
        *_one("sd3", "t5xxl", "clip_g", "clip_l"),
    ),
    "flux": _two("flux", "clip_l", "t5xxl"),
    "flux2": _one("flux2", "mistral3_24b"),
    "flux2_klein_4b": _one("flux2", "qwen3_4b"),
    "flux2_klein_9b": _one("flux2", "qwen3_8b"),
    "flux3": _one("flux3", "qwen3vl_4b"),
    "chroma": _one("chroma", "t5xxl"),
    "chroma_radiance": _one("chroma", "t5xxl"),
    "pixart_alpha": _one("pixart", "t5xxl"),
    "pixart_sigma": _one("pixart", "t5xxl"),
    "hidream": (
        Recipe("QuadrupleCLIPLoader", None, ("clip_l", "clip_g", "t5xxl", "llama31_8b")),
        Recipe("QuadrupleCLIPLoader", None, ("clip_g", "clip_l", "t5xxl", "llama31_8b")),
        *_two("hidream", "t5xxl", "llama31_8b"),
        *_one("hidream", "llama31_8b", "t5xxl"),
    ),
    "lumina2": _one("lumina2", "gemma2_2b"),
    "z_image": _one("lumina2", "qwen3_4b"),
    "newbie": _two("newbie", "gemma3_4b", "jina_clip_v2"),
    "omnigen2": _one("omnigen2", "qwen25vl_3b"),
    "qwen_image": _one("qwen_image", "qwen25vl_7b"),
    "qwen_image_21": _one("qwen_image", "qwen3vl_8b"),
    "longcat_image": _one("longcat_image", "qwen25vl_7b"),
    "ovis_image": _one("ovis", "ovis25"),
    "hunyuan_image": (*_two("hunyuan_image", "qwen25vl_7b", "byt5_small"), *_one("hunyuan_image", "qwen25vl_7b")),
    "kandinsky5_image": _two("kandinsky5_image", "qwen25vl_7b", "clip_l"),
    "kandinsky5": _two("kandinsky5", "qwen25vl_7b", "clip_l"),
    "anima": _one("stable_diffusion", "qwen3_06b"),
    "ernie_image": _one("flux2", "ministral3_3b"),
    "lens": _one("lens", "gpt_oss_20b"),
    "boogu": _one("boogu", "qwen3vl_8b"),
    "krea2": _one("krea2", "qwen3vl_4b"),
    "mage": _one("mage", "qwen3vl_4b"),
    "fibo2": _one("fibo2", "qwen3vl_8b"),
    "ideogram4": _one("ideogram4", "qwen3vl_8b"),
    "joyimage": _one("joyimage", "qwen3vl_8b"),
    "ming_image": _one("qwen_image", "ling_mini_2"),
    "moss_image": _one("moss_image", "qwen35_9b"),
    "pixeldit": _one("pixeldit", "gemma2_2b"),
    "cosmos": _one("cosmos", "t5xxl_old"),
    "cosmos_predict2": _one("cosmos", "t5xxl_old"),
    "mochi": _one("mochi", "t5xxl"),
    "ltxv": _one("ltxv", "t5xxl"),
    "ltx2": (Recipe("LTXAVTextEncoderLoader", None, ("gemma3_12b",)),),
    "ltx25": _one("ltxv", "gemma4_12b"),
    "wan": _one("wan", "umt5xxl"),
    "wan22_5b": _one("wan", "umt5xxl"),
    "hunyuan_video": _two("hunyuan_video", "clip_l", "llava_llama3"),
    "hunyuan_video_15": _two("hunyuan_video_15", "qwen25vl_7b", "byt5_small"),
    "cogvideox": _one("cogvideox", "t5xxl"),
    "minimax_h3": _one("minimax", "qwen3vl_32b"),
    "stable_audio": _one("stable_audio", "t5_base"),
    "ace_step": _one("ace", "umt5_base"),
    "ace_step_15": (
        *_two("ace", "qwen3_06b_ace", "qwen3_17b_ace"),
        *_two("ace", "qwen3_06b_ace", "qwen3_4b_ace"),
    ),
}

# Latent space -> the families that share it, whose VAE therefore serves all of them. Sources: latent_format in
# comfy/supported_models.py, and which VAE file the official templates load beside which model. Wan21 and Qwen-Image
# have one architecture but two sets of weights, so they are two rows; likewise SD3 and Flux.
VAES: dict[str, frozenset[str]] = {
    "sd": frozenset({"sd15", "sd2", "pixart_alpha", "svd", "stable_zero123", "lotus"}),
    "sdxl": frozenset({"sdxl", "sdxl_refiner", "hunyuan_dit", "auraflow", "pixart_sigma"}),
    "sd3": frozenset({"sd3"}),
    "flux": frozenset(
        {
            "flux",
            "chroma",
            "z_image",
            "lumina2",
            "hidream",
            "omnigen2",
            "newbie",
            "ovis_image",
            "longcat_image",
            "kandinsky5_image",
            "boogu",
        }
    ),
    "flux2": frozenset(
        {
            "flux2",
            "flux2_klein_4b",
            "flux2_klein_9b",
            "flux3",
            "ernie_image",
            "lens",
            "ideogram4",
            "fibo2",
            "moss_image",
        }
    ),
    "qwen_image": frozenset({"qwen_image", "anima", "krea2"}),
    "qwen_image_21": frozenset({"qwen_image_21"}),
    "wan": frozenset({"wan", "cosmos_predict2", "joyimage"}),
    "wan22": frozenset({"wan22_5b"}),
    "hunyuan_video": frozenset({"hunyuan_video", "kandinsky5"}),
    "hunyuan_video_15": frozenset({"hunyuan_video_15"}),
    "hunyuan_image": frozenset({"hunyuan_image"}),
    "hunyuan_image_refiner": frozenset({"hunyuan_image_refiner"}),
    "cascade": frozenset({"cascade"}),
    "ltxv": frozenset({"ltxv"}),
    "ltx2": frozenset({"ltx2"}),
    "ltx25": frozenset({"ltx25"}),
    "mochi": frozenset({"mochi"}),
    "cosmos": frozenset({"cosmos"}),
    "cogvideox": frozenset({"cogvideox"}),
    "minimax_h3": frozenset({"minimax_h3"}),
    "mage": frozenset({"mage"}),
    "ming_image": frozenset({"ming_image"}),
    "pixel": frozenset({"chroma_radiance", "pixeldit"}),
    "stable_audio": frozenset({"stable_audio"}),
    "ace_step": frozenset({"ace_step"}),
    "ace_step_15": frozenset({"ace_step_15"}),
    "hunyuan3d": frozenset({"hunyuan3d"}),
}

FAMILIES: frozenset[str] = frozenset(TEXT_ENCODERS) | frozenset().union(*VAES.values()) | {"sd_x4_upscaler", "seedvr2"}

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
    (r"seedvr2", "seedvr2"),
    (r"(^|_)svd(_|$)|stable_video", "svd"),
    (r"zero123", "stable_zero123"),
    (r"lotus", "lotus"),
    (r"x4_upscaler", "sd_x4_upscaler"),
    (r"flux", "flux"),
    (r"(^|_)(sd|stable_diffusion)_?3(_|\d|$)|sd35", "sd3"),
    (r"(sd_?xl|(^|_)xl).*refiner|refiner", "sdxl_refiner"),
    (r"sd_?xl|(^|_)xl(_|$)|xl(_|$)|xl_?v?\d|(^|_)pony|illustrious|(^|_)noob_?ai|playground_v2|animagine|ssd_1b"
     r"|juggernaut|turbovision|(^|_)ill(_|$)", "sdxl"),
    (r"(^|_)(sd|v)_?2_[01]|sd_?2(_|1|0|$)|768_v_ema|512_base_ema|512_inpainting_ema", "sd2"),
    (r"(^|_)(sd|v)_?1_?[45]|stable_diffusion_v1|sd_?15|sd_?1(_|$)|dreamshaper_8|anything_?v?[345]|realistic_?vision"
     r"|deliberate_v|revanimated|counterfeit|control_v11|control_sd15|t2iadapter_\w+_sd1[45]", "sd15"),
)

# Names of VAE files -> latent space. Anything else is looked up by family.
_VAE_NAMES: tuple[tuple[str, str], ...] = (
    (r"flux_?2|full_encoder_small_decoder", "flux2"),
    (r"^ae$|^ae_|flux_ae|flux_?1?_?vae|taef1", "flux"),
    (r"qwen_?image_2_1", "qwen_image_21"),
    (r"qwen_?image", "qwen_image"),
    (r"wan_?2_2|wan22", "wan22"),
    (r"wan", "wan"),
    (r"vae_ft|^mse|kl_f8|sd_?1_?5|sd15|blessed|orangemix|^taesd$", "sd"),
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


def _vae_by_name(name: str) -> frozenset[str]:
    space = _first(_VAE_NAMES, normalised(name))
    if space is not None:
        return VAES[space]
    family = _family_by_name(name)
    return frozenset().union(*(members for members in VAES.values() if members & family)) if family else family


def encoder_families(encoder: str | None) -> frozenset[str]:
    """The families whose CLIP may be loaded from this encoder (TEXT_ENCODERS)."""
    return frozenset(
        family for family, recipes in TEXT_ENCODERS.items() if any(encoder in recipe.encoders for recipe in recipes)
    )


def _scale_by_name(name: str) -> int | None:
    match = re.search(r"(?:^|_)x?([1248])x(?:_|plus|[a-z]|$)|x([1248])(?:_|plus|$)", normalised(name))
    return int(match[1] or match[2]) if match else None


def identify(folder: str, name: str, shapes: Shapes | None = None) -> Identity:
    """What the file `name` in models/`folder` is, from its tensor names and shapes, or by name where they are None
    or say nothing."""
    role = FOLDER_ROLES.get(folder, "unknown")
    if role == "text_encoder":
        encoder = _first(_ENCODER_NAMES, normalised(name))
        return Identity(role, encoder_families(encoder), encoder)
    if role in ("vae", "vae_approx"):
        return Identity(role, _vae_by_name(name))
    if role == "upscaler":
        return Identity(role, scale=_scale_by_name(name))
    if role in ("clip_vision", "unknown"):
        return Identity(role)
    return Identity(role, _family_by_name(name))


# ---- node classes ------------------------------------------------------------------------------------------------


def class_families(class_type: str) -> frozenset[str] | None:
    """The families that a node class is meant for; None is any."""
    return None
