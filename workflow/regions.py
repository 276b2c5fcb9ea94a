"""Guide parts of a picture by texts of their own: "a castle on the left, a dragon on the right".

The whole sentence stays the text of the whole picture. Each region has a text beside it, whose conditioning is limited
to the region by ConditioningSetAreaPercentage and joined to it by ConditioningCombine: ComfyUI lets the model look at
the region alone, and averages with what it makes of the whole (`get_area_and_mult` in comfy/samplers.py). Latents with
frames take a mask instead (ConditioningSetMask), by which the model looks at the whole and counts in the region alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .ask.ask import Region
from .catalog.catalog import Catalog
from .drafting import Draft, TextChange, main_family
from .families.lookup import FAMILIES
from .graph import Link, Value, Workflow
from .sense.patches import MOST_PATCHES, patch_kind, patched_type
from .sense.roles import samples

AREA, COMBINE = "ConditioningSetAreaPercentage", "ConditioningCombine"
MASKING = ("ConditioningSetMask", "SolidMask", "MaskComposite")
"""Classes by which a region is a mask: what limits a conditioning, what fills a mask, what puts one into another."""
_MASK_SIDE = 100
"""Sides of a mask in pixels; ComfyUI scales it to the latent."""
MOST_REGIONS = 4
"""The most regions of one picture; each takes another pass of the model in every step."""
STRENGTH = 1.0
"""Weight of a region beside the whole picture."""
_FRAMED_SPACES = frozenset({"wan", "qwen_image", "wan22", "hunyuan_video", "cosmos", "mochi", "hunyuan_image_refiner"})
"""Latent spaces with a dimension for frames, where ComfyUI 0.3.75 misreads the numbers of an area."""


def _way(family: str, catalog: Catalog) -> tuple[str, ...] | None:
    """Return the classes by which a family's conditionings are limited here, None where there are none."""
    record = FAMILIES.get(family)
    space = record.latent_space if record is not None else None
    framed = space is not None and space.name in _FRAMED_SPACES
    ways = (MASKING,) if framed else ((AREA,), MASKING)
    return next((way for way in ways if {*way, COMBINE} <= set(catalog.classes)), None)


def with_regions(
    workflow: Workflow, catalog: Catalog, regions: Sequence[Region], prompt: str, said: str = ""
) -> Workflow | None:
    """Return a workflow whose samplings are guided by texts of their own in regions of the picture.

    Args:
        workflow: the workflow.
        catalog: the installation.
        regions: the regions; the first `MOST_REGIONS` count.
        prompt: what fills the texts that contain the user's prompt.
        said: what the user said of it; the rest, such as tags of quality, is in the texts of the regions, too. Empty:
            all of it.

    Returns:
        The workflow; None where the installation lacks the classes, or no sampling takes another conditioning.
    """
    way = _way(main_family(workflow, catalog), catalog)
    if way is None:
        return None
    draft, joined = Draft(workflow, catalog), dict[Link, Link]()
    for index, name, link in list(_positives(draft)):
        if link not in joined:
            joined[link] = _joined(draft, link, regions[:MOST_REGIONS], prompt, said or prompt, way)
        draft.change(index, {name: joined[link]})
    return draft.workflow() if any(old != new for old, new in joined.items()) else None


def _positives(draft: Draft) -> Iterator[tuple[int, str, Link]]:
    """Yield node, input and conditioning of what leads samplings and guiders to the picture."""
    for index in range(len(draft.nodes)):
        node_class = draft.class_of(index)
        if node_class is not None and (samples(node_class) or "GUIDER" in node_class.outputs):
            for name, link in draft.links(index, "CONDITIONING").items():
                if "negative" not in name:
                    yield index, name, link


def _joined(draft: Draft, link: Link, regions: Sequence[Region], prompt: str, said: str, way: tuple[str, ...]) -> Link:
    """Return a conditioning with those of the regions, or the same where it takes none."""
    if not _has_room(draft, link, way[0]):
        return link
    joined = link
    for region in regions:
        own = draft.with_texts(link, _text_of(region, said), prompt)
        if own == link:
            return link
        limited = _area(draft, own, region) if way == (AREA,) else _masked(draft, own, region)
        joined = Link(draft.add(COMBINE, {"conditioning_1": joined, "conditioning_2": limited}), 0)
    return joined


def _area(draft: Draft, link: Link, region: Region) -> Link:
    """Return a conditioning that is limited to an area."""
    place = {"width": region.width, "height": region.height, "x": region.x, "y": region.y}
    return Link(draft.add(AREA, {"conditioning": link, **place, "strength": STRENGTH}), 0)


def _masked(draft: Draft, link: Link, region: Region) -> Link:
    """Return a conditioning that is limited by a mask."""
    x, y, width, height = (round(side * _MASK_SIDE) for side in (region.x, region.y, region.width, region.height))
    empty = draft.shared("SolidMask", {"value": 0.0, "width": _MASK_SIDE, "height": _MASK_SIDE})
    full = draft.shared("SolidMask", {"value": 1.0, "width": width, "height": height})
    both: dict[str, Value | Link] = {"destination": Link(empty, 0), "source": Link(full, 0), "x": x, "y": y}
    mask = Link(draft.add("MaskComposite", {**both, "operation": "add"}), 0)
    limits: dict[str, Value | Link] = {"conditioning": link, "mask": mask}
    return Link(draft.add("ConditioningSetMask", {**limits, "strength": STRENGTH, "set_cond_area": "default"}), 0)


def _has_room(draft: Draft, link: Link, limit: str) -> bool:
    """Return whether a conditioning is not limited yet and has not been changed too often for another change."""
    classes = [draft.class_of(index) for index in (link.node, *draft.above(link.node))]
    kinds = [patch_kind(one) for one in classes if one is not None and patched_type(one) == "CONDITIONING"]
    limited = any(one is not None and one.name in (limit, MASKING[0]) for one in classes)
    if limited or len(kinds) >= MOST_PATCHES["CONDITIONING"]:
        return False
    return patch_kind(draft.catalog.classes[limit]) not in (*kinds, None) or limit == MASKING[0]


def _text_of(region: Region, said: str) -> TextChange:
    """Return the change of texts by which they show what a region shows; what stands beside what was said stays."""

    def change(text: str, own: bool) -> str:
        if not own:
            return text
        return text.replace(said, region.text, 1) if said and said in text else region.text

    return change
