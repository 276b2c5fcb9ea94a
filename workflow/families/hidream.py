"""HiDream-I1: Full, Dev and Fast."""

from __future__ import annotations

from .family import (
    DistilledRange,
    EncoderLoading,
    Family,
    FamilyFiles,
    Popularity,
    SamplingRange,
    TextEncoder,
    Variant,
    one_encoder,
    two_encoders,
)
from .headers import Header
from .latent_spaces import FLUX
from .node_classes import SIXTEEN_CHANNELS, T5, TRANSFORMER


def _is_hidream(header: Header) -> bool:
    return "caption_projection.0.linear.weight" in header


def _is_llama31(header: Header) -> bool:
    model = header.language_model
    return model is not None and header.is_llama(4096) and model.vocabulary != 128320  # that is LLaVA


FAMILY = Family(
    name="hidream",
    title="HiDream",
    file_words="hidream(?!er)",
    native_side=1024,
    diffusion=_is_hidream,
    lora=lambda layers: layers.architecture == "double_stream_blocks",
    comfyui_classes=("HiDream",),
    encoder_loading=(
        EncoderLoading("QuadrupleCLIPLoader", None, ("clip_l", "clip_g", "t5xxl", "llama31_8b")),
        EncoderLoading("QuadrupleCLIPLoader", None, ("clip_g", "clip_l", "t5xxl", "llama31_8b")),
        *two_encoders("hidream", "t5xxl", "llama31_8b"),
        *one_encoder("hidream", "llama31_8b", "t5xxl"),
    ),
    text_encoders=(
        TextEncoder(
            "llama31_8b",
            r"llama_?3_1_8b|meta_llama_3_1_8b",
            _is_llama31,
            ("llama_3.1_8b_instruct_fp8_scaled.safetensors",),
        ),
    ),
    latent_space=FLUX,
    node_classes=(
        *SIXTEEN_CHANNELS,
        *TRANSFORMER,
        *T5,
        "ModelSamplingSD3",
        "CLIPTextEncodeHiDream",
        "QuadrupleCLIPLoader",
        "InstructPixToPixConditioning",
    ),
    node_class_words="HiDream(?!O1)",
    sampling=SamplingRange(
        steps=(28, 50),
        cfg=(4.0, 6.0),
        samplers=("uni_pc", "euler"),
        schedulers=("simple", "normal"),
        megapixels=(0.75, 1.6),
        source="template: hidream_i1_full (50 steps, cfg 5, uni_pc simple, shift 3, 1024 x 1024); ranges ours",
        shift=(3.0, 3.0),
        shift_class="ModelSamplingSD3",
    ),
    variants=(
        Variant(
            "Dev",
            "(^|_)dev(_|$)",
            DistilledRange(
                (24, 30),
                (1.0, 1.0),
                "template: hidream_i1_dev (28 steps, cfg 1, lcm normal, shift 6)",
                samplers=("lcm", "euler"),
                schedulers=("normal", "simple"),
                shift=(6.0, 6.0),
            ),
        ),
        Variant(
            "Fast",
            "(^|_)fast(_|$)",
            DistilledRange(
                (14, 18),
                (1.0, 1.0),
                "template: hidream_i1_fast (16 steps, cfg 1, lcm normal)",
                samplers=("lcm", "euler"),
                schedulers=("normal", "simple"),
            ),
        ),
    ),
    good_at=frozenset({"text"}),
    popularity=Popularity(weight=4, name_tags=("_hidream", "-hidream", "HiDream", "_hidream_i1", "hidream_")),
    files=FamilyFiles(
        diffusion_models="""
            *hidream_i1_full_fp8.safetensors
            *hidream_i1_dev_fp8.safetensors
            *hidream_i1_fast_fp8.safetensors
            hidream_i1_full_fp16.safetensors
            hidream_i1_dev_bf16.safetensors
            hidream_i1_fast_bf16.safetensors
        """,
        loras="""
            hidream_i1_realism.safetensors photo
            hidream_anime_style.safetensors anime
        """,
    ),
)
