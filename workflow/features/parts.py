"""The parts of a prompt and of a script as named numbers, for models that learn from renders what is good.

`features.py` says how far settings lie beyond what is documented, since public ratings say no more. Renders
say what each file, class and number is worth, and what it is worth for which words.

    >>> script_parts("miniature/miniature SaveImage VAEDecode KSampler steps= 8 cfg= 3.5 ... @end".split())["0 steps"]
    3.0
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from .script_settings import SampledAt, ScriptSettings, read_settings

WORD = "word "
"""What the names of a prompt's own parts begin with."""
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"-?\d")
_CLASS = re.compile(r"[A-Z]\w")
_SAMPLINGS = 3
"""Samplings whose settings have numbers of their own."""
_SIDE = 64.0
_PHRASES = 8
_STRONGEST = 3.0


def prompt_parts(prompt: str) -> dict[str, float]:
    """Return the words of a prompt in lower case, and its pairs of neighbouring words, each as 1."""
    words = _WORD.findall(prompt.lower())
    pairs = (f"{first} {second}" for first, second in zip(words, words[1:], strict=False))
    return dict.fromkeys((f"{WORD}{part}" for part in (*words, *pairs)), 1.0)


def shared_parts(prompt: str, script: Sequence[str]) -> dict[str, float]:
    """Return how many LoRAs of a script its prompt names, and how many not."""
    settings = read_settings(script)
    named = [names_lora(prompt, alias, settings.main) for alias, _ in settings.loras]
    found = {"LoRA named": float(sum(named)), "LoRA not named": float(len(named) - sum(named))}
    return {name: value for name, value in found.items() if value}


def names_lora(prompt: str, alias: str, main: str) -> bool:
    """Return whether a prompt has a word of a LoRA's name that the main model's family and name lack."""
    own = _words_of(alias.rpartition("/")[2]) - _words_of(main)
    return not own.isdisjoint(_WORD.findall(prompt.lower()))


def _words_of(name: str) -> set[str]:
    return {word for word in re.split(r"[^a-z]+", name.lower()) if len(word) > 2}


def script_parts(script: Sequence[str]) -> dict[str, float]:
    """Return what a script is made of: its classes, files, options and phrases as 1, and its numbers.

    Steps, sizes, shifts and guidance are logarithms, since a number is as easily doubled as it is halved. Numbers of
    the first three samplings begin with their place in the order in which they run.
    """
    settings = read_settings(script)
    found = dict.fromkeys(_names(script), 1.0)
    for place, sampling in enumerate(settings.samplings[:_SAMPLINGS]):
        found |= {f"{place} {name}": value for name, value in _sampling(sampling)}
    found |= dict(_whole(settings))
    return {name: value for name, value in found.items() if value and math.isfinite(value)}


def _names(script: Sequence[str]) -> Iterator[str]:
    """Yield the choices that are no numbers; an option stands together with its name."""
    for before, choice in zip(("", *script), script, strict=False):
        if before.endswith("="):
            if not _NUMBER.match(choice):
                yield f"{before}{choice}"
        elif _CLASS.match(choice) or "/" in choice or choice.startswith(("+", "@")):
            yield choice


def _sampling(sampling: SampledAt) -> Iterator[tuple[str, float]]:
    yield "sampling", 1.0
    yield "from nothing", float(sampling.empty)
    if sampling.steps is not None:
        yield "steps", math.log2(max(sampling.steps, 0.5))
    if sampling.cfg is not None:
        yield "cfg", math.log2(max(sampling.cfg, 0.1))
        yield "no cfg", float(sampling.cfg == 1)
    if sampling.denoise is not None:
        yield "denoise", min(sampling.denoise, 1.0)
    if sampling.width and sampling.height:
        yield "width", math.log2(sampling.width / _SIDE)
        yield "height", math.log2(sampling.height / _SIDE)
        yield "ratio", math.log2(sampling.width / sampling.height)
    yield f"sampler {sampling.sampler}", 1.0
    yield f"scheduler {sampling.scheduler}", 1.0


def _whole(settings: ScriptSettings) -> Iterator[tuple[str, float]]:
    yield f"main {settings.main}", 1.0
    yield "samplings", float(len(settings.samplings))
    for alias, strength in settings.loras:
        yield f"strength {alias}", max(-_STRONGEST, min(_STRONGEST, strength))
    for name, value in (("shift", settings.shift), ("guidance", settings.guidance), ("scale", settings.scale)):
        if value is not None and value > 0:
            yield name, math.log2(value)
    base = settings.base
    if base is not None and base.width and base.height and settings.scale:
        yield "shorter side", math.log2(max(min(base.width, base.height) * settings.scale, 1.0) / _SIDE)
    yield "upscaled", float(settings.upscaled)
    yield "negative phrases", min(settings.negative, _PHRASES) / _PHRASES
    yield "added phrases", min(settings.styled, _PHRASES) / _PHRASES
