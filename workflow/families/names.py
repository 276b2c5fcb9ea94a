"""How the name of a model file is read."""

from __future__ import annotations

import re
import unicodedata

MODEL_EXTENSIONS = (".safetensors", ".sft", ".ckpt", ".pth", ".pt2", ".pt", ".bin", ".pkl", ".gguf")
"""Extensions of the files that ComfyUI loads models from."""


def stem_of(name: str) -> str:
    """Return a model file's name as it is written, without folders and extension."""
    name = re.split(r"[/\\]", name)[-1]
    ending = next((ending for ending in MODEL_EXTENSIONS if name.lower().endswith(ending)), "")
    return name[: len(name) - len(ending)]


def normalised(name: str) -> str:
    """Return a file's name without folders and extension, in lower case, with "_" between words.

    Letters, digits and marks of all scripts stay, in one of the forms in which Unicode writes the same text: macOS
    takes names apart that others put together, and East Asian keyboards write wide Latin letters.
    """
    stem = re.split(r"[/\\]", name)[-1]
    if not stem.isascii():
        stem = unicodedata.normalize("NFKC", stem)
    stem = stem.lower()
    for extension in MODEL_EXTENSIONS:
        stem = stem.removesuffix(extension)
    if stem.isascii():
        return re.sub(r"[^a-z0-9]+", "_", stem).strip("_")
    # Not \w, which leaves out the vowel signs of Indian scripts.
    kept = "".join(letter if unicodedata.category(letter)[0] in "LNM" else "_" for letter in stem)
    return re.sub("_+", "_", kept).strip("_")
