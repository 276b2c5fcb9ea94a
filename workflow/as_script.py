"""Convert any workflow to the script that a policy would have written for it, so that a reward model can score it.

Only the part that leads to the saved picture counts. What a policy never writes is removed: seeds, file prefixes,
previews, the number of pictures, and the parts of texts that are not phrases of the table. Everything else stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .api_format import check_outline, from_api, text_of, to_api
from .catalog.catalog import Catalog
from .documents import read_document
from .grammar.constraints import CORPUS_MEGAPIXELS, Constraints
from .grammar.grammar import ConstraintError, Grammar
from .graph import Link, Node, Text, Value, Workflow, WorkflowError
from .lora_rows import with_lora_loaders
from .rewriting import first_text, negative_text, simplified
from .saved_picture import ancestors, last_image
from .script.accepted import seed_of
from .script.builder import MAXIMUM_NODES
from .script.phrases import PHRASES
from .script.script import read_script, split_text, write_script
from .script.slots import class_slots
from .script.values import is_text
from .user_prompt import checked_prompt

_RUN_WORKFLOW = "NodewrightRunWorkflow"
"""The node class of this pack whose workflow is a text."""
_MAKE_NO_PICTURE = frozenset({"NodewrightScoreWorkflow", "NodewrightRecordResult"})
"""The node classes of this pack that take a picture but make none."""
_MOST_NODES = 4 * MAXIMUM_NODES
"""Nodes of a picture, of which many may be left out in a script."""
_SAVER = "picture"
"""Id of the node that saves the picture."""


@dataclass(frozen=True)
class AsScript:
    """A workflow as a script.

    Attributes:
        prompt: what the picture is to show.
        choices: the script.
        api: the part of the given workflow that leads to the picture, in API format.
        seed: the first seed of that part.
        notes: what was left out, and where a policy could not have written this, for the person who reads the score.
    """

    prompt: str
    choices: tuple[str, ...]
    api: dict[str, Any]
    seed: int = 0
    notes: tuple[str, ...] = ()


def as_script(
    document: Any,
    catalog: Catalog,
    prompt: str | None = None,
    image: Sequence[Any] | None = None,
    *,
    compared: bool = True,
) -> AsScript:
    """Return a workflow, given in any format, as a script.

    Args:
        document: a workflow in API or UI format (parsed JSON), or the text of a script.
        catalog: the installation.
        prompt: replaces the workflow's own prompt; None or empty for the workflow's own.
        image: link to the picture, in API format; None for the picture that is saved last.
        compared: whether it is noted where a policy could not have written this, which takes most of the time.

    Raises:
        WorkflowError: the workflow cannot be read or written, saves no picture, or has no prompt.
    """
    prompt = prompt if prompt and prompt.strip() else None
    if isinstance(document, str):
        if prompt is None:
            raise WorkflowError("prompt: a script does not contain the prompt; give it as well")
        prompt, choices = checked_prompt(prompt), list(split_text(document))
        return AsScript(prompt, tuple(choices), to_api(read_script(document, catalog), prompt=prompt, seed=0))
    read = read_document(document, catalog)
    api = read.api
    check_outline(api)
    if not read.problems:
        from_api(api)  # reports what is wrong with it; beside what cannot be read, only the picture's part counts
    picture = picture_part(api, catalog, image)
    if len(picture) > _MOST_NODES:
        raise WorkflowError(f"the picture depends on more than {_MOST_NODES} nodes; a script is not made of so many")
    workflow = simplified(from_api(picture), catalog)
    own = own_prompt(workflow, catalog)
    if prompt is None and not own:
        raise WorkflowError("prompt: none was found in the workflow; give one")
    found = checked_prompt(prompt or own or "")
    notes = [*read.notes, *(str(one) for one in read.problems if one.node_id not in api)]
    workflow = with_lora_loaders(workflow, catalog, notes)
    written = _as_written(workflow, catalog, found, notes)
    choices = write_script(written, catalog)
    if compared:
        notes += _outside(choices, catalog, len(written.nodes))
    return AsScript(found, tuple(choices), picture, first_seed(picture, catalog), tuple(notes))


def picture_part(api: Mapping[str, Any], catalog: Catalog, image: Sequence[Any] | None = None) -> dict[str, Any]:
    """Return the nodes that a picture needs, with a SaveImage that saves it.

    Of each node only its class and inputs are kept: neither titles nor what ComfyUI notes beside them while it runs
    make another workflow.

    Args:
        api: the workflow in API format.
        catalog: the installation.
        image: link to the picture; None for the picture that is saved last.

    Raises:
        WorkflowError: naming a node whose picture comes from a workflow that is only a text.
    """
    nodes = {
        key: {"class_type": node["class_type"], "inputs": node["inputs"]}
        for key, node in api.items()
        if node["class_type"] not in _MAKE_NO_PICTURE
    }
    link = last_image(nodes, catalog) if image is None else list(image)
    kept = ancestors(nodes, link[0])
    for key in sorted(kept):
        if nodes[key]["class_type"] == _RUN_WORKFLOW:
            raise WorkflowError(
                f"workflow: its picture comes from node {key!r} ({_RUN_WORKFLOW}), whose own workflow is a text. "
                "Link or paste that text instead"
            )
    saver = {"class_type": "SaveImage", "inputs": {"images": link, "filename_prefix": "ComfyUI"}}
    name = _SAVER
    while name in kept:
        name += "_"
    return {**{key: node for key, node in nodes.items() if key in kept}, name: saver}


def first_seed(api: Mapping[str, Any], catalog: Catalog) -> int:
    """Return the first seed that is a number, or 0 where there is none."""
    for node in api.values():
        node_class = catalog.classes.get(
            node["class_type"]
        )  # None for a node that only passes a value on and is not copied
        for spec in node_class.inputs if node_class is not None else ():
            value = node["inputs"].get(spec.name)
            if spec.seed and isinstance(value, int) and not isinstance(value, bool):
                return value
    return 0


def own_prompt(workflow: Workflow, catalog: Catalog) -> str | None:
    """Return the text that a script takes for the prompt, or None."""
    place = first_text(workflow, catalog)
    if place is None:
        return None
    value = dict(workflow.nodes[place[0]].inputs).get(place[1])
    return value if isinstance(value, str) and value.strip() else None


def _as_written(workflow: Workflow, catalog: Catalog, prompt: str, notes: list[str]) -> Workflow:
    """Return the workflow with texts, seeds and batch sizes as a policy writes them.

    Args:
        workflow: the workflow.
        catalog: the installation.
        prompt: the user's prompt.
        notes: one is added for each text or number that changes.
    """
    texts = [value for node in workflow.nodes for _, value in node.inputs if isinstance(value, str)]
    has_prompt = any(isinstance(read := text_of(text, prompt, PHRASES), Text) and read.prompt for text in texts)
    first = None if has_prompt else first_text(workflow, catalog)
    nodes = []
    for index, node in enumerate(workflow.nodes):
        slots = class_slots(catalog.classes[node.class_type])
        specs = {slot.name: slot.spec for slot in slots}
        inputs: list[tuple[str, Value | Link]] = []
        for name, value in node.inputs:
            spec = specs.get(name)
            if spec is not None and not isinstance(value, Link):
                if is_text(spec):
                    value = _positive(value) if (index, name) == first else _text(value, prompt, node, name, notes)
                elif spec.seed:
                    value = seed_of(spec)
                elif name == "batch_size" and value != 1:
                    notes.append(f"{node.class_type}, {name}: read as 1")
                    value = 1
            if value is not None:  # other nodes calculate None; the default replaces it
                inputs.append((name, value))
        given = dict(node.inputs)
        for slot in slots:
            if slot.required and is_text(slot.spec) and slot.name not in given:  # ComfyUI would refuse the node
                inputs.append((slot.name, Text((index, slot.name) == first)))
                notes.append(f"{node.class_type}, {slot.name}: is missing")
        nodes.append(Node(node.class_type, tuple(inputs)))
    return Workflow(tuple(nodes))


def _positive(value: Value) -> Text:
    """Return the placeholder of the prompt for a text, followed by the phrases of the table at the text's end."""
    parts = value.split(", ") if isinstance(value, str) else []
    phrases: list[str] = []
    while len(parts) > 1 and parts[-1] in PHRASES:
        phrases.insert(0, parts.pop())
    return Text(True, tuple(phrases))


def _text(value: Value, prompt: str, node: Node, name: str, notes: list[str]) -> Text:
    """Return a text with only its phrases of the table, and note what is left out."""
    read = text_of(value, prompt, PHRASES)
    if isinstance(read, Text):
        return read
    text = negative_text(value)
    if isinstance(value, str) and value.strip():
        kept = text.render("") or "nothing"
        notes.append(f"{node.class_type}, {name}: of {value.strip()[:60]!r} a script keeps {kept!r}")
    return text


def _outside(choices: list[str], catalog: Catalog, nodes: int) -> tuple[str, ...]:
    """Return notes on why a policy could not have written the script on this installation."""
    try:
        Grammar(catalog, Constraints(max_nodes=max(40, nodes), max_megapixels=CORPUS_MEGAPIXELS)).accept(choices)
    except ConstraintError as error:
        return (f"on this installation no workflow can be written: {error}",)
    except WorkflowError as error:
        return (f"no policy would write this: {error}",)
    return ()
