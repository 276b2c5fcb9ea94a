"""Read the block of generation parameters that other programs write below a prompt.

    a lighthouse at dusk
    Negative prompt: lowres, blurry
    Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 6, Seed: 12, Size: 832x1216, Model: dreamshaper_8, Clip skip: 2

Source: stable-diffusion-webui modules/infotext_utils.py, whose regular expression for a parameter this one follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .ask import Enlargement, Kind, Named, Size, Statement, Value
from .program_names import read_sampler, read_scheduler

_NEGATIVE = re.compile(r"(?:(?:^|(?<=\n))negative|(?:^|(?<=[\s,.;]))negative prompt)[ \t]*:[ \t]*", re.I)
_PARAMETER = re.compile(r"[ \t]*([A-Za-z][\w \-/]{0,40}?)[ \t]*:[ \t]*(\"(?:\\.|[^\\\"])*\"|[^,\n]*)(?:,|\n|$)")
_BLOCK = re.compile(
    r"(?:^|(?<=\n)|(?<=[\s,.]))(?=(?:steps|sampler|cfg scale|seed|size)[ \t]*:[ \t]*[^,\n]+(?:,|\n|$))", re.I
)
_SIZE = re.compile(r"(\d{2,5})\s*[x×]\s*(\d{2,5})", re.I)
LARGEST_SIDE = 16384
"""Sides and numbers above these are no parameters of a picture."""
LARGEST_STEPS = 1000


def pasted_statements(prompt: str) -> list[Statement]:
    """Return the statements of a pasted block: the negative prompt and the line of parameters, wherever they begin."""
    found: list[Statement] = []
    block = _block_start(prompt)
    end_of_text = len(prompt) if block is None else block
    negative = _NEGATIVE.search(prompt, 0, end_of_text)
    if negative:
        text = prompt[negative.end() : end_of_text].strip().strip(",").strip()
        found.append(Statement("negative", text, negative.start(), end_of_text))
    if block is not None:
        found += _parameters(prompt, block)
    return found


def _block_start(prompt: str) -> int | None:
    """Return where the parameters begin: at two or more of them in a row, or at one that has a line of its own."""
    for match in _BLOCK.finditer(prompt):
        at = match.end()
        parameters = list(_rows(prompt, at))
        begins_line = at == 0 or prompt[at - 1] == "\n"
        means = [one for one in parameters if any(_meanings(one[1].strip().lower(), one[2].strip().strip('"')))]
        if len(parameters) >= 2 or (means and begins_line):
            return at
    return None


def _rows(prompt: str, at: int) -> Iterator[re.Match[str]]:
    while at < len(prompt):
        match = _PARAMETER.match(prompt, at)
        if match is None or match.end() == at:
            return
        yield match
        at = match.end()


def _parameters(prompt: str, at: int) -> Iterator[Statement]:
    """Yield the statements of a line of parameters; "unsupported" for those that have no meaning here."""
    rows = {match[1].strip().lower(): match for match in _rows(prompt, at)}
    upscaler = rows["hires upscaler"][2].strip() if "hires upscaler" in rows else None
    factor = _number(rows["hires upscale"][2]) if "hires upscale" in rows else None
    for name, match in rows.items():
        value = match[2].strip().strip('"')
        said = list(_meanings(name, value))
        if name in ("hires upscale", "hires upscaler") and factor is not None and 1 < factor <= 16:
            said = [("enlarge", Enlargement(True, factor, upscaler))]
        elif not said:
            said = [("unsupported", f"{match[1].strip()}: {value}")]
        for kind, found in said:
            yield Statement(kind, found, *match.span())


def _meanings(name: str, value: str) -> Iterator[tuple[Kind, Value]]:
    """Yield (kind, value) of each thing that a parameter says."""
    number = _number(value)
    if name == "steps" and number is not None and 1 <= number <= LARGEST_STEPS:
        yield "steps", int(number)
    elif name in ("cfg scale", "distilled cfg scale", "guidance scale", "guidance") and number is not None:
        if 0 <= number <= 100:
            yield "cfg", number
    elif name == "seed" and re.fullmatch(r"\d{1,20}", value):
        yield "seed", int(value) % 2**64
    elif name == "clip skip" and number is not None and 1 <= number <= 12:
        yield "clip_skip", int(number)
    elif name == "batch size" and number is not None and 1 <= number <= 64:
        yield "batch", int(number)
    elif name == "model" and value:
        yield "model", Named(value)
    elif name == "size" and (size := _SIZE.fullmatch(value)):
        width, height = int(size[1]), int(size[2])
        if 16 <= width <= LARGEST_SIDE and 16 <= height <= LARGEST_SIDE:
            yield "size", Size(width, height)
    elif name == "sampler":
        sampler, scheduler = read_sampler(value)
        if sampler:
            yield "sampler", sampler
        if scheduler:
            yield "scheduler", scheduler
    elif name in ("schedule type", "scheduler") and (scheduler := read_scheduler(value)):
        yield "scheduler", scheduler


def _number(text: str) -> float | None:
    """Return a plain number of at most twenty characters, None for anything else."""
    text = text.strip()
    return float(text) if re.fullmatch(r"\d{1,20}(?:\.\d{1,10})?", text) else None
