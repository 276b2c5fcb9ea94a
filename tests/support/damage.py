"""Ways to damage a checkpoint's folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def edit(name: str, **changes: Any) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        parsed = json.loads((folder / name).read_text(encoding="utf-8"))
        parsed.update(changes)
        (folder / name).write_text(json.dumps(parsed), encoding="utf-8")

    return apply


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def cut(name: str) -> Callable[[Path], None]:
    return lambda folder: os.truncate(folder / name, (folder / name).stat().st_size // 2)
