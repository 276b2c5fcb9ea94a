"""Ovis-Image."""

from __future__ import annotations

from .family import Family, FamilyFiles, Popularity, SamplingRange, TextEncoder, one_encoder
from .headers import Header
from .latent_spaces import FLUX
from .node_classes import SIXTEEN_CHANNELS, TRANSFORMER


def _is_ovis_image(header: Header) -> bool:
    return header.flux_text_width == 2048 and not header.shared_modulation  # Ovis 2.5


def _is_ovis25(header: Header) -> bool:
    return header.is_qwen25vl(512) or header.is_qwen3(2048)


FAMILY = Family(
    name="ovis_image",
    title="Ovis-Image",
    file_words="ovis_?image",
    diffusion=_is_ovis_image,
    lora=lambda layers: layers.flux_depth == "flux",
    comfyui_classes=("Flux",),
    encoder_loading=one_encoder("ovis", "ovis25"),
    text_encoders=(TextEncoder("ovis25", r"ovis_?2_5", _is_ovis25, ("ovis_2.5.safetensors",)),),
    latent_space=FLUX,
    node_classes=(*SIXTEEN_CHANNELS, *TRANSFORMER, "ModelSamplingAuraFlow"),
    sampling=SamplingRange(
        steps=(20, 50),
        cfg=(4.0, 5.5),
        samplers=("euler", "res_multistep"),
        schedulers=("simple",),
        megapixels=(0.75, 1.6),
        source=(
            "template: image_ovis_text_to_image (20 steps, cfg 5, shift 3, euler simple); card: "
            "AIDC-AI/Ovis-Image-7B (50 steps, 5); ranges ours"
        ),
        shift=(3.0, 3.0),
        shift_class="ModelSamplingAuraFlow",
    ),
    good_at=frozenset({"text"}),
    popularity=Popularity(name_tags=("_ovis_image", "OvisImage")),
    files=FamilyFiles(
        diffusion_models="""
            *ovis_image_bf16.safetensors
        """,
    ),
)
