"""Which model families there are, and what fits together: text encoders, VAEs, node classes. No torch.

A family is a set of parts that fit: a diffusion model, the text encoders it was trained with, the VAE whose latents
it denoises. Families are those of ComfyUI 0.3.75's comfy/supported_models.py, and those that the official templates
(comfyui-workflow-templates-json 0.1.123) load from files, under short names; models that only differ in size are one
family where the same encoders and the same VAE serve both, and two where they do not (flux2_klein_4b and _9b).

"The templates" here are those, and the example workflows of the ComfyUI documentation; a row that says so was
counted from what their graphs load.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


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
    "miniature": _one("sd3", "clip_l"),  # training/miniature: an SD3 of a few million parameters
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
    "miniature": frozenset({"miniature"}),
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

VIDEO_FAMILIES = frozenset(
    {
        "svd",
        "wan",
        "wan22_5b",
        "hunyuan_video",
        "hunyuan_video_15",
        "ltxv",
        "ltx2",
        "ltx25",
        "mochi",
        "cosmos",
        "cogvideox",
        "kandinsky5",
        "minimax_h3",
        "seedvr2",
    }
)
AUDIO_FAMILIES = frozenset({"stable_audio", "ace_step", "ace_step_15", "minimax_music"})
MESH_FAMILIES = frozenset({"hunyuan3d", "stable_zero123", "trellis2", "triposplat"})
# Models that look at pictures and make none; their files lie among the checkpoints and diffusion models.
DETECTOR_FAMILIES = frozenset({"sam3", "rt_detr", "sdpose"})

FAMILIES: frozenset[str] = (
    frozenset(TEXT_ENCODERS)
    .union(*VAES.values())
    .union(VIDEO_FAMILIES, AUDIO_FAMILIES, MESH_FAMILIES, DETECTOR_FAMILIES, {"sd_x4_upscaler", "hidream_o1"})
)


def encoder_families(encoder: str | None) -> frozenset[str]:
    """The families whose CLIP may be loaded from this encoder (TEXT_ENCODERS)."""
    return frozenset(
        family for family, recipes in TEXT_ENCODERS.items() if any(encoder in recipe.encoders for recipe in recipes)
    )


# ---- node classes ------------------------------------------------------------------------------------------------

_KLEIN = ("flux2_klein_4b", "flux2_klein_9b")
_UNET = ("sd15", "sd2", "sdxl", "sdxl_refiner")  # the U-Nets, whose attention these patches know
_DISCRETE = (*_UNET, "hunyuan_dit", "pixart_alpha", "pixart_sigma", "stable_zero123", "svd", "lotus")
_LTX = ("ltxv", "ltx2", "ltx25")
_WAN = ("wan", "wan22_5b")
_HUNYUAN3D = ("hunyuan3d",)
_COSMOS = ("cosmos", "cosmos_predict2")
_T5 = tuple(sorted(family for encoder in ("t5xxl", "umt5xxl", "t5xxl_old") for family in encoder_families(encoder)))
# An empty latent of 1/8 of the picture's size: ComfyUI gives it the model's channels (comfy/sample.py
# fix_empty_latent_channels), so it serves every family of that size. A larger ratio needs a node of its own.
_EIGHTH = tuple(
    sorted(
        frozenset().union(*(VAES[space] for space in ("sd", "sdxl", "sd3", "miniature", "flux", "qwen_image", "wan")))
    )
)

# Families -> the core classes that are meant for them. Sources: the class's own code in comfy_extras (latent
# channels, the text encoder it tokenizes for, the attention it patches), and for those that serve several families
# the templates that use it.
_CLASSES: tuple[tuple[tuple[str, ...], str], ...] = (
    # Latents. EmptyLatentImage also serves what the templates use it for under ComfyUI 0.33, which corrects the ratio.
    (
        (*_EIGHTH, "lens", "ming_image", "moss_image", "minimax_h3", "qwen_image_21", "svd"),
        "EmptyLatentImage",
    ),
    (
        (*sorted(VAES["flux"] | VAES["qwen_image"] | VAES["sd3"]), "miniature", "cosmos_predict2", "joyimage"),
        "EmptySD3LatentImage",
    ),
    (("hunyuan_video", "wan", "kandinsky5"), "EmptyHunyuanLatentVideo"),
    (("hunyuan_image",), "EmptyHunyuanImageLatent"),
    (("hunyuan_image_refiner",), "HunyuanRefinerLatent"),
    (tuple(sorted(VAES["flux2"])), "EmptyFlux2LatentImage"),
    (("chroma_radiance", "pixeldit"), "EmptyChromaRadianceLatentImage"),
    (("qwen_image",), "EmptyQwenImageLayeredLatentImage"),
    (("mochi",), "EmptyMochiLatentVideo"),
    (("cosmos",), "EmptyCosmosLatentVideo CosmosImageToVideoLatent"),
    (("cosmos_predict2",), "CosmosPredict2ImageToVideoLatent"),
    (("stable_audio",), "EmptyLatentAudio ConditioningStableAudio"),
    (("wan",), "EmptyARVideoLatent ARVideoI2V SamplerARVideo"),
    # Sampling.
    (
        (
            "sd3",
            "miniature",
            "hidream",
            *_WAN,
            "hunyuan_video",
            "hunyuan_video_15",
            "kandinsky5",
            "kandinsky5_image",
            "ace_step",
        ),
        "ModelSamplingSD3",
    ),
    (
        (
            "auraflow",
            "qwen_image",
            "z_image",
            "lumina2",
            "newbie",
            "ovis_image",
            "chroma",
            "chroma_radiance",
            "boogu",
            "moss_image",
            "ace_step_15",
            "hunyuan3d",
        ),
        "ModelSamplingAuraFlow",
    ),
    (("flux", "krea2", "lens", "ming_image"), "ModelSamplingFlux"),
    (_DISCRETE, "ModelSamplingDiscrete ModelSamplingContinuousV"),
    ((*_DISCRETE, "cosmos"), "ModelSamplingContinuousEDM"),
    (("cascade",), "ModelSamplingStableCascade"),
    (_LTX, "ModelSamplingLTXV"),
    (("sdxl", "sd2"), "SDTurboScheduler"),
    # Noise levels far above 1, the highest that a model of flow matching knows: it makes of them what is no number, and
    # samplers that draw noise between two levels then never end.
    (
        (*_DISCRETE, "cosmos"),
        "KarrasScheduler ExponentialScheduler PolyexponentialScheduler LaplaceScheduler VPScheduler GITSScheduler "
        "AlignYourStepsScheduler SetFirstSigma",
    ),
    (("flux2", *_KLEIN), "Flux2Scheduler"),
    (_LTX, "LTXVScheduler"),
    (("svd",), "VideoLinearCFGGuidance VideoTriangleCFGGuidance"),
    (("lumina2", "z_image", "newbie"), "RenormCFG"),
    (("wan",), "CFGZeroStar wanBlockSwap"),
    (("hidream_o1",), "ModelNoiseScale"),
    (("ideogram4",), "Ideogram4Scheduler DualModelGuider CFGOverride"),
    # Patches of attention.
    (
        _UNET,
        "FreeU FreeU_V2 HyperTile PatchModelAddDownscale SelfAttentionGuidance PerturbedAttentionGuidance "
        "UNetSelfAttentionMultiply UNetCrossAttentionMultiply CLIPAttentionMultiply TomePatchModel HypernetworkLoader",
    ),
    ((*_UNET, "svd", "wan"), "UNetTemporalAttentionMultiply"),
    (("sd3",), "SkipLayerGuidanceSD3"),
    (
        tuple(sorted(FAMILIES - set(_DISCRETE) - {"cascade", "miniature"})),  # the miniature has not so many layers
        "SkipLayerGuidanceDiT SkipLayerGuidanceDiTSimple",
    ),
    # Text.
    ((*_UNET, "cascade", "miniature"), "CLIPSetLastLayer"),
    (("sdxl",), "CLIPTextEncodeSDXL CLIPTextEncodeControlnet"),
    (("sdxl_refiner",), "CLIPTextEncodeSDXLRefiner"),
    (("sd3",), "CLIPTextEncodeSD3 TripleCLIPLoader"),
    (("flux",), "CLIPTextEncodeFlux"),
    (("hidream",), "CLIPTextEncodeHiDream QuadrupleCLIPLoader"),
    (("hunyuan_dit",), "CLIPTextEncodeHunyuanDiT"),
    (("lumina2",), "CLIPTextEncodeLumina2"),
    (("pixart_alpha",), "CLIPTextEncodePixArtAlpha"),
    (("kandinsky5", "kandinsky5_image"), "CLIPTextEncodeKandinsky5"),
    (("hunyuan_video",), "TextEncodeHunyuanVideo_ImageToVideo HunyuanImageToVideo"),
    (("qwen_image", "longcat_image"), "TextEncodeQwenImageEdit"),
    (("qwen_image", "krea2"), "TextEncodeQwenImageEditPlus"),
    (("z_image",), "TextEncodeZImageOmni ZImageFunControlnet"),
    (("boogu",), "TextEncodeBooguEdit"),
    (("joyimage",), "TextEncodeJoyImageEdit"),
    (("mage",), "TextEncodeMageFlowEdit"),
    (_T5, "T5TokenizerOptions"),
    (("ltx2",), "LTXAVTextEncoderLoader"),
    (("ltx2", "ltx25"), "TextGenerateLTX2Prompt"),
    # Conditioning.
    (("flux", "flux2", "longcat_image", "hunyuan_video"), "FluxGuidance"),
    (("flux", "flux2", "hunyuan_video"), "FluxDisableGuidance"),
    (
        ("flux", "flux2", *_KLEIN, "flux3", "omnigen2", "qwen_image", "longcat_image"),
        "ReferenceLatent",
    ),
    (
        ("flux", "flux2", *_KLEIN, "qwen_image", "krea2", "longcat_image"),
        "FluxKontextMultiReferenceLatentMethod",
    ),
    (_KLEIN, "FluxKVCache"),
    (("flux", "hidream", "sd15", "sdxl"), "InstructPixToPixConditioning"),
    (("sd2", "sdxl", "cascade"), "unCLIPConditioning"),
    (("sd2", "cascade"), "unCLIPCheckpointLoader"),
    (("flux", "sd15"), "StyleModelApply"),
    (("sd15",), "GLIGENTextBoxApply"),
    (("sdxl",), "PhotoMakerEncode"),
    ((*_UNET, "cascade"), "ControlNetApply"),  # without a VAE, which the others' ControlNets need
    (("sd3", "flux", "qwen_image"), "ControlNetInpaintingAliMamaApply"),
    (("sdxl", "sd3", "flux", "qwen_image"), "SetUnionControlNetType"),
    (("qwen_image", "z_image"), "QwenImageDiffsynthControlnet"),
    (("flux",), "USOStyleReference"),
    (("sdxl",), "SUPIRApply"),
    (("anima",), "AnimaLLLiteApply"),
    (("lotus",), "LotusConditioning"),
    (("sd_x4_upscaler",), "SD_4XUpscale_Conditioning"),
    (("pixeldit",), "PiDConditioning"),
    (("wan",), "BerniniConditioning WanUni3CControlnetApply"),
    (("cogvideox",), "VOIDInpaintConditioning VOIDWarpedNoise VOIDWarpedNoiseSource"),
    # Video, audio, 3D.
    (("svd",), "SVD_img2vid_Conditioning ConditioningSetAreaPercentageVideo"),
    (("svd", "stable_zero123", "hunyuan3d"), "ImageOnlyCheckpointLoader ImageOnlyCheckpointSave"),
    (("stable_zero123",), "StableZero123_Conditioning StableZero123_Conditioning_Batched"),
    (("svd",), "SV3D_Conditioning"),
    (("wan", "wan22_5b"), "WanFunInpaintToVideo Wan22FunControlToVideo"),
    (("wan22_5b",), "Wan22ImageToVideoLatent"),
    (("wan",), "TrimVideoLatent"),
    (("hunyuan_video_15",), "EmptyHunyuanVideo15Latent HunyuanVideo15ImageToVideo HunyuanVideo15SuperResolution"),
    (("hunyuan_video_15",), "HunyuanVideo15LatentUpscaleWithModel"),
    (_HUNYUAN3D, "EmptyLatentHunyuan3Dv2 VAEDecodeHunyuan3D"),
    (("kandinsky5",), "Kandinsky5ImageToVideo NormalizeVideoLatentStart ReplaceVideoLatentFrames"),
    (("ltx2", "ltx25", "minimax_h3"), "LTXVSeparateAVLatent LTXVConcatAVLatent"),
    (("stable_audio", "ace_step", "ace_step_15", "minimax_h3"), "VAEDecodeAudio VAEEncodeAudio VAEDecodeAudioTiled"),
    (("ace_step",), "TextEncodeAceStepAudio EmptyAceStepLatentAudio"),
    (("ace_step_15",), "TextEncodeAceStepAudio1.5 EmptyAceStep1.5LatentAudio ReferenceTimbreAudio"),
    # Merging.
    (("sd15",), "ModelMergeSD1"),
    (("sd2",), "ModelMergeSD2"),
    (("sdxl",), "ModelMergeSDXL"),
    (("sd3",), "ModelMergeSD3_2B ModelMergeSD35_Large"),
    (("flux",), "ModelMergeFlux1"),
    (("auraflow",), "ModelMergeAuraflow"),
    (("mochi",), "ModelMergeMochiPreview"),
    (_LTX, "ModelMergeLTXV"),
    (("cosmos",), "ModelMergeCosmos7B ModelMergeCosmos14B"),
    (("wan",), "ModelMergeWAN2_1"),
    (("cosmos_predict2",), "ModelMergeCosmosPredict2_2B ModelMergeCosmosPredict2_14B"),
    (("qwen_image",), "ModelMergeQwenImage"),
    (("krea2",), "ModelMergeKrea2"),
)
_FAMILIES_OF_CLASS: dict[str, frozenset[str]] = {
    name: frozenset(families) for families, names in _CLASSES for name in names.split()
}

# Classes of the core with no family although their name sounds like one: what they take is an IMAGE, or their link
# types say it already.
_ANY_FAMILY = frozenset(
    {
        "FluxKontextImageScale",
        "LTXVPreprocess",
        "ControlNetApplySD3",
        "DualCLIPLoader",
        "CLIPLoader",
    }
)

# For classes that no row above names: the first pattern found in the class name. Packs name their nodes so.
_FAMILIES_BY_CLASS_NAME: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"Flux_?3", ("flux3",)),
    (r"Flux_?2", ("flux2", *_KLEIN)),
    (r"Flux", ("flux",)),
    (r"SDXL", ("sdxl",)),
    (r"SD_?3(?!\w*D)", ("sd3",)),
    (r"Qwen_?Image_?2_?1", ("qwen_image_21",)),
    (r"Qwen_?Image", ("qwen_image",)),
    (r"Z_?Image", ("z_image",)),
    (r"Hunyuan3D", _HUNYUAN3D),
    (r"Hunyuan_?Video_?1_?5", ("hunyuan_video_15",)),
    (r"Hunyuan_?Video", ("hunyuan_video",)),
    (r"HunyuanDiT", ("hunyuan_dit",)),
    (r"HiDreamO1", ("hidream_o1",)),
    (r"HiDream", ("hidream",)),
    (r"ChromaRadiance", ("chroma_radiance",)),
    (r"Chroma(?!Key|tic)", ("chroma",)),
    (r"Lumina", ("lumina2",)),
    (r"PixArt", ("pixart_alpha", "pixart_sigma")),
    (r"StableCascade", ("cascade",)),
    (r"Omnigen", ("omnigen2",)),
    (r"CosmosPredict2", ("cosmos_predict2",)),
    (r"Cosmos", _COSMOS),
    (r"Mochi", ("mochi",)),
    (r"LTXV|LTXAV|LTX2|LTXVideo|ICLoRA", _LTX),
    (r"(?<![A-Za-z])Wan(?![a-z])|WanVideo", ("wan",)),
    (r"AnimateDiff|^ADE_", ("sd15", "sdxl")),
    (r"MiniMaxH3", ("minimax_h3",)),
    (r"Ideogram4", ("ideogram4",)),
    (r"SeedVR2", ("seedvr2",)),
    (r"Kandinsky5", ("kandinsky5", "kandinsky5_image")),
    (r"CogVideo", ("cogvideox",)),
    (r"ACE_?Step|AceStep", ("ace_step", "ace_step_15")),
    (r"StableAudio", ("stable_audio",)),
    (r"MiniMaxMusic3", ("minimax_music",)),
    (r"Trellis|Pixal3D", ("trellis2",)),
    (r"TripoSplat", ("triposplat",)),
    (r"SAM3", ("sam3",)),
    (r"RTDETR", ("rt_detr",)),
    (r"SDPose", ("sdpose",)),
)


@lru_cache(maxsize=16384)
def class_families(class_type: str) -> frozenset[str] | None:
    """The families that a node class is meant for; None is any. A table for the core's classes, then by name."""
    if class_type in _ANY_FAMILY:
        return None
    families = _FAMILIES_OF_CLASS.get(class_type)
    if families is None:
        found = next((members for pattern, members in _FAMILIES_BY_CLASS_NAME if re.search(pattern, class_type)), None)
        families = None if found is None else frozenset(found)
    return families
