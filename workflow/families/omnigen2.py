"""OmniGen2."""

from __future__ import annotations

from .family import Family, FamilyFiles, Popularity, SamplingRange, TextEncoder, Wiring, one_encoder
from .headers import Header
from .latent_spaces import FLUX
from .node_classes import SIXTEEN_CHANNELS, TRANSFORMER


def _is_omnigen2(header: Header) -> bool:
    return "time_caption_embed.timestep_embedder.linear_1.bias" in header


def _is_qwen25vl_3b(header: Header) -> bool:
    return header.is_qwen25vl(256)


FAMILY = Family(
    name="omnigen2",
    title="OmniGen 2",
    file_words="omnigen_?2",
    native_side=1024,
    diffusion=_is_omnigen2,
    comfyui_classes=("Omnigen2",),
    encoder_loading=one_encoder("omnigen2", "qwen25vl_3b"),
    text_encoders=(
        TextEncoder(
            "qwen25vl_3b", r"qwen_?2_5_?vl(_3b|_fp16|_fp8|_bf16|$)", _is_qwen25vl_3b, ("qwen_2.5_vl_fp16.safetensors",)
        ),
    ),
    latent_space=FLUX,
    node_classes=(*SIXTEEN_CHANNELS, *TRANSFORMER, "ReferenceLatent"),
    node_class_words="Omnigen",
    sampling=SamplingRange(
        steps=(20, 40),
        cfg=(3.5, 5.5),
        samplers=("euler", "dpmpp_2m"),
        schedulers=("simple",),
        megapixels=(0.75, 1.6),
        source="template: image_omnigen2_t2i (20 steps, cfg 5, euler simple, 1024 x 1024); ranges ours",
    ),
    wiring=Wiring(pipelines=(("dual", 0.7), ("ksampler", 0.3))),
    popularity=Popularity(name_tags=("_omnigen2", "OmniGen2")),
    files=FamilyFiles(
        diffusion_models="""
            *omnigen2_fp16.safetensors
        """,
    ),
)
