"""Read the workflow that a command is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .reporting import BAD_INPUT, Failure, file_failure


def read_workflow(path: Path) -> Any:
    """Return the JSON of a file. Raises Failure."""
    from ..workflow.api_format import read_json
    from ..workflow.graph import WorkflowError

    try:
        return read_json(path)
    except WorkflowError as error:
        raise Failure(BAD_INPUT, "workflow", str(error)) from error
    except OSError as error:
        raise file_failure(error, path) from error
