"""What is known of files that many people have, by their names alone.

The families' records name the files of each with what they are good at (`family.FamilyFiles`); the tables of
well_known_sd15.py and well_known_newer.py say more of more of them, the latter mostly from memory of common use:
commonly documented, not looked up. A line of these is

    name | styles | trigger phrase | sampler | steps | guidance | CLIP skip

of which the last ones may be left out. The name of a main model stands for all of its versions where their names begin
with it ("juggernautxl" for "juggernautXL_v9Rundiffusionphoto2" and "Juggernaut-XL_v9"), that of a LoRA for those that
add a number to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from . import well_known_newer, well_known_sd15
from .lookup import FAMILIES
from .names import normalised

_VERSION = re.compile(r"v?\d+[a-z]?\d*$")
_LORA_VERSION = re.compile(r"(?:_v?\d+[a-z]?)+$")
_MOST_PARTS = 4  # parts between "_" that the beginning of a name may have
_SHORTEST = 5  # letters that a name has at most which does not stand for all of its versions


@dataclass(frozen=True, slots=True)
class WellKnown:
    """What is known of a file."""

    family: str
    """Its family."""
    styles: frozenset[str] = frozenset()
    """What it is good at."""
    trigger: str = ""
    """The phrase that a prompt needs for it to have an effect."""
    sampler: str = ""
    """The sampler that is used with it, in the words of such pages."""
    steps: tuple[int, int] | None = None
    """Fewest and most steps that are used with it."""
    cfg: tuple[float, float] | None = None
    """Lowest and highest guidance scale."""
    clip_skip: int | None = None
    """The layer from CLIP's end, as other programs count."""


def well_known(name: str, *, lora: bool) -> WellKnown | None:
    """Return what is known of a file of this name; None where nothing is."""
    stem = normalised(name)
    listed, found = _listed(lora).get(stem), _found(stem, lora)
    if listed is None or found is None or found.family != listed.family:
        return listed or found
    return replace(found, styles=found.styles | listed.styles)


def _found(stem: str, lora: bool) -> WellKnown | None:
    """Return the line of the tables for a normalised name: its own, or that for all versions of a main model."""
    exact = _tables(lora).get(stem)
    if exact is not None:
        return exact
    if lora:
        return _tables(True).get(_LORA_VERSION.sub("", stem))
    parts = stem.split("_")
    starts = (_VERSION.sub("", "".join(parts[:count])) for count in range(min(_MOST_PARTS, len(parts)), 0, -1))
    return next((_tables(False)[start] for start in starts if len(start) > _SHORTEST and start in _tables(False)), None)


def table_lines(table: str) -> Iterator[tuple[str, frozenset[str], bool]]:
    """Yield the name, the styles and the commonness of each file of a table (`family.FamilyFiles`)."""
    for line in table.split("\n"):
        words = line.split()
        if words:
            yield words[0].removeprefix("*"), frozenset(words[1:]), words[0].startswith("*")


@lru_cache(maxsize=2)
def _tables(lora: bool) -> dict[str, WellKnown]:
    """Return name -> what the tables say of main models, or of LoRAs."""
    return {
        line.strip().split("|")[0]: _read(family, line.strip())
        for module in (well_known_sd15, well_known_newer)
        for family, (mains, loras) in module.TABLES.items()
        for line in (loras if lora else mains).split("\n")
        if line.strip()
    }


@lru_cache(maxsize=2)
def _listed(lora: bool) -> dict[str, WellKnown]:
    """Return normalised name -> what the families' records say of main models, or of LoRAs."""
    return {
        normalised(name): WellKnown(family.name, styles)
        for family in FAMILIES.values()
        for table in ((family.files.loras,) if lora else (family.files.checkpoints, family.files.diffusion_models))
        for name, styles, _ in table_lines(table)
    }


def _read(family: str, line: str) -> WellKnown:
    _, styles, trigger, sampler, steps, cfg, skip = (*line.split("|"), *[""] * 6)[:7]
    return WellKnown(
        family,
        frozenset(styles.split()),
        trigger,
        sampler,
        tuple(map(int, steps.split("-"))) if steps else None,  # type: ignore[arg-type]
        tuple(map(float, cfg.split("-"))) if cfg else None,  # type: ignore[arg-type]
        int(skip) if skip else None,
    )
