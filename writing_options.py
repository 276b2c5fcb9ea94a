"""Options for writing workflows, shared by the command line and by training's commands.

They bear the names of Prompt to Workflow's inputs and of `write_workflows`' parameters. Names of earlier versions are
still taken, and not shown by --help.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .workflow.api_format import MAXIMUM_SEED
from .workflow.ask.choices import AUTO, QUALITY_CHOICES, SHAPE_CHOICES, STYLE_CHOICES, UPSCALE_CHOICES
from .workflow.grammar.constraints import DEFAULT_MEGAPIXELS, DEFAULT_NODES


def add_option(group: argparse._ActionsContainer, *names: str, old: tuple[str, ...] = (), **settings: Any) -> None:
    """Add an option to a parser or a group of one, and its names of earlier versions, which --help does not show."""
    added = group.add_argument(*names, **settings)
    hidden = settings | {"dest": added.dest, "help": argparse.SUPPRESS, "default": argparse.SUPPRESS}
    for name in old:
        group.add_argument(name, **hidden)


def add_policy_option(group: argparse._ActionsContainer) -> None:
    """Add --policy."""
    group.add_argument(
        "--policy", metavar="PATH", help="checkpoint folder, Hugging Face folder or id, or .gguf file (the shipped one)"
    )


def add_tuned_option(group: argparse._ActionsContainer) -> None:
    """Add --tuned."""
    add_option(
        group, "--tuned", type=Path, metavar="DIR", old=("--adapter",),
        help="the policy's tuned adapter (its subfolder tuned, if there is one)",
    )  # fmt: skip


def add_reward_options(group: argparse._ActionsContainer, reward: str) -> None:
    """Add --reward, with `reward` as its help, and --kappa."""
    group.add_argument("--reward", type=Path, metavar="DIR", help=reward)
    group.add_argument(
        "--kappa", type=number("--kappa", 0, 100), metavar="K", default=1.0,
        help="standard deviations of the reward model's members that are taken off its mean (1)",
    )  # fmt: skip


def add_sampling_options(group: argparse._ActionsContainer) -> None:
    """Add --candidates, --seed, --temperature, --top-p and --guidance."""
    add = group.add_argument
    add(
        "--candidates", "-n", type=whole_number("--candidates", 1, 64), metavar="N", default=1,
        help="how many candidates to write (1)",
    )  # fmt: skip
    add(
        "--seed", type=whole_number("--seed", 0, MAXIMUM_SEED), metavar="S",
        help="the same seed gives the same workflow (drawn)",
    )  # fmt: skip
    add(
        "--temperature", type=number("--temperature", 0, 100), metavar="T", default=0.5,
        help="0 takes the likeliest choice each time; a higher one makes workflows more varied (0.5)",
    )  # fmt: skip
    add(
        "--top-p", type=number("--top-p", 1e-6, 1), metavar="P", default=0.95,
        help="draw from the fewest likeliest choices that hold this much probability (0.95)",
    )  # fmt: skip
    add_option(
        group, "--guidance", type=number("--guidance", 0, 100), metavar="W", default=1.0, old=("--guidance-scale",),
        help="0: the policy before tuning; 1: the tuned one; above 1: further in the direction of tuning (1)",
    )  # fmt: skip


def add_correction_options(parser: argparse._ActionsContainer) -> None:
    """Add the options that `read_corrections` reads, in a group of their own."""
    group = parser.add_argument_group("what goes before the prompt's own words (auto: as the prompt says)")
    for name, metavar, text in (
        ("shape", "SHAPE", f"{', '.join(_set(SHAPE_CHOICES)[:3])}, or a ratio such as 16:9"),
        ("style", "STYLE", ", ".join(_set(STYLE_CHOICES))),
        ("quality", "QUALITY", ", ".join(_set(QUALITY_CHOICES))),
        ("model", "NAME", "a model's file, or any of a family: flux, SDXL, ..."),
        ("lora", "NAME", "a LoRA's file, or none"),
        ("upscale", "HOW", f"{', '.join(_set(UPSCALE_CHOICES))}, or an upscale model's file"),
    ):
        group.add_argument(f"--{name}", metavar=metavar, default=AUTO, help=f"{text} (auto)")
    group.add_argument(
        "--negative", metavar="TEXT", default="", help="what the picture must not show, beside what the prompt says"
    )


def _set(choices: tuple[str, ...]) -> tuple[str, ...]:
    """Return the choices without "auto"."""
    return tuple(choice for choice in choices if choice != AUTO)


def add_constraint_options(parser: argparse._ActionsContainer) -> None:
    """Add the options that `read_constraints` reads, in a group of their own."""
    group = parser.add_argument_group("constraints that every workflow meets (names with commas between; repeatable)")
    names: dict[str, Any] = {"action": "append", "default": []}
    add_option(
        group, "--families", metavar="F", old=("--family",), **names,
        help="model families to choose from: sdxl, flux, ... (all that are installed)",
    )  # fmt: skip
    add_option(
        group, "--max-nodes", type=whole_number("--max-nodes", 1, 1000), metavar="K", default=DEFAULT_NODES,
        old=("--maximum-nodes",), help=f"the most nodes ({DEFAULT_NODES})",
    )  # fmt: skip
    add_option(
        group, "--max-megapixels", type=number("--max-megapixels", 0, 1e6), metavar="M", old=("--maximum-megapixels",),
        help=f"the largest picture anywhere in the workflow, in millions of pixels; 0: any ({DEFAULT_MEGAPIXELS:g})",
    )  # fmt: skip
    add_option(
        group, "--required", metavar="CLASS", old=("--require",), **names, help="node classes that must occur (none)"
    )
    add_option(
        group, "--forbidden", metavar="CLASS", old=("--forbid",), **names, help="node classes that must not (none)"
    )
    add_option(group, "--ends-in", metavar="CLASS", **names, help="output classes to choose from (SaveImage)")


def whole_number(name: str, least: int, most: int) -> Callable[[str], int]:
    """Return an argparse type: a whole number in a range, ends included."""

    def convert(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return value

    convert.__name__ = name
    return convert


def number(name: str, least: float, most: float) -> Callable[[str], float]:
    """Return an argparse type: a number in a range, ends included."""

    def convert(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least:g} to {most:g}")
        return value

    convert.__name__ = name
    return convert
