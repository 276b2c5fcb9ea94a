"""The files that model managers leave beside a model, found with one listing of each folder.

`NAME.metadata.json` (ComfyUI-Lora-Manager), `NAME.civitai.info` (Civitai Helper) and `NAME.json`
(stable-diffusion-webui's user metadata) describe `NAME.safetensors`. What they state is read in `file_facts.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..families.names import stem_of

SIDECARS = (".metadata.json", ".civitai.info", ".json")
"""What the names of sidecars end with, after the name of the model without its own ending; the first that states a
thing counts."""
FOLDERS_WITH_SIDECARS = frozenset({"checkpoints", "diffusion_models", "loras"})
"""Folders under models/ whose files are chosen by what they show."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A file beside a model."""

    path: Path
    """Where it is."""
    size: int
    """Its size in bytes."""
    changed: int
    """Time of its last change in nanoseconds."""


class Sidecars:
    """The sidecars of models. Each folder is listed once, so that a change is seen by the next object of this class."""

    def __init__(self) -> None:
        self._listed: dict[str, dict[str, os.DirEntry[str]]] = {}

    def of(self, folder: str, path: Path) -> tuple[Sidecar, ...]:
        """Return the sidecars of a model at `path`, in the order of SIDECARS.

        Args:
            folder: its folder under models/, as ComfyUI names it; there are sidecars in FOLDERS_WITH_SIDECARS alone.
            path: the model file.
        """
        if folder not in FOLDERS_WITH_SIDECARS:
            return ()
        where, name = os.path.split(path)
        if where not in self._listed:
            self._listed[where] = _listed(where)
        beside = self._listed[where]
        if not beside:
            return ()
        stem = stem_of(name)
        found = (_sidecar(entry) for ending in SIDECARS if (entry := beside.get(stem + ending)) is not None)
        return tuple(sidecar for sidecar in found if sidecar is not None)


def sidecars_state(sidecars: Iterable[Sidecar]) -> str:
    """Return a text that changes when any of a model's sidecars does; empty where there is none."""
    return ";".join(f"{sidecar.path.name}:{sidecar.size}:{sidecar.changed}" for sidecar in sidecars)


def _listed(where: str) -> dict[str, os.DirEntry[str]]:
    """Return the files in a folder whose names end as sidecars' do; none of a folder that cannot be read."""
    try:
        with os.scandir(where) as entries:
            return {entry.name: entry for entry in entries if entry.name.endswith(SIDECARS)}
    except OSError:
        return {}


def _sidecar(entry: os.DirEntry[str]) -> Sidecar | None:
    try:
        if not entry.is_file():
            return None
        state = entry.stat()
    except OSError:  # a link that leads nowhere
        return None
    return Sidecar(Path(entry.path), state.st_size, state.st_mtime_ns)
