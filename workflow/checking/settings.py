"""Find settings far outside what is documented for a model: steps, cfg, sampler, scheduler, guidance, LoRA strength.

The ranges and their sources are in the families' records (workflow/families/), and in the model files themselves. A
range that is documented is where a model was shown to work, and people leave it with good results; so only what lies
far outside is found, and nothing for models of unknown family.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..catalog.catalog import ModelFile
from ..families.family import SamplingRange
from ..families.lookup import FAMILIES
from ..families.names import normalised
from ..families.node_classes import DISCRETE
from ..families.recommended import distilled_range
from ..families.well_known import well_known
from ..graph import Link
from ..lora_rows import lora_rows
from ..picture_sizes import given, number
from ..recommended_settings import recommended_for
from ..sense.patches import GUIDANCE_PATCH
from ..sense.roles import GUIDED_BY
from ..silly.sampling import partial
from .origins import Origins, family_of
from .parts import models_of

FEWEST, MOST = 0.6, 2.0
"""Times the documented steps beyond which a number of steps is found."""
_MOST_CFG, _LEAST_CFG = 1.5, 0.4
_FEW_STEPS, _LOW_CFG = 12, 2.5
"""Settings for a model that was distilled, which its name may not show."""
_LARGEST_STRENGTH = 2.0
_NOT_DISTILLED = re.compile(r"de_?distill|undistill|dedistill|(^|_)dedis|slider")
_FAIL_ON_FLOWS = re.compile(r"^(ddpm|dpm_fast|dpm_adaptive|ipndm_v|lms|res_multistep_ancestral)$")
"""Samplers that do not work on models of flow matching, by a sweep of 40 samplers on Qwen-Image (docs/checking.md)."""
_HIGH_NOISE = frozenset({"karras", "exponential"})
"""Schedulers of noise levels far above 1, the highest that a model of flow matching knows."""


@dataclass(frozen=True, slots=True)
class OffSetting:
    """A setting far outside what is documented."""

    index: int
    """The node."""
    input: str
    value: Any
    """What it is."""
    better: Any
    """The documented value nearest to the middle of the range; None where none is obvious."""
    message: str


def off_settings(origins: Origins) -> list[OffSetting]:
    """Return the settings far outside what is documented for the models that are sampled with."""
    found: dict[tuple[int, str], OffSetting] = {}
    for index in origins.reading.samplers:
        for each in _sampling(origins, index):
            found.setdefault((each.index, each.input), each)
    for each in _strengths(origins):
        found.setdefault((each.index, each.input), each)
    return list(found.values())


def _sampling(origins: Origins, index: int) -> Iterator[OffSetting]:
    main = origins.main_of(models_of(origins, index))
    on_it = None if main is None else _loras_on(origins, index, main)
    loras = None if on_it is None else [file for file in on_it if file is not None]
    known = None if main is None or loras is None else _range(main, loras)
    if main is None or known is None:
        return
    family, sampling = known
    where = f"{main.name} ({FAMILIES[family].shown_name}{', distilled' if sampling.distilled else ''})"
    given_by = dict(_values(origins, index))
    if not _made_for_few(main, bool(on_it), given_by, sampling):
        general = FAMILIES[family].sampling or sampling
        yield from _steps(given_by, sampling, general, where, partial(origins.reading, index))
        if not _changes_guidance(origins, index):
            yield from _cfg(given_by, sampling, general, where)
    yield from _method(given_by, sampling, where, family)
    if all(lora.unusable is None for lora in loras or ()):  # LoRAs of other tasks are made for other guidance
        yield from _guidance(origins, index, main, sampling, where)


def _range(main: ModelFile, loras: list[ModelFile]) -> tuple[str, SamplingRange] | None:
    """Return the family and what is documented for a main model with LoRAs; None where that is not known."""
    family = family_of(main)
    if family is None or FAMILIES[family].medium != "picture" or main.unusable is not None:
        return None
    if _NOT_DISTILLED.search(normalised(main.name)):
        return None
    found = recommended_for(main, loras)
    return None if found is None else (family, found)


def _loras_on(origins: Origins, index: int, main: ModelFile) -> list[ModelFile | None] | None:
    """Return the LoRAs on the model of a sampling, None for each that is not installed.

    None in place of all of them where one stands in a row of a pack's node, or is not installed and saves steps.
    """
    found: list[ModelFile | None] = []
    reading, family = origins.reading, family_of(main)
    starts = [index, *(link.node for _, link in reading.links_of_type(index, "GUIDER"))]
    for above in dict.fromkeys(node for start in starts for node in reading.above(start, "MODEL")):
        node_class = reading.class_of(above)
        if node_class is None or lora_rows(reading.node(above), node_class):
            return None
        for spec, name, file in reading.files(above):
            if spec.folder == "loras" and reading.number(above, "strength_model") != 0:
                if file is None and (family is None or distilled_range(family, name, lora=True) is not None):
                    return None
                found.append(file)
    return found


def _changes_guidance(origins: Origins, index: int) -> bool:
    """Return whether a patch changes what guidance adds, so that a high cfg is meant."""
    reading = origins.reading
    starts = [index, *(link.node for _, link in reading.links_of_type(index, "GUIDER"))]
    above = {reading.node(node).class_type for start in starts for node in reading.above(start, "MODEL")}
    return any(GUIDANCE_PATCH.match(name) or "Threshold" in name for name in above)


def _made_for_few(
    main: ModelFile, with_loras: bool, given_by: dict[str, tuple[int, str, Any]], sampling: SamplingRange
) -> bool:
    """Return whether few steps at a low cfg show that a model or a LoRA on it is distilled although no name does.

    Nobody sets both by mistake, unless the file is one that is known not to be distilled.
    """
    if sampling.distilled or (well_known(main.name, lora=False) is not None and not with_loras):
        return False
    steps, cfg = (number(given_by[name][2]) if name in given_by else None for name in ("steps", "cfg"))
    return steps is not None and steps <= _FEW_STEPS and (cfg is None or cfg <= _LOW_CFG)


def _values(origins: Origins, index: int) -> Iterator[tuple[str, tuple[int, str, Any]]]:
    """Yield what a sampling is set to, as (node, input, value), from the nodes that it takes its settings from."""
    reading = origins.reading
    places = [index]
    for name in ("sampler", "sigmas", "guider"):
        link = reading.link(index, name)
        if link is not None:
            places.append(link.node)
    for name in ("sampler_name", "scheduler", "steps", *GUIDED_BY):
        for place in places:
            value = given(reading.node(place), name)
            if value is not None and not isinstance(value, Link):
                yield ("cfg" if name in GUIDED_BY else name), (place, name, value)
                break


def _steps(
    values: dict[str, tuple[int, str, Any]], sampling: SamplingRange, general: SamplingRange, where: str, partly: bool
) -> Iterator[OffSetting]:
    """Find numbers of steps; `general` is the family's range, within which a model's own one is no limit."""
    place, name, value = values.get("steps", (0, "", None))
    steps, (low, high) = number(value), sampling.steps
    if steps is None or (partly and steps < low):  # a second pass makes few steps of its own
        return
    exact = low == high  # stated by the name of a distilled model
    least = low if exact else FEWEST * (low if sampling.distilled else min(low, general.steps[0]))
    most = max(high * MOST, high + 4) if sampling.distilled else MOST * max(high, general.steps[1])
    if not least <= steps <= most:
        better = _middle(sampling.steps)
        yield OffSetting(
            place, name, value, better,
            f"{steps:g} steps; {_documented(low, high)} are documented for {where}: set {name} to {better}",
        )  # fmt: skip


def _cfg(
    values: dict[str, tuple[int, str, Any]], sampling: SamplingRange, general: SamplingRange, where: str
) -> Iterator[OffSetting]:
    place, name, value = values.get("cfg", (0, "", None))
    cfg, (low, high) = number(value), sampling.cfg
    if cfg is None:
        return
    usual = (low, high) if sampling.distilled else (min(low, general.cfg[0]), max(high, general.cfg[1]))
    most = max(usual[1] * _MOST_CFG, usual[1] + 1.0)
    if cfg > most or (not sampling.distilled and usual[0] > 1.2 and cfg < max(usual[0] * _LEAST_CFG, 1.01)):
        better = high if high <= _LOW_CFG else round((low + high) / 2, 1)
        harm = "burns the picture" if cfg > most else "leaves the prompt nearly unread"
        yield OffSetting(
            place, name, value, better,
            f"cfg {cfg:g} {harm}; {_documented(low, high)} is documented for {where}: set {name} to {better:g}",
        )  # fmt: skip


def _method(
    values: dict[str, tuple[int, str, Any]], sampling: SamplingRange, where: str, family: str
) -> Iterator[OffSetting]:
    """Find samplers and schedulers that do not work on models of flow matching."""
    if not is_flow(family):
        return
    place, name, value = values.get("sampler_name", (0, "", None))
    if isinstance(value, str) and value not in sampling.samplers and _FAIL_ON_FLOWS.match(value):
        better = sampling.samplers[0]
        yield OffSetting(
            place, name, value, better, f"the sampler {value} does not work on {where}: set it to {better}"
        )  # fmt: skip
    place, name, value = values.get("scheduler", (0, "", None))
    if isinstance(value, str) and value not in sampling.schedulers and value in _HIGH_NOISE:
        better = sampling.schedulers[0]
        yield OffSetting(
            place, name, value, better,
            f"the scheduler {value} is made for other noise levels than those of {where}: set it to {better}",
        )  # fmt: skip


def is_flow(family: str) -> bool:
    """Return whether a family's models learned flow matching rather than discrete steps of noise."""
    return not set(DISCRETE) & set(FAMILIES[family].node_classes)


