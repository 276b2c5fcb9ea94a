"""Read and write ComfyUI's API format.

A document has the form `{id: {"class_type": ..., "inputs": {name: value or [id, slot]}, "_meta": ...}}`. It
is what `/prompt` takes and what the frontend's "Export (API)" writes. ComfyUI takes a list for a link, so a value that
happens to be a list is written as `{"__value__": [...]}`, as the frontend does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from .. import guarded_json
from ..files import write_bytes
from ..guarded_json import MEBIBYTE, JsonError
from .graph import (
    JSON,
    Link,
    Literal,
    Node,
    Seed,
    Text,
    Value,
    Workflow,
    WorkflowError,
    check_text,
    literal,
    topological,
)

SAFE_INTEGER = 2**53
"""Integers below this are exact in a browser, which holds numbers as doubles."""
MAXIMUM_SEED = SAFE_INTEGER - 1
"""Largest seed that nodes and the command line accept."""
LARGEST_FILE = 64 * MEBIBYTE
"""Largest file of a workflow that is read."""
_SEED_STEP = 0x9E3779B97F4A7  # odd, so that multiples modulo a power of two do not repeat


def from_api(api: Any, *, prompt: str | None = None, phrases: Collection[str] | None = None) -> Workflow:
    """Return the workflow that `api` describes. Seeds stay numbers.

    Without `prompt` and `phrases`, strings stay strings. An empty prompt is not searched for.

    Args:
        api: parsed JSON.
        prompt: the user's prompt. A string that equals it, or that is the prompt followed by ", "-separated members of
            `phrases`, becomes `Text(prompt=True)`.
        phrases: the phrase table. A string made of its members alone, the empty string included, becomes
            `Text(prompt=False)`.

    Raises:
        WorkflowError: naming node id and input: not an object, UI format, no class_type, a link to a node that is not
            there, a negative slot, a cycle, or numbers and text that JSON cannot hold.
    """
    check_outline(api)
    parsed = {key: _node_inputs(key, node, api) for key, node in api.items()}
    sources = {
        key: [value[0] for value in inputs.values() if isinstance(value, tuple)] for key, inputs in parsed.items()
    }
    order = topological(sources)
    index = {key: position for position, key in enumerate(order)}
    table = None if phrases is None else frozenset(phrases)
    nodes = []
    for key in order:
        inputs = tuple(
            (name, Link(index[value[0]], value[1]) if isinstance(value, tuple) else text_of(value, prompt, table))
            for name, value in parsed[key].items()
        )
        nodes.append(Node(api[key]["class_type"], inputs, _title(api[key])))
    return Workflow(tuple(nodes))


def to_api(workflow: Workflow, *, prompt: str, seed: int | Callable[[int], int]) -> dict[str, Any]:
    """Return the workflow in API format, with ids "1", "2", ... in its order.

    Args:
        workflow: the workflow.
        prompt: the user's prompt, which fills every `Text` that contains it.
        seed: the first seed, from which the others follow (`seed_value`), or a function from a seed's position, counted
            from 0, to its value. A value that its input does not accept is moved into the input's range.

    Raises:
        WorkflowError: a seed is larger than ComfyUI accepts.
    """
    seed_of = seed if callable(seed) else lambda n: seed_value(seed, n)
    seeds = 0
    api: dict[str, Any] = {}
    for position, node in enumerate(workflow.nodes, start=1):
        inputs: dict[str, JSON] = {}
        for name, value in node.inputs:
            if isinstance(value, Link):
                inputs[name] = [str(value.node + 1), value.slot]
            elif isinstance(value, Seed):
                inputs[name] = value.within(_checked_seed(seed_of(seeds)))
                seeds += 1
            elif isinstance(value, Text):
                inputs[name] = value.render(prompt)
            else:
                plain = value_of(value)
                inputs[name] = {"__value__": plain} if _needs_wrapping(plain) else plain
        api[str(position)] = {"inputs": inputs, "class_type": node.class_type}
        if node.title is not None:
            api[str(position)]["_meta"] = {"title": node.title}
    return api


def seed_value(seed: int, n: int) -> int:
    """Return the value of the n-th seed of a workflow, counted from 0.

    The first is `seed` itself, and all others differ from it and from each other. Each is below 2**53, so that a
    browser shows and resubmits the same number.
    """
    return (_checked_seed(seed) + n * _SEED_STEP) % SAFE_INTEGER


def value_of(value: Value) -> JSON:
    """Return the JSON value that `literal` was given.

    Raises:
        WorkflowError: `value` is a `Text` or a `Seed`, which have no value until `to_api` fills them in.
    """
    if isinstance(value, Text | Seed):
        raise WorkflowError(f"{value} is a placeholder; to_api fills it in")
    return json.loads(value.text) if isinstance(value, Literal) else value


def minified(api: Mapping[str, Any]) -> str:
    """Return a workflow in API format as the shortest JSON text."""
    return json.dumps(api, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def read_json(path: str | os.PathLike[str]) -> Any:
    """Return the JSON document in a UTF-8 file.

    Raises:
        WorkflowError: naming the file and the line, where the content is not JSON.
        OSError: the file cannot be read.
    """
    try:
        return guarded_json.read_json(Path(path), maximum_bytes=LARGEST_FILE)
    except JsonError as error:
        raise WorkflowError(str(error)) from error


def write_api(path: str | os.PathLike[str], api: Mapping[str, Any]) -> None:
    """Write a workflow in API format to a file.

    An interrupted write or a full disk leaves the file that was there.

    Raises:
        OSError: the file cannot be written.
    """
    target = Path(path)
    data = (json.dumps(api, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode("utf-8")
    try:
        write_bytes(target, data)
    except OSError as error:
        kept = "; the file that was there is unchanged" if target.exists() else ""
        raise OSError(error.errno, f"could not write the workflow: {error.strerror}{kept}", str(target)) from error


def looks_like_ui(document: Any) -> bool:
    """Return whether a document is a workflow as the canvas saves it (UI format), which `ui_format.py` reads."""
    return isinstance(document, dict) and isinstance(document.get("nodes"), list)


def check_outline(api: Any) -> None:
    """Check that `api` is an object of nodes that each have a class and inputs.

    Raises WorkflowError naming the fault.
    """
    if looks_like_ui(api):
        raise WorkflowError(
            'this is a workflow as the canvas saves it (UI format, with "nodes" and "links"), not API format; '
            "export it with File > Export (API), or convert it with nodewright.workflow.ui_format"
        )
    if not isinstance(api, dict):
        raise WorkflowError(f"a workflow in API format is an object of nodes, not {_kind(api)}")
    for key, node in api.items():
        if not isinstance(key, str):
            raise WorkflowError(f"node {key!r}: ids are strings in API format, not {_kind(key)}")
        if not isinstance(node, dict):
            raise WorkflowError(f"node {key!r}: a node is an object with class_type and inputs, not {_kind(node)}")
        class_type = node.get("class_type")
        if not isinstance(class_type, str) or not class_type:
            raise WorkflowError(f"node {key!r}: class_type is missing or not a name")
        for text in (key, class_type, _title(node) or ""):
            check_text(text)
        if not isinstance(node.get("inputs"), dict):
            raise WorkflowError(f"node {key!r} ({class_type}): inputs is missing or not an object")


def _node_inputs(key: str, node: dict[str, Any], api: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs of one node: links as (id, slot) tuples, everything else as a Value."""
    inputs: dict[str, Any] = {}
    for name, value in node["inputs"].items():
        try:
            check_text(name)
            inputs[name] = _link(value, api) if is_link(value) else literal(_unwrapped(value))
        except WorkflowError as error:
            raise WorkflowError(f"node {key!r} ({node['class_type']}), input {name!r}: {error}") from error
    return inputs


