"""Stable Diffusion 2."""

from __future__ import annotations

from .family import DistilledRange, Family, FamilyFiles, Popularity, SamplingRange, Variant, one_encoder
from .headers import Header
from .latent_spaces import SD
from .node_classes import DISCRETE, EIGHTH, UNET
from .sampling import STABLE_DIFFUSION_SAMPLERS, STABLE_DIFFUSION_SCHEDULERS
from .tasks import unet_task

_TEXT_WIDTH = 1024  # CLIP H


def _is_sd2(header: Header) -> bool:
    unet = header.unet
    if unet is None or unet.text_width != _TEXT_WIDTH or unet.temporal:
        return False
    upscales, sees_depth = unet.channels == 7, header.size("label_emb.0.0.weight", 1) == 4
    return not upscales and not sees_depth


FAMILY = Family(
    name="sd2",
    title="SD 2",
    file_words="(^|_)sd_?v?2_[01]|^v_?2_[01]|sd_?2(_|1|0|$)|768_v_ema|512_base_ema|512_inpainting_ema",
    native_side=768,
    diffusion=_is_sd2,
    task=unet_task,
    lora=lambda layers: layers.fits_unet(_TEXT_WIDTH),
    controlnet=lambda header: header.cross_attention_width == _TEXT_WIDTH,
    comfyui_classes=("SD20", "SD21UnclipL", "SD21UnclipH"),
    encoder_loading=one_encoder("stable_diffusion", "clip_h"),
    latent_space=SD,
    node_classes=(
        *DISCRETE,
        *UNET,
        *EIGHTH,
        "SDTurboScheduler",
        "unCLIPConditioning",
        "unCLIPCheckpointLoader",
        "ModelMergeSD2",
    ),
    sampling=SamplingRange(
        steps=(20, 36),
        cfg=(5.0, 9.0),
        samplers=STABLE_DIFFUSION_SAMPLERS,
        schedulers=STABLE_DIFFUSION_SCHEDULERS,
        megapixels=(0.25, 0.65),
        source=("card: stabilityai/stable-diffusion-2-1 (768 x 768; base 512 x 512, guidance 7.5 to 9); ranges ours"),
        latent="EmptyLatentImage",
    ),
    variants=(Variant("Turbo", "turbo", DistilledRange((1, 4), (1.0, 1.0), "card: stabilityai/sd-turbo")),),
    dialect="tags",
    popularity=Popularity(checkpoints=1.0, name_tags=("_sd21", "-sd2.1", "_v2-1")),
    files=FamilyFiles(
        checkpoints="""
            v2-1_768-ema-pruned.safetensors
            v2-1_512-ema-pruned.safetensors
            sd2.1-turbo.safetensors
        """,
    ),
)
