"""`nodewright validate`: list the problems of a workflow."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .catalogs import read_catalog
from .reporting import BAD_INPUT, NO, OK, Failure, file_failure, print_document, print_text

if TYPE_CHECKING:
    from ..workflow.catalog.catalog import Catalog
    from ..workflow.validate import Problem


def validate_command(arguments: argparse.Namespace) -> int:
    """Run `nodewright validate` and return its exit status."""
    from ..workflow.api_format import looks_like_ui, read_json
    from ..workflow.graph import WorkflowError

    try:
        document = read_json(arguments.workflow)
    except WorkflowError as error:
        raise Failure(BAD_INPUT, "workflow", str(error)) from error
    except OSError as error:
        raise file_failure(error, arguments.workflow) from error
    read = read_catalog(arguments)
    problems = _problems(document, read.catalog)
    if arguments.json:
        print_document({
            "valid": not problems, "format": "ui" if looks_like_ui(document) else "api",
            "catalog_fingerprint": read.catalog.fingerprint, "problems": [asdict(problem) for problem in problems],
        })  # fmt: skip
    elif problems:
        print_text("\n".join(map(str, problems)))
    else:
        print_text(f"{arguments.workflow}: valid")
    return NO if problems else OK


def _problems(document: Any, catalog: Catalog) -> list[Problem]:
    """Return the problems of a workflow in API or UI format."""
    from ..workflow.api_format import looks_like_ui
    from ..workflow.graph import WorkflowError
    from ..workflow.ui_format import api_from_ui
    from ..workflow.validate import Problem, validate

    if looks_like_ui(document):
        try:
            document = api_from_ui(document, catalog)
        except WorkflowError as error:
            return [Problem(None, None, None, str(error))]
    return validate(document, catalog)
