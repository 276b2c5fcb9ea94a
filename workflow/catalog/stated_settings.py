"""The sampling settings that people state about a model: in a description, or with its example pictures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

_MOST_PICTURES, _FEWEST_PICTURES = 40, 3  # example pictures that are read, and that state what is usual
_NUMBER = r"(?<![\d.])(\d{1,3}(?:\.\d{1,2})?)(?!\d)"
_RANGE = rf"[^\d\n.;]{{0,20}}?{_NUMBER}(?:\s*(?:-|–|to|~)\s*{_NUMBER})?"
_MOST_SAMPLERS = 3
_WEIGHT = re.compile(rf"\b(?:weight|strength)\b{_RANGE}", re.I)
_STEPS = re.compile(rf"\bsteps\b{_RANGE}|{_NUMBER}(?:\s*(?:-|–|to|~)\s*{_NUMBER})?\s+steps\b", re.I)
_CFG = re.compile(rf"\bcfg(?:\s+scale)?\b{_RANGE}", re.I)
_SAMPLER = re.compile(
    r"\b(?:DPM\+\+ ?(?:2M|3M|2S|SDE)(?: SDE| a)?(?: Karras| Exponential)?|Euler a(?:ncestral)?\b|Euler\b|DDIM\b|UniPC\b"
    r"|LCM\b|DEIS\b|Heun\b|res_multistep\b|er_sde\b)",
    re.I,
)
_SIZE = re.compile(r"\b(\d{3,4}) ?[x\u00d7*] ?(\d{3,4})\b")
_CLIP_SKIP = re.compile(r"\bclip[ _-]?skip\b\D{0,6}([12])\b", re.I)


def settings_in_text(text: str) -> dict[str, Any]:
    """Return the settings that a description recommends, such as "weight 0.6-0.8, cfg 5 to 7, clip skip 2"."""
    found: dict[str, Any] = {}
    weight = _range(_WEIGHT.search(text), 0.05, 2)
    if weight is not None:
        found["weight"] = round((weight[0] + weight[1]) / 2, 2)
    steps = _range(_STEPS.search(text), 1, 150)
    if steps is not None:
        found["steps"] = (int(steps[0]), int(steps[1]))
    cfg = _range(_CFG.search(text), 1, 30)
    if cfg is not None:
        found["cfg"] = cfg
    samplers = tuple(dict.fromkeys(match[0] for match in _SAMPLER.finditer(text)))
    if 0 < len(samplers) <= _MOST_SAMPLERS:  # a description that names all of them recommends none
        found["samplers"] = samplers
    size = _SIZE.search(text)
    if size is not None and all(256 <= int(side) <= 4096 for side in size.groups()):
        found["size"] = (int(size[1]), int(size[2]))
    skip = _CLIP_SKIP.search(text)
    if skip is not None:
        found["clip_skip"] = int(skip[1])
    return found


def settings_of_pictures(pictures: Any) -> dict[str, Any]:
    """Return the settings of a model's example pictures, where most of them state one: the middle half of them."""
    listed = pictures[:_MOST_PICTURES] if isinstance(pictures, list) else []
    settings = [meta for each in listed if isinstance(each, dict) and isinstance(meta := each.get("meta"), dict)]
    if len(settings) < _FEWEST_PICTURES:
        return {}
    found: dict[str, Any] = {}
    for name, keys, least, most in (
        ("steps", ("steps",), 1, 150), ("cfg", ("cfgScale",), 1, 30), ("clip_skip", ("clipSkip", "Clip skip"), 1, 2),
    ):  # fmt: skip
        values = sorted(value for meta in settings if (value := _number_of(meta, keys, least, most)) is not None)
        if 2 * len(values) <= len(settings):
            continue
        low, high = values[len(values) // 4], values[(3 * len(values) - 1) // 4]
        if name == "clip_skip":
            found |= {name: int(low)} if low == high else {}
        else:
            found[name] = (int(low), int(high)) if name == "steps" else (low, high)
    named = (meta.get("sampler") for meta in settings)
    samplers = Counter(name for name in named if isinstance(name, str) and _SAMPLER.fullmatch(name))
    return found | {"samplers": tuple(name for name, count in samplers.most_common(2) if 3 * count >= len(settings))}


def _number_of(meta: Mapping[str, Any], keys: tuple[str, ...], least: float, most: float) -> float | None:
    for key in keys:
        value = meta.get(key)
        if isinstance(value, str) and re.fullmatch(r"\d{1,3}(\.\d{1,2})?", value):
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
            return float(value)
    return None


def _range(match: re.Match[str] | None, least: float, most: float) -> tuple[float, float] | None:
    """Return the two ends that a match states, the same twice where it states one; None where they are impossible."""
    if match is None:
        return None
    numbers = [float(group) for group in match.groups() if group is not None]
    low, high = numbers[0], numbers[-1]
    return (low, high) if least <= low <= high <= most else None
