"""Find the policies, adapters and reward models in models/nodewright, and notice when their files change."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import folder_paths

logger = logging.getLogger(__name__)

FOLDER = "nodewright"
"""Name of the models folder, in `folder_paths` and below ComfyUI's models."""
SHIPPED = "shipped"
"""The choice that stands for what comes with Nodewright."""


def entries() -> Iterator[Path]:
    """Yield files and folders in models/nodewright, wherever extra_model_paths.yaml has it, in alphabetical order.

    A folder that cannot be reached has none: ComfyUI asks for the names whenever it describes a node, and would leave
    out a node that fails.
    """
    for folder in map(Path, folder_paths.get_folder_paths(FOLDER)):
        try:
            found = sorted(folder.iterdir()) if os.path.isdir(folder) else []
        except OSError as error:
            _warn(f"Nodewright leaves out what is in {folder}: {error}")
            continue
        yield from found


def holds(folder: Path, name: str) -> bool:
    """Return whether a folder that may be out of reach holds a file of this name."""
    return os.path.isfile(folder / name)


@lru_cache(maxsize=256)
def _warn(message: str) -> None:
    """Log a warning, once."""
    logger.warning("%s", message)


def find_checkpoint(
    kind: str, choice: str, folder: str | None, shipped: Callable[[], Path], installed: Callable[[], Mapping[str, Path]]
) -> Path:
    """Return the path that the inputs of a loading node name.

    Parameters:
        kind: name of the input that `choice` is from, for messages.
        choice: `SHIPPED`, or a name among the installed ones.
        folder: another folder or file, which takes the place of `choice`. A linked input is None until the node runs.
        shipped: returns the path of what comes with Nodewright.
        installed: returns name -> path of what is in models/nodewright.

    Raises ValueError, with the names to choose from, where there is no such file or folder.
    """
    if folder and folder.strip():
        path = Path(folder.strip()).expanduser()
        if not path.exists():
            raise ValueError(f"folder: {path}: there is no such folder on the machine that ComfyUI runs on")
        return path
    if choice == SHIPPED:
        return shipped()
    names = installed()
    if choice not in names:
        there = ", ".join(names) or "nothing"
        raise ValueError(f"{kind}: there is no {choice!r} in models/{FOLDER}; there is {there}")
    return names[choice]


def fingerprint(*paths: Path) -> str:
    """Return a digest that changes when a file changes: paths, names, sizes and times of the files, which are not read.

    ComfyUI saves what a node's `fingerprint_inputs` returns in every picture, where no path of this machine belongs.

    Parameters:
        paths: files, and folders of which everything directly inside counts. Missing ones count as empty.
    """
    found = []
    for path in paths:
        files = sorted(path.iterdir()) if path.is_dir() else [path] if path.exists() else []
        stats = [(file.name, file.stat()) for file in files]
        found.append((str(path), [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]))
    return digest(found)


def digest(value: object) -> str:
    """Return a text of 32 hexadecimal digits that stands for a value's `repr`."""
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()[:32]
