"""The zoo as an installation: ComfyUI's node classes and the zoo's files, without a server and without the files.

What the files are is told by their names, as a server tells it of the checkpoints, which are pickles and not opened;
of the LoRAs and upscalers it reads the headers, which say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...workflow.api_format import read_json
from ...workflow.catalog import Catalog, ModelFile, catalog_from_object_info, model_files
from ...workflow.identify import identify
from ...workflow.scope import Constraints
from .workflows import MOST_SIDE

ZOO_FILES: dict[str, tuple[str, ...]] = {
    "checkpoints": (
        "miniature.ckpt",
        "miniature_crowds.ckpt",
        "miniature_flat.ckpt",
        "miniature_nights.ckpt",
        "miniature_textures.ckpt",
        "miniature_turbo.ckpt",
    ),
    "loras": (
        "miniature_clay.safetensors",
        "miniature_line_art.safetensors",
        "miniature_mosaic.safetensors",
        "miniature_pixel_art.safetensors",
        "miniature_sticker.safetensors",
        "miniature_watercolor.safetensors",
    ),
    "upscale_models": ("2x_miniature_sharp.safetensors", "2x_miniature_soft.safetensors"),
}
"""Folder under models/ -> the zoo's files in it."""

ZOO_CONSTRAINTS = Constraints(frozenset({"miniature"}), maximum_megapixels=MOST_SIDE * MOST_SIDE / 1e6)
"""What is rendered on the zoo: its own checkpoints, and no picture of more than 256 x 256 pixels."""


def zoo_models() -> tuple[ModelFile, ...]:
    """The zoo's files, identified as a server identifies them."""
    return model_files((folder, name, identify(folder, name)) for folder, names in ZOO_FILES.items() for name in names)


def zoo_catalog(object_info: Path | Mapping[str, Any]) -> Catalog:
    """The catalog of a ComfyUI with these node classes (a saved GET /object_info, or what it says) and the zoo's
    files and no others. Its fingerprint is that of the live one, if object_info is that server's.

    Raises WorkflowError where the file cannot be read, CatalogError where object_info cannot.
    """
    if isinstance(object_info, Path):
        object_info = read_json(object_info)
    return catalog_from_object_info(object_info, zoo_models(), options_from_models=True)
