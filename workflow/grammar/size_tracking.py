"""A builder that knows how large every picture gets, and how large it may get (`workflow.areas`, `workflow.limits`)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..catalog.catalog import Catalog
from ..graph import Link
from ..script.builder import BEING_WRITTEN, Builder, Frame, Output
from ..script.slots import Slot
from ..script.values import default_of
from .family_scope import FamilyScope, Place
from .size_limits import Limits, cut_from, set_size
from .size_rules import PICTURE_TYPES, UNKNOWN_SCALE, area_rule

_SAMPLED_WITH = frozenset({"MODEL", "GUIDER"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What the grammar knows of a finished node beside its outputs."""

    side: float  # pixels that the shorter side of its picture has at least; infinite without a picture
    area: float  # pixels that its picture has at most
    missing: frozenset[str]  # output types that the loaded file does not contain
    ends: bool  # an output node: what ends a workflow is not built upon
    place: Place | None  # the only kind of node that takes its picture


class SizedBuilder(Builder):
    """Keeps the facts of finished nodes, and the limits of every open one."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self.scope: FamilyScope = None  # type: ignore[assignment]  # known after the first choice
        self.facts: list[Facts] = []
        self.limits: dict[int, Limits] = {}  # by id(frame)
        self.pending = 0  # requirements that are still to be met, as bits

    @property
    def pending_classes(self) -> int:
        """The required classes that are still to come, as bits."""
        return self.pending >> 2

    def usable(self, output: Output, frame: Frame, limits: Limits) -> bool:
        """Whether a finished output may be linked to `frame`, where pictures have these limits."""
        facts = self._fact(output.node)
        if facts.ends or output.type in facts.missing:
            return False
        if output.type not in PICTURE_TYPES:
            return True
        return limits.holds(facts.side, facts.area) and facts.place in (None, place_of(frame))

    def _close(self) -> None:
        self.facts.append(self._facts(self.stack[-1]))
        self.limits.pop(id(self.stack[-1]), None)
        super()._close()

    def _facts(self, frame: Frame) -> Facts:
        missing: frozenset[str] = frozenset()
        for slot in frame.slots:
            if slot.spec.folder == "checkpoints" and slot.role == "value":
                file = self.catalog.file(slot.spec.folder, str(frame.values[slot.name]))
                if file is not None:
                    missing = frozenset({"MODEL", "CLIP", "VAE"}) - file.parts
        cls = frame.node_class
        assert cls is not None
        return Facts(*self._size(frame), missing, cls.output_node, self.scope.place(cls))

    # -- sizes -------------------------------------------------------------------------------------------------

    def number(self, frame: Frame, name: str) -> float:
        """A number of the frame as it stands: chosen, else the default."""
        value = frame.values.get(name)
        if value is None:
            value = default_of(next(slot for slot in frame.slots if slot.name == name).spec)
        return float(value) if isinstance(value, int | float) else 0.0

    def _size(self, frame: Frame) -> tuple[float, float]:
        """The shorter side (at least) and the area (at most) of the picture that a complete frame makes; infinite and
        0 if none goes in or is set."""
        assert frame.node_class is not None
        rule = area_rule(frame.node_class)
        if rule.kind == "set":
            width, height = (self.number(frame, name) for name in rule.inputs)
            return min(width, height), width * height
        if rule.kind in ("megapixels", "longest"):
            return set_size(rule, self.number(frame, rule.inputs[0]))
        side, area = math.inf, 0.0
        for slot in frame.slots:
            value = frame.values.get(slot.name)
            if isinstance(value, Link) and (slot.spec.match or not PICTURE_TYPES.isdisjoint(slot.spec.types)):
                # What is being written for it is the next frame, complete as this one is.
                source = (
                    self._facts(self.stack[self.stack.index(frame) + 1])
                    if value == BEING_WRITTEN
                    else (self._fact(value.node))
                )
                side, area = min(side, source.side), max(area, source.area)
        least, most = 1.0, 1.0
        if rule.kind == "scale":
            least = most = self.number(frame, rule.inputs[0])
        elif rule.kind == "model":
            least, most = self._model_scales(frame)
        # To within the rounding of latents, as in Limits.before.
        return (side * least + 1e-6) // 8 * 8 if side < math.inf else side, area * most * most

    def _fact(self, node: int) -> Facts:
        """The facts of a finished node, also of one that is complete and still open."""
        if node < len(self.facts):
            return self.facts[node]
        return self._facts(self.stack[len(self.stack) - 1 - (node - len(self.facts))])

    def _model_scales(self, frame: Frame) -> tuple[float, float]:
        """By how much the linked upscale model enlarges a side, at least and at most."""
        for slot in frame.slots:
            value = frame.values.get(slot.name)
            if "UPSCALE_MODEL" in slot.spec.types and isinstance(value, Link) and 0 <= value.node < len(self.nodes):
                for _, name in self.nodes[value.node].inputs:
                    file = self.catalog.file("upscale_models", str(name))
                    if file is not None:
                        scale = float(file.scale or UNKNOWN_SCALE)
                        return scale, scale
        return self.scope.sizes.scales

    def limits_of(self, frame: Frame, slot: Slot) -> Limits:
        """The limits of a picture linked to this input."""
        widest = self.scope.sizes.widest
        if frame.node_class is None or PICTURE_TYPES.isdisjoint(slot.spec.types) and not slot.spec.match:
            return widest
        rule = area_rule(frame.node_class)
        limits = self.limits[id(frame)]
        match rule.kind:
            case "set" if rule.corner:
                ends = (
                    self.number(frame, start) + self.number(frame, size)
                    for start, size in zip(rule.corner, rule.inputs, strict=True)
                )
                return cut_from(max(ends), widest.area)
            case "set" | "megapixels" | "longest":
                return widest
            case "scale":
                factor = self.number(frame, rule.inputs[0])
                return limits.before(factor, factor, widest.area)
            case "model":
                return limits.before(*self._model_scales(frame), widest.area)
        return limits

    def size_choices(self, frame: Frame, slot: Slot, choices: tuple[str, ...]) -> tuple[str, ...]:
        """Of the choices for an input that sets or scales the size, those that keep to the limits."""
        assert frame.node_class is not None
        rule = area_rule(frame.node_class)
        fixed = {
            name: self.number(frame, name)
            for name in (*rule.inputs, *rule.corner)
            if name != slot.name and self.fixed(frame, name, slot.name)
        }
        return self.scope.sizes.offered(
            frame.node_class, slot.name, choices, fixed, self.limits[id(frame)], self.pending_classes
        )

    def fixed(self, frame: Frame, name: str, seen_from: str) -> bool:
        """Whether an input is chosen, or was passed over once it is `seen_from`'s turn."""
        names = [slot.name for slot in frame.slots]
        return name in frame.values or names.index(name) < max(frame.position + 1, names.index(seen_from))


def place_of(frame: Frame) -> Place | None:
    """Which kind of node it is, if it takes pictures that others do not."""
    if frame.node_class is None:
        return None
    if frame.node_class.output_node:
        return "end"
    return "sampler" if any(not _SAMPLED_WITH.isdisjoint(slot.spec.types) for slot in frame.slots) else None
