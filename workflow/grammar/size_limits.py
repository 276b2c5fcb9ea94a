"""How small and how large a picture may be, and which classes and values keep it so.

Limits are passed from a node to what feeds it: what is halved must be twice as large, what is enlarged small enough
for it. They are `valid` if a square picture in steps of 64 pixels fits, which every installation can make, and if
every class that the user requires could still be put in. Every open link of a workflow in the making has valid limits,
so that all of them can be filled.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from ..catalog.catalog import InputSpec, NodeClass
from .size_rules import MINIMUM_SIDE, MOST_STRETCHED, AreaRule, area_rule

_LONGEST_LEAST = 2048
"""Pixels beyond which no picture is asked to be large, only allowed."""
_KEPT = 20_000
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Limits:
    """Pixels that the shorter side of a picture has at least, and that all of it has at most."""

    side: int
    area: float

    def holds(self, side: float, area: float) -> bool:
        """Whether a picture with this shorter side and this area is inside."""
        return side >= self.side and area <= self.area

    def before(self, least: float, most: float, longest: float) -> Limits:
        """The limits of a picture that is enlarged by `least` to `most` on a side to one of these limits. Sides are
        rounded up to 16 pixels, since latents have no finer ones. No picture may have more than `longest` pixels."""
        side = math.ceil(max(self.side / least, MINIMUM_SIDE) / 16 - 1e-6) * 16
        return Limits(side, min(longest, self.area / most**2))


class SizeRules:
    """Which limits are valid within one scope, and which values keep to them. Pending required classes are given as
    bits, the first class being bit 0."""

    def __init__(
        self,
        choices: Callable[[InputSpec], tuple[str, ...]],
        area: float,
        scales: Collection[float],
        required: tuple[NodeClass | None, ...],
    ) -> None:
        """`area`: pixels of the largest picture; `scales`: factors of the installed upscale models."""
        self._choices = choices
        self.widest = Limits(MINIMUM_SIDE, area)
        self.scales = (min(scales), max(scales))
        self._required = required
        self._numbers: dict[int, tuple[InputSpec, dict[str, float], list[float]]] = {}
        self._valid: dict[tuple[Limits, int], bool] = {}
        self._shapes: dict[str, object] = {}
        self._fits: dict[tuple[object, Limits, int], bool] = {}
        self._offered: dict[object, tuple[str, ...]] = {}

    def numbers(self, spec: InputSpec) -> tuple[dict[str, float], list[float]]:
        """The values on offer that are above or at 0: by how they are written, and in order."""
        found = self._numbers.get(id(spec))
        if found is None:
            written = {choice: float(choice) for choice in self._choices(spec) if float(choice) >= 0}
            found = self._numbers[id(spec)] = (spec, written, sorted(written.values()))
        return found[1], found[2]

    def valid(self, limits: Limits, pending: int) -> bool:
        """Whether some picture fits, with whatever required classes are still to come before it."""
        key = (limits, pending)
        found = self._valid.get(key)
        if found is None:
            found = _keep(self._valid, key, self._is_valid(limits, pending))
        return found

    def _is_valid(self, limits: Limits, pending: int) -> bool:
        square = math.ceil(limits.side / 64) * 64
        if limits.side > _LONGEST_LEAST or square * square > limits.area:
            return False
        return all(
            node_class is None or not pending >> index & 1 or self.fits(node_class, limits, pending & ~(1 << index))
            for index, node_class in enumerate(self._required)
        )

    def fits(self, node_class: NodeClass, limits: Limits, pending: int) -> bool:
        """Whether the class can make a picture inside valid limits, and leaves valid ones to what feeds it."""
        rule = area_rule(node_class)
        if rule.kind in ("keep", "grow", "cut"):
            return True
        key = (self._shape(node_class, rule), limits, pending)
        found = self._fits.get(key)
        if found is None:
            specs = {spec.name: spec for spec in node_class.inputs}
            found = _keep(
                self._fits,
                key,
                self.valid(limits.before(*self.scales, self.widest.area), pending)
                if rule.kind == "model"
                else any(
                    self.possible(rule, specs, {rule.inputs[0]: value}, limits, pending)
                    for value in self.numbers(specs[rule.inputs[0]])[1]
                ),
            )
        return found

    def _shape(self, node_class: NodeClass, rule: AreaRule) -> object:
        """The same for classes that fit the same limits."""
        shape = self._shapes.get(node_class.name)
        if shape is None:
            specs = {spec.name: spec for spec in node_class.inputs}
            values = tuple(tuple(self.numbers(specs[name])[1]) for name in (*rule.inputs, *rule.corner))
            shape = self._shapes[node_class.name] = hash((rule.kind, values))
        return shape

    def squares(self, node_class: NodeClass) -> bool:
        """Whether the class makes a square picture of every size that valid limits may ask for."""
        rule = area_rule(node_class)
        if rule.kind != "set":
            return rule.kind == "keep"
        specs = {spec.name: spec for spec in node_class.inputs}
        sides = set.intersection(*(set(self.numbers(specs[name])[1]) for name in rule.inputs))
        most = min(_LONGEST_LEAST, math.isqrt(int(min(self.widest.area, _LONGEST_LEAST**2))))
        return not rule.corner and sides.issuperset(range(MINIMUM_SIDE, most + 1, 64))

    def offered(
        self, node_class: NodeClass, name: str, choices: tuple[str, ...], fixed: dict[str, float], limits: Limits,
        pending: int,
    ) -> tuple[str, ...]:  # fmt: skip
        """Of the choices for an input of the size, those with which the limits are kept. `fixed`: inputs that can no
        longer be chosen."""
        key = (node_class.name, name, tuple(fixed.items()), limits, pending)
        found = self._offered.get(key)
        if found is None:
            rule = area_rule(node_class)
            specs = {spec.name: spec for spec in node_class.inputs}
            written = self.numbers(specs[name])[0]
            kept = (
                choice
                for choice in choices
                if choice in written and self.possible(rule, specs, {**fixed, name: written[choice]}, limits, pending)
            )
            found = _keep(self._offered, key, tuple(kept))
        return found

    def possible(
        self, rule: AreaRule, specs: dict[str, InputSpec], fixed: dict[str, float], limits: Limits, pending: int
    ) -> bool:
        """Whether the limits can be kept with the inputs in `fixed` and any values of the others."""
        match rule.kind:
            case "set":
                return self._set(rule, specs, fixed, limits, pending)
            case "scale":
                factor = fixed[rule.inputs[0]]
                return factor > 0 and self.valid(limits.before(factor, factor, self.widest.area), pending)
        side, area = set_size(rule, fixed[rule.inputs[0]])
        return limits.holds(side, area)

    def _set(
        self, rule: AreaRule, specs: dict[str, InputSpec], fixed: dict[str, float], limits: Limits, pending: int
    ) -> bool:
        """What is not fixed is taken as small as can be."""
        across, down = rule.inputs
        least = float(limits.side)
        width = fixed.get(across)
        if width is None:
            width = self._least(specs[across], max(least, fixed.get(down, least) / MOST_STRETCHED))
        height = fixed.get(down)
        if height is None:
            height = self._least(specs[down], max(least, width / MOST_STRETCHED))
        short, long = sorted((width, height))
        if not limits.holds(short, width * height) or long > short * MOST_STRETCHED:
            return False
        if not rule.corner:
            return True
        left, top = (fixed[name] if name in fixed else self._least(specs[name], 0) for name in rule.corner)
        return self.valid(cut_from(max(left + width, top + height), self.widest.area), pending)

    def _least(self, spec: InputSpec, least: float) -> float:
        """The smallest value on offer that is at least `least`."""
        values = self.numbers(spec)[1]
        index = bisect_left(values, least)
        return values[index] if index < len(values) else math.inf


def cut_from(far: float, area: float) -> Limits:
    """The limits of a picture out of which a piece is cut that reaches `far` pixels to the right or down."""
    return Limits(math.ceil(far / 16) * 16 if far < 1e6 else 10**6, area)


def set_size(rule: AreaRule, value: float) -> tuple[float, float]:
    """The shorter side (at least; in whole latent pixels) and the area (at most) of a picture whose longer side or
    megapixels are set."""
    area = value * 1024 * 1024 if rule.kind == "megapixels" else value**2
    short = math.sqrt(area / MOST_STRETCHED) if rule.kind == "megapixels" else value / MOST_STRETCHED
    return short // 8 * 8, area


def _keep(cache: dict[_Key, _Value], key: _Key, value: _Value) -> _Value:
    if len(cache) >= _KEPT:
        cache.clear()
    cache[key] = value
    return value
