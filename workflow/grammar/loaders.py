"""Which loaders can supply MODEL, CLIP and VAE beside one main model, and from which files.

A file counts only for what is in it (`ModelFile.parts`). So there are three sources of these types:

- a loader of the main model, for the parts that its file holds;
- a loader of separate files, for the text encoders and VAEs that it lists;
- a lender: a loader of checkpoints, for CLIP and VAE where the main model is a bare diffusion model, from a checkpoint
  of the family that holds them. SDXL Lightning's own workflow does so.

A class that returns one of these types, takes no link and is none of the three is not offered for it: nobody knows what
it loads.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Literal

from ..catalog.catalog import ModelFile, NodeClass
from ..script.slots import class_slots
from .family_scope import FamilyScope, main_slots

LOADED_TYPES = ("MODEL", "CLIP", "VAE")
"""Types that loaders return, by the bits of `Producer.supplies`."""
FILE_PARTS = frozenset({*LOADED_TYPES, "CLIP_VISION"})
"""Types of outputs that are None where the loaded file does not hold the part."""
Source = Literal["main", "files", "lender"]
"""Where a loader's outputs come from: the main model's file, separate files, or another checkpoint."""
_PART_FOLDERS = {"CLIP": "text_encoders", "VAE": "vae"}


def kind_bits(kinds: frozenset[str] | set[str]) -> int:
    """Return the loaded types among `kinds` as bits, MODEL as the lowest one."""
    return sum(1 << index for index, kind in enumerate(LOADED_TYPES) if kind in kinds)


@lru_cache(maxsize=16384)
def takes_links(node_class: NodeClass) -> bool:
    """Return whether the class has a link that must be filled."""
    return any(slot.role == "link" for slot in class_slots(node_class))


@lru_cache(maxsize=16384)
def separate_parts(node_class: NodeClass) -> int:
    """Return the bits of the types that a class loads from files that cannot be a main model."""
    if main_slots(node_class) or takes_links(node_class):
        return 0
    folders = {slot.spec.folder for slot in class_slots(node_class) if slot.role == "value"}
    kinds = {kind for kind, folder in _PART_FOLDERS.items() if folder in folders}
    return kind_bits(kinds.intersection(node_class.outputs))


class Loaders:
    """The loaders of one scope."""

    def __init__(self, scope: FamilyScope) -> None:
        self._scope = scope
        self.parts = kind_bits(scope.main_parts)
        self._lent: dict[tuple[str, str], tuple[str, ...]] = {}

    @cached_property
    def main(self) -> frozenset[str]:
        """Names of the classes that load the main model.

        Only one node of a workflow does, so a class among them that the user requires is the only one, and there is
        none where the user requires two.
        """
        plain = frozenset(cls.name for cls in self._scope.classes if self._loads_main(cls))
        required = plain.intersection(self._scope.constraints.required)
        if not required:
            return plain
        return required if len(required) == 1 else frozenset()

    def _loads_main(self, node_class: NodeClass) -> bool:
        """Return whether a class takes the main model's file and no other, and returns every part of the file."""
        slots = main_slots(node_class)
        return (
            len(slots) == 1
            and slots[0].spec.folder == self._scope.main.folder
            and not takes_links(node_class)
            and self._scope.main_parts <= set(node_class.outputs)
            and self._scope.lists(slots[0].spec, self._scope.main)
        )

    def source(self, node_class: NodeClass, kind: str) -> Source | None:
        """Return the source from which a class can supply `kind`, one of `LOADED_TYPES`; None if it cannot."""
        if kind not in node_class.outputs:
            return None
        if main_slots(node_class):
            if node_class.name in self.main and kind in self._scope.main_parts:
                return "main"
            return "lender" if self.lent(node_class, kind) else None
        return "files" if separate_parts(node_class) & kind_bits({kind}) else None

    def lent(self, node_class: NodeClass, kind: str) -> tuple[str, ...]:
        """Return the aliases of the checkpoints from which a class lends `kind` to the main model."""
        key = (node_class.name, kind)
        found = self._lent.get(key)
        if found is None:
            found = self._lent[key] = self._lenders(node_class, kind)
        return found

    def _lenders(self, node_class: NodeClass, kind: str) -> tuple[str, ...]:
        slots = main_slots(node_class)
        if kind not in _PART_FOLDERS or kind not in node_class.outputs or not self._scope.main_parts <= {"MODEL"}:
            return ()
        if len(slots) != 1 or slots[0].spec.folder != "checkpoints" or takes_links(node_class):
            return ()
        files = (self._scope.catalog.by_alias(alias) for alias in self._scope.choices(slots[0].spec))
        return tuple(file.alias for file in files if file is not None and holds(file, kind))


def holds(file: ModelFile, kind: str) -> bool:
    """Return whether a checkpoint holds a part."""
    return file.role == "checkpoint" and kind in file.parts
