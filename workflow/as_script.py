"""Any workflow in API format as a script: what a policy would have written of it, for a reward model to score.

Only the part that leads to the saved picture counts. What a policy never writes is taken out: seeds, file prefixes,
previews, how many pictures there are, and of texts what is no phrase of the table; all else stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .api_format import from_api, looks_like_ui, text_of, to_api
from .catalog.catalog import Catalog
from .grammar.constraints import CORPUS_MEGAPIXELS, Constraints
from .grammar.grammar import ConstraintError, Grammar
from .graph import Link, Node, Seed, Text, Value, Workflow, WorkflowError
from .rewriting import first_text, negative_text, simplified
from .saved_picture import ancestors, last_image
from .script.phrases import PHRASES
from .script.script import read_script, split_text, write_script
from .script.slots import class_slots
from .script.values import is_text
from .ui_format import api_from_ui
from .user_prompt import checked_prompt

RUN, SHOWS = "NodewrightRunWorkflow", frozenset({"NodewrightScoreWorkflow", "NodewrightRecordResult"})
"""Of this pack's node classes: the one whose workflow is a text, and those that take a picture but make none."""
_ROOT = "picture"


@dataclass(frozen=True)
class AsScript:
    """prompt: what the picture is to show. choices: the workflow. api: the part of it that leads to the picture, as it
    was given; seed: its first. notes: what was left out, and where a policy could not have written this; for the person
    who reads the score."""

    prompt: str
    choices: tuple[str, ...]
    api: dict[str, Any]
    seed: int = 0
    notes: tuple[str, ...] = ()


def as_script(
    document: Any, catalog: Catalog, prompt: str | None = None, image: Sequence[Any] | None = None
) -> AsScript:
    """A workflow in API or UI format (parsed JSON), or the text of a script.

    prompt: stands for the workflow's own, which is taken where this is None or empty. image: in API format, the link to
    the picture; without it, it is the one that is saved last.

    Raises WorkflowError: for what cannot be read or written; where no picture is saved; where no prompt is found.
    """
    prompt = prompt if prompt and prompt.strip() else None
    if isinstance(document, str):
        if prompt is None:
            raise WorkflowError("prompt: a script does not say it; give it, too")
        prompt, choices = checked_prompt(prompt), list(split_text(document))
        return AsScript(prompt, tuple(choices), to_api(read_script(choices, catalog), prompt=prompt, seed=0))
    api = api_from_ui(document, catalog) if looks_like_ui(document) else document
    from_api(api)  # says what is wrong with it
    picture = picture_part(api, catalog, image)
    workflow = simplified(from_api(picture), catalog)
    own = own_prompt(workflow, catalog)
    if prompt is None and not own:
        raise WorkflowError("prompt: none was found in the workflow; give it")
    found = checked_prompt(prompt or own or "")
    notes: list[str] = []
    written = _as_written(workflow, catalog, found, notes)
    choices = write_script(written, catalog)
    notes += _outside(choices, catalog, len(written.nodes))
    return AsScript(found, tuple(choices), picture, first_seed(picture, catalog), tuple(notes))


def picture_part(api: Mapping[str, Any], catalog: Catalog, image: Sequence[Any] | None = None) -> dict[str, Any]:
    """The nodes that a picture (the link `image`, else the last saved one) needs, saved by SaveImage; of each node its
    class and inputs alone, since titles, and what ComfyUI notes beside them while it runs, make no other workflow.
    Raises WorkflowError naming a node whose picture is made out of sight."""
    nodes = {
        key: {"class_type": node["class_type"], "inputs": node["inputs"]}
        for key, node in api.items()
        if node["class_type"] not in SHOWS
    }
    link = last_image(nodes, catalog) if image is None else list(image)
    kept = ancestors(nodes, link[0])
    for key in sorted(kept):
        if nodes[key]["class_type"] == RUN:
            raise WorkflowError(
                f"workflow: its picture comes from node {key!r} ({RUN}), whose own workflow is a text. Link or paste "
                "that text instead"
            )
    saver = {"class_type": "SaveImage", "inputs": {"images": link, "filename_prefix": "ComfyUI"}}
    name = _ROOT
    while name in kept:
        name += "_"
    return {**{key: node for key, node in nodes.items() if key in kept}, name: saver}


def first_seed(api: Mapping[str, Any], catalog: Catalog) -> int:
    """The first seed that is a number; 0 where there is none."""
    for node in api.values():
        node_class = catalog.classes.get(node["class_type"])  # None where it only passes a value on, and is not copied
        for spec in node_class.inputs if node_class is not None else ():
            value = node["inputs"].get(spec.name)
            if spec.seed and isinstance(value, int) and not isinstance(value, bool):
                return value
    return 0


def own_prompt(workflow: Workflow, catalog: Catalog) -> str | None:
    """The text that a script would take for the prompt."""
    place = first_text(workflow, catalog)
    if place is None:
        return None
    value = workflow.nodes[place[0]].input(place[1])
    return value if isinstance(value, str) and value.strip() else None


def _as_written(workflow: Workflow, catalog: Catalog, prompt: str, notes: list[str]) -> Workflow:
    """The workflow with its texts, seeds and batch sizes as a policy has them. notes: is added to."""
    texts = [value for node in workflow.nodes for _, value in node.inputs if isinstance(value, str)]
    said = any(isinstance(read := text_of(text, prompt, PHRASES), Text) and read.prompt for text in texts)
    first = None if said else first_text(workflow, catalog)
    nodes = []
    for index, node in enumerate(workflow.nodes):
        specs = {slot.name: slot.spec for slot in class_slots(catalog.classes[node.class_type])}
        inputs: list[tuple[str, Value | Link]] = []
        for name, value in node.inputs:
            spec = specs.get(name)
            if spec is not None and not isinstance(value, Link):
                if is_text(spec):
                    value = _positive(value) if (index, name) == first else _text(value, prompt, node, name, notes)
                elif spec.seed:
                    value = Seed()
                elif name == "batch_size" and value != 1:
                    notes.append(f"{node.class_type}, {name}: read as 1")
                    value = 1
            if value is not None:  # None is a value that other nodes calculate; the default stands for it
                inputs.append((name, value))
        nodes.append(Node(node.class_type, tuple(inputs)))
    return Workflow(tuple(nodes))


def _positive(value: Value) -> Text:
    """The place of the prompt, whatever stands there; phrases of the table at its end stay."""
    parts = value.split(", ") if isinstance(value, str) else []
    phrases: list[str] = []
    while len(parts) > 1 and parts[-1] in PHRASES:
        phrases.insert(0, parts.pop())
    return Text(True, tuple(phrases))


def _text(value: Value, prompt: str, node: Node, name: str, notes: list[str]) -> Text:
    read = text_of(value, prompt, PHRASES)
    if isinstance(read, Text):
        return read
    text = negative_text(value)
    if isinstance(value, str) and value.strip():
        kept = text.render("") or "nothing"
        notes.append(f"{node.class_type}, {name}: of {value.strip()[:60]!r} a script holds {kept!r}")
    return text


def _outside(choices: list[str], catalog: Catalog, nodes: int) -> tuple[str, ...]:
    """Where the policy could not have written this on this installation."""
    try:
        Grammar(catalog, Constraints(max_nodes=max(40, nodes), max_megapixels=CORPUS_MEGAPIXELS)).accept(choices)
    except ConstraintError as error:
        return (f"on this installation no workflow can be written: {error}",)
    except WorkflowError as error:
        return (f"no policy would write this: {error}",)
    return ()
