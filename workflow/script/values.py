"""How a value is written in a script, and which values of an input the grammar offers, numbers included.

A value is written bare where that is unambiguous and as a JSON string otherwise, so that no value can be mistaken for
something else, whatever characters it contains (`script.py` lists the marks).
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import Any

from ..catalog.catalog import Catalog, InputSpec
from ..graph import Literal, Seed, Text, Value, WorkflowError
from .phrases import PHRASES

# No whitespace, no quotes, none of the marks = > ! anywhere, and none of & @ + # as first character.
_BARE = re.compile(r"[^\s\"=>!&@+#{}\[\],][^\s\"=>!{}\[\],]*")
_INTEGER = re.compile(r"-?\d+")

LINKED, ABSENT, PROMPT, STYLED, EMPTY, TEXT_END = ">", "!", "@prompt", "@prompt+", "@empty", ";"

MAIN_FOLDERS = frozenset({"checkpoints", "diffusion_models", "unet_gguf", "diffusers"})
"""Folders of the files that can be a workflow's main model.

A script names the first one that is used in its first line.
"""


def quote(text: str) -> str:
    """Return `text` as a script writes it: bare or as a JSON string."""
    return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


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
    return text


def is_text(spec: InputSpec) -> bool:
    """Return whether an input takes a prompt (ComfyUI marks it as multiline with dynamicPrompts)."""
    return spec.kind == "string" and spec.multiline and spec.dynamic_prompts


def default_of(spec: InputSpec) -> Value:
    """Return the value of an input that a script leaves out: that of a fresh node, and for a seed its placeholder."""
    return Seed() if spec.seed else plain(spec.initial)


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
        return "##" + json.dumps(value.text, ensure_ascii=False)
    if spec is not None and spec.kind in ("combo", "dynamic_combo"):
        if spec.folder and isinstance(value, str) and (file := catalog.file(spec.folder, value)):
            return file.alias
        if isinstance(value, str) and any(same(value, option) for option in option_values(spec)):
            return quote(value)
    if isinstance(value, str):
        return "#" + json.dumps(value, ensure_ascii=False)
    return "#null" if value is None else _number(value)


def read_value(surface: str, spec: InputSpec | None, catalog: Catalog) -> Value:
    """Return the value that `write_value` was given. Raises WorkflowError."""
    if surface.startswith("#"):
        return _read_literal(surface)
    if surface.startswith(PROMPT):
        rest = unquote(surface[len(PROMPT) :])
        return Text(True, tuple(rest.split(", ")) if rest else ())
    if spec is not None and spec.kind in ("combo", "dynamic_combo"):
        if spec.folder and (file := catalog.by_alias(surface)) and file.folder == spec.folder:
            return file.name
        for option in option_values(spec):
            if isinstance(option, str) and quote(option) == surface:
                return option
    if surface in ("true", "false"):
        return surface == "true"
    if _INTEGER.fullmatch(surface):
        return int(surface)
    try:
        return float(surface)
    except ValueError:
        name = spec.name if spec else "?"
        raise WorkflowError(f"script: {surface[:80]!r} is not a value of input {name!r}") from None


def _read_literal(surface: str) -> Value:
    if surface == "#seed":
        return Seed()
    if surface == "#null":
        return None
    if not surface.startswith("##"):
        return unquote(surface[1:])
    try:
        return plain(json.loads(unquote(surface[2:])))
    except ValueError as error:
        raise WorkflowError(f"script: {surface[:80]!r} is not JSON ({error})") from None


def _number(value: bool | int | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return repr(value)


def option_values(spec: InputSpec) -> tuple[Value, ...]:
    """Return the options of a combo, or the keys of a dynamic combo."""
    return tuple(key for key, _ in spec.branches) if spec.kind == "dynamic_combo" else spec.options


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
        candidates = list(range(int(low), int(high) + 1))
    elif not candidates and integer:
        candidates = [*_WIDE, *(-number for number in _WIDE)]
    elif not candidates:
        near = min(high, max(2.0, abs(default) * 2))
        candidates = [round(sign * near * number / 40, 4) for number in range(41) for sign in (1, -1)]
    values = {_on_grid(number, low, high, step, integer) for number in [*candidates, default]}
    return tuple(_number(value) for value in sorted(value for value in values if value is not None))


def _on_grid(number: float, low: float, high: float, step: float | None, integer: bool) -> int | float | None:
    """Return `number` moved to the input's step (counted from 0, as most nodes do), or None if it is out of range."""
    if step and step > 0:
        number = round(round(number / step) * step, 6)
    if not low <= number <= high:
        return None
    return int(number) if integer else float(number)


def value_choices(spec: InputSpec, catalog: Catalog) -> tuple[str, ...]:
    """Return every value that the grammar offers for a widget other than a text, as written, without duplicates."""
    match spec.kind:
        case "combo" | "dynamic_combo":
            return tuple(
                dict.fromkeys(
                    write_value(option, spec, catalog) for option in option_values(spec) if isinstance(option, str)
                )
            )
        case "boolean":
            return ("false", "true")
        case "int" | "float":
            default = default_of(spec)
            number = float(default) if isinstance(default, int | float) else 0.0
            return number_choices(spec.name, spec.minimum, spec.maximum, spec.step, spec.kind == "int", number)
    return ()
