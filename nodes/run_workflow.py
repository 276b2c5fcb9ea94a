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

from ..workflow.api_format import MAXIMUM_SEED
from ..workflow.saved_picture import ancestors, last_image

if TYPE_CHECKING:
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
        return io.Schema(
            node_id="NodewrightRunWorkflow",
            display_name="Run Workflow",
            category="Nodewright",
            description="Runs a workflow, given as text, inside this one, and passes its picture on.",
            is_output_node=True,
            enable_expand=True,
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
                )
            ],
        )

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
        """Expand into the workflow. Raises WorkflowProblem for one that cannot run here."""
        from .live_catalog import live_catalog

        # The prefix is ComfyUI's for this call: the same for the same node in each run, so that caches hold.
        prefix = GraphBuilder.alloc_prefix()
        catalog = live_catalog()
        api = read_api_text(workflow)
        refuse_recursion(api)
        check(api, catalog)
        api = needed(api, catalog)
        if seeds == "replace":
            replace_seeds(api, catalog, seed)
        check_by_comfyui(api)
        graph, outputs = add_graph_prefix(api, [last_image(api, catalog)], prefix)
        return io.NodeOutput(*outputs, expand=graph)


def read_api_text(text: str) -> dict[str, Any]:
    """Return the workflow in a text: node id -> {"class_type", "inputs"}. Raises WorkflowProblem."""
    from ..workflow.api_format import looks_like_ui

    if not text.strip():
        raise WorkflowProblem("workflow: is empty. Link Prompt to Workflow, or paste a workflow in API format")
    try:
        api = json.loads(text)
    except json.JSONDecodeError as error:
        raise WorkflowProblem(
            f"workflow: is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise WorkflowProblem(f"workflow: is not usable JSON: {error}") from error
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


def _raise(problems: Iterable[str]) -> None:
    found = list(problems)
    if found:
        more = f"\nand {len(found) - SHOWN_PROBLEMS} more" if len(found) > SHOWN_PROBLEMS else ""
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
    from ..workflow.api_format import is_link, seed_value

    count = 0
    for node in api.values():
        for spec in catalog.classes[node["class_type"]].inputs:
            if spec.seed and spec.name in node["inputs"] and not is_link(node["inputs"][spec.name]):
                node["inputs"][spec.name] = seed_value(seed, count)
                count += 1
