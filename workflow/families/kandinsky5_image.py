"""Kandinsky 5.0 Image."""

from __future__ import annotations

from .family import Family, FamilyFiles, Popularity, SamplingRange, two_encoders
from .latent_spaces import FLUX
from .node_classes import SIXTEEN_CHANNELS, TRANSFORMER

FAMILY = Family(
    name="kandinsky5_image",
    title="Kandinsky 5 Image",
    file_words="kandinsky_?5.*t2i|kandinsky_?5.*image",
    native_side=1024,
    encoder_loading=two_encoders("kandinsky5_image", "qwen25vl_7b", "clip_l"),
    latent_space=FLUX,
    node_classes=(*SIXTEEN_CHANNELS, *TRANSFORMER, "ModelSamplingSD3", "CLIPTextEncodeKandinsky5"),
    node_class_words="Kandinsky5",
    sampling=SamplingRange(
        steps=(30, 50),
        cfg=(3.0, 4.5),
        samplers=("euler", "dpmpp_2m"),
        schedulers=("simple",),
        megapixels=(0.75, 1.6),
        source=("template: image_kandinsky5_t2i (50 steps, cfg 3.5, shift 3, euler simple, 1024 x 1024); ranges ours"),
        latent="EmptyLatentImage",
        shift=(3.0, 3.0),
        shift_class="ModelSamplingSD3",
    ),
    popularity=Popularity(name_tags=("_kandinsky5_image", "_kandinsky5_t2i")),
    files=FamilyFiles(
        diffusion_models="""
            *kandinsky5lite_t2i.safetensors
            kandinsky5lite_t2i_fp8_scaled.safetensors
        """,
    ),
)
