"""Where the parts come from that meet in a node: which loaders' models, text encoders and VAEs, which latents.

A node that passes a part on, such as a LoRA loader or a switch, has the origins of what it takes. Nothing is known of a
part that a node makes in a way of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from ..catalog.catalog import ModelFile, NodeClass
from ..families.lookup import FAMILIES
from ..graph import Link
from ..script.slots import class_slots
from ..script.values import MAIN_FOLDERS
from ..sense.roles import is_empty_latent, samples
from ..silly.reading import Reading

KINDS = ("MODEL", "CLIP", "VAE", "CONTROL_NET", "LATENT", "CONDITIONING", "CONTROLLED")
"""Types of the parts; "CONTROLLED" are the ControlNets behind a conditioning, whose CLIPs are those of its own type."""
_LOADED_FROM = {
    "MODEL": MAIN_FOLDERS, "CLIP": frozenset({"text_encoders"}), "VAE": frozenset({"vae"}),
    "CONTROL_NET": frozenset({"controlnet"}),
}  # fmt: skip
_UNKNOWN = frozenset({-1})
_MOST = 16
"""Origins of one part that are kept apart."""


class Origins:
    """The origins of every part of a workflow, as indices of nodes; -1 stands for one that is not known.

    Args:
        reading: the workflow, in topological order.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._of: list[dict[str, frozenset[int]]] = []
        for index in range(len(reading.workflow.nodes)):
            self._of.append(self._node(index))

    def of(self, link: Link | None, kind: str) -> frozenset[int]:
        """Return the origins of a part that comes by a link: none where there is no link."""
        return frozenset() if link is None else self._of[link.node].get(kind, _UNKNOWN)

    def into(self, index: int, kind: str) -> frozenset[int]:
        """Return the origins of the parts of one type that a node takes."""
        taken = "CONDITIONING" if kind == "CONTROLLED" else kind
        links = self.reading.links_of_type(index, taken)
        return _joined([self.of(link, kind) for _, link in links])

    def _node(self, index: int) -> dict[str, frozenset[int]]:
        node_class = self.reading.class_of(index)
        if node_class is None:
            return dict.fromkeys(KINDS, _UNKNOWN)
        given = {kind for slot, _ in enumerate(node_class.outputs) if (kind := self.reading.type_of(Link(index, slot)))}
        every = "*" in given
        found: dict[str, frozenset[int]] = {}
        for kind in KINDS:
            if every or ("CONDITIONING" if kind == "CONTROLLED" else kind) in given:
                found[kind] = self._part(index, node_class, kind)
        return found

    def _part(self, index: int, node_class: NodeClass, kind: str) -> frozenset[int]:
        """Return the origins of what a node gives."""
        if kind == "LATENT":
            return self._latent(index, node_class)
        if kind == "CONDITIONING":
            return _joined([self.into(index, "CONDITIONING"), self.into(index, "CLIP")])
        if kind == "CONTROLLED":
            return _joined([self.into(index, "CONTROLLED"), self.into(index, "CONTROL_NET")])
        folders = _LOADED_FROM[kind] | (MAIN_FOLDERS if kind in ("CLIP", "VAE") else frozenset())
        if any(slot.spec.folder in folders for slot in class_slots(node_class)):
            return frozenset({index})
        return self.into(index, kind) or _UNKNOWN

    def _latent(self, index: int, node_class: NodeClass) -> frozenset[int]:
        """Return a sampling, an empty latent or what encodes a picture as the origin of a latent."""
        links = list(self.reading.links_of_type(index, "LATENT"))
        encoded = not links and bool(list(self.reading.links_of_type(index, "VAE")))
        if samples(node_class) or is_empty_latent(node_class) or encoded:
            return frozenset({index})
        return self.into(index, "LATENT") or _UNKNOWN

    # -- what the origins are ----------------------------------------------------------------------------------

    def main_file(self, origin: int) -> ModelFile | None:
        """Return the main model that a node loads, None where it is not installed or not the only one."""
        if origin < 0:
            return None
        files = [file for spec, _, file in self.reading.files(origin) if spec.folder in MAIN_FOLDERS]
        return files[0] if len(files) == 1 else None

    def files(self, origin: int, folder: str) -> list[ModelFile | None]:
        """Return the files of one folder that a node loads; None for one that is not installed."""
        if origin < 0:
            return []
        return [file for spec, _, file in self.reading.files(origin) if spec.folder == folder]

    def family_of(self, origins: frozenset[int]) -> str | None:
        """Return the one family of the main models among origins, None where it is not known for all of them."""
        found = {family_of(self.main_file(origin)) for origin in origins}
        return found.pop() if len(found) == 1 else None

    def main_of(self, origins: frozenset[int]) -> ModelFile | None:
        """Return the one main model among origins, None where there is another or one that is not known."""
        return self.main_file(next(iter(origins))) if len(origins) == 1 else None

    @cached_property
    def joins(self) -> tuple[tuple[int, str, frozenset[int]], ...]:
        """The nodes in which a MODEL of known family meets other parts: index, family, origins of the MODEL."""
        return tuple(self._joins())

    def _joins(self) -> Iterator[tuple[int, str, frozenset[int]]]:
        for index, _, _ in self.reading:
            origins = self.into(index, "MODEL")
            family = self.family_of(origins) if origins else None
            if family is not None:
                yield index, family, origins


def family_of(file: ModelFile | None) -> str | None:
    """Return the family of a main model; None where it is not known."""
    if file is None or len(file.families) != 1:
        return None
    name = next(iter(file.families))
    return name if name in FAMILIES else None


def _joined(sets: list[frozenset[int]]) -> frozenset[int]:
    found = frozenset[int]().union(*sets)
    return found if len(found) <= _MOST else _UNKNOWN
