"""Rules over the size of pictures."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..grammar.size_rules import PICTURE_TYPES, size_rule
from ..graph import Link
from ..picture_sizes import Size
from ..sense.base_sizes import MOST_RATIO, BaseSizes, base_sizes
from ..sense.roles import is_empty_latent
from .reading import Finding, Reading


def upscaling_undone(reading: Reading) -> Iterator[Finding]:
    """Find pictures that are enlarged and then scaled down to what they were, or below."""
    for index, _, _ in reading:
        size, source = reading.sizes[index], _picture_above(reading, index)
        if source is None or size is None or not _resizes(reading, index):
            continue
        before = reading.sizes[source.node]
        if before is None or _area(size) >= _area(before):
            continue
        steps = [index]
        link: Link | None = source
        while link is not None and _resizes(reading, link.node):
            steps.append(link.node)
            link = _picture_above(reading, link.node)
        first = reading.sizes[link.node] if link is not None else None
        between = (reading.sizes[step] for step in steps[1:])
        largest = max((_area(one) for one in between if one is not None), default=0.0)
        if first is not None and largest > _area(first) * 1.001 and _area(size) <= _area(first) * 1.001:
            yield Finding(
                reading.named(*reversed(steps)),
                f"the picture is enlarged and then scaled down to {size.width:g} x {size.height:g}, "
                f"no larger than the {first.width:g} x {first.height:g} it was",
            )


def _resizes(reading: Reading, index: int) -> bool:
    """Return whether a node scales a picture. One that cuts a piece out of it does not."""
    node_class = reading.class_of(index)
    if node_class is None or size_rule(node_class).corner:
        return False
    kinds = ("set", "scale", "model", "megapixels", "longest")
    return size_rule(node_class).kind in kinds and _picture_above(reading, index) is not None


def _picture_above(reading: Reading, index: int) -> Link | None:
    return next((link for _, link in reading.links_of_type(index, *sorted(PICTURE_TYPES))), None)


def _area(size: Size) -> float:
    return size.width * size.height


def unfit_first_size(reading: Reading, asked: Collection[tuple[int, int]] = ()) -> Iterator[Finding]:
    """Find first latents that are off the family's grid, strips, or far from the area that the model learned."""
    family, main = reading.family
    if not family:
        return
    sizes = base_sizes(family, main)
    for index, _, node_class in reading:
        width, height = reading.number(index, "width"), reading.number(index, "height")
        if not is_empty_latent(node_class) or not width or not height or (width, height) in asked:
            continue
        message = _unfit(sizes, width, height)
        if message is not None:
            yield Finding(reading.named(index), f"{width:g} x {height:g} {message}")


def _unfit(sizes: BaseSizes, width: float, height: float) -> str | None:
    if not sizes.in_shape(width, height):
        return f"is a strip: one side is more than {MOST_RATIO:g} times the other"
    area = width * height / 1e6
    native = "" if sizes.native is None else f", which learned from {sizes.native} x {sizes.native}"
    if not sizes.near_area(width, height):
        wrong = "small" if width * height < sizes.least else "large"
        return f"is {area:.2f} megapixels, too {wrong} for this model{native}"
    return None if sizes.on_grid(width, height) else f"is not in steps of {sizes.grid} pixels"
