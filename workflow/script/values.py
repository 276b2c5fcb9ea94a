"""How a value is written in a script, and which values of an input the grammar offers, numbers included.

A value is written bare where that is unambiguous and as a JSON string otherwise, so that no value can be mistaken for
something else, whatever characters it contains (`script.py` lists the marks).
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..catalog.catalog import Catalog, InputSpec
from ..graph import Literal, Seed, Text, Value, WorkflowError, is_unicode, literal
from .accepted import accepts, is_filled_in, nearest_number, seed_of
from .options import json_literal, options_of, text_literal, write_number
from .phrases import PHRASES

_INTEGER = re.compile(r"-?[0-9]+")
_FLOAT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")

LINKED, ABSENT, PROMPT, STYLED, EMPTY, TEXT_END = ">", "!", "@prompt", "@prompt+", "@empty", ";"

MAIN_FOLDERS = frozenset({"checkpoints", "diffusion_models", "unet_gguf", "diffusers"})
"""Folders of the files that can be a workflow's main model.

A script names the first one that is used in its first line.
"""


def unquote(surface: str) -> str:
    """Return the text that `quote` was given. Raises WorkflowError for a broken JSON string."""
    if not surface.startswith('"'):
        return surface
    try:
        text = json.loads(surface)
    except ValueError as error:
        raise WorkflowError(f"script: {surface[:80]!r} is not a JSON string ({error})") from None
    if not isinstance(text, str):
        raise WorkflowError(f"script: {surface[:80]!r} is not one JSON string")
    if not is_unicode(text):
        raise WorkflowError(f"script: {surface[:80]!r} is not Unicode: it holds half a surrogate pair")
    return text


def is_text(spec: InputSpec) -> bool:
    """Return whether an input takes a prompt (ComfyUI marks it as multiline with dynamicPrompts)."""
    return spec.kind == "string" and spec.multiline and spec.dynamic_prompts


def default_of(spec: InputSpec) -> Value:
    """Return the value of an input that a script leaves out: that of a fresh node, and for a seed its placeholder.

    None where such a node has no such input (`accepted.is_filled_in`).
    """
    if not is_filled_in(spec):
        return None
    return seed_of(spec) if spec.seed else plain(spec.initial)


def plain(value: Any) -> Value:
    """Return a JSON value as a workflow's value: lists and objects become `Literal`."""
    if isinstance(value, list | dict | tuple):
        return Literal(json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True))
    return value


def same(left: Value, right: Value) -> bool:
    """Return whether two values are equal in JSON, where True is not 1 but 1 is 1.0.

    A text without the prompt equals the string that it renders to.
    """
    left = left.render("") if isinstance(left, Text) and not left.prompt else left
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def write_value(value: Value, spec: InputSpec | None, catalog: Catalog) -> str:
    """Return `value` as one choice. A text with phrases takes several choices (`write_text`).

    Args:
        value: the value.
        spec: declaration of its input; None for an input that the class does not declare.
        catalog: the catalog whose aliases stand for model files.
    """
    if isinstance(value, Seed):
        return "#seed"
    if isinstance(value, Text):
        # The input takes no prompt, so a text without the prompt is an ordinary string.
        rest = ", ".join(value.phrases)
        return (
            PROMPT + (json.dumps(rest, ensure_ascii=False) if rest else "")
            if value.prompt
            else write_value(rest, spec, catalog)
        )
    if isinstance(value, Literal):
        return json_literal(value.text)
    if value is None:
        return "#null"
    if spec is not None and spec.kind in ("combo", "dynamic_combo"):
        return _write_option(value, spec, catalog)
    return text_literal(value) if isinstance(value, str) else write_number(value)


def _write_option(value: str | bool | int | float, spec: InputSpec, catalog: Catalog) -> str:
    """Return a combo's value, whether it is an option or not, in a form that reads back as this value."""
    if isinstance(value, str) and (file := catalog.file(spec.folder, value)):
        return file.alias
    options = options_of(spec.options)
    form = options.written(value)
    if form is None and not isinstance(value, str) and write_number(value) not in options:
        form = write_number(value)
    if form is not None and _file_with_alias(form, spec, catalog) is None:
        return form
    return text_literal(value) if isinstance(value, str) else json_literal(json.dumps(value))


