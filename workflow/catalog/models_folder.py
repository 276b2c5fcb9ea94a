"""The model files in a models folder, for when there is no ComfyUI to list them."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..families.names import MODEL_EXTENSIONS
from .catalog import ModelFile
from .identify import Identity, identify_file
from .model_files import model_files

logger = logging.getLogger(__name__)

# Folders under models/ whose ComfyUI name differs (folder_paths.py of ComfyUI 0.3.75, with the old names that it still
# reads). Any other folder has its own name.
_FOLDERS = {"unet": "diffusion_models", "clip": "text_encoders", "t2i_adapter": "controlnet"}
_NO_MODELS = frozenset({"configs", "diffusers", "classifiers"})


def identify_models(found: Iterable[tuple[str, str, Path]]) -> tuple[ModelFile, ...]:
    """Return the model files of what `list_models` returned, identified by header or name.

    A file that cannot be read, or whose header is wrong, has the role "unknown" and a warning in the log.
    """
    return model_files((folder, name, _identity(folder, name, path)) for folder, name, path in found)


def _identity(folder: str, name: str, path: Path) -> Identity:
    try:
        return identify_file(folder, name, path)
    except OSError as error:
        logger.warning("The model %s cannot be read, so Nodewright does not use it: %s", path, error)
        return Identity("unknown")


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
