"""PixArt-alpha."""

from __future__ import annotations

from .family import Family, FamilyFiles, Popularity, SamplingRange, one_encoder
from .headers import Header
from .latent_spaces import SD
from .node_classes import DISCRETE, EIGHTH, T5
from .pixart_sigma import is_diffusers_pixart


def _is_pixart_alpha(header: Header) -> bool:
    own = "t_block.1.weight" in header and "ar_embedder.mlp.0.weight" in header
    return own or is_diffusers_pixart(header)


FAMILY = Family(
    name="pixart_alpha",
    title="PixArt-Alpha",
    file_words="pixart(?!ist)",
    native_side=1024,
    diffusion=_is_pixart_alpha,
    lora=lambda layers: layers.plain_cross_attention,
    comfyui_classes=("PixArtAlpha",),
    encoder_loading=one_encoder("pixart", "t5xxl"),
    latent_space=SD,
    node_classes=(*DISCRETE, *EIGHTH, *T5, "CLIPTextEncodePixArtAlpha"),
    node_class_words="PixArt",
    sampling=SamplingRange(
        steps=(20, 36),
        cfg=(4.0, 5.5),
        samplers=("euler", "dpmpp_2m", "uni_pc"),
        schedulers=("normal", "simple"),
        megapixels=(0.75, 1.3),
        source="card: PixArt-alpha/PixArt-XL-2-1024-MS (20 DPM-Solver steps, guidance 4.5); ranges ours",
        latent="EmptyLatentImage",
    ),
    popularity=Popularity(name_tags=("_pixart", "PixArt", "pixart_")),
    files=FamilyFiles(
        diffusion_models="""
            *PixArt-XL-2-1024-MS.safetensors
            PixArt-XL-2-512x512.safetensors
        """,
    ),
)