def _file_with_alias(form: str, spec: InputSpec, catalog: Catalog) -> str | None:
    """Return the name of the file that a written value of this input stands for, or None."""
    file = catalog.by_alias(form) if spec.folder else None
    return file.name if file is not None and file.folder == spec.folder else None


def read_value(surface: str, spec: InputSpec | None, catalog: Catalog) -> Value:
    """Return the value that `write_value` was given. Raises WorkflowError."""
    if spec is not None and spec.kind in ("combo", "dynamic_combo"):
        if name := _file_with_alias(surface, spec, catalog):
            return name
        if surface in (options := options_of(spec.options)):
            return options.value(surface)
    if surface.startswith("#"):
        return _read_literal(surface, spec)
    if surface.startswith(PROMPT):
        rest = unquote(surface[len(PROMPT) :])
        return Text(True, tuple(rest.split(", ")) if rest else ())
    if surface in ("true", "false"):
        return surface == "true"
    number = _read_number(surface)
    if number is None:
        name = spec.name if spec else "?"
        raise WorkflowError(f"script: {surface[:80]!r} is not a value of input {name!r}")
    return number


def _read_number(surface: str) -> int | float | None:
    """Return a written number, or None for anything else and for what JSON cannot hold."""
    try:
        number = int(surface) if _INTEGER.fullmatch(surface) else float(surface) if _FLOAT.fullmatch(surface) else None
    except ValueError:  # more digits than Python reads
        return None
    return number if number is not None and (isinstance(number, int) or math.isfinite(number)) else None


def _read_literal(surface: str, spec: InputSpec | None) -> Value:
    if surface == "#seed":
        return seed_of(spec) if spec is not None else Seed()
    if surface == "#null":
        return None
    if not surface.startswith("##"):
        return unquote(surface[1:])
    try:
        return literal(json.loads(unquote(surface[2:])))
    except WorkflowError as error:
        raise WorkflowError(f"script: {surface[:80]!r}: {error}") from None
    except RecursionError:
        raise WorkflowError(f"script: {surface[:80]!r} is nested too deeply") from None
    except ValueError as error:
        raise WorkflowError(f"script: {surface[:80]!r} is not JSON ({error})") from None


def write_text(value: Value) -> list[str] | None:
    """Return the choices of a free text, or None where it is not made of phrases of the table."""
    if not isinstance(value, Text) or any(phrase not in PHRASES for phrase in value.phrases):
        return None
    if not value.phrases:
        return [PROMPT if value.prompt else EMPTY]
    return (
        ([STYLED] if value.prompt else []) + ["+" + phrase.replace(" ", "_") for phrase in value.phrases] + [TEXT_END]
    )


def read_phrase(surface: str) -> str:
    """Return the phrase of a choice "+some_phrase". Raises WorkflowError."""
    phrase = surface[1:].replace("_", " ")
    if phrase not in PHRASES:
        raise WorkflowError(f"script: {surface[:80]!r} is not in the phrase table")
    return phrase


