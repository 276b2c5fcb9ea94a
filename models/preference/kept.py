"""What was learned, kept in a folder of its own, and beside it the one that it took the place of.

`NAME` is in use; `NAME.before` is what was in use before; `NAME.taken_back` is what was taken back last. Each is a
folder of a JSON file and a safetensors file, written beside its place and renamed.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ...files import sync_folder, write_json
from ...guarded_json import JsonError, read_json
from ...json_shapes import ListOf, Object, TableOf, Whole, check
from ..policy.folders import FolderKind, write_folder
from .columns import COLUMNS_SHAPE, Columns
from .learning import REPORT_SHAPE
from .preference import Preference

FILE, HEADS_FILE = "preference.json", "heads.safetensors"
FORMAT = 1
MOST_BYTES = 16 << 20
_MOST_HEADS = 256
_FOLDER = FolderKind("a preference that Nodewright learned", FILE, (HEADS_FILE,))
_SHAPE = Object(
    {
        "format": Whole(1, FORMAT),
        "columns": COLUMNS_SHAPE,
        "liked": TableOf(ListOf(Whole(0), 2, 2), most=100_000),
        "report": REPORT_SHAPE,
    }
)
_AGAIN = "Learn from your ratings again, or delete the folder"


class PreferenceError(ValueError):
    """A preference cannot be read or written. The message names the file and what to do."""


class KeptPreference:
    """The preference in a folder.

    Args:
        folder: the folder, which need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._before = folder.with_name(f"{folder.name}.before")
        self._taken_back = folder.with_name(f"{folder.name}.taken_back")

    def state(self) -> str:
        """Return a text that changes when another preference is in use; empty where there is none."""
        try:
            stat = (self.folder / FILE).stat()
        except OSError:
            return ""
        return f"{stat.st_mtime_ns} {stat.st_size} {stat.st_ino}"

    def load(self) -> Preference | None:
        """Return the preference in use, None where there is none. Raises PreferenceError for a damaged one."""
        if not (self.folder / FILE).is_file():
            return None
        return _load(self.folder)

    def save(self, preference: Preference) -> None:
        """Put a preference in use; the one in use before is kept. Raises PreferenceError."""
        fresh = self.folder.with_name(f"{self.folder.name}.new")
        try:
            write_folder(fresh, _FOLDER, lambda target: _write(target, preference))
            self._move(self.folder, self._before)
            self._move(fresh, self.folder)
        except (OSError, ValueError) as error:
            raise PreferenceError(
                f"{self.folder}: cannot be written ({error}). Free some space, or allow it"
            ) from error

    def take_back(self) -> bool:
        """Put the preference before in use, or none where there was none; return whether there was one to take back.

        Raises PreferenceError.
        """
        return self._shift(self.folder, self._taken_back, self._before, self.folder)

    def undo_take_back(self) -> bool:
        """Put what was taken back last in use again; return whether there was one. Raises PreferenceError."""
        if not self._taken_back.is_dir():
            return False
        return self._shift(self.folder, self._before, self._taken_back, self.folder) or self.folder.is_dir()

    def can_undo(self) -> bool:
        """Return whether something was taken back that can be put in use again."""
        return (self._taken_back / FILE).is_file()

    def _shift(self, old: Path, old_place: Path, new: Path, new_place: Path) -> bool:
        existed = old.is_dir()
        try:
            self._move(old, old_place)
            self._move(new, new_place)
        except OSError as error:
            raise PreferenceError(f"{self.folder}: cannot be moved ({error}). Close what has it open") from error
        return existed

    def _move(self, folder: Path, place: Path) -> None:
        """Move a folder that exists to a place, in which nothing stays. Raises OSError."""
        if not folder.is_dir():
            return
        if place.is_dir():
            shutil.rmtree(place)
        folder.rename(place)
        sync_folder(place.parent)


def _write(target: Path, preference: Preference) -> None:
    document: dict[str, Any] = {
        "format": FORMAT,
        "columns": preference.columns.document(),
        "liked": {name: list(counts) for name, counts in preference.liked.items()},
        "report": dict(preference.report),
    }
    save_file({"heads": np.ascontiguousarray(preference.heads)}, target / HEADS_FILE)
    write_json(target / FILE, document, indent=1)
    shutil.copymode(target / FILE, target / HEADS_FILE)


def _load(folder: Path) -> Preference:
    path = folder / FILE
    try:
        document = check(read_json(path, maximum_bytes=MOST_BYTES), _SHAPE, str(path))
        columns = Columns.of_document(document["columns"])
        path = folder / HEADS_FILE
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("it is larger than any that was learned")
        heads = load_file(path).get("heads")
        if heads is None or heads.ndim != 2 or heads.dtype != np.float64 or not 0 < len(heads) <= _MOST_HEADS:
            raise ValueError("it holds no heads")
        if heads.shape[1] != len(columns.titles) or not np.isfinite(heads).all():
            raise ValueError("its heads do not fit its columns")
    except (OSError, JsonError, SafetensorError, ValueError) as error:
        raise PreferenceError(f"{path}: cannot be used ({error}). {_AGAIN}") from error
    liked = {name: (int(good), int(of)) for name, (good, of) in document["liked"].items()}
    return Preference(columns, heads, liked, document["report"])
