"""Families, latent spaces and text encoders from tensor names and shapes, by the rules of the families' records.

Each function returns everything that the shapes allow, or None where they show nothing. The keys that the rules of
diffusion models, VAEs, text encoders and ControlNets go by are those of ComfyUI 0.3.75 itself
(comfy/model_detection.py, comfy/sd.py, comfy/controlnet.py); those of LoRAs follow from the names that trainers give to
the layers of each architecture.
"""

from __future__ import annotations

from .headers import Header, LoraLayers, Shapes, without_prefix
from .lookup import FAMILIES, LATENT_SPACES, TEXT_ENCODERS
from .tasks import FILL, FOLLOW

_MODEL_PREFIXES = ("model.diffusion_model.", "diffusion_model.", "model.model.", "net.", "model.")
_TEXT_PREFIXES = ("cond_stage_model.", "conditioner.embedders.", "text_encoders.", "text_encoder.")
_VAE_PREFIXES = ("first_stage_model.", "vae.", "pretransform.model.")


def diffusion_header(shapes: Shapes) -> Header:
    """Return the diffusion model among a file's tensors, without the prefix under which a checkpoint holds it."""
    for prefix in _MODEL_PREFIXES:
        if sum(1 for key in shapes if key.startswith(prefix)) > 5:
            return Header(without_prefix(shapes, prefix), shapes)
    return Header(shapes)


def diffusion_families(shapes: Shapes) -> frozenset[str] | None:
    """Return the families that the diffusion model in these tensors may be of; None where no rule knows it."""
    header = diffusion_header(shapes)
    found = frozenset(name for name, family in FAMILIES.items() if family.diffusion and family.diffusion(header))
    return found or None


def diffusion_task(shapes: Shapes, family: str) -> str | None:
    """Return what a diffusion model of this family is made for beside text to image; None where it is for that."""
    task = FAMILIES[family].task if family in FAMILIES else None
    return task(diffusion_header(shapes)) if task else None


def checkpoint_parts(shapes: Shapes, families: frozenset[str]) -> frozenset[str]:
    """Return which of "MODEL", "CLIP" and "VAE" a checkpoint contains, by what ComfyUI looks for (comfy/sd.py).

    Args:
        shapes: its tensors.
        families: the families that it may be of; of families that read no text, what looks like a text encoder is
            something else.
    """
    parts = set()
    if diffusion_families(shapes) is not None or sum(1 for key in shapes if key.startswith(_MODEL_PREFIXES[0])) > 5:
        parts.add("MODEL")
    reads_text = all(FAMILIES[family].reads_text for family in families)
    if reads_text and any(key.startswith(_TEXT_PREFIXES) for key in shapes):
        parts.add("CLIP")
    if any(key.startswith(_VAE_PREFIXES) for key in shapes):
        parts.add("VAE")
    return frozenset(parts)


def vae_spaces(shapes: Shapes) -> frozenset[str] | None:
    """Return the latent spaces that the VAE in these tensors may be of; empty where it is a VAE of another space."""
    own = shapes
    for prefix in _VAE_PREFIXES:
        if any(key.startswith(prefix) for key in shapes):
            own = without_prefix(shapes, prefix)
    header = Header(own, shapes)
    found = frozenset(name for name, space in LATENT_SPACES.items() if space.layout and space.layout(header))
    if not found and header.latent_convolution is None and header.video_latent_channels is None:
        return None
    return found


def is_vae(shapes: Shapes) -> bool:
    """Return whether these tensors are a VAE of a known latent space under the names that a VAE's own file has."""
    header = Header(shapes)
    return any(space.layout and space.layout(header) for space in LATENT_SPACES.values())


def encoder_kinds(shapes: Shapes) -> tuple[str, ...] | None:
    """Return the text encoders that these tensors may be, likeliest first; empty for an unknown language model."""
    header = Header(shapes)
    found = tuple(encoder.name for encoder in TEXT_ENCODERS.values() if encoder.layout and encoder.layout(header))
    return None if not found and header.language_model is None else found


def lora_families(layers: LoraLayers) -> frozenset[str] | None:
    """Return the families that a LoRA may have been trained for, from the layers it names and their widths.

    Empty where the layers are named as Wan's and of another width: several other families name theirs alike.
    """
    found = frozenset(name for name, family in FAMILIES.items() if family.lora and family.lora(layers))
    return found if found or layers.architecture == "self_attention_blocks" else None


def lora_task(layers: LoraLayers) -> str | None:
    """Return what a LoRA makes of a model beside text to image, where it widens what the first layer reads, or None."""
    return {128: FOLLOW, 384: FILL}.get(layers.width(r"(^|_)(img_in|x_embedder)_") or 0)


def controlnet_families(shapes: Shapes) -> frozenset[str] | None:
    """Return the families that a ControlNet may be for; empty where it is a U-Net's of unknown width."""
    header = Header({key.removeprefix("control_model."): shape for key, shape in shapes.items()}, shapes)
    found = frozenset(name for name, family in FAMILIES.items() if family.controlnet and family.controlnet(header))
    return None if not found and header.cross_attention_width is None else found
