"""How the options of a combo are written, each in a way that reads back as this option and no other.

A text is written bare or as a JSON string, a number or a boolean as itself. Where two options would look the same (the
text "1" and the number 1), the first keeps that form and the other is written as a JSON literal.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from ..graph import Value, is_unicode

# No whitespace, no quotes, none of the marks = > ! anywhere, and none of & @ + # as first character.
_BARE = re.compile(r"[^\s\"=>!&@+#{}\[\],][^\s\"=>!{}\[\],]*")
# What follows a class's name where the script names an output of it.
_OUTPUT = re.compile(r":[0-9]+$")

MAXIMUM_OPTIONS = 2000
"""Number of a combo's options that are offered; a model cannot choose among more, and each costs memory.

Files have combos of their own kind, all of which are offered.
"""
MAXIMUM_CHARACTERS = 300
"""Length of the longest option and of the longest class name that are offered. No file has a longer name."""


def quote(text: str) -> str:
    """Return `text` as a script writes it: bare or as a JSON string."""
    return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def quote_class(name: str) -> str:
    """Return the name of a node class as a script writes it: quoted where its end could be read as an output's number.

    >>> quote_class("KSampler"), quote_class("Curve:1")
    ('KSampler', '"Curve:1"')
    """
    return json.dumps(name, ensure_ascii=False) if _OUTPUT.search(name) else quote(name)


def write_number(value: bool | int | float) -> str:
    """Return a number or a boolean as a script writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return repr(value)


def text_literal(text: str) -> str:
    """Return a text in the form that no option has."""
    return "#" + json.dumps(text, ensure_ascii=False)


def json_literal(text: str) -> str:
    """Return a value, given as JSON text, in the form that no text has."""
    return "##" + json.dumps(text, ensure_ascii=False)


class Options:
    """The written form of each option of a combo.

    Attributes:
        options: the options.
        offered: the first MAXIMUM_OPTIONS that a workflow can hold, as written, without duplicates.
    """

    def __init__(self, options: tuple[Any, ...]) -> None:
        self.options = options
        self._written: dict[tuple[type, Value], str] = {}
        self._values: dict[str, Value] = {}
        for option in options:
            if isinstance(option, str | bool | int | float) and (key := _key(option)) not in self._written:
                self._written[key] = form = self._free_form(option)
                self._values[form] = option
        fit = (form for (_, value), form in self._written.items() if _can_be_offered(value))
        self.offered = tuple(form for form, _ in zip(fit, range(MAXIMUM_OPTIONS), strict=False))

    def _free_form(self, option: str | bool | int | float) -> str:
        """Return the shortest form of an option that stands for no earlier one."""
        if isinstance(option, str):
            form = quote(option)
            return form if form not in self._values else text_literal(option)
        form = write_number(option)
        return form if form not in self._values else json_literal(json.dumps(option))

    def written(self, value: Value) -> str | None:
        """Return how an option is written, or None for a value that is none of the options."""
        return self._written.get(_key(value)) if isinstance(value, str | bool | int | float) else None

    def __contains__(self, form: str) -> bool:
        return form in self._values

    def value(self, form: str) -> Value:
        """Return the option with this written form. Raises KeyError."""
        return self._values[form]


def _key(value: str | bool | int | float) -> tuple[type, Value]:
    """Return a key that is equal for values that are equal in JSON, where True is not 1 but 1 is 1.0."""
    return (type(value) if isinstance(value, bool | str) else float, value)


def _can_be_offered(value: Value) -> bool:
    """Return whether a workflow can hold an option, and a policy can be asked to spell it."""
    if not isinstance(value, str):
        return isinstance(value, bool | int | float) and math.isfinite(value)
    return len(value) <= MAXIMUM_CHARACTERS and is_unicode(value)


_MOST_LISTS = 4096
_made: dict[int, Options] = {}


def options_of(options: tuple[Any, ...]) -> Options:
    """Return the written forms of a combo's options, which are made once for each tuple.

    By identity, because hashing a long tuple takes as long as reading it. The tuple is kept with its forms, so that no
    other can have its identity.
    """
    found = _made.get(id(options))
    if found is None or found.options is not options:
        if len(_made) >= _MOST_LISTS:
            _made.clear()  # catalogs of a process that runs for weeks
        found = _made[id(options)] = Options(options)
    return found
