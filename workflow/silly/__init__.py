"""Report what runs but makes no sense: what a person would laugh at in a workflow.

`validate` finds what keeps a workflow from running. The rules here are those by which the grammar writes
(`workflow/sense/`), so nothing that it writes has any such finding.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..catalog.catalog import Catalog
from ..graph import Workflow
from . import models, pictures, sampling
from .reading import Finding, Reading


def silly(workflow: Workflow | Any, catalog: Catalog, asked: Collection[tuple[int, int]] = ()) -> list[Finding]:
    """Return what makes no sense in a workflow, a sentence each; an empty list if there is nothing.

    Nodes whose class is not installed are passed over.

    Args:
        workflow: a Workflow, whose nodes are named by their ids in API format ("1", "2", ... in order), or parsed JSON
            in API format.
        catalog: the installation.
        asked: widths and heights in pixels that the user asked for, which are fine whatever the model.

    Raises:
        WorkflowError: what is given is no workflow in API format.
    """
    reading = Reading(workflow, catalog)
    found = [finding for rule in (*models.RULES, *sampling.RULES) for finding in rule(reading)]
    found += pictures.upscaling_undone(reading)
    found += pictures.unfit_first_size(reading, asked)
    return list(dict.fromkeys(found))


__all__ = ["Finding", "silly"]
