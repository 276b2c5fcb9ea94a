"""FLUX.2 [klein] 4B."""

from __future__ import annotations

from .family import DistilledRange, Family, FamilyFiles, Popularity, SamplingRange, Variant, Wiring, one_encoder
from .headers import Header
from .latent_spaces import FLUX2
from .node_classes import TRANSFORMER

_TEXT_WIDTH = 7680  # three layers of Qwen3 4B side by side


def _is_flux2_klein_4b(header: Header) -> bool:
    return header.flux_text_width == _TEXT_WIDTH and header.shared_modulation


FAMILY = Family(
    name="flux2_klein_4b",
    title="Flux 2 Klein 4B",
    file_words="flux_?2_klein(_base)?_4b|klein_4b",
    native_side=1024,
    diffusion=_is_flux2_klein_4b,
    lora=lambda layers: layers.flux_depth == "short",
    comfyui_classes=("Flux2",),
    encoder_loading=one_encoder("flux2", "qwen3_4b"),
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
        source="template: image_flux2_klein_text_to_image (20 steps, cfg 5, euler, 1024 x 1024); ranges ours",
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
    popularity=Popularity(weight=4, name_tags=("_klein_4b", "_flux2_klein_4b", "-klein-4b", "flux2_klein_4b_")),
    files=FamilyFiles(
        diffusion_models="""
            *flux-2-klein-4b.safetensors
            *flux-2-klein-base-4b.safetensors
            flux-2-klein-4b-fp8.safetensors
            flux-2-klein-base-4b-fp8.safetensors
        """,
    ),
)
