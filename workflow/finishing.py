"""Put what the user alone decides into a written workflow: text, negative text, number of pictures, seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .api_format import SAFE_INTEGER, to_api
from .asked import Asked
from .catalog.catalog import MAIN_ROLES, Catalog
from .fitting.languages import reads_sentences
from .graph import Workflow
from .negative_text import in_words, with_batch, with_negative
from .ordered import with_orders
from .picture_text import PictureText, picture_text, used_files


@dataclass(frozen=True)
class Finished:
    """A workflow with all that is asked for."""

    api: dict[str, Any]
    """The workflow in API format."""
    text: PictureText
    """What its picture model reads."""
    notes: tuple[str, ...]
    """What it misses of what is asked for, a sentence each."""


def finished(asked: Asked, workflow: Workflow, catalog: Catalog, seed: int) -> Finished:
    """Return a workflow with all that is asked for.

    Args:
        asked: what the prompt asks for.
        workflow: what was written for it.
        catalog: the installation.
        seed: the first seed of the workflow.
    """
    ask = asked.ask
    text = picture_text(asked.text, workflow, catalog)
    api, notes = _written(asked, workflow, catalog, text, seed)
    if ask.negative:
        led_away = with_negative(api, ask.negative, catalog)
        if led_away is None:
            text, note = _said_in_words(ask.negative, workflow, text, catalog)
            led_away, notes = _written(asked, workflow, catalog, text, seed)
            notes.append(note)
        api = led_away
    if ask.batch is not None and ask.batch > 1:
        several = with_batch(api, ask.batch, catalog)
        if several == api:
            notes.append(f"This workflow makes one picture at a time; queue it {ask.batch} times")
        api = several
    return Finished(api, text, tuple(notes))


def _written(
    asked: Asked, workflow: Workflow, catalog: Catalog, text: PictureText, seed: int
) -> tuple[dict[str, Any], list[str]]:
    """Return a workflow in API format for a text, and notes on what it misses."""
    whole, not_done = with_orders(workflow, asked.ask, catalog, text=text.text, most_nodes=asked.constraints.max_nodes)
    return to_api(whole, prompt=text.text, seed=seed), [*not_done, *asked.unmet(whole, catalog)]


def _said_in_words(negative: str, workflow: Workflow, text: PictureText, catalog: Catalog) -> tuple[PictureText, str]:
    """Return the text with what is not to be shown, where a model reads sentences, and a note."""
    words = in_words(negative)
    families = {family for file in used_files(workflow, catalog) if file.role in MAIN_ROLES for family in file.families}
    if not words or not any(map(reads_sentences, families)):
        return text, f"This model reads no negative text, so {negative!r} is not kept out of the picture"
    note = f"This model reads no negative text; its prompt ends in {words!r} instead, which may not be enough"
    return replace(text, text=f"{text.text.rstrip(' .,;')}, {words}"), note


def first_seed(asked: Asked, seed: int) -> int:
    """Return the first seed of the first candidate: the one that the prompt gives, else `seed`."""
    return seed if asked.ask.seed is None else asked.ask.seed % SAFE_INTEGER
