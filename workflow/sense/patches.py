"""Nodes that change a MODEL, a CLIP or a conditioning and pass it on, by what they change."""

from __future__ import annotations

import re
from functools import lru_cache

from ..catalog.catalog import NodeClass

PATCHED_TYPES = ("MODEL", "CLIP", "CONDITIONING")
"""Types of what a patch changes and passes on."""
MOST_PATCHES = {"MODEL": 4, "CLIP": 2, "CONDITIONING": 3}
"""The most patches in one chain, whatever they are; LoRAs do not count."""
GUIDANCE_PATCH = re.compile(r"^(RescaleCFG|APG|CFGNorm|CFGZeroStar|TCFG|RenormCFG|Mahiro)")
"""Names of the patches that change what guidance adds, which is nothing at cfg 1."""
# Nodes that set the same thing, of which a second one overrides or only repeats the first.
_SAME = re.compile(
    r"^(ModelSampling|FreeU|CLIPSetLastLayer|SkipLayerGuidance|FluxGuidance|FluxDisableGuidance|ConditioningZeroOut"
    r"|ConditioningSetArea|ConditioningSetTimestepRange|RescaleCFG|HyperTile|TomePatchModel|DifferentialDiffusion)"
)


@lru_cache(maxsize=16384)
def patched_type(node_class: NodeClass) -> str | None:
    """Return the type that a class changes and passes on; None for a class that is no patch.

    A patch takes nothing else by a link and loads no file, so that what it does to its input depends on its settings
    alone.
    """
    links = [spec for spec in node_class.inputs if not spec.widget]
    if len(links) != 1 or links[0].kind != "link" or any(spec.folder for spec in node_class.inputs):
        return None
    shared = [kind for kind in links[0].types if kind in PATCHED_TYPES and node_class.outputs == (kind,)]
    return shared[0] if shared else None


@lru_cache(maxsize=16384)
def patch_kind(node_class: NodeClass) -> str | None:
    """Return what a patch changes; two patches of one kind in a chain are one too many. None for any other class."""
    if patched_type(node_class) is None:
        return None
    found = _SAME.match(node_class.name)
    return found.group(1) if found else node_class.name
