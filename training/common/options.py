"""The fields of a frozen dataclass as the options of a command line, and of a --config file.

transformers' HfArgumentParser does less than is needed here: it knows no tuples, no yes/no option that may be left
open, no former names of options, and no file whose values the command line replaces; and importing it takes seconds.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from ...guarded_json import JsonError, read_json
from ...json_shapes import Anything, Flag, ListOf, Maybe, Number, Object, Shape, TableOf, Text, Whole, check

Config = TypeVar("Config")
_SHAPES: Mapping[type[Any], Shape] = {bool: Flag(), int: Whole(), float: Number(), str: Text(), Path: Text()}
"""The form in a --config file of a value of each type."""


def parse_options(
    config: type[Config],
    arguments: Sequence[str] | None,
    *,
    prog: str,
    description: str,
    exclusive: Sequence[str] = (),
    former: Mapping[str, str] | None = None,
    positional: str | None = None,
    check: Callable[[Config], None] | None = None,
) -> Config:
    """Return a configuration from the options of a command line, over those of a --config file.

    A field without a default must be given. A field of type bool is an option that is yes or no, such as --report and
    --no-report; a tuple takes several values, and its option may be repeated. The first paragraph of the docstring
    below a field is the option's help.

    Args:
        config: the dataclass of the options.
        arguments: the command line; None: that of this process.
        prog: the program's name in the help.
        description: what the program does, for the help.
        exclusive: fields of which exactly one must be given. One on the command line replaces any in the file.
        former: names of fields in earlier versions -> names now. They still work, and the help does not show them.
        positional: a field whose value stands on the command line without the option's name.
        check: called with the configuration; raises ValueError for options that do not go together.

    Raises:
        SystemExit: the options cannot be used; argparse prints why.
    """
    former = former or {}
    parser = _parser(config, prog, description, former, positional)
    given = {name: value for name, value in vars(parser.parse_args(arguments)).items() if value is not None}
    file: Path | None = given.pop("config", None)
    values = {} if file is None else _read_file(parser, file, config, former)
    if any(name in given for name in exclusive):
        values = {name: value for name, value in values.items() if name not in exclusive}
    values |= given
    required = [each.name for each in _fields(config) if each.default is MISSING]
    if missing := [name for name in required if name not in values]:
        parser.error(f"the following arguments are required: {', '.join(map(_spelled, missing))}")
    if exclusive and sum(values.get(name) is not None for name in exclusive) != 1:
        *others, last = map(_spelled, exclusive)
        parser.error(f"one of {', '.join(others)} and {last} is required")
    types = get_type_hints(config)
    if file is not None:
        _check_file(parser, file, values.keys() - given.keys(), values, types)
    for name, value in values.items():
        one, several = _type_of(types[name])
        if one is Path and any("\0" in str(part) for part in (value if several else (value,))):
            parser.error(f"{_spelled(name)}: a name of a file has no null character")
        if name == "out" and not Path(value).name:
            parser.error(f"--out {str(value)!r}: give what is written a name")
        if value is not None and (several or one is Path):
            values[name] = tuple(map(one, value)) if several else one(value)
    made = config(**values)
    if check is not None:
        try:
            check(made)
        except (OSError, ValueError) as error:  # OSError: a name that is longer than the system allows
            parser.error(str(error))
    return made


def _parser(
    config: type[Any], prog: str, description: str, former: Mapping[str, str], positional: str | None
) -> argparse.ArgumentParser:
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument(
        "--config", type=Path, help="A JSON object with options; those of the command line replace its values."
    )
    parser = argparse.ArgumentParser(prog=prog, description=description, parents=[early])
    types, docs = get_type_hints(config), _field_docstrings(config)
    for option in _fields(config):
        default = "" if option.default in (MISSING, None, ()) else f" ({_shown(option.default)})"
        help_text = (docs[option.name] + default).replace("%", "%%")
        if option.name == positional:
            parser.add_argument(option.name, type=_type_of(types[option.name])[0], help=help_text)
        else:
            _add(parser, _spelled(option.name), option, types[option.name], help_text)
    now = {each.name: each for each in _fields(config)}
    for name, field in former.items():
        _add(parser, _spelled(name), now[field], types[field], argparse.SUPPRESS)
    return parser


def _add(parser: argparse.ArgumentParser, name: str, field: Field[Any], type_hint: Any, help_text: str) -> None:
    """Add an option for a field."""
    one, several = _type_of(type_hint)
    more: dict[str, Any] = {"dest": field.name, "help": help_text}
    if one is bool:
        parser.add_argument(name, action=argparse.BooleanOptionalAction, default=None, **more)
    elif several:  # a list whose default holds something may be emptied
        parser.add_argument(name, type=one, nargs="*" if field.default else "+", action="extend", **more)
    else:
        parser.add_argument(name, type=one, **more)


def _type_of(type_hint: Any) -> tuple[type[Any], bool]:
    """Return the type of one value, and whether there may be several: (Path, True) for `tuple[Path, ...]`."""
    parts = [part for part in get_args(type_hint) if part not in (type(None), ...)]
    if getattr(type_hint, "__origin__", None) is tuple:
        return parts[0], True
    return (parts[0] if parts else type_hint), False


def _read_file(
    parser: argparse.ArgumentParser, file: Path, config: type[Any], former: Mapping[str, str]
) -> dict[str, Any]:
    """Return the values of a --config file by the names of today's fields."""
    try:
        content = check(read_json(file), TableOf(), str(file))
        values = {former.get(name, name): value for name, value in content.items()}
    except (OSError, JsonError) as error:
        parser.error(f"{file}: not a JSON object that can be read: {error}")
    if unknown := values.keys() - {each.name for each in _fields(config)}:
        parser.error(f"{file}: no such option: {', '.join(sorted(unknown))}")
    return values


def _check_file(
    parser: argparse.ArgumentParser, file: Path, names: Iterable[str], values: Mapping[str, Any], types: dict[str, Any]
) -> None:
    """Exit with a message where a value of a --config file is of another type than its option."""
    for name in sorted(names):
        one, several = _type_of(types[name])
        shape = _SHAPES.get(one, Anything())
        shape = ListOf(shape) if several else shape
        shape = Maybe(shape) if type(None) in get_args(types[name]) else shape
        try:
            check({name: values[name]}, Object({name: shape}), str(file))
        except JsonError as error:
            parser.error(str(error))


def _field_docstrings(config: type[Any]) -> dict[str, str]:
    """Return the first paragraph of the docstring below each field of a dataclass and of its bases, in one line."""
    docs = {}
    for each in config.__mro__[:-1]:
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
        assert isinstance(definition, ast.ClassDef)
        for field, below in zip(definition.body, definition.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
                docs[field.target.id] = " ".join(ast.literal_eval(below.value).split("\n\n")[0].split())
    return docs


def _fields(config: type[Any]) -> tuple[Field[Any], ...]:
    return fields(config)


def _shown(default: Any) -> str:
    """Return a default as it would be given."""
    if isinstance(default, bool):
        return "yes" if default else "no"
    return " ".join(map(str, default)) if isinstance(default, tuple) else str(default)


def _spelled(name: str) -> str:
    return "--" + name.replace("_", "-")
