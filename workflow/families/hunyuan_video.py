"""HunyuanVideo and SkyReels."""

from __future__ import annotations

from .family import Family, TextEncoder, two_encoders
from .headers import Header
from .latent_spaces import HUNYUAN_VIDEO
from .node_classes import TRANSFORMER
from .tasks import ANIMATE, input_task


def is_hunyuan(header: Header) -> bool:
    """Return whether the text goes through the token refiner that all of Hunyuan's video and image models have."""
    return "txt_in.individual_token_refiner.blocks.0.norm1.weight" in header


def is_hunyuan_15(header: Header) -> bool:
    """Return whether it is a HunyuanVideo 1.5, which tells kinds of conditioning apart or sees a picture."""
    later = "cond_type_embedding.weight" in header or "vision_in.proj.0.weight" in header
    return is_hunyuan(header) and later


def _is_hunyuan_video(header: Header) -> bool:
    return is_hunyuan(header) and not is_hunyuan_15(header) and header.has_prefix("vector_in.")


def _is_llava(header: Header) -> bool:
    model = header.language_model
    return model is not None and header.is_llama(4096) and model.vocabulary == 128320


FAMILY = Family(
    name="hunyuan_video",
    file_words="hunyuan_?video|skyreels",
    medium="video",
    diffusion=_is_hunyuan_video,
    task=lambda header: input_task(header, "img_in.proj.weight", 1, 16, {32: ANIMATE, 33: ANIMATE}),
    lora=lambda layers: layers.flux_depth in ("short", "deep"),
    comfyui_classes=("HunyuanVideo", "HunyuanVideoI2V", "HunyuanVideoSkyreelsI2V"),
    encoder_loading=two_encoders("hunyuan_video", "clip_l", "llava_llama3"),
    text_encoders=(TextEncoder("llava_llama3", r"llava_llama_?3", _is_llava),),
    latent_space=HUNYUAN_VIDEO,
    node_classes=(
        *TRANSFORMER,
        "EmptyHunyuanLatentVideo",
        "ModelSamplingSD3",
        "TextEncodeHunyuanVideo_ImageToVideo",
        "HunyuanImageToVideo",
        "FluxGuidance",
        "FluxDisableGuidance",
    ),
    node_class_words="Hunyuan_?Video(?!_?1_?5)",
)
