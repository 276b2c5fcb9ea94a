"""How small and how large a picture may be, and which classes and values keep to that.

Limits are passed from a node to what feeds it: a picture that will be halved must be twice as large, one that will be
enlarged must be small enough for it. Limits are valid if some first picture of the family fits them whose sides
every installation can set (`certain_sides`), and if every class that the user requires can still be added.
First pictures are never made smaller than their model likes to stay within the largest area: one enlarges less, or
scales a model upscaler's picture down right after, which alone may be larger. All open links of a
workflow have valid limits, so that all of them can be filled.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from ..catalog.catalog import InputSpec, NodeClass
from ..sense.base_sizes import MOST_RATIO, BaseSizes
from .size_rules import MAXIMUM_ASPECT_RATIO, MINIMUM_SIDE, SizeRule, certain_sides, size_rule, takes_pictures

_LARGEST_GUARANTEED_SIDE = 2048
"""Largest side in pixels that limits may require. Larger pictures are allowed but never required."""
_SHAPE_TOLERANCE = 0.08
"""By how much the logarithms of two shapes may differ: 8 percent of a side."""
_GROWTH = 1.1
"""By what factor the area grows at least where a picture is enlarged."""
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
        shape: width divided by height, 0 for any shape.
        over: largest number of pixels of a model upscaler's picture, which is scaled down right after; 0 where no node
            does that.
    """

    side: int
    area: float
    shape: float = 0.0
    over: float = 0.0

    def contains(self, side: float, area: float, shape: float = 0.0) -> bool:
        """Return whether a picture with this shorter side, area and shape is within the limits."""
        fits = not shape or not self.shape or abs(math.log(shape / self.shape)) <= _SHAPE_TOLERANCE
        return side >= self.side and area <= self.area and fits

    def before_scaling(self, least: float, most: float, longest: float) -> SizeLimits:
        """Return the limits of a picture that a node enlarges into one with these limits.

        Sides are rounded up to 16 pixels, because latents are no finer.

        Args:
            least: smallest factor by which the node multiplies a side.
            most: largest factor.
            longest: largest number of pixels that any picture may have.
        """
        side = math.ceil(max(self.side / least, MINIMUM_SIDE) / 16 - 1e-6) * 16
        return SizeLimits(side, min(longest, self.area / most**2), self.shape)

    def before_shrinking(self, factor: float) -> SizeLimits:
        """Return the limits of a picture that a model enlarged and that is scaled by a factor below 1."""
        return SizeLimits(self.side, self.area, self.shape, self.area / factor**2)

    def before_model(self, least: float, most: float, longest: float) -> SizeLimits:
        """Return the limits of a picture that an upscale model enlarges by a factor between these two."""
        if not self.over:
            return self.before_scaling(least, most, longest)
        return SizeLimits(self.side, min(self.area, self.over / most**2) / _GROWTH, self.shape)


