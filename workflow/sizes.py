"""A builder that knows how large every picture gets, and how large it may get (`workflow.areas`)."""

from __future__ import annotations

from dataclasses import dataclass

from .areas import PICTURE_TYPES, UNKNOWN_SCALE, area_rule
from .builder import BEING_WRITTEN, Builder, Frame, Output
from .catalog import Catalog
from .graph import Link
from .scope import Scope
from .slots import Slot


@dataclass(frozen=True, slots=True)
class Facts:
    """What the grammar knows of a finished node beside its outputs."""

    area: float  # of its picture, in pixels
    missing: frozenset[str]  # output types that the loaded file does not contain
    ends: bool  # an output node: what ends a workflow is not built upon


class SizedBuilder(Builder):
    """Keeps the facts of finished nodes, and the limit (`caps`) of every open one."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self.scope: Scope = None  # type: ignore[assignment]  # known after the first choice
        self.facts: list[Facts] = []
        self.caps: dict[int, float] = {}  # id(frame) -> pixels its picture may have

    def usable(self, output: Output, cap: float) -> bool:
        """Whether a finished output may be linked where pictures have at most `cap` pixels."""
        facts = self._fact(output.node)
        if facts.ends or output.type in facts.missing:
            return False
        return output.type not in PICTURE_TYPES or facts.area <= cap

    def _close(self) -> None:
        self.facts.append(self._facts(self.stack[-1]))
        self.caps.pop(id(self.stack[-1]), None)
        super()._close()

    def _facts(self, frame: Frame) -> Facts:
        missing: frozenset[str] = frozenset()
        for slot in frame.slots:
            if slot.spec.folder == "checkpoints" and slot.role == "value":
                file = self.catalog.file(slot.spec.folder, str(frame.values[slot.name]))
                if file is not None:
                    missing = frozenset({"MODEL", "CLIP", "VAE"}) - file.parts
        assert frame.node_class is not None
        return Facts(self._area(frame), missing, frame.node_class.output_node)

    # -- sizes -------------------------------------------------------------------------------------------------

    def _number(self, frame: Frame, name: str) -> float:
        """A number of the frame as it stands: chosen, else the default."""
        slot = next(slot for slot in frame.slots if slot.name == name)
        value = frame.values.get(name, slot.spec.default)
        return float(value) if isinstance(value, int | float) else 0.0

    def _area(self, frame: Frame) -> float:
        """Pixels of the picture that a complete frame makes; 0 if none goes in or is set."""
        assert frame.node_class is not None
        rule = area_rule(frame.node_class)
        match rule.kind:
            case "set":
                return self._number(frame, "width") * self._number(frame, "height")
            case "megapixels":
                return self._number(frame, "megapixels") * 1024 * 1024
            case "longest":
                return self._number(frame, rule.inputs[0]) ** 2
        incoming = 0.0
        for slot in frame.slots:
            value = frame.values.get(slot.name)
            if isinstance(value, Link) and (slot.spec.match or not PICTURE_TYPES.isdisjoint(slot.spec.types)):
                # What is being written for it is the next frame, complete as this one is.
                source = (
                    self._facts(self.stack[self.stack.index(frame) + 1])
                    if value == BEING_WRITTEN
                    else (self._fact(value.node))
                )
                incoming = max(incoming, source.area)
        factor = (
            self._number(frame, rule.inputs[0])
            if rule.kind == "scale"
            else (self._model_scale(frame) if rule.kind == "model" else 1.0)
        )
        return incoming * factor * factor

    def _fact(self, node: int) -> Facts:
        """The facts of a finished node, also of one that is complete and still open."""
        if node < len(self.facts):
            return self.facts[node]
        return self._facts(self.stack[len(self.stack) - 1 - (node - len(self.facts))])

    def _model_scale(self, frame: Frame) -> float:
        """By how much the linked upscale model enlarges a side."""
        for slot in frame.slots:
            value = frame.values.get(slot.name)
            if "UPSCALE_MODEL" in slot.spec.types and isinstance(value, Link) and 0 <= value.node < len(self.nodes):
                for _, name in self.nodes[value.node].inputs:
                    file = self.catalog.file("upscale_models", str(name))
                    if file is not None:
                        return float(file.scale or UNKNOWN_SCALE)
        return float(
            max(
                (file.scale or UNKNOWN_SCALE for file in self.catalog.models if file.role == "upscaler"),
                default=UNKNOWN_SCALE,
            )
        )

    def cap(self, frame: Frame, slot: Slot) -> float:
        """Pixels that a picture linked to this input may have."""
        most = self.scope.maximum_area
        if frame.node_class is None or PICTURE_TYPES.isdisjoint(slot.spec.types) and not slot.spec.match:
            return most
        rule = area_rule(frame.node_class)
        cap = self.caps[id(frame)]
        match rule.kind:
            case "set" | "megapixels" | "longest":
                return most
            case "scale":
                return min(most, cap / max(self._number(frame, rule.inputs[0]), 0.01) ** 2)
            case "model":
                return min(most, cap / self._model_scale(frame) ** 2)
        return cap

    def size_choices(self, frame: Frame, slot: Slot, choices: tuple[str, ...]) -> tuple[str, ...]:
        """Of the choices for an input that sets or scales the size, those that leave room."""
        assert frame.node_class is not None
        rule, cap = area_rule(frame.node_class), self.caps[id(frame)]
        name = slot.name
        if name not in rule.inputs or cap == float("inf"):
            return choices
        match rule.kind:
            case "set":
                other = self._other_side(frame, name, "height" if name == "width" else "width")
                return tuple(choice for choice in choices if 0 < float(choice) * other <= cap)
            case "scale":
                return tuple(choice for choice in choices if 0 < float(choice) ** 2 * self.scope.minimum_area <= cap)
            case "megapixels":
                return tuple(choice for choice in choices if 0 < float(choice) * 1024 * 1024 <= cap)
        return tuple(choice for choice in choices if 0 < float(choice) ** 2 <= cap)

    def _other_side(self, frame: Frame, name: str, other: str) -> float:
        """The other side of a picture, seen from `name`: as it stands if it comes before `name` or has been passed
        over, else the least that can still be chosen."""
        names = [slot.name for slot in frame.slots]
        index = names.index(other)
        if other in frame.values or index < max(frame.position + 1, names.index(name)):
            return self._number(frame, other)
        return min(float(choice) for choice in self.scope.choices(frame.slots[index].spec) if float(choice) > 0)
