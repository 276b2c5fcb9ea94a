"""PixArt-Sigma."""

from __future__ import annotations

from .family import Family, FamilyFiles, Popularity, SamplingRange, one_encoder
from .headers import Header
from .latent_spaces import SDXL
from .node_classes import DISCRETE, EIGHTH, T5


def is_diffusers_pixart(header: Header) -> bool:
    """Return whether it is a PixArt under the names that diffusers gives to its layers, alpha or Sigma."""
    return "adaln_single.emb.timestep_embedder.linear_1.bias" in header and "pos_embed.proj.bias" in header


def _is_pixart_sigma(header: Header) -> bool:
    own = "t_block.1.weight" in header and "ar_embedder.mlp.0.weight" not in header
    return own or is_diffusers_pixart(header)


FAMILY = Family(
    name="pixart_sigma",
    title="PixArt-Sigma",
    file_words="pixart_?sigma|pixart.*sigma",
    native_side=1024,
    diffusion=_is_pixart_sigma,
    lora=lambda layers: layers.plain_cross_attention,
    comfyui_classes=("PixArtSigma",),
    encoder_loading=one_encoder("pixart", "t5xxl"),
    latent_space=SDXL,
    node_classes=(*DISCRETE, *EIGHTH, *T5),
    node_class_words="PixArt",
    sampling=SamplingRange(
        steps=(20, 36),
        cfg=(4.0, 5.5),
        samplers=("euler", "dpmpp_2m", "uni_pc"),
        schedulers=("normal", "simple"),
        megapixels=(0.75, 1.3),
        source="card: PixArt-alpha/PixArt-Sigma-XL-2-1024-MS (20 DPM-Solver steps, guidance 4.5); ranges ours",
        latent="EmptyLatentImage",
    ),
    popularity=Popularity(name_tags=("_pixart_sigma", "-pixart-sigma", "pixart_sigma_")),
    files=FamilyFiles(
        diffusion_models="""
            *PixArt-Sigma-XL-2-1024-MS.safetensors
            PixArt-Sigma-XL-2-2K-MS.safetensors
        """,
    ),
)
