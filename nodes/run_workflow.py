"""Run Workflow: run a workflow that is given as text inside the running one."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import execution
from comfy_api.internal import _ComfyNodeInternal, first_real_override
from comfy_api.latest import io
from comfy_execution.graph_utils import GraphBuilder, add_graph_prefix

import nodes

from ..workflow.api_format import MAXIMUM_SEED, is_link
from ..workflow.graph import WorkflowError
from ..workflow.saved_picture import ancestors, last_image
from .checkpoint_files import digest
from .checks import LONGEST_NAME, refusal, similar
from .given_workflow import document_of
from .saving_node import with_own_prompt
from .schemas import schema

if TYPE_CHECKING:
    from ..workflow.cards.card import Card
    from ..workflow.catalog.catalog import Catalog, NodeClass

NODE_ID = "NodewrightRunWorkflow"
SHOWN_PROBLEMS = 8


class WorkflowProblem(ValueError):
    """A workflow that cannot be run; the message names nodes and inputs."""


class NodewrightRunWorkflow(io.ComfyNode):
    """The node that expands into the nodes of a workflow, and passes its picture on."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's inputs and outputs."""
        return schema(
            node_id="NodewrightRunWorkflow",
            display_name="Run Workflow",
            category="Nodewright",
            description="Runs a workflow, given as text, inside this one, and passes its picture on.",
            search_aliases=["execute workflow", "workflow from text", "run json", "run prompt"],
            is_output_node=True,
            enable_expand=True,
            hidden=[io.Hidden.prompt],
            inputs=[
                io.String.Input(
                    "workflow",
                    multiline=True,
                    default="",
                    tooltip="A workflow in API format, from Prompt to Workflow or from File > Export (API).",
                ),
                io.Combo.Input(
                    "seeds",
                    options=["keep", "replace"],
                    default="keep",
                    tooltip="Keep the seeds of the workflow, or replace them by the seed below.",
                ),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=MAXIMUM_SEED,
                    control_after_generate=True,
                    tooltip="With replace, the workflow's first seed; the others follow from it.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "image", display_name="image", tooltip="The picture that the workflow saves or shows last."
                ),
                io.String.Output(
                    "made_by",
                    display_name="workflow",
                    tooltip="The workflow that made the picture, with the seeds that it was run with.",
                ),
            ],
        )

    @classmethod
    async def validate_inputs(cls, workflow: str | None = None) -> bool | str:
        """Return True, or why the text is no workflow that runs here. A linked text is None."""
        return await refusal(check_text, workflow)

    @classmethod
    def fingerprint_inputs(cls, workflow: str | None = None, **_: Any) -> str | float:
        """Return NaN, which makes ComfyUI run the node each time, for a workflow that loads the user's own files.

        The files may have changed. Nodes inside are still cached, each by its own rules. workflow: None for a link,
        whose text is not known yet.
        """
        from .live_catalog import live_catalog

        try:
            api = read_api_text(workflow or "")
        except WorkflowProblem:
            return ""  # `execute` raises it, where the user sees it
        catalog = live_catalog()
        classes = (catalog.classes.get(node["class_type"]) for node in api.values())
        own = any(spec.own_files for node_class in classes if node_class for spec in node_class.inputs)
        return float("nan") if own else ""

    @classmethod
    def execute(cls, workflow: str, seeds: str, seed: int) -> io.NodeOutput:
        """Expand into the workflow. Raises WorkflowProblem for one that cannot run here, naming which of several."""
        # The prefix is ComfyUI's for this call: the same for the same node in each run, so that caches hold.
        prefix = GraphBuilder.alloc_prefix()
        number = _number(prefix, cls.hidden.prompt)
        try:
            return _expanded(workflow, seed if seeds == "replace" else None, prefix, number)
        except WorkflowProblem as problem:
            if number is None:
                raise
            what = str(problem).removeprefix("workflow: ")
            raise WorkflowProblem(f"workflow {number} of the list: {what}") from problem


