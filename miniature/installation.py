"""The zoo as an installation: ComfyUI's node classes and the zoo's files, without a server and without the files.

The files are identified by their names. A server does the same with the checkpoints, which are pickles and are not
opened; it reads the headers of the LoRAs and upscalers, which state the same.
"""

from __future__ import annotations

from ..workflow.catalog.catalog import ModelFile
from ..workflow.catalog.identify import identify
from ..workflow.catalog.model_files import model_files
from ..workflow.grammar.constraints import Constraints
from .zoo import CHECKPOINTS, LORAS, MOST_SIDE, UPSCALERS

ZOO_FILES: dict[str, tuple[str, ...]] = {
    "checkpoints": tuple(f"{member.name}.ckpt" for member in CHECKPOINTS),
    "loras": tuple(f"{member.name}.safetensors" for member in LORAS),
    "upscale_models": tuple(f"{member.name}.safetensors" for member in UPSCALERS),
}
"""Folder under models/ -> the zoo's files in it, as export.py names them."""

ZOO_CONSTRAINTS = Constraints(frozenset({"miniature"}), max_megapixels=MOST_SIDE * MOST_SIDE / 1e6)
"""What is rendered on the zoo: its own checkpoints, and no picture of more than 256 x 256 pixels."""


def zoo_models() -> tuple[ModelFile, ...]:
    """Return the zoo's files, identified as a server identifies them."""
    return model_files((folder, name, identify(folder, name)) for folder, names in ZOO_FILES.items() for name in names)
