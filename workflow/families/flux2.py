"""FLUX.2 [dev]."""

from __future__ import annotations

from .family import (
    DistilledRange,
    Family,
    FamilyFiles,
    Popularity,
    SamplingRange,
    TextEncoder,
    Variant,
    Wiring,
    one_encoder,
)
from .headers import Header
from .latent_spaces import FLUX2
from .node_classes import TRANSFORMER

_TEXT_WIDTH = 15360  # three layers of Mistral 24B side by side


def _is_flux2(header: Header) -> bool:
    return header.flux_text_width == _TEXT_WIDTH and header.shared_modulation


FAMILY = Family(
    name="flux2",
    title="Flux 2",
    file_words="flux_?2",
    native_side=1024,
    diffusion=_is_flux2,
    lora=lambda layers: layers.is_double_block_lora(6144),
    comfyui_classes=("Flux2",),
    encoder_loading=one_encoder("flux2", "mistral3_24b"),
    text_encoders=(
        TextEncoder(
            "mistral3_24b",
            r"mistral_?3_small|mistral_small_3",
            lambda header: header.is_llama(5120),
            ("mistral_3_small_flux2_fp8.safetensors", "mistral_3_small_flux2_bf16.safetensors"),
        ),
    ),
    latent_space=FLUX2,
    node_classes=(
        *TRANSFORMER,
        "EmptyFlux2LatentImage",
        "Flux2Scheduler",
        "FluxGuidance",
        "FluxDisableGuidance",
        "ReferenceLatent",
        "FluxKontextMultiReferenceLatentMethod",
    ),
    node_class_words="Flux_?2",
    sampling=SamplingRange(
        steps=(20, 32),
        cfg=(1.0, 1.0),
        samplers=("euler", "res_multistep"),
        schedulers=("Flux2Scheduler",),
        megapixels=(0.75, 2.2),
        source=(
            "templates: image_flux2_text_to_image, image_flux2 (20 steps, euler, Flux2Scheduler, guidance 4, "
            "1024 x 1024); card: black-forest-labs/FLUX.2-dev (28 to 50 steps, guidance 4); ranges ours"
        ),
        latent="EmptyFlux2LatentImage",
        guidance=(3.0, 5.0),
        negative=False,
    ),
    variants=(
        Variant(
            "Turbo",
            "turbo|distill|lightning",
            DistilledRange((8, 8), (1.0, 1.0), "template: image_flux2_text_to_image, its turbo LoRA (8 steps)"),
        ),
    ),
    good_at=frozenset({"text"}),
    wiring=Wiring(pipelines=(("basic", 1.0),), guidance_share=0.95),
    popularity=Popularity(weight=4, name_tags=("_flux2", "-flux2", "Flux2", "_flux2_dev", "flux2_")),
    files=FamilyFiles(
        diffusion_models="""
            *flux2_dev_fp8mixed.safetensors
            flux2-dev.safetensors
            flux2_dev_nvfp4.safetensors
        """,
        loras="""
            *Flux_2-Turbo-LoRA_comfyui.safetensors
            Flux2TurboComfyv2.safetensors
            flux2_realism.safetensors photo
        """,
    ),
)
