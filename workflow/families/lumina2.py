"""Lumina-Image 2.0, and Neta's fine-tunes for anime."""

from __future__ import annotations

from .family import Family, FamilyFiles, Popularity, SamplingRange, Wiring, one_encoder
from .headers import Header
from .latent_spaces import FLUX
from .node_classes import SIXTEEN_CHANNELS, TRANSFORMER


def caption_width(header: Header) -> int | None:
    """Return the width of a Lumina's caption features; None in others, and where pooled CLIP features come beside."""
    width = header.size("cap_embedder.1.weight", 0)
    return None if header.has_prefix("clip_text_pooled_proj.") else width


FAMILY = Family(
    name="lumina2",
    title="Lumina 2",
    file_words=r"neta_?(yume|lumina)|(^|_)lumina(_|\d|$|image)",
    diffusion=lambda header: caption_width(header) == 2304,
    lora=lambda layers: layers.is_lumina_lora(2304),
    comfyui_classes=("Lumina2",),
    encoder_loading=one_encoder("lumina2", "gemma2_2b"),
    latent_space=FLUX,
    node_classes=(*SIXTEEN_CHANNELS, *TRANSFORMER, "ModelSamplingAuraFlow", "RenormCFG", "CLIPTextEncodeLumina2"),
    node_class_words="Lumina",
    sampling=SamplingRange(
        steps=(22, 36),
        cfg=(3.5, 5.5),
        samplers=("res_multistep", "euler"),
        schedulers=("simple",),
        megapixels=(0.75, 1.6),
        source=(
            "templates: image_netayume_lumina_t2i (30 steps, cfg 4, res_multistep simple, shift 4); examples:"
            " lumina2__lumina2_basic_example (25 steps, cfg 4, shift 6); ranges ours"
        ),
        shift=(4.0, 6.0),
        shift_class="ModelSamplingAuraFlow",
    ),
    wiring=Wiring(patches=(("RenormCFG", 0.1),)),
    popularity=Popularity(
        weight=4, checkpoints=0.3, name_tags=("_lumina2", "-lumina2", "Lumina2", "_neta_lumina", "lumina2_")
    ),
    files=FamilyFiles(
        checkpoints="""
            *lumina_2.safetensors
            *NetaYumev35_pretrained_all_in_one.safetensors anime
            netaYumeLumina_v30_all_in_one.safetensors anime
        """,
        diffusion_models="""
            *lumina_2_model_bf16.safetensors
            neta-lumina-v1.0.safetensors anime
            NetaYumev35_pretrained_unet.safetensors anime
        """,
    ),
)
