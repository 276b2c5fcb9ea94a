"""How small and how large a picture may be, and which classes and values keep to that.

Limits are passed from a node to what feeds it: a picture that will be halved must be twice as large, one that will be
enlarged must be small enough for it. Limits are valid if a square picture with sides in steps of 64 pixels fits them,
which every installation can make, and if every class that the user requires can still be added. All open links of a
workflow have valid limits, so that all of them can be filled.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from ..catalog.catalog import InputSpec, NodeClass
from .size_rules import MAXIMUM_ASPECT_RATIO, MINIMUM_SIDE, SizeRule, size_rule

_LARGEST_GUARANTEED_SIDE = 2048
"""Largest side in pixels that limits may require. Larger pictures are allowed but never required."""
_CACHE_SIZE = 20_000
"""Entries of each cache, which is emptied when it is full."""
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """Limits of a picture.

    Attributes:
        side: smallest length of the shorter side, in pixels.
        area: largest number of pixels.
    """

    side: int
    area: float

    def contains(self, side: float, area: float) -> bool:
        """Return whether a picture with this shorter side and this area is within the limits."""
        return side >= self.side and area <= self.area

    def before_scaling(self, least: float, most: float, longest: float) -> SizeLimits:
        """Return the limits of a picture that a node enlarges into one with these limits.

        Sides are rounded up to 16 pixels, because latents are no finer.

        Args:
            least: smallest factor by which the node multiplies a side.
            most: largest factor.
            longest: largest number of pixels that any picture may have.
        """
        side = math.ceil(max(self.side / least, MINIMUM_SIDE) / 16 - 1e-6) * 16
        return SizeLimits(side, min(longest, self.area / most**2))


class FeasibleSizes:
    """Which limits are valid within one scope, and which values keep to them.

    Required classes that are still to come are given as bits (`pending`), the first class as bit 0.

    Args:
        choices: returns the values that an input is offered.
        area: pixels of the largest picture.
        scales: factors of the installed upscale models.
        required: classes that the user requires, None for one that is not installed.
    """

    def __init__(
        self,
        choices: Callable[[InputSpec], tuple[str, ...]],
        area: float,
        scales: Collection[float],
        required: tuple[NodeClass | None, ...],
    ) -> None:
        self._choices = choices
        self.widest = SizeLimits(MINIMUM_SIDE, area)
        self.scales = (min(scales), max(scales))
        self._required = required
        self._numbers: dict[int, tuple[InputSpec, dict[str, float], list[float]]] = {}
        self._valid: dict[tuple[SizeLimits, int], bool] = {}
        self._shapes: dict[str, object] = {}
        self._fits: dict[tuple[object, SizeLimits, int], bool] = {}
        self._offered: dict[object, tuple[str, ...]] = {}

    def numbers(self, spec: InputSpec) -> tuple[dict[str, float], list[float]]:
        """Return the offered values of an input that are not negative: by how they are written, and sorted."""
        found = self._numbers.get(id(spec))
        if found is None:
            written = {choice: float(choice) for choice in self._choices(spec) if float(choice) >= 0}
            found = self._numbers[id(spec)] = (spec, written, sorted(written.values()))
        return found[1], found[2]

    def valid(self, limits: SizeLimits, pending: int) -> bool:
        """Return whether some picture fits, with the required classes that are still to come before it."""
        key = (limits, pending)
        found = self._valid.get(key)
        if found is None:
            found = _keep(self._valid, key, self._is_valid(limits, pending))
        return found

    def _is_valid(self, limits: SizeLimits, pending: int) -> bool:
        square = math.ceil(limits.side / 64) * 64
        if limits.side > _LARGEST_GUARANTEED_SIDE or square * square > limits.area:
            return False
        return all(
            node_class is None or not pending >> index & 1 or self.fits(node_class, limits, pending & ~(1 << index))
            for index, node_class in enumerate(self._required)
        )

    def fits(self, node_class: NodeClass, limits: SizeLimits, pending: int) -> bool:
        """Return whether the class can make a picture within valid limits and leaves valid limits to what feeds it."""
        rule = size_rule(node_class)
        if rule.kind in ("keep", "grow", "cut"):
            return True
        key = (self._shape(node_class, rule), limits, pending)
        found = self._fits.get(key)
        if found is None:
            specs = {spec.name: spec for spec in node_class.inputs}
            found = _keep(
                self._fits,
                key,
                self.valid(limits.before_scaling(*self.scales, self.widest.area), pending)
                if rule.kind == "model"
                else any(
                    self.possible(rule, specs, {rule.inputs[0]: value}, limits, pending)
                    for value in self.numbers(specs[rule.inputs[0]])[1]
                ),
            )
        return found

    def _shape(self, node_class: NodeClass, rule: SizeRule) -> object:
        """Return a key that is equal for classes that fit the same limits."""
        shape = self._shapes.get(node_class.name)
        if shape is None:
            specs = {spec.name: spec for spec in node_class.inputs}
            values = tuple(tuple(self.numbers(specs[name])[1]) for name in (*rule.inputs, *rule.corner))
            shape = self._shapes[node_class.name] = hash((rule.kind, values))
        return shape

    def makes_any_square(self, node_class: NodeClass) -> bool:
        """Return whether the class makes a square picture of every size that valid limits may require."""
        rule = size_rule(node_class)
        if rule.kind != "set":
            return rule.kind == "keep"
        specs = {spec.name: spec for spec in node_class.inputs}
        sides = set.intersection(*(set(self.numbers(specs[name])[1]) for name in rule.inputs))
        most = min(_LARGEST_GUARANTEED_SIDE, math.isqrt(int(min(self.widest.area, _LARGEST_GUARANTEED_SIDE**2))))
        return not rule.corner and sides.issuperset(range(MINIMUM_SIDE, most + 1, 64))

    def offered(
        self, node_class: NodeClass, name: str, choices: tuple[str, ...], fixed: dict[str, float], limits: SizeLimits,
        pending: int,
    ) -> tuple[str, ...]:  # fmt: skip
        """Return the choices for an input of the size with which the limits can be kept.

        Args:
            node_class: the class.
            name: name of the input.
            choices: its values, as written.
            fixed: values of the inputs that can no longer be chosen, by name.
            limits: limits of the picture that the class makes.
            pending: bits of the required classes that are still to come.
        """
        key = (node_class.name, name, tuple(fixed.items()), limits, pending)
        found = self._offered.get(key)
        if found is None:
            rule = size_rule(node_class)
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
        self, rule: SizeRule, specs: dict[str, InputSpec], fixed: dict[str, float], limits: SizeLimits, pending: int
    ) -> bool:
        """Return whether the limits can be kept with the inputs in `fixed` and any values of the others."""
        match rule.kind:
            case "set":
                return self._can_set(rule, specs, fixed, limits, pending)
            case "scale":
                factor = fixed[rule.inputs[0]]
                return factor > 0 and self.valid(limits.before_scaling(factor, factor, self.widest.area), pending)
        side, area = set_size(rule, fixed[rule.inputs[0]])
        return limits.contains(side, area)

    def _can_set(
        self, rule: SizeRule, specs: dict[str, InputSpec], fixed: dict[str, float], limits: SizeLimits, pending: int
    ) -> bool:
        """Return whether a class that sets width and height can keep to the limits.

        Inputs not in `fixed` are as small as can be.
        """
        across, down = rule.inputs
        least = float(limits.side)
        width = fixed.get(across)
        if width is None:
            width = self._least(specs[across], max(least, fixed.get(down, least) / MAXIMUM_ASPECT_RATIO))
        height = fixed.get(down)
        if height is None:
            height = self._least(specs[down], max(least, width / MAXIMUM_ASPECT_RATIO))
        short, long = sorted((width, height))
        if not limits.contains(short, width * height) or long > short * MAXIMUM_ASPECT_RATIO:
            return False
        if not rule.corner:
            return True
        left, top = (fixed[name] if name in fixed else self._least(specs[name], 0) for name in rule.corner)
        return self.valid(cut_from(max(left + width, top + height), self.widest.area), pending)

    def _least(self, spec: InputSpec, least: float) -> float:
        """Return the smallest offered value that is at least `least`, or infinity."""
        values = self.numbers(spec)[1]
        index = bisect_left(values, least)
        return values[index] if index < len(values) else math.inf


def cut_from(far: float, area: float) -> SizeLimits:
    """Return the limits of a picture from which a piece is cut that ends `far` pixels to the right or down."""
    return SizeLimits(math.ceil(far / 16) * 16 if far < 1e6 else 10**6, area)


def set_size(rule: SizeRule, value: float) -> tuple[float, float]:
    """Return the size of a picture whose longer side or megapixels are set.

    Returns:
        Smallest shorter side in pixels, a multiple of the 8 pixels of a latent, and largest area in pixels.
    """
    area = value * 1024 * 1024 if rule.kind == "megapixels" else value**2
    short = math.sqrt(area / MAXIMUM_ASPECT_RATIO) if rule.kind == "megapixels" else value / MAXIMUM_ASPECT_RATIO
    return short // 8 * 8, area


def _keep(cache: dict[_Key, _Value], key: _Key, value: _Value) -> _Value:
    if len(cache) >= _CACHE_SIZE:
        cache.clear()
    cache[key] = value
    return value