def _expanded(workflow: str, seed: int | None, prefix: str, number: int | None) -> io.NodeOutput:
    """Return the nodes that a workflow becomes, its picture, its text, and a line on it for the person."""
    from ..workflow.cards.card import card_of
    from .live_catalog import live_catalog

    catalog = live_catalog()
    api = read_api_text(workflow)
    refuse_recursion(api)
    check(api, catalog)
    titles = {key: node["_meta"] for key, node in api.items() if isinstance(node.get("_meta"), dict)}
    api = needed(api, catalog)
    if seed is not None:
        replace_seeds(api, catalog, seed)
    check_by_comfyui(api)
    picture = last_image(api, catalog)
    titled = {key: node | ({"_meta": titles[key]} if key in titles else {}) for key, node in api.items()}
    text = json.dumps(titled)
    graph, outputs = add_graph_prefix(with_own_prompt(api, text), [picture], prefix)
    line = line_of(card_of(api, catalog, None), first_seed(api, catalog)) or f"{len(api)} nodes"
    shown = {"text": [f"{number}. {line}" if number else line], "nodewright_runs": [digest(text)]}
    return io.NodeOutput(*outputs, text, ui=shown, expand=graph)


def _number(prefix: str, prompt: dict[str, Any]) -> int | None:
    """Return which of several workflows a call is for, from 1; None where the input holds one.

    Parameters:
        prefix: ComfyUI's for the call: the node, the place in the list that its input is, a number of its own.
        prompt: the hidden prompt of the node.
    """
    node_id, place, _ = prefix.rstrip(".").rsplit(".", 2)
    link: Any = prompt[node_id]["inputs"].get("workflow") if node_id in prompt else None
    listed = is_link(link) and _is_list(prompt[link[0]], link[1])
    return int(place) + 1 if listed or int(place) else None


def _is_list(node: dict[str, Any], slot: int) -> bool:
    """Return whether an output of a node is a list."""
    lists = getattr(nodes.NODE_CLASS_MAPPINGS.get(node["class_type"]), "OUTPUT_IS_LIST", None) or ()
    return slot < len(lists) and bool(lists[slot])


def line_of(card: Card, seed: int | None) -> str:
    """Return a workflow in one line: its model, its stages in words, its seed."""
    from ..workflow.families.names import stem_of

    model = [stem_of(card.main.name)] if card.main else []
    seeds = [f"seed {seed}"] if seed is not None else []
    return "; ".join([*model, *(stage.words for stage in card.stages), *seeds])


def first_seed(api: dict[str, Any], catalog: Catalog) -> int | None:
    """Return the first seed of a workflow that is a number."""
    for node in api.values():
        for spec in catalog.classes[node["class_type"]].inputs:
            value = node["inputs"].get(spec.name)
            if spec.seed and isinstance(value, int):
                return value
    return None


def read_api_text(text: str) -> dict[str, Any]:
    """Return the workflow in a text: node id -> {"class_type", "inputs"}. Raises WorkflowProblem."""
    from ..workflow.api_format import looks_like_ui

    if not text.strip():
        raise WorkflowProblem("workflow: is empty. Link Prompt to Workflow, or paste a workflow in API format")
    try:
        api = document_of(text)
    except WorkflowError as error:
        raise WorkflowProblem(str(error)) from error
    if looks_like_ui(api):
        raise WorkflowProblem(
            "workflow: is in the format in which the canvas saves it. Export it with File > Export (API) instead"
        )
    if not isinstance(api, dict) or not api:
        raise WorkflowProblem("workflow: a workflow in API format is an object of nodes")
    for key, node in api.items():
        if not isinstance(node, dict) or not isinstance(node.get("class_type"), str):
            raise WorkflowProblem(f"workflow: node {key!r} has no class_type")
        if not isinstance(node.get("inputs"), dict):
            raise WorkflowProblem(f"workflow: node {key!r} ({node['class_type']}) has no inputs")
    return api


def check_text(text: str | None) -> str | None:
    """Return why a text is no workflow of installed classes, as far as it is known without the catalog."""
    if text is None:
        return None
    try:
        api = read_api_text(text)
        refuse_recursion(api)
        missing = [key for key, node in api.items() if node["class_type"] not in nodes.NODE_CLASS_MAPPINGS]
        # Similar names take time to find: for those that are shown.
        _raise([_missing(key, api[key]["class_type"]) for key in missing[:SHOWN_PROBLEMS]], len(missing))
    except WorkflowProblem as problem:
        return str(problem)
    return None


def _missing(key: str, name: str) -> str:
    close = similar(name, nodes.NODE_CLASS_MAPPINGS)
    hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
    return f"node {key!r} ({name[:LONGEST_NAME]}): there is no node class {name[:LONGEST_NAME]!r} here{hint}"


