"""What Prompt to Workflow gives a client that shows its workflows as cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..models.reward.ensemble import RewardMetadata
    from ..workflow.catalog.catalog import Catalog
    from ..writing import WrittenWorkflow

NOT_ASKED = "No reward model was linked"
NOT_YET = "The other candidates are still being written"


def card_documents(
    written: Sequence[WrittenWorkflow], catalog: Catalog, known: RewardMetadata | str = NOT_ASKED
) -> list[dict[str, Any]]:
    """Return a card for each workflow as JSON data, in their order (web/docs/NodewrightPromptToWorkflow.md).

    Parameters:
        written: the workflows.
        catalog: the installation.
        known: what the ensemble that scored them rests on, or why there is none.
    """
    return [card_document_of(number, one, catalog, known) for number, one in enumerate(written)]


def card_document_of(
    number: int, written: WrittenWorkflow, catalog: Catalog, known: RewardMetadata | str = NOT_YET
) -> dict[str, Any]:
    """Return the card of one workflow as JSON data; `number` is its place among the candidates, from 0."""
    from ..workflow.cards.card import card_document, card_of

    shown = card_document(card_of(written.api, catalog, written.asked, written.added))
    shown["reasons"] = _with_ratings(shown["reasons"], written)
    return {
        "number": number,
        "script": written.script,
        "text": written.text,
        "seed": written.seed,
        "read": written.read,
        "notes": list(written.notes),
        **shown,
        **_quality(written, known),
        "log_probability": written.choice_log_probability,
        "draws": len(written.draws),
    }


def _with_ratings(reasons: list[dict[str, str]], written: WrittenWorkflow) -> list[dict[str, str]]:
    """Return the reasons with those that the user's own ratings give, each beside the choice that it is about."""
    for own in () if written.liking is None else written.liking.reasons:
        place = next((one for one in reasons if one["choice"] == own.choice), None)
        if place is None:
            reasons.append({"choice": own.choice, "value": own.value, "reason": own.words})
        else:
            place["reason"] += f"; {own.words}"
    return reasons


def _quality(written: WrittenWorkflow, known: RewardMetadata | str) -> dict[str, Any]:
    """Return the expected quality, or why there is none."""
    from ..models.reward.quality import quality_of, why_unfounded

    if isinstance(known, str) or written.reward is None:
        return {"quality": None, "no_quality": known if isinstance(known, str) else NOT_ASKED}
    reason = why_unfounded(written.reward)
    if reason is not None:
        return {"quality": None, "no_quality": reason}
    return {"quality": asdict(quality_of(written.reward, known)), "no_quality": ""}
