"""How the name of a model file is read."""

from __future__ import annotations

import re

MODEL_EXTENSIONS = (".safetensors", ".sft", ".ckpt", ".pth", ".pt2", ".pt", ".bin", ".pkl", ".gguf")
"""Extensions of the files that ComfyUI loads models from."""


def normalised(name: str) -> str:
    """Return a file's name without folders and extension, in lower case, with "_" between words."""
    stem = re.split(r"[/\\]", name)[-1].lower()
    for extension in MODEL_EXTENSIONS:
        stem = stem.removesuffix(extension)
    return re.sub(r"[^a-z0-9]+", "_", stem).strip("_")
