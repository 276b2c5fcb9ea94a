"""Why nothing is written, for a client that shows it in its own way instead of ComfyUI's error dialog."""

from __future__ import annotations

import re

_REMEDIES = {
    "max_nodes": "Raise max_nodes",
    "max_megapixels": "Raise max_megapixels, or set it to 0 for any size",
    "families": "Choose families that are installed, or none",
    "required": "Take the class out of required",
    "forbidden": "Take the class out of forbidden",
    "ends_in": "Choose other classes for ends_in, or none",
    "guidance_scale": "Set guidance_scale to 1",
}
_MISSING = "Put the files that are missing into these folders; ComfyUI finds them without a restart"
_OTHER = "Choose another one, or auto"
_INPUT = re.compile(r"([a-z_]+): ")


def expected_errors() -> tuple[type[Exception], ...]:
    """Return the errors that state what stands in the way of a workflow, rather than a fault of the program."""
    from ..models.policy.guidance import GuidanceError
    from ..workflow.ask.corrections import CorrectionError
    from ..workflow.grammar.grammar import ConstraintError
    from ..workflow.user_prompt import PromptError

    return ConstraintError, CorrectionError, GuidanceError, PromptError


def refused(error: Exception) -> dict[str, str | None]:
    """Return {"reason": why nothing is written, "what_to_do", "input": the input in the way, null where there is none}.

    Parameters:
        error: one of `expected_errors`.
    """
    from ..models.policy.guidance import GuidanceError
    from ..workflow.ask.corrections import CorrectionError
    from ..workflow.grammar.grammar import NoModelError

    message = f"guidance_scale: {error}" if isinstance(error, GuidanceError) else str(error)
    if isinstance(error, NoModelError):
        reason, _, advice = message.partition(". ")
        return {"reason": reason.rstrip("."), "what_to_do": advice.rstrip(".") or _MISSING, "input": None}
    named = _INPUT.match(message)
    name = named[1] if named else None
    remedy = _OTHER if isinstance(error, CorrectionError) else _REMEDIES.get(name or "", "Change it")
    return {"reason": message.rstrip("."), "what_to_do": remedy, "input": name}
