"""Which folders hold a reward model, without loading anything."""

from __future__ import annotations

import os
from pathlib import Path

FILES = ("reward.json", "parts.json", "evidence.json")
"""A reward model's folder holds one of these: members over a policy's model, over parts, or of real families."""
WITHIN = ("reward", "evidence")
"""Subfolders in which a policy's folder may hold one."""


def holds_reward(folder: Path) -> bool:
    """Return whether a folder, which may be out of reach, holds a reward model of either kind."""
    return any(os.path.isfile(folder / name) for name in FILES)  # Path.is_file raises for a name that is too long


def why_no_reward(folder: Path) -> str | None:
    """Return why a folder holds no reward model, and what to do; None where it holds one."""
    if holds_reward(folder):
        return None
    if not os.path.isdir(folder):
        return f"{folder}: there is no such folder. Name that of a reward model"
    within = next((folder / name for name in WITHIN if holds_reward(folder / name)), None)
    todo = (
        "Name the folder that `nodewright train reward` (from renders) or `nodewright train evidence` (from public "
        "evidence and ratings) has written"
        if within is None
        else f"There is one in {within}: name that"
    )
    return f"{folder}: holds no reward model, neither {', '.join(FILES[:-1])} nor {FILES[-1]}. {todo}"
