"""What was read in a prompt, in one line for a person: "wide 16:9, photo, detailed, 12 steps"."""

from __future__ import annotations

from collections.abc import Iterator

from .ask import Ask, Enlargement, Ratio
from .words import style_name

_NEARLY_SQUARE = 1.1
_LONGEST = 40


def read_parts(ask: Ask) -> tuple[str, ...]:
    """Return what a prompt asks for beside the picture and the files that it names, a few words each."""
    return tuple(_parts(ask))


def _parts(ask: Ask) -> Iterator[str]:
    if ask.ratio is not None:
        yield f"{shape_of(ask.ratio)} {ask.size or ask.ratio}"
    elif ask.shape is not None:
        yield ask.shape
    yield from (style_name(style) for style in ask.styles if style != "text" or not ask.lettering)
    if ask.effort is not None:
        yield ask.effort
    yield from (f'lettering "{cut(words)}"' for words in ask.lettering)
    yield from _numbers(ask)
    if ask.enlargement is not None:
        yield enlargement_words(ask.enlargement)
    yield from (f'a part for "{cut(region.text)}"' for region in ask.regions)
    if ask.restyle is not None:
        yield f'then "{cut(ask.restyle)}"'
    if ask.negative:
        yield f'without "{cut(ask.negative)}"'


def _numbers(ask: Ask) -> Iterator[str]:
    if ask.steps is not None:
        yield f"{ask.steps} steps"
    if ask.cfg is not None:
        yield f"cfg {ask.cfg:g}"
    sampler = " ".join(name for name in (ask.sampler, ask.scheduler) if name)
    if sampler:
        yield sampler
    if ask.clip_skip is not None:
        yield f"clip skip {ask.clip_skip}"
    if ask.batch is not None:
        yield f"{ask.batch} pictures"
    if ask.seed is not None:
        yield f"seed {ask.seed}"


def asked_shape(ask: Ask) -> str | None:
    """Return the shape that is asked for, as a ratio, as a size or in words; None where there is none."""
    return ask.shape if ask.ratio is None else shape_of(ask.ratio)


def shape_of(ratio: Ratio) -> str:
    """Return "wide", "tall" or "square" for a ratio."""
    if 1 / _NEARLY_SQUARE < ratio.value < _NEARLY_SQUARE:
        return "square"
    return "wide" if ratio.value > 1 else "tall"


def enlargement_words(enlargement: Enlargement) -> str:
    """Return "enlarged 2x with 4x-UltraSharp", or that nothing is enlarged."""
    if not enlargement.wanted:
        return "not enlarged"
    factor = "" if enlargement.factor is None else f" {enlargement.factor:g}x"
    return f"enlarged{factor}" + (f" with {enlargement.upscaler}" if enlargement.upscaler else "")


def cut(text: str) -> str:
    """Return a text in one line, cut where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3].rstrip() + "..."
