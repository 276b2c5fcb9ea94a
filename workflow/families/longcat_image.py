"""LongCat-Image."""

from __future__ import annotations

from .family import Family, FamilyFiles, Popularity, SamplingRange, Wiring, one_encoder
from .headers import Header
from .latent_spaces import FLUX
from .node_classes import SIXTEEN_CHANNELS, TRANSFORMER


def _is_longcat_image(header: Header) -> bool:
    return header.flux_text_width == 3584 and not header.shared_modulation  # Qwen2.5-VL 7B


FAMILY = Family(
    name="longcat_image",
    title="LongCat-Image",
    file_words="longcat_?image",
    diffusion=_is_longcat_image,
    lora=lambda layers: layers.flux_depth == "flux",
    comfyui_classes=("Flux",),
    encoder_loading=one_encoder("longcat_image", "qwen25vl_7b"),
    latent_space=FLUX,
    node_classes=(
        *SIXTEEN_CHANNELS,
        *TRANSFORMER,
        "TextEncodeQwenImageEdit",
        "FluxGuidance",
        "ReferenceLatent",
        "FluxKontextMultiReferenceLatentMethod",
    ),
    sampling=SamplingRange(
        steps=(20, 50),
        cfg=(3.5, 5.0),
        samplers=("euler", "res_multistep"),
        schedulers=("simple",),
        megapixels=(0.75, 1.6),
        source=(
            "template: image_longcat_text_to_image (20 steps, cfg 4, guidance 4, euler simple, CFGNorm); "
            "card: meituan-longcat/LongCat-Image (50 steps, 4.5); ranges ours"
        ),
        guidance=(3.5, 4.5),
    ),
    good_at=frozenset({"text"}),
    wiring=Wiring(guidance_share=0.9, guides_negative=True, cfg_norm=0.8),
    popularity=Popularity(name_tags=("_longcat_image", "LongCatImage")),
    files=FamilyFiles(
        diffusion_models="""
            *longcat_image_bf16.safetensors
        """,
    ),
)
