"""The model files in a models folder, for when there is no ComfyUI to list them."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from .catalog import ModelFile
from .identify import MODEL_EXTENSIONS, Identity, identify
from .model_files import model_files
from .safetensors_header import HeaderError, read_header

logger = logging.getLogger(__name__)

# Folders under models/ whose ComfyUI name differs (folder_paths.py of ComfyUI 0.3.75, with the old names that it still
# reads). Any other folder has its own name.
_FOLDERS = {"unet": "diffusion_models", "clip": "text_encoders", "t2i_adapter": "controlnet"}
_NO_MODELS = frozenset({"configs", "diffusers", "classifiers"})


def scan_models(models_dir: Path) -> tuple[ModelFile, ...]:
    """The model files under `models_dir`, named as ComfyUI lists them (relative to their folder, with the system's
    own separator), identified by header or name. A file whose header lies is listed with the role "unknown" and a
    warning in the log. Raises FileNotFoundError where `models_dir` is no folder."""
    return model_files(
        (folder, name, identify_file(folder, name, path)) for folder, name, path in list_models(models_dir)
    )


def list_models(models_dir: Path) -> list[tuple[str, str, Path]]:
    """Return (folder, name, path) of each model file, sorted; of two files with the same folder and name, the first.

    Raises:
        FileNotFoundError: `models_dir` is not a folder.
    """
    if not models_dir.is_dir():
        raise FileNotFoundError(f"{models_dir} is not a folder; give the models folder of a ComfyUI installation")
    found: dict[tuple[str, str], Path] = {}
    for top in sorted(path for path in models_dir.iterdir() if path.is_dir()):
        folder = _FOLDERS.get(top.name, top.name)
        if folder in _NO_MODELS:
            continue
        for path in _files(top):
            if path.name.lower().endswith(MODEL_EXTENSIONS):
                found.setdefault((folder, os.path.relpath(path, top)), path)
    return [(folder, name, path) for (folder, name), path in sorted(found.items())]


def identify_file(folder: str, name: str, path: Path) -> Identity:
    """What one file is. Only .safetensors and .sft files are opened, and of those only the header is read."""
    if path.suffix.lower() not in (".safetensors", ".sft"):
        return identify(folder, name)
    try:
        return identify(folder, name, read_header(path).shapes)
    except (HeaderError, OSError) as error:
        logger.warning("No model can be loaded from %s, so it is not used: %s", path.name, error)
        return Identity("unknown")


def _files(top: Path) -> Iterator[Path]:
    # Links are followed, as ComfyUI does; a link back to a folder above must not be followed forever.
    seen: set[str] = set()
    for where, folders, names in os.walk(top, followlinks=True):
        real = os.path.realpath(where)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(folder for folder in folders if folder != ".git")
        yield from (Path(where, name) for name in sorted(names))