def _guidance(
    origins: Origins, index: int, main: ModelFile, sampling: SamplingRange, where: str
) -> Iterator[OffSetting]:
    """Find guidance that a distilled model was not trained with."""
    if sampling.guidance is None or sampling.distilled:
        return
    low, high = sampling.guidance
    reading = origins.reading
    starts = [index, *(link.node for _, link in reading.links_of_type(index, "GUIDER"))]
    for above in dict.fromkeys(node for start in starts for node in reading.above(start, "CONDITIONING")):
        value = reading.number(above, "guidance")
        if value is not None and (value > 2.5 * high or value < 0.4 * low):
            better = round((low + high) / 2, 1)
            yield OffSetting(
                above, "guidance", value, better,
                f"guidance {value:g}; {_documented(low, high)} is documented for {where}: set it to {better:g}",
            )  # fmt: skip


def _strengths(origins: Origins) -> Iterator[OffSetting]:
    """Find LoRAs that are put on far stronger than any is made for."""
    reading = origins.reading
    for index, node, _ in reading:
        files = [(name, file) for spec, name, file in reading.files(index) if spec.folder == "loras"]
        family = origins.family_of(origins.into(index, "MODEL"))
        if family is None or FAMILIES[family].medium != "picture":
            continue
        if len(files) != 1 or files[0][1] is None or _NOT_DISTILLED.search(normalised(files[0][0])):
            continue
        for name, _ in node.inputs:
            value = reading.number(index, name) if name.startswith("strength") else None
            if value is not None and abs(value) > _LARGEST_STRENGTH:
                stated = files[0][1].facts.weight
                better = 1.0 if stated is None else stated
                source = "LoRAs are made for about 1" if stated is None else f"its own file states {stated:g}"
                yield OffSetting(
                    index, name, value, better,
                    f"the LoRA {files[0][0]} is put on with strength {value:g}; {source}: set {name} to {better:g}",
                )  # fmt: skip


def _middle(ends: tuple[int, int]) -> int:
    return math.floor((ends[0] + ends[1]) / 2)


def _documented(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
