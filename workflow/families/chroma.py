"""Chroma1: FLUX.1 [schnell] without its guidance embedding, trained anew."""

from __future__ import annotations

from .family import DistilledRange, Family, FamilyFiles, Popularity, SamplingRange, Variant, Wiring, one_encoder
from .flux import is_flux_lora
from .headers import Header
from .latent_spaces import FLUX
from .node_classes import SIXTEEN_CHANNELS, T5, TRANSFORMER


def _is_chroma(header: Header) -> bool:
    distilled = header.flux_blocks and header.has_prefix("distilled_guidance_layer.")
    return distilled and "nerf_blocks.0.norm.scale" not in header


FAMILY = Family(
    name="chroma",
    file_words=r"(^|_)chroma(?=_|\d|$|hd|flash|unlocked|radiance|base)",
    diffusion=_is_chroma,
    lora=lambda layers: is_flux_lora(layers) and not layers.modulated,
    comfyui_classes=("Chroma",),
    encoder_loading=one_encoder("chroma", "t5xxl"),
    latent_space=FLUX,
    node_classes=(*SIXTEEN_CHANNELS, *TRANSFORMER, *T5, "ModelSamplingAuraFlow"),
    node_class_words="Chroma(?!Key|tic|Radiance)",
    sampling=SamplingRange(
        steps=(20, 40),
        cfg=(3.0, 5.0),
        samplers=("euler", "res_multistep", "dpmpp_2m"),
        schedulers=("beta", "simple"),
        megapixels=(0.75, 1.6),
        source=(
            "templates: image_chroma_text_to_image (26 steps, cfg 3.5, euler beta, shift 1); examples: "
            "chroma__chroma_example (30 steps, cfg 4, simple); ranges ours"
        ),
        shift=(1.0, 1.0),
        shift_class="ModelSamplingAuraFlow",
    ),
    variants=(
        Variant(
            "Flash",
            "flash|turbo|hyper(?!real)|lightning",
            DistilledRange((8, 16), (1.0, 1.0), "card: lodestones/Chroma1-Flash (few steps, cfg 1)"),
        ),
    ),
    wiring=Wiring(pipelines=(("cfg", 0.6), ("ksampler", 0.4))),
    popularity=Popularity(weight=5, name_tags=("_chroma", "-chroma", "Chroma", "_chroma1", "chroma_", "Chroma1-")),
    files=FamilyFiles(
        diffusion_models="""
            *Chroma1-HD.safetensors
            *Chroma1-HD-fp8mixed.safetensors
            Chroma1-Base.safetensors
            Chroma1-Flash.safetensors
            chroma-unlocked-v50.safetensors
            chroma-unlocked-v37-detail-calibrated.safetensors
            Chroma1-HD-fp8_scaled_original_hybrid.safetensors
            chromaAnime_v4.safetensors anime
            uncannyPhotorealismChroma_v13.safetensors photo
        """,
        loras="""
            chroma_realism_v2.safetensors photo
            chroma_anime_screencap.safetensors anime
            chroma_hyper_8steps.safetensors
        """,
    ),
)
