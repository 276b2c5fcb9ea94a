"""Errors of a training that cannot be done with these options."""

from __future__ import annotations

from importlib.util import find_spec


class TrainingError(ValueError):
    """A training that cannot be done with these options. The message states what to change."""


def check_installed(*packages: str) -> None:
    """Raise TrainingError at the beginning for packages that would be missed at the end."""
    if lacking := [name for name in packages if find_spec(name) is None]:
        raise TrainingError(f'training needs {" and ".join(lacking)}: pip install "nodewright[train]"')
