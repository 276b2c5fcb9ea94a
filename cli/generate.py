"""`nodewright generate`: write workflows, print and save them."""

from __future__ import annotations

import argparse
from pathlib import Path

from .prompts import read_prompt
from .reporting import OK, Failure, file_failure, print_document, print_text, tell_in_words
from .writer import Writer
from .written import Written, workflow_document


def generate_command(arguments: argparse.Namespace) -> int:
    """`nodewright generate`."""
    prompt = read_prompt(arguments.prompt)
    written = Writer.open(arguments).write(prompt)
    if not arguments.json:  # first, so that a file that cannot be written loses no workflow
        for index in range(len(written.workflows)):
            print_text(written.heading(index))
        print_text(written.figures())
    files, failure = _write_files(arguments, written) if arguments.out else ([], None)
    if failure is not None:
        tell_in_words(failure)
    if arguments.json:
        workflows = [workflow_document(one) for one in written.workflows]
        for document, file in zip(workflows, files, strict=False):  # only those that were written
            document["file"] = str(file)
        print_document({**written.document(), "workflows": workflows}, failure)
    else:
        for file in files:
            print_text(f"written to {file}")
    return OK if failure is None else failure.status


def _write_files(arguments: argparse.Namespace, written: Written) -> tuple[list[Path], Failure | None]:
    """FILE itself; with -n FILE-1.json, FILE-2.json, ... Returns those that were written, and why the next was not."""
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
