"""Which regular expressions of a tokenizer.json are accepted: those that cannot search for very long.

Tokenizers split texts with a backtracking engine (Oniguruma). It gives up on one place of a text after ten million
steps, about a third of a second, so a pattern such as `(a+)+$` could cost that for every character of a prompt. Steps
at one place multiply with each repetition and each choice that one alternative has in a row, and explode where a
repetition repeats another. The pre-tokenizers of common models repeat single characters only, at most twice in a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LONGEST_PATTERN = 10_000
"""Most characters of a pattern: some list the letters of all scripts."""
MOST_PATTERNS = 32
_MOST_ALTERNATIVES = 64
_MOST_LOOPS = 2
"""Most repetitions without a near limit in a row."""
_MOST_CHOICES = 6
"""Most times in a row that the engine has two ways to go on, besides those repetitions."""
_FEW = 4
"""Repetitions up to this count as choices."""

_KNOWN = frozenset(
    {
        # cl100k, whose {1,3}+ repeats a repetition in Oniguruma's syntax, though nothing follows that could fail
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|"
        r"\s+(?!\S)|\s+",
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|"
        r"\s+(?!\S)|\s",
    }
)
_GROUP = re.compile(r"\((?:\?(?:[ims]*(?:-[ims]+)?:|[=!>]|<[=!]|<[A-Za-z_]\w*>))?")
_FLAGS = re.compile(r"\(\?[ims]+\)")
_ESCAPE = re.compile(
    r"\\(?:[pP]\{\^?[\w ]+\}|x\{[0-9A-Fa-f ]+\}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|0[0-7]{0,2}|[^1-9kgxupPKXyYO])"
)
_COUNTED = re.compile(r"\{(\d*)(,?)(\d*)\}")


class PatternError(ValueError):
    """A pattern that is not accepted. The message states why."""


def check_patterns(tokenizer: Any) -> None:
    """Check every regular expression in the content of a tokenizer.json. Raises PatternError."""
    parts = {key: part for key, part in tokenizer.items() if key != "model"} if isinstance(tokenizer, dict) else {}
    patterns = list(_patterns(parts))
    if len(patterns) > MOST_PATTERNS:
        raise PatternError(f"{len(patterns)} regular expressions; at most {MOST_PATTERNS} are accepted")
    for pattern in patterns:
        check_pattern(pattern)


def _patterns(value: Any) -> Iterator[str]:
    """Yield the regular expressions in a part of a tokenizer.json."""
    if isinstance(value, list):
        for child in value:
            yield from _patterns(child)
    elif isinstance(value, dict):
        for key, child in value.items():
            if key == "Regex" and isinstance(child, str):
                yield child
            else:
                yield from _patterns(child)


@dataclass
class _Sequence:
    """What has been read of one group: of its alternative at hand, and of the worst before.

    Attributes:
        loops, choices: of the alternative at hand.
        most_loops, most_choices: of the alternatives before.
        alternatives: number of alternatives.
    """

    loops: int = 0
    choices: int = 0
    most_loops: int = 0
    most_choices: int = 0
    alternatives: int = 1

    def next_alternative(self) -> None:
        self.most_loops, self.most_choices = max(self.most_loops, self.loops), max(self.most_choices, self.choices)
        self.loops = self.choices = 0
        self.alternatives += 1

    def put(self, inner: _Sequence) -> None:
        """Add a group that stands in this one."""
        self.loops += max(inner.most_loops, inner.loops)
        self.choices += max(inner.most_choices, inner.choices) + (inner.alternatives - 1).bit_length()


def check_pattern(pattern: str) -> None:
    """Check one regular expression in Oniguruma's syntax. Raises PatternError."""
    if pattern in _KNOWN:
        return
    if len(pattern) > LONGEST_PATTERN:
        raise PatternError(f"a regular expression of {len(pattern)} characters; at most {LONGEST_PATTERN} are accepted")
    shown = f"the regular expression {pattern[:80]!r}"
    open_groups = [_Sequence()]
    at, alternatives, after_group = 0, 1, False
    repeatable = False
    while at < len(pattern):
        now, character = open_groups[-1], pattern[at]
        if repeatable and (loop := _repetition(pattern, at)) is not None:
            end, unbounded, varies = loop
            if after_group and pattern[at] != "?":
                raise PatternError(f"{shown} repeats a group at character {at}, which may take for ever")
            now.loops += unbounded
            now.choices += varies
            at, repeatable = end, False
            if _repetition(pattern, at) is not None:
                raise PatternError(f"{shown} repeats a repetition at character {at}, which may take for ever")
        elif character in "*+?":
            raise PatternError(f"{shown} is none: nothing is repeated at character {at}")
        elif character == "|":
            now.next_alternative()
            alternatives += 1
            at, repeatable = at + 1, False
        elif character == "(":
            found = _FLAGS.match(pattern, at) or _GROUP.match(pattern, at)
            assert found is not None
            if pattern.startswith("(?", at) and found.group() == "(":
                raise PatternError(f"{shown} has a group of a kind that is not accepted, at character {at}")
            if not found.group().endswith(")"):
                open_groups.append(_Sequence())
            at, repeatable = found.end(), False
        elif character == ")":
            if len(open_groups) == 1:
                raise PatternError(f"{shown} closes a group that is not open, at character {at}")
            inner = open_groups.pop()
            open_groups[-1].put(inner)
            at, repeatable, after_group = at + 1, True, True
        else:
            at, repeatable, after_group = _end_of_atom(pattern, at, shown), True, False
        worst = open_groups[-1]
        if worst.loops > _MOST_LOOPS or worst.choices > _MOST_CHOICES or alternatives > _MOST_ALTERNATIVES:
            raise PatternError(f"{shown} has too many repetitions or alternatives, up to character {at}")
    if len(open_groups) > 1:
        raise PatternError(f"{shown} leaves a group open")


def _repetition(pattern: str, at: int) -> tuple[int, int, int] | None:
    """Return where a repetition ends, and whether it counts as a loop and as a choice; None where there is none."""
    if at >= len(pattern):
        return None
    if pattern[at] in "*+?":
        end = at + 1
        if pattern[end : end + 1] in ("?", "+"):  # lazy and possessive; not after {}, where they are another repetition
            end += 1
        return end, int(pattern[at] != "?"), int(pattern[at] == "?")
    counted = _COUNTED.match(pattern, at)
    if counted is None or counted.group() in ("{}", "{,}"):
        return None
    least, comma, most = counted.groups()
    if not comma:
        return counted.end(), 0, 0
    few = most != "" and len(most) < 3 and int(most) <= _FEW
    varies = 0 if not few or least == most else 2
    return counted.end(), int(not few), varies


def _end_of_atom(pattern: str, at: int, shown: str) -> int:
    """Return where the character, escape or class that begins at `at` ends. Raises PatternError."""
    if pattern[at] == "\\":
        escape = _ESCAPE.match(pattern, at)
        if escape is None:
            raise PatternError(f"{shown} has an escape that is not accepted, at character {at}")
        return escape.end()
    if pattern[at] != "[":
        return at + 1
    depth, place = 0, at
    while place < len(pattern):
        if pattern[place] == "\\":
            place += 1
        elif pattern[place] == "[":
            depth += 1
            place += pattern[place + 1 : place + 2] == "^"
        elif pattern[place] == "]":
            depth -= 1
        place += 1
        if depth == 0:
            return place
    raise PatternError(f"{shown} leaves a class open, at character {at}")
