"""The model files in a models folder, for when there is no ComfyUI to list them."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ..families.names import MODEL_EXTENSIONS
from .catalog import ModelFile
from .identify import FOLDER_ROLES, Identity, identify_file
from .model_files import model_files
from .sidecars import Sidecars

logger = logging.getLogger(__name__)

# Folders under models/ whose ComfyUI name differs (folder_paths.py of ComfyUI 0.3.75, with the old names that it still
# reads). Any other folder has its own name.
_FOLDERS = {"unet": "diffusion_models", "clip": "text_encoders", "t2i_adapter": "controlnet"}
_NO_MODELS = frozenset({"configs", "diffusers", "classifiers"})


# How programs beside ComfyUI call folders of the same content, without capitals, marks and a plural's s.
_OTHER_NAMES = {"stablediffusion": "checkpoints", "ckpt": "checkpoints"}


def identify_models(found: Iterable[tuple[str, str, Path]]) -> tuple[ModelFile, ...]:
    """Return the model files of what `list_models` returned, identified by header or name.

    A file that cannot be read, or whose header is wrong, has the role "unknown" and a warning in the log.
    """
    sidecars = Sidecars()
    return model_files((folder, name, identity_of(folder, name, path, sidecars)) for folder, name, path in found)


def identity_of(folder: str, name: str, path: Path, sidecars: Sidecars) -> Identity:
    """Return what a file is, whatever it holds; a file that fails to be identified is unusable, with a warning."""
    if is_look_alike(folder):
        return look_alike_identity(folder)
    try:
        return identify_file(folder, name, path, None, [beside.path for beside in sidecars.of(folder, path)])
    except Exception as error:  # anybody's file, which must not take the others away
        found = unreadable(path, error)
        logger.warning("Nodewright does not use the model %s, which %s", path, found.unusable)
        return found


def unreadable(path: Path, error: Exception) -> Identity:
    """Return what is known of a file that cannot be read or identified."""
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        reason = "cannot be read: it is a link that leads nowhere"
    elif isinstance(error, OSError):
        reason = f"cannot be read: {error.strerror or error}"
    else:
        reason = f"cannot be identified: {error!r}"[:200]
    return Identity("unknown", unusable=reason)


def is_look_alike(folder: str) -> bool:
    """Return whether a folder only looks like one in which ComfyUI finds models ("Checkpoints", "Lora")."""
    return folder not in FOLDER_ROLES and meant_folder(folder) is not None


def look_alike_identity(folder: str) -> Identity:
    """Return what is known of a file in a folder that only looks like one of ComfyUI's."""
    reason = f"lies where ComfyUI does not look; rename models/{folder} to models/{meant_folder(folder)}"
    return Identity("unknown", unusable=reason)


def list_models(models_dir: Path) -> list[tuple[str, str, Path]]:
    """Return (folder, name, path) of each model file, sorted; of two files with the same folder and name, the first.

    Files of a folder that only looks like one of ComfyUI's ("Checkpoints" where capitals count) are listed under its
    own name, with a warning in the log.

    Raises:
        FileNotFoundError: `models_dir` is not a folder.
    """
    if not models_dir.is_dir():
        raise FileNotFoundError(f"{models_dir} is not a folder; give the models folder of a ComfyUI installation")
    found: dict[tuple[str, str], Path] = {}
    for top in _folders(models_dir):
        folder = _comfyui_name(models_dir, top)
        if folder in _NO_MODELS:
            continue
        files = [path for path in _files(top) if path.name.lower().endswith(MODEL_EXTENSIONS)]
        if files and is_look_alike(folder):
            logger.warning("ComfyUI finds no models in %s; rename the folder to %s", top, meant_folder(folder))
        for path in files:
            found.setdefault((folder, os.path.relpath(path, top)), path)
    return [(folder, name, path) for (folder, name), path in sorted(found.items())]


def look_alikes(models_dir: Path) -> list[tuple[str, str, Path]]:
    """Return what `list_models` does of those folders alone that only look like one of ComfyUI's."""
    found = []
    for top in _folders(models_dir):
        folder = _comfyui_name(models_dir, top)
        if is_look_alike(folder):
            found += [
                (folder, os.path.relpath(path, top), path)
                for path in _files(top)
                if path.name.lower().endswith(MODEL_EXTENSIONS)
            ]
    return found


def meant_folder(name: str) -> str | None:
    """Return ComfyUI's name of the folder that is meant by a name like it ("Checkpoint", "VAE", "Lora"), or None."""
    plain = re.sub("[^a-z]", "", name.lower()).removesuffix("s")
    return next(
        (own for own in (*FOLDER_ROLES, *_FOLDERS) if own.replace("_", "").removesuffix("s") == plain), None
    ) or (_OTHER_NAMES.get(plain))


def _folders(models_dir: Path) -> list[Path]:
    """Return the folders in a models folder, sorted; those that cannot be reached are left out with a warning."""
    found = []
    for path in sorted(models_dir.iterdir()):
        try:
            if path.is_dir():
                found.append(path)
        except OSError as error:
            logger.warning("Nodewright leaves out the models in %s: %s", path, error)
    return found


def _comfyui_name(models_dir: Path, top: Path) -> str:
    """Return ComfyUI's name of a folder: also of "Checkpoints", where the system does not tell capitals apart."""
    plain = top.name.lower()
    name = top.name
    if plain != name and (plain in FOLDER_ROLES or plain in _FOLDERS):
        with suppress(OSError):  # no such folder: capitals count
            name = plain if (models_dir / plain).samefile(top) else name
    return _FOLDERS.get(name, name)


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
