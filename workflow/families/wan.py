"""Wan 2.1 and Wan 2.2 14B, and what is built on them."""

from __future__ import annotations

from .family import Family, one_encoder
from .headers import Header
from .latent_spaces import WAN
from .node_classes import EIGHTH, T5, TRANSFORMER
from .tasks import ANIMATE, input_task

# What only the model of another task has (comfy/model_detection.py) -> the task.
_TASKS = (
    ("vace_patch_embedding.weight", "to follow a control video"),
    ("control_adapter.conv.weight", "to follow a camera"),
    ("casual_audio_encoder.encoder.final_linear.weight", "to move a given person to a sound"),
    ("audio_proj.audio_proj_glob_1.layer.bias", "to move a given person to a sound"),
    ("face_adapter.fuser_blocks.0.k_norm.weight", "to move a given person"),
    ("img_emb.proj.0.bias", ANIMATE),
)


def _is_wan(header: Header) -> bool:
    wide = header.size("head.head.weight", 0) == 192  # 48 latent channels x 2 x 2: the 5B
    return "head.modulation" in header and not wide


def _task(header: Header) -> str | None:
    for key, task in _TASKS:
        if key in header:
            return task
    return input_task(header, "patch_embedding.weight", 1, 16, {36: ANIMATE})


FAMILY = Family(
    name="wan",
    file_words="(^|_)wan_?(2|animate|alpha|move|v)|causal_forcing|chrono_?edit|humo_|causvid|lightx2v|bernini",
    medium="video",
    diffusion=_is_wan,
    task=_task,
    lora=lambda layers: layers.is_self_attention_lora(1536, 5120),
    comfyui_classes=(
        "WAN21_T2V",
        "WAN21_I2V",
        "WAN21_FunControl2V",
        "WAN21_Camera",
        "WAN22_Camera",
        "WAN21_Vace",
        "WAN21_HuMo",
        "WAN22_S2V",
        "WAN22_Animate",
    ),
    encoder_loading=one_encoder("wan", "umt5xxl"),
    latent_space=WAN,
    node_classes=(
        *EIGHTH,
        *TRANSFORMER,
        *T5,
        "EmptyHunyuanLatentVideo",
        "EmptyARVideoLatent",
        "ARVideoI2V",
        "SamplerARVideo",
        "ModelSamplingSD3",
        "CFGZeroStar",
        "wanBlockSwap",
        "UNetTemporalAttentionMultiply",
        "BerniniConditioning",
        "WanUni3CControlnetApply",
        "WanFunInpaintToVideo",
        "Wan22FunControlToVideo",
        "TrimVideoLatent",
        "ModelMergeWAN2_1",
    ),
    node_class_words="(?<![A-Za-z])Wan(?![a-z])|WanVideo",
)
