"""A builder that tracks the size of every picture (`size_rules.py`) and its limits (`size_limits.py`)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ..catalog.catalog import Catalog
from ..graph import Link
from ..script.builder import BEING_WRITTEN, Builder, Frame, Output
from ..script.slots import Slot
from ..script.values import default_of
from .family_scope import Consumer, FamilyScope
from .size_limits import SizeLimits, cut_from, set_size
from .size_rules import PICTURE_TYPES, UNKNOWN_SCALE, size_rule

_SAMPLED_WITH = frozenset({"MODEL", "GUIDER"})


@dataclass(frozen=True, slots=True)
class FinishedNode:
    """What is known of a finished node beside its outputs.

    Attributes:
        side: smallest length of its picture's shorter side in pixels, infinite without a picture.
        area: largest number of pixels of its picture.
        shape: width divided by height of its picture, 0 where it is not known.
        missing: output types that are not to be used: what a loader's file does not hold, or another loader gave.
        ends: whether it is an output node; nothing is linked to what ends a workflow.
        only_consumer: the only kind of node that takes its picture, None for any.
    """

    side: float
    area: float
    shape: float
    missing: frozenset[str]
    ends: bool
    only_consumer: Consumer | None


class SizeTrackingBuilder(Builder):
    """Builds a workflow and tracks the sizes of finished nodes and the limits of every open one.

    Attributes:
        scope: what the main model may use, known after the first choice.
        finished: what is known of each finished node.
        limits: limits of each open node's picture, by id of its frame.
        withheld: output types of each open loader that are not to be used, by id of its frame.
        pending: bits of the requirements that are still to be met.
    """

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self.scope: FamilyScope = None  # type: ignore[assignment]
        self.finished: list[FinishedNode] = []
        self.limits: dict[int, SizeLimits] = {}
        self.withheld: dict[int, frozenset[str]] = {}
        self.pending = 0

    @property
    def pending_classes(self) -> int:
        """The required classes that are still to come, as bits."""
        return self.pending >> 2

    def usable(self, output: Output, frame: Frame, limits: SizeLimits) -> bool:
        """Return whether a finished output may be linked to `frame`, whose input has these limits."""
        facts = self._finished_node(output.node)
        if facts.ends or output.type in facts.missing:
            return False
        if output.type not in PICTURE_TYPES:
            return True
        return limits.contains(facts.side, facts.area, facts.shape) and facts.only_consumer in (
            None,
            consumer_of(frame),
        )

    def _close(self) -> None:
        self.finished.append(self._described(self.stack[-1]))
        self.limits.pop(id(self.stack[-1]), None)
        self.withheld.pop(id(self.stack[-1]), None)
        super()._close()

    def _described(self, frame: Frame) -> FinishedNode:
        missing = self.withheld.get(id(frame), frozenset())
        cls = frame.node_class
        assert cls is not None
        return FinishedNode(*self._size(frame), missing, cls.output_node, self.scope.only_consumer(cls))

    # -- sizes -------------------------------------------------------------------------------------------------

    def number(self, frame: Frame, name: str) -> float:
        """Return a number of the frame: the chosen one, otherwise the default."""
        value = frame.values.get(name)
        if value is None:
            value = default_of(next(slot for slot in frame.slots if slot.name == name).spec)
        return float(value) if isinstance(value, int | float) else 0.0

    def _size(self, frame: Frame) -> tuple[float, float, float]:
        """Return the smallest shorter side, the largest area and the shape of the picture that a complete frame makes.

        Infinity, 0 and 0 where no picture is linked and no size is set.
        """
        assert frame.node_class is not None
        rule = size_rule(frame.node_class)
        if rule.kind == "set":
            width, height = (self.number(frame, name) for name in rule.inputs)
            return min(width, height), width * height, width / height if height else 0.0
        side, area, shape = math.inf, 0.0, 0.0
        for slot in frame.slots:
            value = frame.values.get(slot.name)
            if isinstance(value, Link) and (slot.spec.match or not PICTURE_TYPES.isdisjoint(slot.spec.types)):
                # The node being written for it is the next frame, which is complete as this one is.
                source = (
                    self._described(self.stack[self.stack.index(frame) + 1])
                    if value == BEING_WRITTEN
                    else (self._finished_node(value.node))
                )
                side, area, shape = min(side, source.side), max(area, source.area), shape or source.shape
        if rule.kind in ("megapixels", "longest"):
            return (*set_size(rule, self.number(frame, rule.inputs[0])), shape)
        least, most = 1.0, 1.0
        if rule.kind == "scale":
            least = most = self.number(frame, rule.inputs[0])
        elif rule.kind == "model":
            least, most = self._model_scales(frame)
        # Rounded as latents are, as in SizeLimits.before_scaling.
        return (side * least + 1e-6) // 8 * 8 if side < math.inf else side, area * most * most, shape

    def _finished_node(self, node: int) -> FinishedNode:
        """Return what is known of a finished node, or of one that is complete but still open."""
        if node < len(self.finished):
            return self.finished[node]
        return self._described(self.stack[len(self.stack) - 1 - (node - len(self.finished))])

    def _model_scales(self, frame: Frame) -> tuple[float, float]:
        """Return the smallest and the largest factor by which the linked upscale model enlarges a side."""
        for slot in frame.slots:
            value = frame.values.get(slot.name)
            if "UPSCALE_MODEL" in slot.spec.types and isinstance(value, Link) and 0 <= value.node < len(self.nodes):
                for _, name in self.nodes[value.node].inputs:
                    file = self.catalog.file("upscale_models", str(name))
                    if file is not None:
                        scale = float(file.scale or UNKNOWN_SCALE)
                        return scale, scale
        return self.scope.sizes.scales

    def limits_of(self, frame: Frame, slot: Slot) -> SizeLimits:
        """Return the limits of a picture that is linked to this input."""
        widest = self.scope.sizes.widest
        if frame.node_class is None or PICTURE_TYPES.isdisjoint(slot.spec.types) and not slot.spec.match:
            return widest
        rule = size_rule(frame.node_class)
        limits = self.limits[id(frame)]
        match rule.kind:
            case "set" if rule.corner:
                ends = (
                    self.number(frame, start) + self.number(frame, size)
                    for start, size in zip(rule.corner, rule.inputs, strict=True)
                )
                return cut_from(max(ends), widest.area)
            case "set":
                return self.scope.sizes.before_setting(*(self.number(frame, name) for name in rule.inputs))
            case "scale" | "megapixels" | "longest":
                before = self.scope.sizes.before(frame.node_class, self.number(frame, rule.inputs[0]), limits)
                return before or limits
            case "model":
                return limits.before_model(*self._model_scales(frame), widest.area)
        return replace(limits, over=0.0)

    def size_choices(self, frame: Frame, slot: Slot, choices: tuple[str, ...]) -> tuple[str, ...]:
        """Return the choices for an input that sets or scales the size with which the limits are kept."""
        assert frame.node_class is not None
        rule = size_rule(frame.node_class)
        fixed = {
            name: self.number(frame, name)
            for name in (*rule.inputs, *rule.corner)
            if name != slot.name and self.fixed(frame, name, slot.name)
        }
        return self.scope.sizes.offered(
            frame.node_class, slot.name, choices, fixed, self.limits[id(frame)], self.pending_classes
        )

    def fixed(self, frame: Frame, name: str, seen_from: str) -> bool:
        """Return whether an input has been chosen, or will have been passed over when `seen_from` is chosen."""
        names = [slot.name for slot in frame.slots]
        return name in frame.values or names.index(name) < max(frame.position + 1, names.index(seen_from))


def consumer_of(frame: Frame) -> Consumer | None:
    """Return the kind of a node that takes pictures which others do not, None for any other node."""
    if frame.node_class is None:
        return None
    if frame.node_class.output_node:
        return "end"
    return "sampler" if any(not _SAMPLED_WITH.isdisjoint(slot.spec.types) for slot in frame.slots) else None
