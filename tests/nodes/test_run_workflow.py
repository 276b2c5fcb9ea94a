"""What Run Workflow makes of a workflow before it runs, in this process."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import pytest

from nodewright.workflow.catalog import Catalog, catalog_from_object_info
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


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


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


def test_needed_keeps_what_output_nodes_depend_on(run_workflow: ModuleType, catalog: Catalog) -> None:
    api = {
        "2": node("Save", images=["1", 0]) | {"_meta": {"title": "T"}},
        "1": node("Make", seed=0, size=8),
        "3": node("Change", image=["1", 0], seed=0),
    }
    kept = run_workflow.needed(api, catalog)
    assert list(kept) == ["2", "1"]
    assert kept["2"] == node("Save", images=["1", 0])