def is_link(value: Any) -> bool:
    """Return whether ComfyUI takes an input's value for a link: a pair of node id and output slot.

    To ComfyUI (comfy_execution/graph_utils.py), true is slot 1.
    """
    return (
        isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int | float)
    )


def _link(value: list[Any], api: dict[str, Any]) -> tuple[str, int]:
    source, slot = value
    if source not in api:
        raise WorkflowError(f"links to node {source!r}, which is not there")
    if slot < 0 or (isinstance(slot, float) and not slot.is_integer()):
        raise WorkflowError(f"links to output slot {slot!r} of node {source!r}; slots count 0, 1, 2, ...")
    return source, int(slot)


def _unwrapped(value: Any) -> Any:
    return value["__value__"] if isinstance(value, dict) and "__value__" in value else value


def _needs_wrapping(value: JSON) -> bool:
    return isinstance(value, list) or (isinstance(value, dict) and "__value__" in value)


def text_of(value: Any, prompt: str | None, phrases: frozenset[str] | None) -> Any:
    """Return a string as `from_api` reads it, a `Text` where it can be one; return any other value unchanged."""
    if not isinstance(value, str):
        return value
    if prompt and value == prompt:
        return Text(True)
    if phrases is None:
        return value
    if prompt and value.startswith(prompt + ", "):
        rest = tuple(value[len(prompt) + 2 :].split(", "))
        if all(part in phrases for part in rest):
            return Text(True, rest)
    parts = tuple(value.split(", ")) if value else ()
    return Text(False, parts) if all(part in phrases for part in parts) else value


def _title(node: dict[str, Any]) -> str | None:
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    return title if isinstance(title, str) else None


def _checked_seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**64:
        raise WorkflowError(f"seed {seed!r}: a seed is a whole number from 0 to {2**64 - 1}")
    return seed


def _kind(value: Any) -> str:
    names = {type(None): "null", list: "a list", str: "text", bool: "true or false", int: "a number", dict: "an object"}
    return names.get(type(value), type(value).__name__)
