"""The command line: `nodewright generate | run | catalog | validate`. What each prints and returns: docs/cli.md.

What is heavy (torch, aiohttp) is imported by the commands that need it, so that --help and mistakes cost nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import math
import os
import secrets
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

if TYPE_CHECKING:
    from .client import Client, Progress
    from .models.decoding import Candidate
    from .models.policy import Policy
    from .workflow.catalog import Catalog
    from .workflow.grammar import Grammar
    from .workflow.scope import Constraints
    from .workflow.validate import Problem

OK, NO, BAD_INPUT, SERVER, BUG, INTERRUPTED = 0, 1, 2, 3, 70, 130
"""Exit statuses; docs/cli.md says what they mean."""

DEFAULT_SERVER = "http://127.0.0.1:8188"
MAXIMUM_SEED = 2**53 - 1  # the largest whole number that a browser holds exactly


class Failure(Exception):
    """Why a command cannot do what it was asked to. `kind` is a word for scripts, `problems` name nodes and inputs."""

    def __init__(self, status: int, kind: str, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.problems = tuple(problems)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status; raises SystemExit only for --help and mistakes in the options."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a console that lacks a character must not end us
    arguments = _parser(sys.argv[1:] if argv is None else argv).parse_args(argv)
    try:
        status: int = arguments.command(arguments)
        return status
    except Failure as failure:
        return _tell(failure, arguments.json)
    except KeyboardInterrupt as stop:
        return _tell(Failure(INTERRUPTED, "interrupted", str(stop) or "interrupted"), arguments.json)
    except Exception as error:
        traceback.print_exc()
        return _tell(Failure(BUG, "bug", f"this is a mistake in nodewright: {error!r}"), arguments.json)


def _tell(failure: Failure, as_json: bool) -> int:
    """Report a failure: in words on standard error, with --json also as a document on standard output."""
    print(f"nodewright: {failure}", file=sys.stderr)
    for problem in failure.problems:
        print(f"  {problem}", file=sys.stderr)
    if as_json:
        error: dict[str, Any] = {"kind": failure.kind, "message": str(failure)}
        if failure.problems:
            error["problems"] = [asdict(problem) for problem in failure.problems]
        with contextlib.suppress(Failure):  # standard output is what failed, and standard error has said so
            _print(json.dumps({"error": error}, indent=2))
    return failure.status


def _print(text: str) -> None:
    """Write to standard output now, while a full disk can still be told."""
    try:
        print(text, flush=True)
    except OSError as error:
        # What is left in the buffer would fail again when Python ends.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise Failure(BAD_INPUT, "file", f"standard output cannot be written: {error.strerror}") from error


def _document(content: dict[str, Any]) -> None:
    _print(json.dumps(content, indent=2))  # ASCII, whatever the console's encoding is


# ---- options -----------------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Tells mistakes in the options as every other failure is told."""

    as_json = False

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        raise SystemExit(_tell(Failure(BAD_INPUT, "usage", message), self.as_json))


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    _Parser.as_json = "--json" in argv
    parser = _Parser(prog="nodewright", description="Workflows for ComfyUI, written by a language model.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, function: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        added.set_defaults(command=function)
        added.add_argument("--json", action="store_true", help="standard output is one JSON document, nothing else")
        return added

    generate = command("generate", _generate, "Write workflows for a prompt.")
    _add_prompt(generate)
    _add_source(generate, models=True)
    _add_writing(generate)
    generate.add_argument("--out", type=Path, metavar="FILE", help="write the workflow here, in API format")

    run = command("run", _run, "Write workflows for a prompt, run them on a server, and save the pictures.")
    _add_prompt(run)
    _add_server(run, run)
    _add_writing(run)
    run.add_argument("--out", type=Path, metavar="DIR", default=Path("output"), help="folder of the pictures (output)")

    catalog = command("catalog", _catalog, "Save what a server can do, for --object-info.")
    _add_server(catalog, catalog)
    catalog.add_argument("--out", type=Path, metavar="FILE", required=True, help="where to")

    validate = command("validate", _validate, "Tell whether a workflow would run: 0 if it would, 1 if not.")
    validate.add_argument("workflow", type=Path, metavar="WORKFLOW.json", help="in API or UI format")
    _add_source(validate, models=False)
    return parser


def _add_prompt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prompt", metavar="PROMPT", help="what the picture shall show; - reads it from standard input")


def _add_server(parser: argparse.ArgumentParser, group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--server", type=_server, metavar="URL", default=DEFAULT_SERVER, help=f"a running ComfyUI ({DEFAULT_SERVER})"
    )
    parser.add_argument(
        "--timeout", type=_number("--timeout", 0.1, 86400), metavar="SECONDS", default=30.0,
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
    add = parser.add_argument
    add("--policy", metavar="PATH", help="checkpoint folder, Hugging Face folder or id, .gguf file (the shipped one)")
    add("--device", choices=("cpu", "cuda"), default="cpu", help="where the policy runs (cpu)")
    add("-n", type=_whole("-n", 1, 64), metavar="N", default=1, help="how many candidates to write (1)")
    add("--seed", type=_whole("--seed", 0, MAXIMUM_SEED), metavar="S", help="same seed, same workflow (drawn)")
    add("--temperature", type=_number("--temperature", 0, 100), metavar="T", default=0.8, help="0: the likeliest (0.8)")
    add("--top-p", type=_number("--top-p", 1e-6, 1), metavar="P", default=0.95, help="probability to draw from (0.95)")
    limits = parser.add_argument_group("constraints, which every workflow meets")
    add = limits.add_argument
    add("--family", action="append", default=[], metavar="F", help="model family: sdxl, flux, ...; may be repeated")
    add("--max-nodes", type=_whole("--max-nodes", 1, 1000), metavar="K", default=24, help="the most nodes (24)")
    add(
        "--max-megapixels", type=_number("--max-megapixels", 0, 1e6), metavar="M", default=4.0,
        help="the largest picture anywhere in the workflow, in millions of pixels; 0: any (4)",
    )  # fmt: skip
    add("--require", action="append", default=[], metavar="CLASS", help="node class that must occur; may be repeated")
    add("--forbid", action="append", default=[], metavar="CLASS", help="node class that must not; may be repeated")
    add("--ends-in", action="append", default=[], metavar="CLASS", help="what to end in (SaveImage); may be repeated")


def _whole(name: str, least: int, most: int) -> Callable[[str], int]:
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


def _number(name: str, least: float, most: float) -> Callable[[str], float]:
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


def _server(text: str) -> str:
    from .client import server_url

    try:
        server_url(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _prompt(text: str) -> str:
    """The prompt, from standard input for "-". Raises Failure for one that is empty or no text."""
    if text == "-":
        try:
            text = sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            message = f"prompt: standard input is not UTF-8 text ({error.reason} at byte {error.start})"
            raise Failure(BAD_INPUT, "prompt", message) from error
        text = text.removesuffix("\n").removesuffix("\r")
    text = text.replace("\r\n", "\n")
    if not text.strip():
        raise Failure(BAD_INPUT, "prompt", "prompt: is empty; say what the picture shall show")
    for position, character in enumerate(text):
        code = ord(character)
        if (code < 32 and character not in "\n\t") or 127 <= code < 160:
            message = f"prompt: control character U+{code:04X} at position {position + 1}; take it out"
            raise Failure(BAD_INPUT, "prompt", message)
        if 0xD800 <= code < 0xE000:
            raise Failure(BAD_INPUT, "prompt", f"prompt: is not Unicode text: position {position + 1} is no character")
    return text


# ---- what happens meanwhile --------------------------------------------------------------------------------------


class _Display:
    """Progress on standard error: one line with a bar on a terminal, else a line for each new label."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._label = ""
        self._width = 0

    def show(self, label: str, done: float = 0, total: float = 0, note: str = "") -> None:
        """`done` of `total` as a bar, if there is a total; `note` changes too often for a line of its own."""
        if self._terminal:
            full = 0 if total <= 0 else round(20 * min(max(done / total, 0), 1))
            bar = f"[{'#' * full}{'-' * (20 - full)}] " if total > 0 else ""
            self._replace(f"{bar}{label} {note}".rstrip())
        elif label != self._label:
            print(label, file=self._stream, flush=True)
        self._label = label

    def clear(self) -> None:
        """Take the bar away, before other output."""
        if self._terminal:
            self._replace("")

    def _replace(self, text: str) -> None:
        text = text[: shutil.get_terminal_size().columns - 1]
        ending = "" if text else "\r"
        print("\r" + text.ljust(self._width) + ending, end="", file=self._stream, flush=True)
        self._width = len(text)


@contextlib.contextmanager
def _display() -> Iterator[_Display]:
    display = _Display(sys.stderr)
    try:
        yield display
    finally:
        display.clear()


def _warn(message: str) -> None:
    print(f"nodewright: {message}", file=sys.stderr, flush=True)


# ---- the catalog -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Read:
    """A catalog, and what it was read from: `object_info` without the classes that could not be read (`left_out`),
    where it came from a server."""

    catalog: Catalog
    seconds: float
    object_info: dict[str, Any]
    left_out: tuple[str, ...] = ()


def _read_catalog(arguments: argparse.Namespace) -> _Read:
    """From the saved file if there is one, else from the server. Raises Failure."""
    if getattr(arguments, "object_info", None) is None:
        if getattr(arguments, "models", None) is not None:
            raise Failure(BAD_INPUT, "usage", "--models goes with --object-info; a server tells its models itself")
        return _catalog_of_server(arguments)
    from .workflow.catalog_cache import load_catalog
    from .workflow.graph import WorkflowError

    start = time.perf_counter()
    try:
        catalog = load_catalog(arguments.object_info, getattr(arguments, "models", None))
    except WorkflowError as error:
        raise Failure(BAD_INPUT, "object_info", str(error)) from error
    except OSError as error:
        raise _file_failure(error) from error
    return _Read(catalog, time.perf_counter() - start, {})


def _catalog_of_server(arguments: argparse.Namespace) -> _Read:
    from .workflow.catalog import CatalogError, catalog_from_object_info

    start = time.perf_counter()
    with _server_failures():
        info, models = asyncio.run(_fetch(arguments))
    left_out: tuple[str, ...] = ()
    try:
        catalog = catalog_from_object_info(info, models)
    except CatalogError as first:
        # One pack's mistake must not take everyone else's nodes away.
        info, left_out = _readable(info)
        if not info:
            raise Failure(BAD_INPUT, "object_info", f"{arguments.server}: {first}") from first
        catalog = catalog_from_object_info(info, models)
    return _Read(catalog, time.perf_counter() - start, info, left_out)


async def _fetch(arguments: argparse.Namespace) -> tuple[dict[str, Any], Any]:
    from .client import Client, ServerError

    with _display() as display:
        async with Client(arguments.server, arguments.timeout) as client:
            label = f"Reading what {client.shown} can do"
            info = await client.object_info(lambda size: display.show(label, note=f"({size / 1e6:.1f} MB)"))
            try:
                models = await client.models()
            except ServerError as error:
                models = None
                display.clear()
                _warn(f"{error}. Model families are told by the names of the files alone")
    return info, models


def _readable(info: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The classes that can be read, and the names of the others."""
    from .workflow.catalog import CatalogError, node_class

    kept, left_out = {}, []
    for name, described in info.items():
        try:
            node_class(name, described)
        except CatalogError as error:
            left_out.append(name)
            _warn(f"a node class cannot be read and is left out. {error}")
        else:
            kept[name] = described
    return kept, tuple(left_out)


def _catalog(arguments: argparse.Namespace) -> int:
    """`nodewright catalog`."""
    from .workflow.catalog_cache import write_json

    read = _catalog_of_server(arguments)
    try:
        write_json(arguments.out, read.object_info)
        size = arguments.out.stat().st_size
    except OSError as error:
        raise _file_failure(error, arguments.out) from error
    families: dict[str, Counter[str]] = {}
    for model in read.catalog.models:
        for family in model.families or {"any" if model.role == "upscaler" else "unknown"}:
            families.setdefault(family, Counter())[model.role] += 1
    by_family = {family: dict(sorted(roles.items())) for family, roles in sorted(families.items())}
    if arguments.json:
        _document({
            "server": arguments.server, "file": str(arguments.out), "bytes": size,
            "catalog_fingerprint": read.catalog.fingerprint, "classes": len(read.catalog.classes),
            "left_out": list(read.left_out), "models": len(read.catalog.models), "families": by_family,
        })  # fmt: skip
        return OK
    _print(f"{len(read.catalog.classes)} node classes, {len(read.catalog.models)} model files")
    for family, roles in by_family.items():
        _print(f"  {family}: " + ", ".join(f"{count} {role}" for role, count in roles.items()))
    _print(f"saved in {arguments.out} ({size / 1e6:.1f} MB)")
    return OK


# ---- writing -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Workflow:
    """One written workflow."""

    candidate: Candidate
    script: str
    api: dict[str, Any]

    def document(self) -> dict[str, Any]:
        tokens = {"sampled": self.candidate.tokens_sampled, "forced": self.candidate.tokens_forced}
        return {
            "script": self.script,
            "api": self.api,
            "log_probability": self.candidate.log_probability,
            "tokens": tokens,
        }


@dataclass(frozen=True)
class _Written:
    """The workflows that differ, likeliest first, and how they came about."""

    prompt: str
    seed: int
    workflows: tuple[_Workflow, ...]
    fingerprint: str
    seconds: dict[str, float]

    def document(self) -> dict[str, Any]:
        return {
            "prompt": self.prompt,
            "seed": self.seed,
            "seconds": {key: round(value, 4) for key, value in self.seconds.items()},
            "catalog_fingerprint": self.fingerprint,
        }

    def heading(self, index: int) -> str:
        """The script, headed by its rank where there are several."""
        workflow = self.workflows[index]
        if len(self.workflows) == 1:
            return workflow.script
        likely = f"log-probability {workflow.candidate.log_probability:.1f}"
        return f"Workflow {index + 1} of {len(self.workflows)}, {likely}\n{workflow.script}"

    def how(self) -> str:
        tokens = [(one.candidate.tokens_sampled, one.candidate.tokens_forced) for one in self.workflows]
        sampled, forced = (sum(column) for column in zip(*tokens, strict=True))
        return (
            f"{self.seconds['writing']:.2f} s to write: seed {self.seed}, {sampled} tokens chosen, {forced} followed "
            f"(and {self.seconds['catalog']:.2f} s to read the catalog, {self.seconds['policy']:.2f} s the policy)"
        )


def _write(arguments: argparse.Namespace) -> _Written:
    """Everything from the prompt to the workflows. What is quick to refuse comes first. Raises Failure."""
    prompt = _prompt(arguments.prompt)
    read = _read_catalog(arguments)
    grammar = _grammar(read.catalog, _constraints(arguments))
    start = time.perf_counter()
    policy = _policy(arguments)
    loaded = time.perf_counter()
    seed = secrets.randbelow(MAXIMUM_SEED + 1) if arguments.seed is None else arguments.seed
    with _display() as display:
        label = "Writing the workflow" if arguments.n == 1 else f"Writing {arguments.n} workflows"
        candidates = _decode(arguments, policy, grammar, prompt, seed, lambda *how: display.show(label, *how))
    seconds = {"catalog": read.seconds, "policy": loaded - start, "writing": time.perf_counter() - loaded}
    workflows = _distinct(candidates, read.catalog, prompt, seed)
    return _Written(prompt, seed, workflows, read.catalog.fingerprint, seconds)


def _constraints(arguments: argparse.Namespace) -> Constraints:
    from .workflow.scope import Constraints

    return Constraints(
        families=frozenset(name.lower() for name in arguments.family),
        maximum_nodes=arguments.max_nodes,
        maximum_megapixels=arguments.max_megapixels or None,
        required=tuple(dict.fromkeys(arguments.require)),
        forbidden=frozenset(arguments.forbid),
        ends_in=tuple(dict.fromkeys(arguments.ends_in)),
    )


def _grammar(catalog: Catalog, constraints: Constraints) -> Grammar:
    from .workflow.grammar import ConstraintError, Grammar, NoModelError

    try:
        return Grammar(catalog, constraints)
    except NoModelError as error:
        raise Failure(NO, "no_model", str(error)) from error
    except ConstraintError as error:
        raise Failure(NO, "constraints", str(error)) from error


def _policy(arguments: argparse.Namespace) -> Policy:
    import torch

    from .models.checkpoints import shipped_policy_path
    from .models.policy import Policy, PolicyError

    source = arguments.policy or shipped_policy_path()
    if arguments.policy is None and not shipped_policy_path().is_dir():
        raise Failure(BAD_INPUT, "policy", "this copy of nodewright comes without a policy; name one with --policy")
    if arguments.device == "cuda" and not torch.cuda.is_available():
        raise Failure(BAD_INPUT, "policy", "--device cuda: there is no CUDA device here that torch can use")
    try:
        return Policy.load(source, device=arguments.device)
    except PolicyError as error:
        raise Failure(BAD_INPUT, "policy", str(error)) from error
    except torch.OutOfMemoryError as error:
        raise Failure(BAD_INPUT, "policy", f"{source}: does not fit into the memory of {arguments.device}") from error


def _decode(
    arguments: argparse.Namespace,
    policy: Policy,
    grammar: Grammar,
    prompt: str,
    seed: int,
    progress: Callable[[int, int], None],
) -> list[Candidate]:
    import torch

    from .models.decoding import DecodingError, generate

    try:
        return generate(
            policy, grammar, prompt, candidates=arguments.n, seed=seed,
            temperature=arguments.temperature, top_p=arguments.top_p, progress=progress,
        )  # fmt: skip
    except DecodingError as error:
        raise Failure(BAD_INPUT, "policy", str(error)) from error
    except torch.OutOfMemoryError as error:
        message = f"{arguments.n} candidates do not fit into the memory of {arguments.device}; write fewer with -n"
        raise Failure(BAD_INPUT, "policy", message) from error


def _distinct(candidates: Sequence[Candidate], catalog: Catalog, prompt: str, seed: int) -> tuple[_Workflow, ...]:
    """Each different workflow once, likeliest first."""
    from .workflow.api_format import to_api
    from .workflow.script import render

    ranked = sorted(candidates, key=lambda candidate: -candidate.log_probability)
    first = {candidate.choices: candidate for candidate in reversed(ranked)}
    return tuple(
        _Workflow(one, render(one.choices, catalog), to_api(one.workflow, prompt=prompt, seed=seed))
        for one in ranked
        if first[one.choices] is one
    )


def _generate(arguments: argparse.Namespace) -> int:
    """`nodewright generate`."""
    written = _write(arguments)
    files = _write_files(arguments, written) if arguments.out else []
    if arguments.json:
        workflows = [one.document() for one in written.workflows]
        for document, file in zip(workflows, files, strict=False):  # no files without --out
            document["file"] = str(file)
        _document({**written.document(), "workflows": workflows})
        return OK
    for index in range(len(written.workflows)):
        _print(written.heading(index))
    _print(written.how())
    for file in files:
        _print(f"written to {file}")
    return OK


def _write_files(arguments: argparse.Namespace, written: _Written) -> list[Path]:
    """FILE itself; with -n FILE-1.json, FILE-2.json, ..."""
    from .workflow.api_format import write_api

    out: Path = arguments.out
    numbered = [out.with_name(f"{out.stem}-{index + 1}{out.suffix}") for index in range(len(written.workflows))]
    files = [out] if arguments.n == 1 else numbered
    for file, workflow in zip(files, written.workflows, strict=True):
        try:
            write_api(file, workflow.api)
        except OSError as error:
            raise _file_failure(error, file) from error
    return files


# ---- running -----------------------------------------------------------------------------------------------------


def _run(arguments: argparse.Namespace) -> int:
    """`nodewright run`."""
    with _terminated_as_interrupted():
        written = _write(arguments)
        if not arguments.json:
            for index in range(len(written.workflows)):
                _print(written.heading(index))
            _print(written.how())
        try:
            arguments.out.mkdir(parents=True, exist_ok=True)  # before minutes of rendering are spent
        except OSError as error:
            raise _file_failure(error, arguments.out) from error
        with _server_failures():
            rendered = asyncio.run(_render_all(arguments, written))
    if arguments.json:
        workflows = [{**one.document(), **done} for one, done in zip(written.workflows, rendered, strict=True)]
        _document({**written.document(), "server": arguments.server, "workflows": workflows})
    return OK


async def _render_all(arguments: argparse.Namespace, written: _Written) -> list[dict[str, Any]]:
    """Run one workflow after the other, printing what came of it. Returns the same as JSON."""
    from .client import Client

    rendered = []
    async with Client(arguments.server, arguments.timeout) as client:
        for workflow in written.workflows:
            try:
                done = await _render(client, workflow.api, arguments.out)
            except (asyncio.CancelledError, KeyboardInterrupt):
                if client.left_running:
                    _warn(f"the job {client.left_running} could not be stopped in time; it may still run on the server")
                raise
            rendered.append(done)
            if not arguments.json:
                _print(f"{done['seconds_rendering']:.2f} s to render")
                for path in done["images"]:
                    _print(path)
    return rendered


async def _render(client: Client, api: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run one workflow and save what it makes."""
    start = time.perf_counter()
    with _display() as display:
        done = await client.render(api, lambda progress: _show(display, progress))
        seconds = time.perf_counter() - start
        paths = []
        for file in done.files:
            display.show(f"Saving {file.filename}")
            try:
                paths.append(await client.save(file, folder))
            except OSError as error:
                raise _file_failure(error, folder) from error
    for problem in done.problems:
        _warn(f"the server left out a part of the workflow. {problem}")
    if not paths:
        raise Failure(NO, "render", f"the workflow ran as {done.prompt_id}, but saved or showed no picture")
    images = [str(path.resolve()) for path in paths]
    return {"prompt_id": done.prompt_id, "seconds_rendering": round(seconds, 4), "images": images}


def _show(display: _Display, progress: Progress) -> None:
    if progress.node is None:
        display.show(f"Waiting behind {progress.waiting} other jobs" if progress.waiting else "Queued")
        return
    part = progress.step / progress.steps if progress.steps > 0 else 0
    label = f"{progress.node} ({min(progress.finished + 1, progress.nodes)} of {progress.nodes})"
    note = f"{progress.step:g}/{progress.steps:g}" if progress.steps > 1 else ""
    display.show(label, progress.finished + part, progress.nodes, note)


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """`timeout`, service managers and job schedulers send SIGTERM: the server's job must not outlive that, either."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _server_failures() -> Iterator[None]:
    from .client import RejectedError, RenderError, ServerError

    try:
        yield
    except RejectedError as error:
        raise Failure(NO, "rejected", str(error), error.problems) from error
    except RenderError as error:
        raise Failure(NO, "render", str(error)) from error
    except ServerError as error:
        raise Failure(SERVER, "server", str(error)) from error


# ---- validating --------------------------------------------------------------------------------------------------


def _validate(arguments: argparse.Namespace) -> int:
    """`nodewright validate`."""
    from .workflow.api_format import looks_like_ui, read_json
    from .workflow.graph import WorkflowError

    try:
        document = read_json(arguments.workflow)
    except WorkflowError as error:
        raise Failure(BAD_INPUT, "workflow", str(error)) from error
    except OSError as error:
        raise _file_failure(error, arguments.workflow) from error
    read = _read_catalog(arguments)
    problems = _problems(document, read.catalog)
    if arguments.json:
        _document({
            "valid": not problems, "format": "ui" if looks_like_ui(document) else "api",
            "catalog_fingerprint": read.catalog.fingerprint, "problems": [asdict(problem) for problem in problems],
        })  # fmt: skip
    elif problems:
        _print("\n".join(map(str, problems)))
    else:
        _print(f"{arguments.workflow}: valid")
    return NO if problems else OK


def _problems(document: Any, catalog: Catalog) -> list[Problem]:
    """What is wrong with a workflow of either format."""
    from .workflow.api_format import looks_like_ui
    from .workflow.graph import WorkflowError
    from .workflow.ui_format import api_from_ui
    from .workflow.validate import Problem, validate

    if looks_like_ui(document):
        try:
            document = api_from_ui(document, catalog)
        except WorkflowError as error:
            return [Problem(None, None, None, str(error))]
    return validate(document, catalog)


def _file_failure(error: OSError, path: Path | None = None) -> Failure:
    """For a file that cannot be read or written; `path` is the one that the user named."""
    name = path or error.filename
    return Failure(BAD_INPUT, "file", f"{name}: {error.strerror or error}" if name else str(error))
