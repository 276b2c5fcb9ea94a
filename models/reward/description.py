"""The JSON file that describes an ensemble which reads no policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...guarded_json import JsonError
from ...json_shapes import Object, check
from ..policy.folders import CheckpointError, read_json
from .members import RewardError


def read_described(path: Path, shape: Object, version: int, again: str) -> dict[str, Any]:
    """Return the content of a file of this shape and of this version of its format.

    Raises RewardError, naming the file, and with what to do (`again`).
    """
    try:
        described: dict[str, Any] = read_json(path)
        if described.get("format") != version:
            found = repr(described.get("format"))[:200]
            raise RewardError(f"{path}: format {found}; this version reads format {version}. {again}")
        check(described, shape, str(path))
    except (CheckpointError, JsonError) as error:
        raise RewardError(f"{error}. {again}") from error
    return described
