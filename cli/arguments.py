"""Define the options of all commands, and their types."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from ..writing_options import (
    add_constraint_options,
    add_correction_options,
    add_policy_option,
    add_reward_options,
    add_sampling_options,
    add_tuned_option,
    number,
)
from .catalogs import catalog_command
from .check import check_command
from .fix import fix_command
from .generate import generate_command
from .improve import improve_command
from .reporting import BAD_INPUT, Failure, report_failure
from .run import run_command
from .score import score_command
from .train import ALIASES, EXPERIMENTS, STAGES, train_command
from .validate import validate_command

DEFAULT_SERVER = "http://127.0.0.1:8188"


class _Parser(argparse.ArgumentParser):
    """A parser that reports mistakes in the options as every other failure is reported."""

    as_json = False
    """Whether mistakes are also printed as JSON."""

    def error(self, message: str) -> NoReturn:
        """Report a mistake, and exit."""
        self.print_usage(sys.stderr)
        raise SystemExit(report_failure(Failure(BAD_INPUT, "usage", message), self.as_json))


def make_parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser; its namespace has the chosen command's function as `command`.

    argv: the arguments, from which it is read only whether mistakes are printed as JSON.
    """
    _Parser.as_json = "--json" in argv
    parser = _Parser(prog="nodewright", description="Workflows for ComfyUI, written by a language model.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, function: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        added.set_defaults(command=function)
        added.add_argument("--json", action="store_true", help="standard output is one JSON document, nothing else")
        return added

    generate = command("generate", generate_command, "Write workflows for a prompt, or for each of a file.")
    prompts = generate.add_mutually_exclusive_group(required=True)
    _add_prompt(prompts, nargs="?")
    prompts.add_argument(
        "--prompts", metavar="FILE",
        help='a file of prompts, one a line, or as .jsonl objects with "prompt"; prints one line of JSON for each',
    )  # fmt: skip
    _add_source(generate, models=True)
    _add_writing(generate)
    generate.add_argument("--out", type=_file, metavar="FILE", help="write the workflow here, in API format")

    run = command("run", run_command, "Write workflows for a prompt, run them on a server, and save the pictures.")
    _add_prompt(run)
    _add_server(run, run)
    _add_writing(run)
    run.add_argument("--out", type=Path, metavar="DIR", default=Path("output"), help="folder of the pictures (output)")

    catalog = command("catalog", catalog_command, "Save a server's object_info, for --object-info.")
    _add_server(catalog, catalog)
    catalog.add_argument("--out", type=_file, metavar="FILE", required=True, help="write it here")
    catalog.add_argument(
        "--files", action="store_true", help="list main models and LoRAs with what they are good at, and who says so"
    )

    score = command("score", score_command, "Predict how good workflows' pictures are, without rendering.")
    score.add_argument(
        "workflows", type=Path, nargs="+", metavar="WORKFLOW.json", help="in API or UI format; or a script, as .txt"
    )
    score.add_argument(
        "--prompt",
        metavar="PROMPT",
        help="what the picture shall show; - reads it from standard input (each workflow's own)",
    )
    _add_source(score, models=True)
    add_policy_option(score)
    _add_device(score)
    add_reward_options(score, "the reward model's folder (the shipped one)")

    validate = command("validate", validate_command, "Check whether a workflow would run.")
    validate.add_argument("workflow", type=Path, metavar="WORKFLOW.json", help="in API or UI format")
    _add_source(validate, models=False)
    validate.add_argument("--strict", action="store_true", help="name what runs but makes no sense, too")

    checking = command("check", check_command, "Find what does not fit, is missing or is set wrong, before it runs.")
    checking.add_argument("workflow", type=Path, metavar="WORKFLOW.json", help="in API or UI format")
    _add_source(checking, models=True)

    fixing = command("fix", fix_command, "Propose the nearest workflow that runs here, with reasons.")
    fixing.add_argument("workflow", type=Path, metavar="WORKFLOW.json", help="in API or UI format")
    _add_source(fixing, models=True)
    fixing.add_argument("--out", type=_file, metavar="FILE", help="write the workflow here, in API format")

    improving = command("improve", improve_command, "List the single changes that the reward model expects most of.")
    improving.add_argument("workflow", type=Path, metavar="WORKFLOW.json", help="in API or UI format")
    improving.add_argument(
        "--prompt", metavar="PROMPT", help="what the picture shall show; - reads it from standard input (its own)"
    )
    _add_source(improving, models=True)
    add_policy_option(improving)
    _add_device(improving)
    add_reward_options(improving, "the reward model's folder (the shipped one)")

    text = "Train a policy: " + ", ".join(STAGES) + "; each has a --help of its own."
    train = commands.add_parser("train", help=text, description=text, allow_abbrev=False)
    train.set_defaults(command=train_command, json=False)
    stages, experiments = (
        "; ".join(f"{name}: {what}" for name, what in each.items()) for each in (STAGES, EXPERIMENTS)
    )
    train.add_argument(
        "stage", choices=[*STAGES, *EXPERIMENTS, *ALIASES], metavar="STAGE",
        help=f"{stages}. Experiments: {experiments}.",
    )  # fmt: skip
    train.add_argument("arguments", nargs=argparse.REMAINDER, help="options of the stage")
    return parser


def _add_prompt(group: argparse._ActionsContainer, **settings: Any) -> None:
    group.add_argument(
        "prompt", metavar="PROMPT", help="what the picture shall show; - reads it from standard input", **settings
    )


def _add_server(parser: argparse.ArgumentParser, group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--server", type=_server, metavar="URL", default=DEFAULT_SERVER, help=f"a running ComfyUI ({DEFAULT_SERVER})"
    )
    parser.add_argument(
        "--timeout", type=number("--timeout", 0.1, 86400), metavar="SECONDS", default=30.0,
        help="how long the server may be silent (30)",
    )  # fmt: skip


def _add_source(parser: argparse.ArgumentParser, *, models: bool) -> None:
    group = parser.add_mutually_exclusive_group()
    _add_server(parser, group)
    group.add_argument("--object-info", type=Path, metavar="FILE", help="a saved object_info instead of a server")
    if models:
        parser.add_argument(
            "--models", type=Path, metavar="DIR", help="with --object-info: the models folder, whose headers are read"
        )


def _add_writing(parser: argparse.ArgumentParser) -> None:
    add_policy_option(parser)
    add_tuned_option(parser)
    _add_device(parser)
    add_reward_options(parser, "rank the candidates by the reward model in this folder (by likelihood)")
    add_sampling_options(parser)
    add_correction_options(parser)
    add_constraint_options(parser)


def _add_device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where the policy runs (cpu)")


def _file(text: str) -> Path:
    """Return the path of a file to write."""
    path = Path(text)
    try:
        is_folder = not path.name or path.is_dir()
    except OSError as error:  # a name that is longer than the system allows
        raise argparse.ArgumentTypeError(str(error)) from error
    if is_folder:
        raise argparse.ArgumentTypeError(f"{text!r} is a folder; name a file in it")
    return path


def _server(text: str) -> str:
    from ..comfyui.address import server_url

    try:
        server_url(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text
