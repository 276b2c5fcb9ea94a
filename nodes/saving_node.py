"""Inside Run Workflow, let pictures hold the workflow that made them.

ComfyUI hands an output node the prompt of the whole run and the canvas, to be written into what the node saves. For a
node that Run Workflow expands into, that would be the graph around Run Workflow. `with_own_prompt` puts the class
`NodewrightSavingNode` in the place of such nodes, which runs the node's own class with the prompt that the class would
get if the workflow had been queued by itself.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

from comfy_api.internal import _ComfyNodeInternal, first_real_override, make_locked_method_func

import nodes

NODE_ID = "NodewrightSavingNode"
_CLASS, _PROMPT = "nodewright_class", "nodewright_prompt"
_SAVED = ("PROMPT", "EXTRA_PNGINFO")
_GIVEN = {"nodewright_extra": "EXTRA_PNGINFO", "nodewright_id": "UNIQUE_ID", "nodewright_graph": "DYNPROMPT"}


class _AnyInputs(dict[str, Any]):
    """The declaration of inputs of any name and type."""

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> tuple[str, dict[str, Any]]:
        return ("*", {})


class NodewrightSavingNode:
    """A node that stands for an output node inside Run Workflow. It is hidden from the menus."""

    CATEGORY = "Nodewright/inside"
    DESCRIPTION = "Stands for a node that saves or shows something inside Run Workflow."
    DEPRECATED = True
    DEV_ONLY = True
    FUNCTION = "run"
    OUTPUT_NODE = True
    RETURN_TYPES = ()
    RELATIVE_PYTHON_MODULE = "custom_nodes.nodewright"

    def __init__(self) -> None:
        self._node: Any = None  # ComfyUI keeps a V1 node's object from one run to the next

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """Declare whatever inputs the node has that this one stands for."""
        return {"required": {}, "optional": _AnyInputs(), "hidden": dict(_GIVEN)}

    @classmethod
    def IS_CHANGED(cls, **values: Any) -> Any:
        """Return what the class of the node returns, or False."""
        inputs = {name: value for name, value in values.items() if name not in (_CLASS, _PROMPT, *_GIVEN)}
        kind = nodes.NODE_CLASS_MAPPINGS.get(values.get(_CLASS))
        if kind is None:
            return False
        if issubclass(kind, _ComfyNodeInternal):
            if first_real_override(kind, "fingerprint_inputs") is None:
                return False
            return make_locked_method_func(kind, "fingerprint_inputs", kind.PREPARE_CLASS_CLONE(None))(**inputs)
        return kind.IS_CHANGED(**inputs) if hasattr(kind, "IS_CHANGED") else False

    async def run(self, **values: Any) -> Any:
        """Run the node with its workflow as the prompt, and return what it returns."""
        kind = nodes.NODE_CLASS_MAPPINGS.get(values.pop(_CLASS, None))
        if kind is None:
            raise ValueError("this node stands for others inside Run Workflow, and does nothing by itself")
        hidden = {given: values.pop(name, None) for name, given in _GIVEN.items()}
        hidden["PROMPT"] = json.loads(values.pop(_PROMPT))
        # The frontend opens the canvas rather than the prompt where a picture has both; this one is another's.
        extra = {name: value for name, value in (hidden["EXTRA_PNGINFO"] or {}).items() if name != "workflow"}
        hidden["EXTRA_PNGINFO"] = extra or None
        if issubclass(kind, _ComfyNodeInternal):
            clone = kind.PREPARE_CLASS_CLONE(None)
            for name, value in hidden.items():
                setattr(clone.hidden, name.lower(), value)
            result = make_locked_method_func(kind, kind.FUNCTION, clone)(**values)
        else:
            if type(self._node) is not kind:
                self._node = kind()
            wanted = kind.INPUT_TYPES().get("hidden", {})
            values |= {name: hidden[given] for name, given in wanted.items() if given in hidden}
            result = getattr(self._node, kind.FUNCTION)(**values)
        return await result if inspect.isawaitable(result) else result


def register() -> None:
    """Add the class to ComfyUI's, which no extension's list of V3 nodes can hold."""
    nodes.NODE_CLASS_MAPPINGS[NODE_ID] = NodewrightSavingNode
    nodes.NODE_DISPLAY_NAME_MAPPINGS[NODE_ID] = "Saved inside Run Workflow"


def with_own_prompt(api: Mapping[str, Any], prompt: str) -> dict[str, Any]:
    """Return the workflow with `NodewrightSavingNode` in the place of nodes that save the prompt.

    Parameters:
        api: a valid workflow in API format.
        prompt: the workflow in API format as JSON, which is to be saved.
    """
    return {
        key: {
            "class_type": NODE_ID,
            "inputs": {**node["inputs"], _CLASS: node["class_type"], _PROMPT: prompt},
        }
        if _stands_in(nodes.NODE_CLASS_MAPPINGS[node["class_type"]])
        else node
        for key, node in api.items()
    }


def _stands_in(kind: Any) -> bool:
    """Return whether the class saves the prompt, and runs as it does for ComfyUI if it is called by another.

    ComfyUI treats lists, lazy inputs and inputs of a changing number by what a class declares, so such a class stays
    in its own place.
    """
    if getattr(kind, "OUTPUT_NODE", False) is not True or any(
        getattr(kind, name, False) for name in ("INPUT_IS_LIST", "NOT_IDEMPOTENT")
    ):
        return False
    if any(getattr(kind, "OUTPUT_IS_LIST", ()) or ()):
        return False
    if issubclass(kind, _ComfyNodeInternal):
        lazy = first_real_override(kind, "check_lazy_status") is not None
    else:
        lazy = hasattr(kind, "check_lazy_status")
    declared = kind.INPUT_TYPES()
    specs = [spec for group in ("required", "optional") for spec in declared.get(group, {}).values()]
    special = any(_is_special(spec) for spec in specs)
    hidden = declared.get("hidden", {}).values()
    return not lazy and not special and any(_hidden_name(each) in _SAVED for each in hidden)


def _is_special(spec: Any) -> bool:
    options = spec[1] if len(spec) > 1 and isinstance(spec[1], Mapping) else {}
    dynamic = isinstance(spec[0], str) and spec[0].startswith("COMFY_") and spec[0].endswith("_V3")
    return dynamic or bool(options.get("rawLink") or options.get("lazy"))


def _hidden_name(declared: Any) -> str:
    """Return the name of a hidden value, which V3 classes declare as a tuple of one."""
    return str(declared[0]) if isinstance(declared, tuple | list) else str(declared)