STEPS = (*range(1, 31), 32, 35, 36, 40, 45, 50, 60, 80, 100)
"""Numbers of sampling steps that are offered."""
SIZES = (96, *range(64, 1025, 64), *range(832, 1537, 8), *range(1088, 2049, 64), 2304, 2560, 3072, 3840, 4096)
"""Sides of pictures that are offered, in pixels."""
# The numbers that are offered, by input name. Each list is cut to the input's own range and step.
_CFG = (*(number / 10 for number in range(10, 101)), 11, 12, 13, 14, 15, 20)
_BY_NAME: dict[str, tuple[float, ...]] = {
    "steps": STEPS,
    "width": SIZES,
    "height": SIZES,
    "cfg": _CFG,
    "cfg_conds": _CFG,
    "guidance": tuple(number / 10 for number in range(10, 101)) + (15, 20, 30),
    "denoise": tuple(number / 100 for number in range(5, 101)),
    "scale_by": (0.25, 0.5, 0.75, 1.25, 1.5, 1.75, 2, 2.5, 3, 4),
    "batch_size": (1, 2, 3, 4, 6, 8),
    "shift": tuple(number / 10 for number in range(0, 121)) + (1.15, 1.73, 13),
    "stop_at_clip_layer": (-1, -2, -3, -4),
    "h_init": (0.01, 0.02, 0.05, 0.1, 0.2),  # never 0, because SamplerDPMAdaptative would not advance
}
_FAR = 1e12
_WIDE = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 30, 32, 48, 50, 64, 96, 100, 128, 256, 512, 768, 1000, 1024, 2048)


@lru_cache(maxsize=65536)
def number_choices(
    name: str, minimum: float | None, maximum: float | None, step: float | None, integer: bool, default: float
) -> tuple[str, ...]:
    """Return the numbers that the grammar offers for an INT or FLOAT input, as a script writes them.

    Args:
        name: name of the input; of a nested input, the part after the last dot counts.
        minimum: smallest number that the input accepts, None for no limit.
        maximum: largest number that the input accepts, None for no limit.
        step: step of the numbers, counted from 0; None for any number.
        integer: whether the input is an INT.
        default: the input's default, which is always offered.
    """
    low = -math.inf if minimum is None else minimum
    high = math.inf if maximum is None else maximum
    candidates: list[float] = list(_BY_NAME.get(name.rpartition(".")[2], ()))
    if not candidates and integer and high - low <= 64:
        candidates = list(range(math.ceil(low), math.floor(high) + 1))
    elif not candidates and integer:
        candidates = [*_WIDE, *(-number for number in _WIDE)]
    elif not candidates:
        near = min(high, max(2.0, abs(default) * 2), _FAR)
        candidates = [round(sign * near * number / 40, 4) for number in range(41) for sign in (1, -1)]
    # The frontend counts a whole number's steps from the minimum and other numbers' from 0.
    origin = math.ceil(low) % step if integer and step and math.isfinite(low) else 0.0
    grid = _Grid(low, high, step or 0.0, origin, integer)
    values = {grid.nearest(number) for number in [*candidates, default]}
    found = sorted(value for value in values if value is not None)
    return tuple(write_number(value) for value in found or (int(default) if integer else float(default),))


@dataclass(frozen=True)
class _Grid:
    """The numbers that a widget can be set to.

    Attributes:
        low: the smallest.
        high: the largest.
        step: distance between two of them; 0 for any number.
        origin: a number from which the steps are counted.
        integer: whether they are whole numbers.
    """

    low: float
    high: float
    step: float
    origin: float
    integer: bool

    def nearest(self, number: float) -> int | float | None:
        """Return the nearest number of the grid, or None if it is out of range."""
        if self.step:
            number = round(round((number - self.origin) / self.step) * self.step + self.origin, 6)
        number = round(number) if self.integer else float(number)
        return number if self.low <= number <= self.high else None


def value_choices(spec: InputSpec, catalog: Catalog) -> tuple[str, ...]:
    """Return every value that the grammar offers for a widget other than a text, as written, without duplicates."""
    match spec.kind:
        case "combo" if spec.folder:
            texts = (option for option in spec.options if isinstance(option, str) and is_unicode(option))
            return tuple(dict.fromkeys(write_value(option, spec, catalog) for option in texts))
        case "combo" | "dynamic_combo":
            return options_of(spec.options).offered
        case "boolean":
            return ("false", "true")
        case "int" | "float":
            nearest = nearest_number(spec)
            if nearest is None:
                return ()
            default = spec.initial if isinstance(spec.initial, int | float) and accepts(spec, spec.initial) else nearest
            return number_choices(spec.name, spec.minimum, spec.maximum, spec.step, spec.kind == "int", default)
    return ()
