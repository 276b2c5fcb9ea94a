"""The nodes that load: MODEL, CLIP and VAE of a main model, and the LoRAs on them."""

from __future__ import annotations

from random import Random

from ....workflow.catalog.catalog import ModelFile
from ....workflow.families.lookup import wiring_of
from ....workflow.graph import Link, Value
from ..installations.gguf import is_gguf
from .choosing import Installation, family_key
from .stages import Canvas

OTHER_VAE = 0.2
"""Share of checkpoints that are used with a VAE file, where there is one, in place of their own: of the families with
which people do so (`Wiring.other_vae`)."""


def load(canvas: Canvas, installation: Installation, main: ModelFile, random: Random) -> tuple[Link, Link, Link]:
    """Return MODEL, CLIP and VAE of a main model and of what it needs beside it."""
    if main.role != "checkpoint":
        dtype = "fp8_e4m3fn" if random.random() < 0.04 else "default"
        model = (
            canvas.link("UnetLoaderGGUF", unet_name=main.name)
            if is_gguf(main.name)
            else canvas.link("UNETLoader", unet_name=main.name, weight_dtype=dtype)
        )
        return model, _text_encoders(canvas, installation, main, random), _vae(canvas, installation, main, random)
    node = canvas.add("CheckpointLoaderSimple", ckpt_name=main.name)
    clip = Link(node, 1) if "CLIP" in main.parts else _text_encoders(canvas, installation, main, random)
    own = "VAE" in main.parts and not (
        wiring_of(family_key(main)).other_vae and installation.vaes(main) and random.random() < OTHER_VAE
    )
    return Link(node, 0), clip, Link(node, 2) if own else _vae(canvas, installation, main, random)


def _vae(canvas: Canvas, installation: Installation, main: ModelFile, random: Random) -> Link:
    return canvas.link("VAELoader", vae_name=random.choice(installation.vaes(main)).name)


def _text_encoders(canvas: Canvas, installation: Installation, main: ModelFile, random: Random) -> Link:
    recipes = installation.encoders(main)
    recipe, files = recipes[0] if random.random() < 0.85 else random.choice(recipes)
    names = ["clip_name"] if len(files) == 1 else [f"clip_name{index + 1}" for index in range(len(files))]
    given: dict[str, Value | Link] = {name: random.choice(found).name for name, found in zip(names, files, strict=True)}
    if recipe.type is not None:
        given["type"] = recipe.type
    return Link(canvas.add(recipe.loader, **given), 0)


def with_lora(canvas: Canvas, model: Link, clip: Link, file: ModelFile, strength: float) -> tuple[Link, Link]:
    """Return MODEL and CLIP with a LoRA on both."""
    node = canvas.add(
        "LoraLoader", model=model, clip=clip, lora_name=file.name, strength_model=strength, strength_clip=strength
    )
    return Link(node, 0), Link(node, 1)


def with_model_lora(canvas: Canvas, model: Link, file: ModelFile, strength: float) -> Link:
    """Return MODEL with a LoRA on it alone."""
    return canvas.link("LoraLoaderModelOnly", model=model, lora_name=file.name, strength_model=strength)
