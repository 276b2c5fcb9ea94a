"""What Run Workflow makes of a workflow before it runs, in this process."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import pytest
from api_nodes import node

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.graph import WorkflowError

SEED = ["INT", {"default": 0, "min": 0, "max": 2**64 - 1, "control_after_generate": True}]


def node_info(inputs: dict[str, Any], outputs: list[str], output_node: bool = False) -> dict[str, Any]:
    return {
        "input": {"required": inputs},
        "output": outputs,
        "output_is_list": [False] * len(outputs),
        "output_node": output_node,
        "category": "",
    }


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    image = {"image": ["IMAGE", {}]}
    return catalog_from_object_info(
        {
            "Make": node_info({"seed": SEED, "size": ["INT", {"default": 8}]}, ["IMAGE"]),
            "Noise": node_info({"noise_seed": ["INT", {"default": 0}]}, ["NOISE"]),
            "Change": node_info(image | {"seed": SEED}, ["IMAGE"]),
            "Save": node_info({"images": ["IMAGE", {}]}, [], output_node=True),
            "SaveText": node_info({"text": ["STRING", {}]}, [], output_node=True),
            "SaveAny": node_info({"anything": ["*", {}]}, [], output_node=True),
        }
    )


@pytest.fixture(scope="module")
def run_workflow(comfyui_modules: None) -> ModuleType:
    return importlib.import_module("nodewright.nodes.run_workflow")


def test_seeds_are_replaced_in_order_and_links_are_not(run_workflow: ModuleType, catalog: Catalog) -> None:
    api = {
        "1": node("Make", seed=7, size=8),
        "2": node("Noise", noise_seed=7),
        "3": node("Change", image=["1", 0], seed=["1", 0]),
        "4": node("Change", image=["3", 0]),
    }
    run_workflow.replace_seeds(api, catalog, 1000)
    seeds = (api["1"]["inputs"]["seed"], api["2"]["inputs"]["noise_seed"])
    assert seeds[0] == 1000 != seeds[1]
    assert api["1"]["inputs"]["size"] == 8
    assert api["3"]["inputs"]["seed"] == ["1", 0]
    assert "seed" not in api["4"]["inputs"]
    again = {"1": node("Make", seed=3, size=8), "2": node("Noise", noise_seed=5)}
    run_workflow.replace_seeds(again, catalog, 1000)
    assert (again["1"]["inputs"]["seed"], again["2"]["inputs"]["noise_seed"]) == seeds


def test_last_image_is_that_of_the_node_that_needs_most(run_workflow: ModuleType, catalog: Catalog) -> None:
    api = {
        "9": node("Save", images=["3", 0]),
        "1": node("Make", seed=0, size=8),
        "3": node("Change", image=["1", 0], seed=0),
        "4": node("Save", images=["1", 0]),
        "5": node("SaveText", text=["3", 0]),
        "6": node("SaveAny", anything=["3", 0]),
    }
    assert run_workflow.last_image(api, catalog) == ["3", 0]
    del api["9"]
    assert run_workflow.last_image(api, catalog) == ["1", 0]
    api["8"] = node("Save", images=["2", 0])
    api["2"] = node("Make", seed=1, size=8)
    assert run_workflow.last_image(api, catalog) == ["2", 0]  # of equals, the last in the text
    with pytest.raises(WorkflowError, match="makes no picture"):
        run_workflow.last_image({"1": api["1"], "6": node("SaveAny", anything=["1", 0])}, catalog)


class ChecksItself:
    """A node class whose own code says which values and links it takes."""

    RETURN_TYPES = ("IMAGE",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        limited = ("INT", {"default": 1, "max": 8})
        return {"required": {"mode": (["a", "b"],), "size": limited, "other": limited, "image": ("MASK",)}}

    @classmethod
    def VALIDATE_INPUTS(cls, input_types: dict[str, str], mode: str, size: int) -> bool:
        return True


class TakesAnything(ChecksItself):
    @classmethod
    def VALIDATE_INPUTS(cls, **values: Any) -> bool:  # type: ignore[override]
        return True


class TakesWhatItOffers(ChecksItself):
    VALIDATE_INPUTS = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("kind", "value", "refused"),
    [
        (ChecksItself, {"mode": "of tomorrow", "size": 99}, None),
        (ChecksItself, {"other": 99}, "input 'other'"),
        (ChecksItself, {"size": "many"}, "input 'size'"),
        (TakesAnything, {"mode": "of tomorrow", "other": 99, "image": ["2", 0]}, None),
        (TakesAnything, {}, "input 'image'"),
        (TakesWhatItOffers, {"mode": "of tomorrow", "image": ["2", 0]}, "input 'mode'"),
        (TakesWhatItOffers, {"size": 99, "image": ["2", 0]}, "input 'size'"),
        (TakesWhatItOffers, {}, "input 'image'"),
    ],
)
def test_what_a_class_checks_itself_is_left_to_it(
    run_workflow: ModuleType, monkeypatch: pytest.MonkeyPatch, kind: type, value: dict[str, Any], refused: str | None
) -> None:
    import nodes

    described = importlib.import_module("nodewright.nodes.class_descriptions")
    monkeypatch.setitem(nodes.NODE_CLASS_MAPPINGS, "Own", kind)
    used = ("Own", "EmptyImage", "SolidMask", "PreviewImage")
    extras = importlib.import_module("comfy_extras.nodes_mask").SolidMask
    monkeypatch.setitem(nodes.NODE_CLASS_MAPPINGS, "SolidMask", extras)
    info = {name: described._node_info(name, nodes.NODE_CLASS_MAPPINGS[name]) for name in used}
    catalog = catalog_from_object_info(info)
    api = {
        "1": node("EmptyImage", width=8, height=8, batch_size=1, color=0),
        "2": node("SolidMask", value=1.0, width=8, height=8),
        "3": node("Own", **({"mode": "a", "size": 1, "other": 1, "image": ["1", 0]} | value)),
        "4": node("PreviewImage", images=["3", 0]),
    }
    for ask in (lambda: run_workflow.check(api, catalog), lambda: run_workflow.check_by_comfyui(api)):
        if refused is None:
            ask()
        else:
            with pytest.raises(run_workflow.WorkflowProblem, match=refused):
                ask()


def test_needed_keeps_what_output_nodes_depend_on(run_workflow: ModuleType, catalog: Catalog) -> None:
    api = {
        "2": node("Save", images=["1", 0]) | {"_meta": {"title": "T"}},
        "1": node("Make", seed=0, size=8),
        "3": node("Change", image=["1", 0], seed=0),
    }
    kept = run_workflow.needed(api, catalog)
    assert list(kept) == ["2", "1"]
    assert kept["2"] == node("Save", images=["1", 0])
