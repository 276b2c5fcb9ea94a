"""Which values ComfyUI accepts for an input, and whether a node that leaves the input out has one.

The rules are those of ComfyUI's `validate_inputs` (execution.py): a value is converted to the input's type and compared
with its minimum and maximum; a combo's value is one of its options. The step is the frontend's alone.
"""

from __future__ import annotations

import math
from typing import Any

from ..catalog.catalog import InputSpec
from ..graph import Seed

_LARGEST_SEED = 2**64 - 1


def accepts(spec: InputSpec, value: Any) -> bool:
    """Return whether ComfyUI accepts a JSON value, which is no link, for an input."""
    if spec.kind in ("combo", "dynamic_combo"):
        return value in spec.options
    if spec.kind not in ("int", "float"):
        return True
    try:
        number = int(value) if spec.kind == "int" else float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return math.isfinite(number) and in_range(spec, number)


def in_range(spec: InputSpec, number: int | float) -> bool:
    """Return whether a number lies between an input's minimum and maximum."""
    return (spec.minimum is None or number >= spec.minimum) and (spec.maximum is None or number <= spec.maximum)


def nearest_number(spec: InputSpec) -> int | float | None:
    """Return the number nearest to 0 that an INT or FLOAT input accepts, or None where it accepts none."""
    low = -math.inf if spec.minimum is None else spec.minimum
    high = math.inf if spec.maximum is None else spec.maximum
    number = max(low, 0) if low > 0 else min(high, 0)
    if math.isinf(number):
        return None
    if spec.kind == "int":
        number = math.ceil(number) if low > 0 else math.floor(number)
    return number if in_range(spec, number) else None


def has_value(spec: InputSpec) -> bool:
    """Return whether an input has a value that ComfyUI accepts and that depends on neither upload nor server."""
    if accepts(spec, spec.initial):
        return True
    match spec.kind:
        case "combo" | "dynamic_combo":
            return bool(spec.options) and not (spec.own_files or spec.remote or spec.multiselect)
        case "int" | "float":
            return nearest_number(spec) is not None
    return True


def is_filled_in(spec: InputSpec) -> bool:
    """Return whether a node that a script leaves an input out of has its default; otherwise it has no such input.

    An optional input has none where no value would be accepted, where the options are the user's own files, and where
    the default would bring further inputs with it (a dynamic combo).
    """
    if not spec.widget or (spec.initial is None and None not in spec.options):
        return False
    return spec.required or not (spec.kind == "dynamic_combo" or spec.own_files or not has_value(spec))


def seed_of(spec: InputSpec) -> Seed:
    """Return the placeholder of a seed, with the numbers that its input accepts; none of them negative if possible."""
    least = 0 if spec.minimum is None else math.ceil(spec.minimum)
    most = _LARGEST_SEED if spec.maximum is None else min(_LARGEST_SEED, math.floor(spec.maximum))
    least = max(least, 0) if most >= 0 else least
    return Seed(least, max(least, most))
