"""The text that the picture model reads: the prompt's own, with the words that the models of a workflow need.

These are the trigger words of its LoRAs and of its main model, and the quality tags of models that learned from tagged
pictures (Pony's scores, "masterpiece"). Nothing is added twice, and no quality tags where a person wrote their own.

    found = picture_text("a fox in the snow", workflow, catalog)
    api = to_api(workflow, prompt=found.text, seed=7)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .catalog.catalog import Catalog, ModelFile, expanded_inputs
from .catalog.file_facts import GENERAL_TAG
from .catalog.lines import quality_tags
from .catalog.subjects import says_something, stands_in
from .families.family import QualityTags
from .families.names import stem_of
from .graph import Text, Workflow
from .sense.phrases import phrases_of

MOST_TRIGGER_PARTS = 6
"""Most parts between commas of one trigger phrase that are added."""
_QUALITY_PHRASE = re.compile(
    r"(?:score|rating) \d+(?: up)?|masterpiece|\w+ quality|(?:high|great|good) score|(?:very )?aesthetic|absurdres"
    r"|highres"
)
_LOOK = re.compile(r"\b(?:style|look|art)\b|[a-z]\d|\d[a-z]", re.I)
_UNASKED = re.compile(
    r"\b(?:nsfw|nude|naked|sex\w*|porn\w*|hentai|explicit|lewd|rating explicit|loli\w*|shota\w*)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Added:
    """Words that were added to a prompt."""

    words: str
    """The words, with commas between them."""
    reason: str
    """Why: "trigger words of pixel-art-xl", "quality tags of ponyDiffusionV6XL"."""


@dataclass(frozen=True, slots=True)
class PictureText:
    """The text that the picture model reads."""

    text: str
    """The whole text."""
    added: tuple[Added, ...] = ()
    """What it holds beside the prompt's own text."""


def picture_text(text: str, workflow: Workflow, catalog: Catalog) -> PictureText:
    """Return the text that a workflow's picture model reads for a prompt's `text`."""
    files = tuple(dict.fromkeys(used_files(workflow, catalog)))
    mains = [file for file in files if file.folder in ("checkpoints", "diffusion_models")]
    before: list[Added] = []
    after: list[Added] = []
    tags = quality_tags(mains[0]) if mains else None
    if tags is not None:
        words = _quality(tags, text, workflow)
        if words:
            added = Added(", ".join(words), f"quality tags of {stem_of(mains[0].name)}")
            (after if tags.after else before).append(added)
    for file in (*mains[:1], *(file for file in files if file.folder == "loras")):
        trigger = _trigger(file, ", ".join((text, *(each.words for each in before))))
        if trigger:
            before.append(Added(trigger, f"trigger words of {stem_of(file.name)}"))
    parts = (*(each.words for each in before), text.strip(), *(each.words for each in after))
    return PictureText(", ".join(part for part in parts if part), (*before, *after))


def used_files(workflow: Workflow, catalog: Catalog) -> Iterator[ModelFile]:
    """Yield the model files that a workflow's nodes load, in its order."""
    for node in workflow.nodes:
        node_class = catalog.classes.get(node.class_type)
        if node_class is None:
            continue
        values = dict(node.inputs)
        for name, spec, _ in expanded_inputs(node_class.inputs, values):
            value = values.get(name)
            file = catalog.file(spec.folder, value) if isinstance(value, str) else None
            if file is not None:
                yield file


def _quality(tags: QualityTags, text: str, workflow: Workflow) -> list[str]:
    """Return the quality tags that are to be added; none where a person wrote quality tags, of whichever model."""
    own = {phrase.replace("_", " ") for phrase in phrases_of(text)}
    if any(_QUALITY_PHRASE.fullmatch(phrase) for phrase in own):
        return []
    written = {  # by the policy, after the prompt
        phrase
        for node in workflow.nodes
        for _, value in node.inputs
        if isinstance(value, Text) and value.prompt
        for phrase in value.phrases
    }
    return [tag for tag in tags.tags if tag.replace("_", " ") not in written]


def _trigger(file: ModelFile, text: str) -> str:
    """Return the trigger words of a file that a text lacks.

    Of several phrases each stands for a thing of its own mostly (an outfit, a colour), so that the first is enough.
    Where a text has a part of a phrase, it lacks no more than the phrase's special word ("PixArFK" beside "pixel art").
    A main model's phrases are added only where they name a look of its own, since checkpoints are published with words
    such as "girl".
    """
    phrases = [phrase for phrase in file.facts.trigger_words if not _UNASKED.search(phrase.replace("_", " "))]
    lora, known = file.folder == "loras", dict(file.facts.sources).get("trigger_words") == "known file"
    usable = [parts for phrase in phrases if (parts := _parts_of(phrase, lora, known))]
    begun = next((parts for parts in usable if any(stands_in(part, text) for part in parts)), None)
    if begun is None:
        return ", ".join(usable[0]) if usable else ""
    special = [part for part in begun if " " not in part and says_something(part)]
    return "" if any(stands_in(part, text) for part in special) else ", ".join(special[:1])


def _parts_of(phrase: str, lora: bool, known: bool) -> list[str]:
    """Return the parts of a trigger phrase that may be added, without quality tags.

    Args:
        phrase: the phrase.
        lora: whether it is a LoRA's.
        known: whether it comes from the table of known files.
    """
    parts = [part.strip() for part in re.split(r"[,;]", phrase)]
    plain = {part: part.replace("_", " ").lower() for part in parts if part}
    parts = [part for part, tag in plain.items() if not (_QUALITY_PHRASE.fullmatch(tag) or GENERAL_TAG.fullmatch(tag))]
    if not lora:
        parts = [part for part in parts if says_something(part) and (known or _LOOK.search(part))]
    return parts[:MOST_TRIGGER_PARTS]