def refuse_recursion(api: dict[str, Any]) -> None:
    """Raise WorkflowProblem for a workflow that contains Run Workflow."""
    for key, node in api.items():
        if node["class_type"] == NODE_ID:
            raise WorkflowProblem(f"workflow: node {key!r} is Run Workflow itself, which does not run inside itself")


def check(api: dict[str, Any], catalog: Catalog) -> None:
    """Raise WorkflowProblem naming every node and input that keeps the workflow from running here.

    Inputs that node classes check themselves are left to `check_by_comfyui`.
    """
    from ..workflow.validate import validate

    used = {node["class_type"] for node in api.values()} & catalog.classes.keys()
    unchecked = {name: without_own_checks(catalog.classes[name], nodes.NODE_CLASS_MAPPINGS.get(name)) for name in used}
    _raise(str(problem) for problem in validate(api, replace(catalog, classes={**catalog.classes, **unchecked})))


def without_own_checks(node_class: NodeClass, cls: Any) -> NodeClass:
    """Return the class without the checks that its live class `cls` makes itself.

    ComfyUI's validate_inputs does not check options and numbers of an input that the class's own function takes, nor
    link types where that function takes `input_types`.
    """
    if isinstance(cls, type) and issubclass(cls, _ComfyNodeInternal):
        function = first_real_override(cls, "validate_inputs")
    else:
        function = getattr(cls, "VALIDATE_INPUTS", None)
    if function is None:
        return node_class
    taken = inspect.getfullargspec(function)
    inputs = []
    for spec in node_class.inputs:
        if "input_types" in taken.args:
            spec = replace(spec, types=("*",))
        if spec.name in taken.args or taken.varkw is not None:
            spec = replace(spec, minimum=None, maximum=None, remote=True)  # remote: its options are not known here
        inputs.append(spec)
    return replace(node_class, inputs=tuple(inputs))


def check_by_comfyui(api: dict[str, Any]) -> None:
    """Validate the workflow by ComfyUI itself, with the node classes' own checks. Raises WorkflowProblem.

    ComfyUI also converts values to the types of their inputs, in place, as for any prompt.
    """
    # It is a coroutine, and this thread's event loop is the one that runs this node.
    with ThreadPoolExecutor(max_workers=1) as pool:
        answer = pool.submit(asyncio.run, execution.validate_prompt("nodewright", api, None)).result()
    _, error, _, node_errors = answer
    _raise(
        f"node {key!r} ({found['class_type']}), "
        + (f"input {name!r}: " if (name := reason["extra_info"].get("input_name")) else "")
        + f"{reason['message']}: {reason['details']}"
        for key, found in node_errors.items()
        for reason in found["errors"]
    )
    if error:
        raise WorkflowProblem(f"workflow: {error['message']}: {error['details']}")


def _raise(problems: Iterable[str], count: int | None = None) -> None:
    """Raise WorkflowProblem with the problems, if there are any; `count` is their number where these are but some."""
    found = list(problems)
    if found:
        total = len(found) if count is None else count
        more = f"\nand {total - SHOWN_PROBLEMS} more" if total > SHOWN_PROBLEMS else ""
        raise WorkflowProblem("workflow: cannot run here.\n" + "\n".join(found[:SHOWN_PROBLEMS]) + more)


def needed(api: dict[str, Any], catalog: Catalog) -> dict[str, Any]:
    """Return the nodes that an output node needs: ComfyUI checks and runs no others."""
    keys: set[str] = set()
    for key in api:
        if catalog.classes[api[key]["class_type"]].output_node:
            keys |= ancestors(api, key)
    kept = {key: node for key, node in api.items() if key in keys}
    return {key: {"class_type": node["class_type"], "inputs": node["inputs"]} for key, node in kept.items()}


def replace_seeds(api: dict[str, Any], catalog: Catalog, seed: int) -> None:
    """Fill the seeds that are not linked, in order."""
    from ..workflow.api_format import seed_value

    count = 0
    for node in api.values():
        for spec in catalog.classes[node["class_type"]].inputs:
            if spec.seed and spec.name in node["inputs"] and not is_link(node["inputs"][spec.name]):
                node["inputs"][spec.name] = seed_value(seed, count)
                count += 1
