"""What a command printed and returned, and the installation that it was run in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Done:
    """One run of `nodewright`."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it must be."""
        return json.loads(self.out)


Command = Callable[..., Done]

CHECKPOINT = "v1-5-pruned-emaonly.ckpt"
"""The one in the installation that conftest.py makes."""