class FeasibleSizes:
    """Which limits are valid within one scope, and which values keep to them.

    Required classes that are still to come are given as bits (`pending`), the first class as bit 0.

    Args:
        choices: returns the values that an input is offered.
        area: pixels of the largest picture.
        scales: factors of the installed upscale models.
        required: classes that the user requires, None for one that is not installed.
        base: the sizes of first pictures.
        shrinking: factors below 1 by which a model upscaler's picture can be scaled.
        final: width and height in pixels that the user asked for, which a picture may be scaled to.
    """

    def __init__(
        self,
        choices: Callable[[InputSpec], tuple[str, ...]],
        area: float,
        scales: Collection[float],
        required: tuple[NodeClass | None, ...],
        base: BaseSizes,
        shrinking: tuple[float, ...] = (),
        final: tuple[int, int] | None = None,
    ) -> None:
        self._choices = choices
        self.widest = SizeLimits(MINIMUM_SIDE, area)
        # Where even the smallest sizes of the family are too large, the largest that are allowed.
        self._base = base if area >= base.least else replace(base, least=area / 4)
        self._shrinking = shrinking
        self._final = final
        sides = certain_sides(_LARGEST_GUARANTEED_SIDE)
        sizes = ((width, height) for width in sides for height in sides)
        first = [size for size in sizes if size[0] * size[1] <= area and self._base.fits(*size)]
        self._first = sorted([base.only] if base.only else first, key=lambda size: size[0] * size[1])
        self._most_ratio = max(MOST_RATIO, max(base.only) / min(base.only) if base.only else 0)
        self.scales = (min(scales), max(scales))
        self._required = required
        self._numbers: dict[int, tuple[InputSpec, dict[str, float], list[float]]] = {}
        self._valid: dict[tuple[SizeLimits, int], bool] = {}
        self._shapes: dict[str, object] = {}
        self._settable: dict[object, dict[float, list[float]]] = {}
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
        if not self._has_first(limits):
            return False
        return all(
            node_class is None or not pending >> index & 1 or self._can_hold(node_class, limits, pending)
            for index, node_class in enumerate(self._required)
        )

    def _without(self, pending: int, node_class: NodeClass) -> int:
        """Return `pending` without the bits of a class, and of those that bring it along."""
        return pending & ~sum(1 << index for index, other in enumerate(self._required) if other is node_class)

    def _has_first(self, limits: SizeLimits) -> bool:
        """Return whether a first picture fits."""
        for width, height in self._first:
            if width * height > limits.area:
                break
            if limits.contains(min(width, height), width * height, width / height):
                return True
        return False

    def _can_hold(self, node_class: NodeClass, limits: SizeLimits, pending: int) -> bool:
        """Return whether a required class fits, a model upscaler perhaps with its picture scaled down right after.

        That takes a node more: a required one, or one that is there for upscalers that need it everywhere.
        """
        pending = self._without(pending, node_class)
        if self.fits(node_class, limits, pending):
            return True
        if size_rule(node_class).kind != "model":
            return False
        scalers = [
            other
            for index, other in enumerate(self._required)
            if other is not None and pending >> index & 1 and size_rule(other).kind == "scale"
        ]
        left = [self._without(pending, scaler) for scaler in scalers]
        left += [pending] if self.needs_shrinking(node_class) else []
        return any(
            self._fits_shrunk(limits.before_shrinking(factor), factor, rest)
            for rest in left
            for factor in self._shrinking
        )

    def _fits_shrunk(self, before: SizeLimits, factor: float, pending: int) -> bool:
        """Return whether a picture of a model upscaler fits that is scaled by a factor below 1, and is yet enlarged.

        Args:
            before: limits of the upscaler's picture.
            factor: the factor.
            pending: bits of the required classes that are still to come before the upscaler.
        """
        return max(self.scales) * factor > 1 and self.valid(
            before.before_model(*self.scales, self.widest.area), pending
        )

    def needs_shrinking(self, node_class: NodeClass) -> bool:
        """Return whether a class's picture is too large unless it is scaled down right after."""
        return size_rule(node_class).kind == "model" and not self.fits(node_class, self.widest, 0)

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
                self.valid(limits.before_model(*self.scales, self.widest.area), pending)
                if rule.kind == "model"
                else self.possible(node_class, specs, {}, limits, pending)
                if rule.kind == "set"
                else any(
                    self.possible(node_class, specs, {rule.inputs[0]: value}, limits, pending)
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
            shape = self._shapes[node_class.name] = hash(
                (rule.kind, values, takes_pictures(node_class), "IMAGE" in node_class.outputs)
            )
        return shape

    def makes_any_square(self, node_class: NodeClass) -> bool:
        """Return whether the class makes or keeps a picture of every size that valid limits may require."""
        rule = size_rule(node_class)
        if rule.kind != "set":
            return rule.kind == "keep"
        specs = {spec.name: spec for spec in node_class.inputs}
        across, down = (set(self.numbers(specs[name])[1]) for name in rule.inputs)
        return not takes_pictures(node_class) and all(
            width in across and height in down for width, height in self._first
        )

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
            specs = {spec.name: spec for spec in node_class.inputs}
            written = self.numbers(specs[name])[0]
            kept = (
                choice
                for choice in choices
                if choice in written
                and self.possible(node_class, specs, {**fixed, name: written[choice]}, limits, pending)
            )
            found = _keep(self._offered, key, tuple(kept))
        return found

    def possible(
        self,
        node_class: NodeClass,
        specs: dict[str, InputSpec],
        fixed: dict[str, float],
        limits: SizeLimits,
        pending: int,
    ) -> bool:
        """Return whether the limits can be kept with the inputs in `fixed` and any values of the others."""
        rule = size_rule(node_class)
        if rule.kind == "set":
            across, down = (fixed.get(name) for name in rule.inputs)
            sizes = self._sizes(node_class, specs)
            return any(
                self._may_set(node_class, width, height, fixed, specs, limits, pending)
                for width in ((across,) if across is not None else sizes)
                # The less is cut out, the better it fits, so that the smallest piece decides.
                for height in islice(_heights(sizes.get(width, []), width, down, limits), 1 if rule.corner else None)
            )
        value = fixed[rule.inputs[0]]
        before = self.before(node_class, value, limits)
        if before is None:
            return False
        if rule.kind == "scale" and value < 1:
            upscalers = [
                other
                for index, other in enumerate(self._required)
                if other is not None and pending >> index & 1 and size_rule(other).kind == "model"
            ]
            left = [self._without(pending, upscaler) for upscaler in upscalers] or [pending]
            return any(self._fits_shrunk(before, value, rest) for rest in left)
        return self.valid(before, pending)

    def _sizes(self, node_class: NodeClass, specs: dict[str, InputSpec]) -> dict[float, list[float]]:
        """Return the heights by width that a class may set: of first pictures, of enlarged ones, or of pieces."""
        rule = size_rule(node_class)
        key = self._shape(node_class, rule)
        found = self._settable.get(key)
        if found is None:
            widths, heights = (tuple(self.numbers(specs[name])[1]) for name in rule.inputs)
            if takes_pictures(node_class):
                grid, final = (8 if rule.corner else 64), self._final
                found = _settable_heights(widths, heights, self._most_ratio, (grid, final))
            else:
                found = _settable_heights(widths, heights, self._most_ratio, self._base)
            self._settable[key] = found
        return found

    def before(self, node_class: NodeClass, value: float, limits: SizeLimits) -> SizeLimits | None:
        """Return the limits of a picture before a class scales it by `value`, or to it; None where that is no use.

        Args:
            node_class: a class that multiplies the size, or sets its megapixels or its longest side.
            value: what it multiplies or sets.
            limits: limits of the picture that it makes.
        """
        rule = size_rule(node_class)
        if rule.kind == "scale":
            if value < 1:
                useful = value > 0 and self._shrinking and "IMAGE" in node_class.outputs
                return limits.before_shrinking(value) if useful else None
            return limits.before_scaling(value, value, self.widest.area) if value > 1 else None
        area = set_size(rule, value)[1]
        if area > limits.area:
            return None
        # The area of the widest shape that a first picture may have.
        area /= 1 if rule.kind == "megapixels" else MOST_RATIO
        return SizeLimits(MINIMUM_SIDE, area / _GROWTH, limits.shape, math.inf)

    def _may_set(
        self, node_class: NodeClass, width: float, height: float, fixed: dict[str, float], specs: dict[str, InputSpec],
        limits: SizeLimits, pending: int,
    ) -> bool:  # fmt: skip
        """Return whether a class may set this size within its limits: a first picture's, a piece's, or a larger one."""
        rule = size_rule(node_class)
        if not takes_pictures(node_class):
            return True
        if not rule.corner:
            return self.valid(self.before_setting(width, height), pending)
        left, top = (fixed[name] if name in fixed else self._least(specs[name], 0) for name in rule.corner)
        return self.valid(cut_from(max(left + width, top + height), self.widest.area), pending)

    def before_setting(self, width: float, height: float) -> SizeLimits:
        """Return the limits of a picture that is scaled to this size: of the same shape, and smaller.

        What is scaled to the size that was asked for may be larger: no model makes pictures of 1080 lines.
        """
        final = (width, height) == self._final
        area = max(self.widest.area, width * height) if final else width * height / _GROWTH
        return SizeLimits(MINIMUM_SIDE, area, width / height, math.inf)

    def _least(self, spec: InputSpec, least: float) -> float:
        """Return the smallest offered value that is at least `least`, or infinity."""
        values = self.numbers(spec)[1]
        index = bisect_left(values, least)
        return values[index] if index < len(values) else math.inf


@lru_cache(maxsize=256)
def _settable_heights(
    widths: tuple[float, ...],
    heights: tuple[float, ...],
    most_ratio: float,
    fits: BaseSizes | tuple[int, tuple[int, int] | None],
) -> dict[float, list[float]]:
    """Return the heights by width that may be set.

    Args:
        widths: the widths that are offered.
        heights: the heights that are offered.
        most_ratio: largest ratio of the longer to the shorter side.
        fits: the sizes of first pictures; or the grid on which other pictures are, and the size that was asked for.
    """

    def is_fit(width: float, height: float) -> bool:
        if isinstance(fits, BaseSizes):
            return fits.fits(width, height)
        return (width, height) == fits[1] or width % fits[0] == height % fits[0] == 0

    return {
        width: [
            height
            for height in heights
            if 0 < max(width, height) <= most_ratio * min(width, height) and is_fit(width, height)
        ]
        for width in widths
    }


def _heights(heights: list[float], width: float, down: float | None, limits: SizeLimits) -> Iterator[float]:
    """Yield the heights among sorted ones, or `down` alone, that are within the limits together with a width."""
    for height in heights[bisect_left(heights, limits.side if down is None else down) :]:
        if width * height > limits.area or width < limits.side or down not in (None, height):
            break
        if limits.contains(min(width, height), width * height, width / height):
            yield height


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
