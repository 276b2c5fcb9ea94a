"""What applications' presets and model lists say: when a model was published, and the settings that they use for it.

Families that nobody has rated are placed by the year of their models, as far as the rated ones show that it counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from ...workflow.families.lookup import FAMILIES, family_in_name
from ...workflow.families.names import normalised
from ...workflow.features.documented import documented_range, identity_of
from ...workflow.features.plain_scripts import PlainSettings, documented_settings, plain_script
from ..common.errors import TrainingError
from .rows import DOCUMENTATION, Row

FILE = "settings_presets.jsonl"
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DATE = re.compile(rf"(20\d\d) ({'|'.join(_MONTHS)})", re.I)
_WEIGHT = 1 / 0.5**2
_PROMPT = "a fox in the snow"


@dataclass(frozen=True, slots=True)
class Preset:
    """A line of the file whose model is of a known family."""

    family: str
    name: str
    """A normalised name of its file."""
    year: float | None
    steps: int | None
    cfg: float | None


def read_presets(folder: Path) -> list[Preset]:
    """Return the presets in a folder, none where the file is not there. Raises TrainingError, naming the file."""
    path = folder / FILE
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8") as lines:
            return [found for line in lines if (found := _preset(json.loads(line))) is not None]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise TrainingError(f"{path}: not as expected ({error!r})") from error


def _preset(line: Mapping[str, Any]) -> Preset | None:
    files = line.get("files") or line.get("name") or ""
    written = str(files[0] if isinstance(files, list) else files)
    name = normalised(re.split(r"[/\\]", written)[-1])
    family = family_in_name(name) or ("sd2" if name.startswith("stable_diffusion_2") else None)
    if family is None or FAMILIES[family].medium != "picture" or re.search(r"(^|_)(edit|inpaint|fill|depth)", name):
        return None
    date = _DATE.match(str(line.get("date", "")))
    year = None if date is None else int(date[1]) + (_MONTHS.index(date[2].lower()) + 0.5) / 12
    steps, cfg = line.get("steps"), line.get("cfg")
    return Preset(family, name, year, None if steps is None else int(steps), None if cfg is None else float(cfg))


def release_years(presets: list[Preset]) -> dict[str, float]:
    """Return the year in which models were published, the earliest date counting, by the name of their feature."""
    found: dict[str, float] = {}
    for preset in presets:
        if preset.year is None:
            continue
        identity = identity_of(preset.family, preset.name)
        keys = [f"family={preset.family}", *([] if identity is None else [f"file={identity}"])]
        for key in keys:
            found[key] = min(found.get(key, preset.year), preset.year)
    return dict(sorted(found.items()))


def preset_rows(presets: list[Preset], random: Random) -> Iterator[Row]:
    """Yield rows of the presets that state steps and guidance as their family counts it."""
    for preset in presets:
        ranges = documented_range(preset.family, preset.name)
        if ranges is None or preset.steps is None or preset.cfg is None:
            continue
        cfg = max(preset.cfg, 1.0)  # 0 in diffusers is no guidance, which is 1 in ComfyUI
        if not ranges.cfg[0] / 1.5 <= cfg <= ranges.cfg[1] * 1.5:  # another scale: that of distilled guidance
            continue
        drawn = documented_settings(ranges, random)
        settings = PlainSettings(
            preset.steps, cfg, drawn.sampler, drawn.scheduler, drawn.width, drawn.height,
            guidance=drawn.guidance, shift=drawn.shift,
        )  # fmt: skip
        alias = f"{preset.family}/{preset.name}"
        yield Row(
            DOCUMENTATION, DOCUMENTATION, "presets", _PROMPT, plain_script(alias, settings), 0.0, _WEIGHT,
            f"{DOCUMENTATION} {alias}",
        )  # fmt: skip
        base = plain_script(alias, drawn)
        yield Row(
            DOCUMENTATION, DOCUMENTATION, "presets", _PROMPT, base, 0.0, _WEIGHT, f"{DOCUMENTATION} {alias}",
        )  # fmt: skip
