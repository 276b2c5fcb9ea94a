"""`nodewright generate`: write workflows, for one prompt or for every prompt of a file; print and save them."""

from __future__ import annotations

import argparse
from pathlib import Path

from .prompts import PromptLine, read_prompt, read_prompt_lines
from .reporting import BAD_INPUT, OK, Failure, file_failure, print_document, print_failure, print_text
from .writer import Writer
from .written import Written, workflow_document


def generate_command(arguments: argparse.Namespace) -> int:
    """Run `nodewright generate` and return its exit status."""
    if arguments.prompts is not None:
        return _generate_lines(arguments)
    prompt = read_prompt(arguments.prompt)
    written = Writer.open(arguments).write(prompt)
    if not arguments.json:  # first, so that a file that cannot be written loses no workflow
        for index in range(len(written.workflows)):
            print_text(written.heading(index))
        print_text(written.read())
        print_text(written.figures())
    files, failure = _write_files(arguments, written) if arguments.out else ([], None)
    if failure is not None:
        print_failure(failure)
    if arguments.json:
        workflows = [workflow_document(one) for one in written.workflows]
        for document, file in zip(workflows, files, strict=False):  # only those that were written
            document["file"] = str(file)
        print_document({**written.document(), "workflows": workflows}, failure)
    else:
        for file in files:
            print_text(f"written to {file}")
    return OK if failure is None else failure.status


def _generate_lines(arguments: argparse.Namespace) -> int:
    """Write workflows for every line of --prompts as JSON lines; return the status of the last line that failed."""
    if arguments.out is not None:
        raise Failure(BAD_INPUT, "usage", "--out goes with a single prompt; with --prompts, redirect standard output")
    lines = read_prompt_lines(arguments.prompts)
    if not lines:
        raise Failure(BAD_INPUT, "prompt", f"{arguments.prompts}: holds no prompt. Write one on each line")
    writer, status = Writer.open(arguments), OK
    for count, line in enumerate(lines, 1):
        try:
            document, failure = _line_document(writer, line, f"Prompt {count} of {len(lines)}"), None
        except Failure as found:
            document, failure, status = {}, found, found.status
            print_failure(found)
        print_document({"line": line.number, **document}, failure, indent=None)
    return status


def _line_document(writer: Writer, line: PromptLine, label: str) -> dict[str, object]:
    """Write the workflows for one line. Raises Failure."""
    written = writer.write(line.prompt(), label)
    return {**written.document(), "workflows": [workflow_document(one) for one in written.workflows]}


def _write_files(arguments: argparse.Namespace, written: Written) -> tuple[list[Path], Failure | None]:
    """Write FILE itself, or with several candidates FILE-1.json, FILE-2.json, ...

    Returns:
        The files that were written, and the reason why the next was not.
    """
    from ..workflow.api_format import write_api

    out: Path = arguments.out
    files: list[Path] = []
    for index, workflow in enumerate(written.workflows):
        file = out if arguments.candidates == 1 else out.with_name(f"{out.stem}-{index + 1}{out.suffix}")
        try:
            write_api(file, workflow.api)
        except OSError as error:
            return files, file_failure(error, file)
        files.append(file)
    return files, None
