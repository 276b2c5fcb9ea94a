"""`nodewright fix`: the nearest workflow that runs on an installation, with the reason for every substitution."""

from __future__ import annotations

import argparse

from .catalogs import read_catalog
from .documents import read_workflow
from .reporting import BAD_INPUT, NO, OK, Failure, file_failure, print_document, print_text


def fix_command(arguments: argparse.Namespace) -> int:
    """Run `nodewright fix` and return its exit status: NO where something stays missing."""
    from ..workflow.api_format import write_api
    from ..workflow.checking.edits import apply_edits
    from ..workflow.checking.fix import fix, proposal_document
    from ..workflow.documents import read_document
    from ..workflow.graph import WorkflowError

    document = read_workflow(arguments.workflow)
    catalog = read_catalog(arguments).catalog
    proposal = fix(document, catalog)
    if arguments.out is not None:
        try:
            read = read_document(document, catalog)
            write_api(arguments.out, apply_edits(read.api, proposal.edits))
        except WorkflowError as error:
            raise Failure(BAD_INPUT, "workflow", f"{arguments.workflow}: {error}") from error
        except OSError as error:
            raise file_failure(error, arguments.out) from error
    if arguments.json:
        print_document({"catalog_fingerprint": catalog.fingerprint, "proposal": proposal_document(proposal)})
    else:
        lines = [f"{each.title}: {each.reason}" for each in proposal.substitutions]
        lines += [f"missing: {each}" for each in proposal.missing]
        print_text("\n".join(lines or [f"{arguments.workflow}: runs as it is"]))
    return NO if proposal.missing else OK
