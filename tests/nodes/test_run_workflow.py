"""What Run Workflow makes of a workflow before it runs, and how a policy is kept, in this process."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tiny_policy import write_tiny_policy

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


@pytest.fixture(scope="module")
def load_policy(comfyui_modules: None) -> ModuleType:
    return importlib.import_module("nodewright.nodes.load_policy")


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


def test_a_policy_is_managed_as_comfyui_manages_models(load_policy: ModuleType, tmp_path: Path) -> None:
    import comfy.model_management as management
    import torch

    write_tiny_policy(tmp_path / "tiny")
    with torch.inference_mode():  # as nodes run
        loaded = load_policy.load(tmp_path / "tiny", dtype="bfloat16")
    assert {parameter.dtype for parameter in loaded.policy.model.parameters()} == {torch.bfloat16}
    assert not any(parameter.is_inference() for parameter in loaded.policy.model.parameters())
    ids = torch.tensor([loaded.policy.context("a red circle").ids])
    with torch.inference_mode():
        before = loaded.ready().model(ids).logits
    assert loaded.patcher in [each.model for each in management.current_loaded_models]
    management.unload_all_models()
    assert loaded.patcher not in [each.model for each in management.current_loaded_models]
    with torch.inference_mode():
        assert torch.equal(loaded.ready().model(ids).logits, before)
    management.unload_all_models()


def test_policies_are_folders_and_gguf_files(
    load_policy: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import folder_paths

    monkeypatch.setitem(folder_paths.folder_names_and_paths, "nodewright", ([str(tmp_path), "no/such/folder"], set()))
    for name in ("checkpoint/nodewright.json", "base/config.json", "shipped/nodewright.json", "notes/readme.txt"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("{}")
    (tmp_path / "small.GGUF").write_bytes(b"")
    (tmp_path / "stray.safetensors").write_bytes(b"")
    assert sorted(load_policy.installed()) == ["base", "checkpoint", "small.GGUF"]
    assert load_policy.find("base", " ") == tmp_path / "base"
    assert load_policy.find("base", str(tmp_path / "checkpoint")) == tmp_path / "checkpoint"
    first = load_policy.NodewrightLoadPolicy.fingerprint_inputs("base")
    assert first == load_policy.NodewrightLoadPolicy.fingerprint_inputs("base")
    (tmp_path / "base" / "config.json").write_text('{"a": 1}')
    assert first != load_policy.NodewrightLoadPolicy.fingerprint_inputs("base")
