"""Pictures that ComfyUI has made, as a client names them: by file name, subfolder and type, never by a path."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import folder_paths

from ..guarded_json import JsonError, parse_json
from ..json_shapes import Object, Text, check
from ..store.triplets import picture_digest

MOST_BYTES = 256 << 20
"""Largest file that is taken for a picture."""
_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
_NAMED = Object({"filename": Text(1, 255)}, {"subfolder": Text(0, 1000), "type": Text(options=("output", "temp"))})


def digest_of(path: Path) -> str:
    """Return which picture a file holds, by its content. Raises ValueError for one that is too large, OSError."""
    state = path.stat()
    return _digest(path, state.st_mtime_ns, state.st_size)


def picture_path(named: Any) -> Path:
    """Return the file of {"filename", "subfolder", "type"}, as GET /view resolves it, in output or temp alone.

    Raises ValueError where there is no such picture.
    """
    given: Mapping[str, str] = check(named, _NAMED, "picture")
    name, subfolder = given["filename"], given.get("subfolder", "")
    unknown = ValueError(f"there is no picture {name[:80]!r} in ComfyUI's {given.get('type', 'output')} folder")
    if name != os.path.basename(name) or "\\" in name or "\0" in name + subfolder or not _is_picture(name):
        raise unknown
    base = folder_paths.get_directory_by_type(given.get("type", "output"))
    if base is None:
        raise unknown
    folder = os.path.abspath(os.path.join(base, subfolder))
    try:
        inside = os.path.commonpath((folder, os.path.abspath(base))) == os.path.abspath(base)
    except ValueError:  # on another drive
        inside = False
    path = Path(folder, name)
    if not inside or not path.is_file():
        raise unknown
    return path


def _is_picture(name: str) -> bool:
    return name.lower().endswith(_ENDINGS)


@lru_cache(maxsize=4096)
def _digest(path: Path, _changed: int, size: int) -> str:
    if size > MOST_BYTES:
        raise ValueError(f"{path.name}: larger than any picture that is rated here")
    return picture_digest(path.read_bytes())


def workflow_in(path: Path) -> dict[str, Any] | None:
    """Return the workflow that ComfyUI wrote into a picture's file, None where there is none that can be read."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            text = image.info.get("prompt")
    # Pillow raises SyntaxError for a broken PNG, and whatever its reader raises for other broken files.
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        return None
    if not isinstance(text, str):
        return None
    try:
        found = parse_json(text, "prompt", non_finite=True)  # what a node gives to compare may be NaN
    except JsonError:
        return None
    return found if isinstance(found, dict) and found else None
