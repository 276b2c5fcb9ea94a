"""A written workflow as a person sees it on a card: model, size, stages in words, and a reason for each choice.

>>> card = card_of(api, asked, catalog, added=text.added)
>>> card.model.title, card.size, card.stages[0].words
('SDXL', (832, 1216), '832x1216, 28 steps, dpmpp_2m karras, cfg 5')
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from ..asked import Asked
from ..catalog.catalog import Catalog, ModelFile
from ..families.lookup import FAMILIES
from ..families.names import stem_of
from ..graph import Node
from ..picture_sizes import given, number
from ..picture_text import Added
from ..silly.reading import Reading
from .reasons import Chosen, Reason, reasons
from .sampling import Sampling, samplings
from .stages import Stage, stages
from .titles import titled

_STRENGTHS = ("strength_model", "strength")


@dataclass(frozen=True, slots=True)
class Card:
    """What a person sees of a workflow."""

    api: dict[str, Any]
    """The workflow in API format, with titles for its texts and stages."""
    main: ModelFile | None
    """The main model; None where it is not known."""
    loras: tuple[tuple[ModelFile, float], ...]
    """Each LoRA with its strength on the model."""
    size: tuple[int, int] | None
    """Width and height of the first picture; None where it is not known."""
    stages: tuple[Stage, ...]
    """What the picture passes, in order."""
    sampling: Sampling | None
    """The first sampling."""
    negative: str
    """What the picture is led away from; empty where nothing is."""
    reasons: tuple[Reason, ...]
    """Why each choice was made; empty where a grammar was given instead of an ask."""


def card_of(api: dict[str, Any], catalog: Catalog, asked: Asked | None, added: tuple[Added, ...] = ()) -> Card:
    """Return the card of a workflow.

    Args:
        api: the workflow in API format.
        catalog: the installation that it was written for.
        asked: what the prompt asks for; None where nothing was read in it.
        added: the words that were added to the prompt.
    """
    reading = Reading(api, catalog)
    found = samplings(reading)
    passed = stages(reading, restyled=asked is not None and asked.ask.restyle is not None)
    first = reading.sizes[found[0].node] if found else None
    size = None if first is None else (round(first.width), round(first.height))
    main = next((file for file in reading.main_loaders.values() if file is not None), None)
    loras = tuple(_loras(reading))
    negative = _negative(reading, found[0]) if found else ""
    why: tuple[Reason, ...] = ()
    if asked is not None:
        encoders = tuple(dict.fromkeys(file for file in _files(reading) if file.role == "text_encoder"))
        kinds = tuple((stage.kind, stage.words) for stage in passed)
        why = reasons(Chosen(main, loras, size, found, kinds, encoders, negative, added), asked)
    named = titled(api, reading, passed)
    return Card(named, main, loras, size, passed, found[0] if found else None, negative, why)


def card_document(card: Card) -> dict[str, Any]:
    """Return a card as JSON data."""
    main, sampling = card.main, card.sampling
    return {
        "api": card.api,
        "model": None if main is None else {"file": main.name, "name": stem_of(main.name), **_family(main)},
        "size": None if card.size is None else list(card.size),
        "loras": [{"file": file.name, "name": stem_of(file.name), "strength": weight} for file, weight in card.loras],
        "stages": [{"kind": one.kind, "words": one.words, "nodes": list(one.nodes)} for one in card.stages],
        "sampler": sampling.name("sampler_name") if sampling else "",
        "scheduler": sampling.name("scheduler") if sampling else "",
        "steps": sampling.number("steps") if sampling else None,
        "cfg": sampling.number("cfg") if sampling else None,
        "negative": card.negative,
        "reasons": [asdict(one) for one in card.reasons],
    }


def _family(main: ModelFile) -> dict[str, str]:
    """Return the name and the shown name of a model's family, empty where it is not known."""
    family = next(iter(main.families)) if len(main.families) == 1 else ""
    return {"family": family, "title": FAMILIES[family].shown_name if family in FAMILIES else family}


def _files(reading: Reading) -> Iterator[ModelFile]:
    for index, _, _ in reading:
        yield from (file for _, _, file in reading.files(index) if file is not None)


def _loras(reading: Reading) -> Iterator[tuple[ModelFile, float]]:
    for index, node, _ in reading:
        for _, _, file in reading.files(index):
            if file is not None and file.role == "lora":
                yield file, _strength(node)


def _strength(node: Node) -> float:
    found = (number(given(node, name)) for name in _STRENGTHS)
    return next((value for value in found if value is not None), 1.0)


def _negative(reading: Reading, sampling: Sampling) -> str:
    """Return the text that a sampling is led away from, also where a guider takes it."""
    for index in (sampling.node, *reading.above(sampling.node, "GUIDER")):
        link = reading.link(index, "negative")
        if link is not None:
            return ", ".join(dict.fromkeys(reading.texts(link).values()))
    return ""
