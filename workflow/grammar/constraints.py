"""What the user demands of a workflow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the user demands. All of it is part of the grammar, so none of it can be missed.

    `families` limits the main model's family; `maximum_nodes` counts every node; `maximum_megapixels` bounds every
    picture and latent in the workflow (in pixels of the picture, 1 = 1,000,000; None: no bound); `required` and
    `forbidden` are class names; `ends_in` are the output classes to choose from (empty: SaveImage, else what there is).
    """

    families: frozenset[str] = frozenset()
    maximum_nodes: int = 24
    maximum_megapixels: float | None = 16.8
    required: tuple[str, ...] = ()
    forbidden: frozenset[str] = frozenset()
    ends_in: tuple[str, ...] = ()
