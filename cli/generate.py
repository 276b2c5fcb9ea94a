"""`nodewright generate`: write workflows, print and save them."""

from __future__ import annotations

import argparse
from pathlib import Path

from .reporting import OK, file_failure, print_document, print_text
from .writing import Written, write


def generate_command(arguments: argparse.Namespace) -> int:
    """`nodewright generate`."""
    written = write(arguments)
    files = _write_files(arguments, written) if arguments.out else []
    if arguments.json:
        workflows = [one.document() for one in written.workflows]
        for document, file in zip(workflows, files, strict=False):  # no files without --out
            document["file"] = str(file)
        print_document({**written.document(), "workflows": workflows})
        return OK
    for index in range(len(written.workflows)):
        print_text(written.heading(index))
    print_text(written.how())
    for file in files:
        print_text(f"written to {file}")
    return OK


def _write_files(arguments: argparse.Namespace, written: Written) -> list[Path]:
    """FILE itself; with -n FILE-1.json, FILE-2.json, ..."""
    from ..workflow.api_format import write_api

    out: Path = arguments.out
    numbered = [out.with_name(f"{out.stem}-{index + 1}{out.suffix}") for index in range(len(written.workflows))]
    files = [out] if arguments.n == 1 else numbered
    for file, workflow in zip(files, written.workflows, strict=True):
        try:
            write_api(file, workflow.api)
        except OSError as error:
            raise file_failure(error, file) from error
    return files
