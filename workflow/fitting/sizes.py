"""The size of the picture: the one that is asked for, an enlargement, a second pass for detail."""

from __future__ import annotations

import math
import re
import zlib
from dataclasses import replace

from ..ask.ask import Ask, Enlargement
from ..catalog.catalog import Catalog
from ..grammar.constraints import CORPUS_MEGAPIXELS, DEFAULT_MEGAPIXELS, Constraints
from ..grammar.family_scope import main_models
from ..grammar.size_rules import UNKNOWN_SCALE, size_rule, takes_pictures
from ..grammar.wishes import Wishes, first_size
from ..sense.base_sizes import base_sizes

_DETAILED_MEGAPIXELS = 4.3
"""2048 x 2048 and a little more."""
_LARGEST_BASE = 1.8
"""Megapixels of the largest native size of common models."""
_LEAST_SCALED = 0.75
"""The smallest share of a first picture's area to which it is scaled down."""
_SECOND_PASS = 1.5
"""How many times a second sampling has the sides of the first."""
_TURNS = re.compile(r"rotat|crop", re.I)
_BLOCKS = frozenset({"pixel_art"})
"""Styles that an upscale model or a second sampling spoils."""


def roomier(constraints: Constraints, ask: Ask) -> Constraints:
    """Return constraints with room for a size or an enlargement that is asked for, where the limit is the default.

    The default is meant for those who name no size; a limit that was set holds.
    """
    if constraints.max_megapixels != DEFAULT_MEGAPIXELS:
        return constraints
    needed = DEFAULT_MEGAPIXELS
    wanted = ask.enlargement is not None and ask.enlargement.wanted
    if ask.size is not None:
        needed = max(needed, ask.size.width * ask.size.height / 1e6)
    if wanted or ask.effort == "detailed":
        needed = max(needed, _DETAILED_MEGAPIXELS)
    if wanted and ask.enlargement is not None and ask.enlargement.factor is not None:
        needed = max(needed, min(CORPUS_MEGAPIXELS, _LARGEST_BASE * ask.enlargement.factor**2))
    return replace(constraints, max_megapixels=needed) if needed <= CORPUS_MEGAPIXELS else constraints


def detailed(wishes: Wishes, ask: Ask, catalog: Catalog, constraints: Constraints) -> tuple[Wishes, tuple[str, ...]]:
    """Return the wishes with what brings out detail, and the classes that it takes.

    A second sampling of the enlarged latent, or an upscale model. Both are usual; which one is left to chance by the
    prompt, so that the same prompt gets the same.
    """
    if not _BLOCKS.isdisjoint(ask.styles):
        return wishes, ()
    models = [file for file in catalog.models if file.role == "upscaler" and file.unusable is None]
    again = "LatentUpscaleBy" in catalog.classes
    if models and (not again or zlib.crc32(ask.prompt.encode()) % 2):
        return enlarged(wishes, Enlargement(True, _roomy_factor(wishes, catalog, constraints)), catalog)
    if not again:
        return wishes, ()
    return replace(wishes, factor=_SECOND_PASS, enlarged=_SECOND_PASS), ("LatentUpscaleBy",)


def _roomy_factor(wishes: Wishes, catalog: Catalog, constraints: Constraints) -> float:
    """Return 2 where the limit leaves room for twice the sides of the chosen models' usual pictures, else less."""
    mains = [file for alias in wishes.mains if (file := catalog.by_alias(alias)) is not None]
    areas = [base_sizes(next(iter(file.families), ""), file.name).native or 0 for file in mains]
    limit = constraints.max_megapixels
    return 2.0 if limit is None or max(areas, default=0) ** 2 * 4 <= limit * 1e6 else _SECOND_PASS


def sized(
    wishes: Wishes, ask: Ask, catalog: Catalog, constraints: Constraints
) -> tuple[Wishes, tuple[str, ...], list[str]]:
    """Return the wishes with the size that is asked for, the classes that it takes, and notes.

    Where a model makes pictures of this size, such a model is chosen; else the picture is scaled to it.
    """
    if ask.size is None:
        return wishes, (), []
    size = (ask.size.width, ask.size.height)
    area = math.inf if constraints.max_megapixels is None else constraints.max_megapixels * 1e6
    if size[0] * size[1] > area:
        note = f"{ask.size} pixels are more than max_megapixels allows; raise it for the whole size"
        return wishes, (), [note]
    asked = replace(wishes, size=size)
    mains = [file for file in main_models(catalog, constraints) if not wishes.mains or file.alias in wishes.mains]
    first = {
        file.alias: first_size(base_sizes(next(iter(file.families), ""), file.name), asked, area) for file in mains
    }
    able = frozenset(alias for alias, found in first.items() if found == size)
    if able:
        return replace(asked, mains=able), (), []
    smallest = min((found[0] * found[1] for found in first.values() if found is not None), default=0)
    if size[0] * size[1] < smallest * _LEAST_SCALED:
        return wishes, (), [f"{ask.size} pixels are fewer than the models here make; the picture is larger"]
    if "ImageScale" not in catalog.classes:
        return wishes, (), [f"No model here makes pictures of {ask.size} pixels, and no node scales them to it"]
    return replace(asked, scaled=True), ("ImageScale",), []


def enlarged(wishes: Wishes, enlargement: Enlargement, catalog: Catalog) -> tuple[Wishes, tuple[str, ...]]:
    """Return the wishes with an enlargement, and the classes that it takes: a model, and what sets the factor right."""
    models = [file for file in catalog.models if file.role == "upscaler" and file.unusable is None]
    wanted = [file for file in models if not wishes.upscalers or file.alias in wishes.upscalers] or models
    factor = enlargement.factor
    wishes = replace(wishes, enlarged=factor or 1.0)
    if not wanted:
        return replace(wishes, factor=factor), ("LatentUpscaleBy",)
    scales = {float(file.scale or UNKNOWN_SCALE) for file in wanted}
    if factor is None or factor in scales:
        exact = frozenset(file.alias for file in wanted if factor is None or float(file.scale or 0) == factor)
        return replace(wishes, upscalers=exact), ("ImageUpscaleWithModel",)
    scale = min((one for one in scales if one > factor), default=max(scales))
    upscalers = frozenset(file.alias for file in wanted if float(file.scale or UNKNOWN_SCALE) == scale)
    return replace(wishes, upscalers=upscalers, factor=factor / scale), ("ImageScaleBy", "ImageUpscaleWithModel")


def enlarging_classes(catalog: Catalog) -> frozenset[str]:
    """Return the names of the classes that enlarge a picture or a latent."""
    return frozenset(
        name
        for name, node_class in catalog.classes.items()
        if size_rule(node_class).kind in ("scale", "model", "megapixels", "longest", "grow")
        or (size_rule(node_class).kind == "set" and takes_pictures(node_class))
    )


def reshaping_classes(catalog: Catalog) -> frozenset[str]:
    """Return the names of the classes that give a picture another shape: they set its size, turn it, or cut it."""
    return frozenset(
        name
        for name, node_class in catalog.classes.items()
        if _TURNS.search(name) or (size_rule(node_class).kind == "set" and takes_pictures(node_class))
    )
