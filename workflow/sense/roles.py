"""What a node class is in a workflow, by its inputs and outputs."""

from __future__ import annotations

from functools import lru_cache

from ..catalog.catalog import InputSpec, NodeClass

MOST_SAMPLINGS = 3
"""The most samplings of one picture."""
GUIDED_BY = ("cfg", "cfg_conds", "cfg_cond2_negative")
"""Inputs that set how far a sampling is led away from its negative prompt."""
SAMPLED_WITH = frozenset({"MODEL", "GUIDER"})
"""Types of what a sampling is done with."""


def needs(spec: InputSpec) -> bool:
    """Return whether an input must be linked for what it is declared for; one that grows may grow none."""
    return spec.kind != "autogrow" or spec.grow_minimum > 0


@lru_cache(maxsize=16384)
def is_empty_latent(node_class: NodeClass) -> bool:
    """Return whether a class makes a latent of nothing: it takes no picture and no latent."""
    taken = {kind for spec in node_class.inputs if needs(spec) for kind in spec.types}
    sized = {"width", "height"} <= {spec.name for spec in node_class.inputs}
    return "LATENT" in node_class.outputs and sized and not taken & {"LATENT", "IMAGE", "*"}


@lru_cache(maxsize=16384)
def samples(node_class: NodeClass) -> bool:
    """Return whether a class samples: LATENT comes in and goes out, beside a MODEL or a GUIDER."""
    taken = {kind for spec in node_class.inputs for kind in spec.types}
    return "LATENT" in node_class.outputs and "LATENT" in taken and not SAMPLED_WITH.isdisjoint(taken)


@lru_cache(maxsize=16384)
def encodes(node_class: NodeClass) -> bool:
    """Return whether a class makes a latent of a picture, and of nothing but that."""
    taken = {kind for spec in node_class.inputs if needs(spec) for kind in spec.types}
    return "LATENT" in node_class.outputs and "IMAGE" in taken and not taken & {"LATENT", "MASK", "CONDITIONING", "*"}


def zeroes(node_class: NodeClass) -> bool:
    """Return whether a class replaces its conditioning by nothing."""
    return node_class.name.startswith("ConditioningZeroOut")


def side_of(node_class: NodeClass, slot: int) -> str:
    """Return "positive" or "negative" for an output of a class that passes both on in that order; otherwise ""."""
    places = [index for index, kind in enumerate(node_class.outputs) if kind == "CONDITIONING"]
    return ("positive", "negative")[places.index(slot)] if len(places) == 2 and slot in places else ""
