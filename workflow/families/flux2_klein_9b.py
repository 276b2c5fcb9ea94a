"""FLUX.2 [klein] 9B."""

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

_TEXT_WIDTH = 12288  # three layers of Qwen3 8B side by side


def _is_flux2_klein_9b(header: Header) -> bool:
    return header.flux_text_width == _TEXT_WIDTH and header.shared_modulation


FAMILY = Family(
    name="flux2_klein_9b",
    title="Flux 2 Klein 9B",
    file_words="flux_?2_klein(_base)?_9b|klein_9b",
    native_side=1024,
    diffusion=_is_flux2_klein_9b,
    lora=lambda layers: layers.is_double_block_lora(4096),
    comfyui_classes=("Flux2",),
    encoder_loading=one_encoder("flux2", "qwen3_8b"),
    text_encoders=(
        TextEncoder(
            "qwen3_8b", r"qwen_?3_8b", lambda header: header.is_qwen3(4096), ("qwen_3_8b_fp8mixed.safetensors",)
        ),
    ),
    latent_space=FLUX2,
    node_classes=(
        *TRANSFORMER,
        "EmptyFlux2LatentImage",
        "Flux2Scheduler",
        "ReferenceLatent",
        "FluxKontextMultiReferenceLatentMethod",
        "FluxKVCache",
    ),
    node_class_words="Flux_?2",
    sampling=SamplingRange(
        steps=(18, 30),
        cfg=(4.0, 5.5),
        samplers=("euler", "res_multistep"),
        schedulers=("Flux2Scheduler",),
        megapixels=(0.75, 1.6),
        source=(
            "templates: image_flux2_text_to_image_9b, image_flux2_klein_image_edit_9b_base (20 steps, cfg 5, "
            "euler, 1024 x 1024); ranges ours"
        ),
        latent="EmptyFlux2LatentImage",
    ),
    variants=(
        Variant(
            "distilled",
            "^(?!.*base)",
            DistilledRange(
                (4, 6),
                (1.0, 1.0),
                (
                    "template: image_flux2_klein_image_edit_9b_distilled (4 steps, cfg 1), for files without 'base' "
                    "in the name"
                ),
            ),
            main_models_only=True,
        ),
    ),
    good_at=frozenset({"text"}),
    wiring=Wiring(pipelines=(("cfg", 1.0),), zero_out=True),
    popularity=Popularity(weight=4, name_tags=("_klein_9b", "_flux2_klein_9b", "-klein-9b", "flux2_klein_9b_")),
    files=FamilyFiles(
        diffusion_models="""
            *flux-2-klein-9b-fp8.safetensors
            *flux-2-klein-base-9b-fp8.safetensors
            flux-2-klein-9b.safetensors
            flux-2-klein-base-9b.safetensors
        """,
    ),
)
