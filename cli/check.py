"""`nodewright check`: find what is wrong with a workflow before it runs."""

from __future__ import annotations

import argparse

from .catalogs import read_catalog
from .documents import read_workflow
from .reporting import NO, OK, print_document, print_text


def check_command(arguments: argparse.Namespace) -> int:
    """Run `nodewright check` and return its exit status: NO where something keeps the workflow from its picture."""
    from ..workflow.checking.check import check
    from ..workflow.checking.findings import finding_document

    document = read_workflow(arguments.workflow)
    catalog = read_catalog(arguments).catalog
    findings = check(document, catalog)
    errors = sum(finding.severity == "error" for finding in findings)
    if arguments.json:
        print_document({
            "errors": errors, "warnings": len(findings) - errors, "catalog_fingerprint": catalog.fingerprint,
            "findings": [finding_document(finding) for finding in findings],
        })  # fmt: skip
    elif findings:
        print_text("\n".join(f"{finding.severity}: {finding}" for finding in findings))
    else:
        print_text(f"{arguments.workflow}: nothing found")
    return NO if errors else OK
