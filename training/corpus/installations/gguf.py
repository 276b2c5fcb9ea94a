"""GGUF files as people with little memory have them, and the loaders of the pack that they need (ComfyUI-GGUF).

ComfyUI's own loaders list no GGUF files. In an installation with such files the diffusion models are mostly quantised,
and their largest text encoders often; CLIP and VAE stay as they are. A GGUF file is known by its name alone, so only
names that state the family are drawn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from random import Random

from ....workflow.catalog.catalog import Catalog, InputSpec, NodeClass
from ....workflow.catalog.identify import Identity, identify
from ....workflow.catalog.object_info import node_class

GGUF_INSTALLATIONS = 0.15
"""Share of the simulated installations that have GGUF files, if they have a model of which there are any."""
_GGUF_MAINS, _GGUF_ENCODERS, _KNOWN = 0.75, 0.6, 0.5
"""In these installations, the shares of GGUF among diffusion models and among text encoders; and of known names."""

# The quantisations of the usual uploads, and how often each is taken.
_QUANTISATIONS = (
    ("Q8_0", 22), ("Q4_K_M", 14), ("Q4_K_S", 18), ("Q5_K_M", 9), ("Q5_K_S", 9), ("Q6_K", 12), ("Q4_0", 4), ("Q5_0", 2),
    ("Q3_K_S", 4), ("Q3_K_M", 3), ("Q2_K", 3),
)  # fmt: skip
_MAIN_NAMES: dict[str, tuple[str, ...]] = {
    "flux": ("flux1-dev-{}", "flux1-dev-{}", "flux1-schnell-{}", "flux1-krea-dev-{}"),
    "sd3": ("sd3.5_large-{}", "sd3.5_medium-{}", "sd3.5_large_turbo-{}"),
    "hidream": ("hidream-i1-full-{}", "hidream-i1-dev-{}", "hidream-i1-fast-{}"),
    "lumina2": ("lumina2-{}",),
    "qwen_image": ("qwen-image-{}", "Qwen_Image-{}", "qwen-image-2512-{}"),
    "z_image": ("z_image_turbo-{}", "z-image-turbo-{}", "z_image_turbo_{}", "z_image-{}"),
    "chroma": ("Chroma1-HD-{}", "chroma-unlocked-v35-{}"),
    "flux2": ("flux2-dev-{}", "flux2_dev_{}"),
    "flux2_klein_4b": ("flux-2-klein-4b-{}",),
    "flux2_klein_9b": ("flux-2-klein-9b-{}",),
}
"""Family -> the official models' names as GGUF, "{}" for the quantisation. Held-out names are invented ones."""
GGUF = "GGUF"
"""What the pack's loaders of text encoders are named after: CLIPLoader is CLIPLoaderGGUF there, and so on."""
ENCODER_NAMES: dict[str, tuple[str, ...]] = {
    "t5xxl": ("t5-v1_1-xxl-encoder-{}",),
    "qwen25vl_7b": ("Qwen2.5-VL-7B-Instruct-{}", "Qwen2.5-VL-7B-Instruct-UD-{}"),
    "qwen3_4b": ("Qwen3-4B-{}", "Qwen3-4B-UD-{}", "Qwen_3_4b-{}"),
    "qwen3_8b": ("Qwen3-8B-{}",),
    "mistral3_24b": ("Mistral-Small-3.2-24B-Instruct-2506-{}",),
    "llama31_8b": ("Meta-Llama-3.1-8B-Instruct-{}",),
    "gemma2_2b": ("gemma-2-2b-it-{}",),
}
"""Text encoder -> its names as GGUF."""
_STATES_PRECISION = re.compile(r"fp16|fp32|bf16|fp8|e4m3|e5m2|pruned|emaonly|full|baked", re.I)

Entry = tuple[str, str, Identity]
"""Folder, name and identity of a file."""


def with_gguf_files(
    found: Mapping[tuple[str, str], Entry], random: Random, *, held_out: bool
) -> dict[tuple[str, str], Entry]:
    """Return the files with most diffusion models and many text encoders replaced by GGUF files."""
    changed = (_as_gguf(entry, random, held_out) for entry in found.values())
    return {(entry[0], entry[1]): entry for entry in changed}


