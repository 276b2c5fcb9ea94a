"""`nodewright validate`: list the problems of a workflow."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from .catalogs import read_catalog
from .documents import read_workflow
from .reporting import NO, OK, print_document, print_text


def validate_command(arguments: argparse.Namespace) -> int:
    """Run `nodewright validate` and return its exit status."""
    from ..workflow.documents import check_document
    from ..workflow.silly import silly

    document = read_workflow(arguments.workflow)
    read = read_catalog(arguments)
    checked = check_document(document, read.catalog)
    senseless = silly(checked.api, read.catalog) if arguments.strict and not checked.problems else []
    if arguments.json:
        print_document({
            "valid": not checked.problems, "format": "ui" if checked.from_canvas else "api",
            "catalog_fingerprint": read.catalog.fingerprint,
            "problems": [asdict(problem) for problem in checked.problems], "notes": list(checked.notes),
            **({"silly": [asdict(finding) for finding in senseless]} if arguments.strict else {}),
        })  # fmt: skip
    elif checked.problems or senseless:
        print_text("\n".join(map(str, (*checked.problems, *senseless, *checked.notes))))
    else:
        print_text("\n".join((f"{arguments.workflow}: valid", *checked.notes)))
    return NO if checked.problems or senseless else OK
