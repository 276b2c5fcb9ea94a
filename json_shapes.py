"""What form a JSON value must have, written as a value, and one check for all of them.

With `Object({"members": Whole(1, 64)})`, `check` refuses a file with the words "reward.json: members: a whole number
from 1 to 64 is expected, not a list of 2".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .guarded_json import JsonError

LONGEST_SHOWN = 60
"""Characters of a key or a text that a message shows."""


@dataclass(frozen=True)
class Anything:
    """Any JSON value."""


@dataclass(frozen=True)
class Flag:
    """True or false."""


@dataclass(frozen=True)
class Whole:
    """A whole number.

    Attributes:
        least: the smallest.
        most: the largest.
    """

    least: int = -(2**63)
    most: int = 2**64 - 1


@dataclass(frozen=True)
class Number:
    """A finite number.

    Attributes:
        least: the smallest.
        most: the largest.
    """

    least: float = -math.inf
    most: float = math.inf


@dataclass(frozen=True)
class Text:
    """A text.

    Attributes:
        least: the fewest characters.
        most: the most characters.
        options: the texts that are allowed; empty for all.
    """

    least: int = 0
    most: int = 1 << 20
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Maybe:
    """Null, or a value of another form.

    Attributes:
        shape: the other form.
    """

    shape: Shape


@dataclass(frozen=True)
class Either:
    """A value of one of several forms; the first that fits without a look at the value's parts counts.

    Attributes:
        shapes: the forms.
    """

    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class ListOf:
    """A list.

    Attributes:
        each: the form of its elements.
        least: the fewest elements.
        most: the most elements.
    """

    each: Shape = field(default_factory=Anything)
    least: int = 0
    most: int = 10_000_000


@dataclass(frozen=True)
class TableOf:
    """An object with any keys.

    Attributes:
        each: the form of its values.
        most: the most keys.
    """

    each: Shape = field(default_factory=Anything)
    most: int = 10_000_000


@dataclass(frozen=True)
class Object:
    """An object with named keys; further ones may be there.

    Attributes:
        required: the form of each key that must be there.
        optional: the form of each key that may be there.
    """

    required: Mapping[str, Shape] = field(default_factory=dict)
    optional: Mapping[str, Shape] = field(default_factory=dict)


Shape: TypeAlias = Anything | Flag | Whole | Number | Text | Maybe | Either | ListOf | TableOf | Object
"""A form that a JSON value can have."""


def check(value: Any, shape: Shape, place: str) -> Any:
    """Return a value that has a form.

    Args:
        value: a JSON value.
        shape: the form.
        place: what the value is, for messages.

    Raises:
        JsonError: naming the place, the part that has another form, and the form that is expected.
    """
    problem = _problem(value, shape)
    if problem is not None:
        raise JsonError(f"{place}: {problem}")
    return value


def shown(value: Any) -> str:
    """Return a value as a message shows it: a short one as it is, a list or an object as what it is."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return f"an object of {len(value)} keys" if value else "an empty object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    return _short(repr(value))


def _problem(value: Any, shape: Shape) -> str | None:
    """Return what is wrong with a value, None where it has the form."""
    if not _fits(value, shape):
        return f"{_name(shape)} is expected, not {shown(value)}"
    for label, part, form in _parts(value, shape):
        if part is _MISSING:
            return f"{label}: missing; {_name(form)} is expected"
        problem = _problem(part, form)
        if problem is not None:  # only then is the place put into words, because a list may be long
            where = f"element {label + 1}" if isinstance(label, int) else _short(label)
            return f"{where}: {problem}"
    return None


_MISSING = object()


def _fits(value: Any, shape: Shape) -> bool:
    """Return whether a value has a form, without a look at its parts."""
    match shape:
        case Anything():
            return True
        case Flag():
            return isinstance(value, bool)
        case Whole(least, most):
            return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        case Number(least, most):
            if isinstance(value, float):
                return math.isfinite(value) and least <= value <= most
            return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        case Text(least, most, options):
            return isinstance(value, str) and least <= len(value) <= most and (not options or value in options)
        case Maybe(form):
            return value is None or _fits(value, form)
        case Either(shapes):
            return any(_fits(value, form) for form in shapes)
        case ListOf(_, least, most):
            return isinstance(value, list | tuple) and least <= len(value) <= most
        case TableOf(_, most):
            return isinstance(value, dict) and len(value) <= most
        case Object():
            return isinstance(value, dict)


def _parts(value: Any, shape: Shape) -> Iterator[tuple[str | int, Any, Shape]]:
    """Yield the parts of a value that fits, by index or key, each with its form; _MISSING for one that is not there."""
    match shape:
        case Maybe(form) if value is not None:
            yield from _parts(value, form)
        case Either(shapes):
            yield from _parts(value, next(form for form in shapes if _fits(value, form)))
        case ListOf(Text(least, most, ())) if all(
            isinstance(part, str) and least <= len(part) <= most for part in value
        ):
            pass  # the usual list, in a fraction of the time
        case ListOf(each) if not isinstance(each, Anything):
            for index, element in enumerate(value):
                yield index, element, each
        case TableOf(each) if not isinstance(each, Anything):
            for key, element in value.items():
                yield key, element, each
        case Object(required, optional):
            for key, form in required.items():
                yield key, value.get(key, _MISSING), form
            for key, form in optional.items():
                if key in value:
                    yield key, value[key], form


def _name(shape: Shape) -> str:
    """Return a form in words."""
    match shape:
        case Anything():
            return "a value"
        case Flag():
            return "true or false"
        case Whole(least, most):
            return f"a whole number from {least} to {most}"
        case Number(least, most):
            bounded = math.isfinite(least) or math.isfinite(most)
            return f"a number from {least:g} to {most:g}" if bounded else "a number"
        case Text(least, _, options):
            if options:
                return "one of " + ", ".join(map(repr, options)) if len(options) > 1 else repr(options[0])
            return "a text that is not empty" if least else "a text"
        case Maybe(form):
            return f"null or {_name(form)}"
        case Either(shapes):
            return " or ".join(map(_name, shapes))
        case ListOf(_, least, most):
            if least == most:
                return f"a list of {least}"
            if most == ListOf.most:
                return f"a list of at least {least}" if least else "a list"
            return f"a list of {least} to {most}"
        case TableOf() | Object():
            return "an object"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
