"""Find the policies, adapters and reward models in models/nodewright, and notice when their files change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import folder_paths

FOLDER = "nodewright"
"""Name of the models folder, in `folder_paths` and below ComfyUI's models."""
SHIPPED = "shipped"
"""The choice that stands for what comes with Nodewright."""


def entries() -> Iterator[Path]:
    """Yield files and folders in models/nodewright, wherever extra_model_paths.yaml has it, in alphabetical order."""
    for folder in map(Path, folder_paths.get_folder_paths(FOLDER)):
        if folder.is_dir():
            yield from sorted(folder.iterdir())


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
    """Return a text that changes when a file changes: names, sizes and times of the files, which are not read.

    paths: files, and folders of which everything directly inside counts. Missing ones count as empty.
    """
    files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path]) if file.exists()]
    stats = [(file.name, file.stat()) for file in files]
    return repr([(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats])
