"""What is found in a workflow, and the changes that mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .edits import Edit, edit_document

FindingKind = Literal["missing_class", "missing_file", "does_not_fit", "settings", "silly", "invalid"]
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that may be changed in a workflow."""

    title: str
    """What changes: "steps 4 -> 28"."""
    reason: str
    """Why, a sentence."""
    edits: tuple[Edit, ...]
    """The edits that make it."""
    gain: float | None = None
    """How much better the picture is expected to be, in the units of the reward; None where nothing was predicted."""
    deviation: float | None = None
    """The standard deviation of the gain over the members of the reward ensemble."""
    certainty: str | None = None
    """How sure the gain is, in words."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a workflow."""

    node_id: str | None
    """The node; None where it concerns the whole workflow."""
    class_type: str | None
    """The node's class."""
    input: str | None
    """The input; None where it concerns more than one."""
    kind: FindingKind
    """What kind of thing is wrong."""
    severity: Severity
    """"error" for what keeps ComfyUI from making the picture, "warning" for what spoils it."""
    message: str
    """One sentence that names the files and what to do."""
    change: Change | None = None
    """The change that mends it, where one is obvious."""

    def __str__(self) -> str:
        if self.node_id is None:
            return self.message
        place = f"node {self.node_id!r}" + (f" ({self.class_type})" if self.class_type else "")
        return f"{place}{f', input {self.input!r}' if self.input is not None else ''}: {self.message}"


def change_document(change: Change) -> dict[str, Any]:
    """Return a change as JSON data."""
    return {
        "title": change.title,
        "reason": change.reason,
        "edits": [edit_document(edit) for edit in change.edits],
        "gain": change.gain,
        "deviation": change.deviation,
        "certainty": change.certainty,
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON data."""
    return {
        "node_id": finding.node_id,
        "class_type": finding.class_type,
        "input": finding.input,
        "kind": finding.kind,
        "severity": finding.severity,
        "message": finding.message,
        "change": None if finding.change is None else change_document(finding.change),
    }
