"""What the user demands of a workflow: its names, its defaults, and how it is read.

The names are the same everywhere: fields of `Constraints`, inputs of the node Prompt to Workflow, options of the
command line and of training (with hyphens: --max-nodes).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .wishes import Wishes

DEFAULT_NODES = 24
DEFAULT_MEGAPIXELS = 4.2
"""2048 x 2048: a picture of the native size of SDXL or Flux, enlarged by two. Most people who ask for a picture without
naming a size expect no more, and a graphics card with 8 GB can still decode it in one piece."""
CORPUS_MEGAPIXELS = 16.8
"""4096 x 4096, the largest picture of the workflows that policies are trained on."""


@dataclass(frozen=True, slots=True)
class Constraints:
    """What every workflow must keep to. All of it is part of the grammar, so that none of it can be missed."""

    families: frozenset[str] = frozenset()
    """Families to choose the main model from, in lower case; empty: any that is installed."""
    max_nodes: int = DEFAULT_NODES
    """The most nodes of a workflow."""
    max_megapixels: float | None = DEFAULT_MEGAPIXELS
    """The largest picture or latent anywhere in the workflow, in millions of pixels of the picture; None: any size.
    Only an upscale model's picture that is scaled down right after may be larger."""
    required: tuple[str, ...] = ()
    """Node classes that must occur."""
    forbidden: frozenset[str] = frozenset()
    """Node classes that must not occur."""
    ends_in: tuple[str, ...] = ()
    """Output node classes to choose from; empty: SaveImage, or where it is not installed those that there are."""
    wishes: Wishes = Wishes()
    """What is asked for beside that, and kept to wherever it can be."""


def read_constraints(values: Mapping[str, object]) -> Constraints:
    """Read constraints from a node's inputs, a command line's options, or a JSON object.

    Parameters:
        values: name of a field of `Constraints` -> value; other names are ignored. Lists of names are texts with commas
            or line ends between the names, or iterables of such texts. A name that is missing or None stands for its
            default; a `max_megapixels` of 0 for any size.

    Returns:
        The constraints. Whether anything is installed that meets them is the grammar's to find out.

    Raises:
        TypeError: a limit is not a number, or is infinite.
    """
    max_nodes, max_megapixels = values.get("max_nodes"), values.get("max_megapixels")
    return Constraints(
        families=frozenset(name.lower() for name in _names(values, "families")),
        max_nodes=DEFAULT_NODES if max_nodes is None else int(_number(max_nodes)),
        max_megapixels=DEFAULT_MEGAPIXELS if max_megapixels is None else _number(max_megapixels) or None,
        required=_names(values, "required"),
        forbidden=frozenset(_names(values, "forbidden")),
        ends_in=_names(values, "ends_in"),
    )


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
        raise TypeError(f"{value!r} is not a number")
    return value


def _names(values: Mapping[str, object], key: str) -> tuple[str, ...]:
    """Return the names in order, each once."""
    value = values.get(key)
    texts = [value] if isinstance(value, str) else list(value) if isinstance(value, Iterable) else []
    names = (name.strip() for text in texts for name in re.split(r"[,\n]", str(text)))
    return tuple(dict.fromkeys(name for name in names if name))