def _as_gguf(entry: Entry, random: Random, held_out: bool) -> Entry:
    """Return a file as GGUF, or as it is."""
    folder, name, identity = entry
    if folder == "diffusion_models" and random.random() < _GGUF_MAINS:
        family = next(iter(identity.families), "")
        known = _MAIN_NAMES.get(family)
        if known is None:
            return entry
        quantised = _quantised_name(name, known, random, held_out)
        if quantised is not None and identify(folder, quantised).families == identity.families:
            return folder, quantised, identify(folder, quantised)
    elif folder == "text_encoders" and identity.encoder in ENCODER_NAMES and random.random() < _GGUF_ENCODERS:
        pattern = random.choice(ENCODER_NAMES[identity.encoder])
        quantised = pattern.format(_quantisation(random)) + ".gguf"
        return folder, quantised, identify(folder, quantised)
    return entry


def _quantised_name(name: str, known: tuple[str, ...], random: Random, held_out: bool) -> str | None:
    """Return the name of a diffusion model as GGUF, or None for one that states another precision."""
    quantisation = _quantisation(random)
    if not held_out and random.random() < _KNOWN:
        return random.choice(known).format(quantisation) + ".gguf"
    stem = name.rpartition(".")[0]
    return None if _STATES_PRECISION.search(stem) else f"{stem}{random.choice('--_')}{quantisation}.gguf"


def _quantisation(random: Random) -> str:
    return random.choices([name for name, _ in _QUANTISATIONS], [weight for _, weight in _QUANTISATIONS])[0]


# ---- loaders -----------------------------------------------------------------------------------------------------


def with_gguf_loaders(catalog: Catalog) -> Catalog:
    """Return the catalog with ComfyUI-GGUF's loaders, but for those that it has."""
    made = {name: cls for name, cls in _loaders(catalog).items() if name not in catalog.classes}
    return replace(catalog, classes={**catalog.classes, **made}) if made else catalog


def _loaders(catalog: Catalog) -> dict[str, NodeClass]:
    """Return the loaders as the pack declares them: its CLIP loaders have the types of ComfyUI's own."""
    dtypes = [["default", "target", "float32", "float16", "bfloat16"], {"default": "default"}]
    unet: dict[str, object] = {"unet_name": [[]]}
    patch = {"patch_dtype": dtypes, "patch_on_device": ["BOOLEAN", {"default": False}]}
    advanced = {**unet, "dequant_dtype": dtypes, **patch}
    inputs: dict[str, tuple[str, Mapping[str, object]]] = {
        "UnetLoaderGGUF": ("MODEL", unet), "UnetLoaderGGUFAdvanced": ("MODEL", advanced),
        "CLIPLoaderGGUF": ("CLIP", {"clip_name": [[]], "type": [_types(catalog, "CLIPLoader")]}),
        "DualCLIPLoaderGGUF": ("CLIP", {**_clips(2), "type": [_types(catalog, "DualCLIPLoader")]}),
        "TripleCLIPLoaderGGUF": ("CLIP", _clips(3)), "QuadrupleCLIPLoaderGGUF": ("CLIP", _clips(4)),
    }  # fmt: skip
    return {
        name: node_class(name, {"input": {"required": required}, "output": [kind], "category": "bootleg"})
        for name, (kind, required) in inputs.items()
    }


def _clips(count: int) -> dict[str, object]:
    return {f"clip_name{number}": [[]] for number in range(1, count + 1)}


def _types(catalog: Catalog, loader: str) -> list[object]:
    """Return the types of one of ComfyUI's own CLIP loaders."""
    cls = catalog.classes.get(loader)
    specs: tuple[InputSpec, ...] = cls.inputs if cls is not None else ()
    return [option for spec in specs if spec.name == "type" for option in spec.options]


def is_gguf(name: str) -> bool:
    """Return whether a file name is that of a GGUF file."""
    return name.lower().endswith(".gguf")
