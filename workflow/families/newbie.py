"""NewBie-Image: anime, built on Lumina 2."""

from __future__ import annotations

from .family import Family, FamilyFiles, Popularity, SamplingRange, TextEncoder, two_encoders
from .headers import Header
from .latent_spaces import FLUX
from .node_classes import SIXTEEN_CHANNELS, TRANSFORMER


def _is_newbie(header: Header) -> bool:
    return header.size("cap_embedder.1.weight", 0) is not None and header.has_prefix("clip_text_pooled_proj.")


FAMILY = Family(
    name="newbie",
    title="NewBie",
    file_words="newbie",
    diffusion=_is_newbie,
    comfyui_classes=("Lumina2",),
    encoder_loading=two_encoders("newbie", "gemma3_4b", "jina_clip_v2"),
    text_encoders=(
        TextEncoder(
            "gemma3_4b", r"gemma_?3_4b", lambda header: header.is_gemma3(2560), ("gemma_3_4b_it_bf16.safetensors",)
        ),
        TextEncoder("jina_clip_v2", r"jina_clip", files=("jina_clip_v2_bf16.safetensors",)),
    ),
    latent_space=FLUX,
    node_classes=(*SIXTEEN_CHANNELS, *TRANSFORMER, "ModelSamplingAuraFlow", "RenormCFG"),
    sampling=SamplingRange(
        steps=(20, 32),
        cfg=(4.0, 6.0),
        samplers=("res_multistep", "euler"),
        schedulers=("simple",),
        megapixels=(0.75, 1.6),
        source=(
            "template: image_newbieimage_exp0_1-t2i (20 steps, cfg 5.5, res_multistep simple, shift 6, 1024 x"
            " 1536); ranges ours"
        ),
        shift=(6.0, 6.0),
        shift_class="ModelSamplingAuraFlow",
    ),
    good_at=frozenset({"anime"}),
    popularity=Popularity(name_tags=("_newbie", "NewBie")),
    files=FamilyFiles(
        diffusion_models="""
            *NewBie-Image-Exp0.1-bf16.safetensors anime
        """,
    ),
)
