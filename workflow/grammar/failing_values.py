"""Values that ComfyUI accepts and that fail while the workflow runs.

Regions outside the picture, missing channels, and beta distributions that have no quantiles.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..catalog.catalog import Catalog, InputSpec, NodeClass
from ..script.slots import class_slots
from ..script.values import value_choices
from .size_rules import PICTURE_TYPES

_REGION = frozenset({"x", "y", "width", "height"})
_FARTHEST_SHARE = 0.75
"""A region that begins farther to the right or down than this share of the picture may round to nothing."""


def safe_values(catalog: Catalog) -> Iterator[tuple[InputSpec, tuple[str, ...]]]:
    """Yield the inputs of which some values fail, each with the values that do not, as a script writes them."""
    for node_class in catalog.classes.values():
        for spec in every_spec(node_class):
            if spec.name in ("x", "y") and _restricts_conditioning(node_class):
                yield spec, _beginnings(spec, catalog)
            elif spec.name in ("alpha", "beta") and node_class.name == "BetaSamplingScheduler":
                # scipy.stats.beta.ppf returns NaN where a parameter is 0.
                yield spec, tuple(choice for choice in value_choices(spec, catalog) if float(choice) > 0)
            elif spec.name == "channel" and "IMAGE" in _input_types(node_class):
                # Pictures have three channels: one with a fourth only goes where a workflow ends.
                yield spec, tuple(choice for choice in value_choices(spec, catalog) if choice != "alpha")


def every_spec(node_class: NodeClass) -> tuple[InputSpec, ...]:
    """Return the inputs of a class, those included that are equal to them and in their place.

    Slots are cached over all catalogs (`class_slots`): a slot may hold the input of an equal class of an earlier one,
    while values are kept by the identity of the input.
    """
    declared = node_class.inputs
    held = (slot.spec for slot in class_slots(node_class))
    return tuple({id(spec): spec for spec in (*declared, *held)}.values())


def _input_types(node_class: NodeClass) -> set[str]:
    return {kind for spec in node_class.inputs for kind in spec.types}


def _restricts_conditioning(node_class: NodeClass) -> bool:
    """Return whether a class restricts a conditioning to a region of a picture that it does not know."""
    names = {spec.name for spec in node_class.inputs}
    return (
        names >= _REGION
        and "CONDITIONING" in node_class.outputs
        and PICTURE_TYPES.isdisjoint({*node_class.outputs, *_input_types(node_class)})
    )


def _beginnings(spec: InputSpec, catalog: Catalog) -> tuple[str, ...]:
    """Return where a region may begin: of shares of the picture well inside it, of pixels only at its edge."""
    most = _FARTHEST_SHARE if spec.kind == "float" and (spec.maximum or 2) <= 1 else 0
    return tuple(choice for choice in value_choices(spec, catalog) if float(choice) <= most)
