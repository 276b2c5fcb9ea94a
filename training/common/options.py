"""The fields of a frozen dataclass as options of a command line, and of a --config file."""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

Config = TypeVar("Config")


def parse_options(
    config: type[Config],
    arguments: Sequence[str] | None,
    *,
    prog: str,
    description: str,
    required: Collection[str],
    exclusive: Collection[str],
    paths: Collection[str],
    flags: Mapping[str, str],
    lists: Mapping[str, tuple[str, str]],
    old: Mapping[str, str] | None = None,
) -> Config:
    """The options of the command line, over those of a --config file.

    required: fields that must be given. exclusive: fields of which exactly one must be, if there are any; those of the
    command line take the place of any in the file. paths: fields that are a path, or of those in `lists` a tuple of
    them. flags: those that are yes or no, each with what is said of it; lists: those that are tuples, each with what
    stands for one, and what is said. old: names that fields had in earlier versions; they are still taken, on the
    command line and in the file, and --help does not show them. Exits as argparse does for what cannot be used.
    """
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument("--config", type=Path)
    parser = argparse.ArgumentParser(
        prog=prog, description=description, parents=[early],
        epilog="--config FILE: a JSON object with options; those of the command line come first.",
    )  # fmt: skip
    types = {"int": int, "float": float, "str": str}
    options = fields(config)  # type: ignore[arg-type]
    for option in options:
        name, default = "--" + option.name.replace("_", "-"), option.default
        text = "" if default in (MISSING, None) else f"({default})"
        if option.name in flags:
            parser.add_argument(name, action=argparse.BooleanOptionalAction, help=flags[option.name])
        elif option.name in lists:
            one, told = lists[option.name]
            parser.add_argument(name, nargs="+", metavar=one, help=told)
        else:
            kind = Path if option.name in paths else types[str(option.type).split(" ")[0]]
            parser.add_argument(name, type=kind, help=text)
    old = old or {}
    for name, now in old.items():
        kind = types[next(str(option.type) for option in options if option.name == now)]
        parser.add_argument("--" + _spelled(name), dest=now, type=kind, help=argparse.SUPPRESS)
    given = {name: value for name, value in vars(parser.parse_args(arguments)).items() if value is not None}
    file: Path | None = given.pop("config", None)
    values: dict[str, Any] = {}
    if file is not None:
        try:
            values = {
                old.get(name, name): value for name, value in json.loads(file.read_text(encoding="utf-8")).items()
            }
            unknown = values.keys() - {option.name for option in options}
        except (OSError, ValueError, AttributeError) as error:
            parser.error(f"{file}: not a JSON object that can be read: {error}")
        if unknown:
            parser.error(f"{file}: no such option: {', '.join(sorted(unknown))}")
    if any(name in given for name in exclusive):
        values = {name: value for name, value in values.items() if name not in exclusive}
    values |= given
    if missing := [name for name in required if name not in values]:
        parser.error(f"the following arguments are required: {', '.join('--' + _spelled(name) for name in missing)}")
    if exclusive and sum(values.get(name) is not None for name in exclusive) != 1:
        *others, last = ("--" + _spelled(name) for name in exclusive)
        parser.error(f"one of {', '.join(others)} and {last} is required")
    for name in {*paths, *lists} & values.keys():
        kind = Path if name in paths else str
        if values[name] is not None:
            values[name] = tuple(map(kind, values[name])) if name in lists else kind(values[name])
    return config(**values)


def _spelled(name: str) -> str:
    return name.replace("_", "-")
