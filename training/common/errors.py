"""What is said of a training that cannot be done as asked."""

from __future__ import annotations

from importlib.util import find_spec


class TrainingError(ValueError):
    """A training that cannot be done as asked. The message says what to change."""


def check_installed(*packages: str) -> None:
    """Say at the beginning what would be missed at the end. Raises TrainingError."""
    if lacking := [name for name in packages if find_spec(name) is None]:
        raise TrainingError(f'training needs {" and ".join(lacking)}: pip install "nodewright[train]"')
