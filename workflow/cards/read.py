"""What a prompt says, as JSON for whoever types it: chips, one line, the text that is left, what cannot be done."""

from __future__ import annotations

from typing import Any

from ..ask.ask import Ask
from ..ask.corrections import NOTHING_SET, CorrectionError, Corrections, corrected
from ..ask.line import read_parts
from ..ask.names import InstalledNames
from ..ask.syntax import read_ask
from ..asked import asked_of
from ..catalog.catalog import Catalog
from ..grammar.constraints import Constraints
from ..grammar.grammar import ConstraintError, NoModelError
from ..user_prompt import checked_prompt
from .chips import Chip, chip_document, chosen_chips, said_chips

BUILDING = "The installed models are still being looked at; what is read of them comes in a moment"


def read_document(
    prompt: str, catalog: Catalog | None, constraints: Constraints, corrections: Corrections = NOTHING_SET
) -> dict[str, Any]:
    """Return what a prompt says on an installation.

    Args:
        prompt: the prompt; an empty one says nothing.
        catalog: the installation; None where it is not known yet, so that names of files are not read.
        constraints: what every workflow must keep to.
        corrections: what is set in menus. What names nothing there is, is reported and left out.

    Returns:
        {"text": what the picture model reads, "line": what was read, "chips", "notes": what cannot be done,
        "problem": why no workflow can be written at all, null where one can, "building": whether the installation is
        not known yet}.

    Raises:
        PromptError: the prompt holds control characters, or is too long.
    """
    if not prompt.strip():
        return _document("", "", (), [], None, catalog is None)
    prompt = checked_prompt(prompt)
    if catalog is None:
        ask = read_ask(prompt, InstalledNames(()))
        return _document(_text(ask), _line(ask), said_chips(ask, ()), [BUILDING], None, True)
    try:
        asked = asked_of(prompt, catalog, constraints, corrections)
    except CorrectionError as error:
        return read_document(prompt, catalog, constraints) | {"problem": str(error)}
    except (ConstraintError, NoModelError) as error:
        ask = corrected(read_ask(prompt, InstalledNames(catalog.models)), corrections, catalog)
        return _document(_text(ask), _line(ask), said_chips(ask, catalog.models), [], str(error), False)
    chips = (*said_chips(asked.ask, catalog.models), *chosen_chips(asked, catalog))
    return _document(asked.text, asked.line, chips, list(asked.notes), None, False)


def _document(
    text: str, line: str, chips: tuple[Chip, ...], notes: list[str], problem: str | None, building: bool
) -> dict[str, Any]:
    shown = [chip_document(chip) for chip in chips]
    return {"text": text, "line": line, "chips": shown, "notes": notes, "problem": problem, "building": building}


def _text(ask: Ask) -> str:
    return ask.text if ask.text.strip() else ask.prompt


def _line(ask: Ask) -> str:
    return "read: " + (", ".join(read_parts(ask)) or "nothing asked beside the picture")
