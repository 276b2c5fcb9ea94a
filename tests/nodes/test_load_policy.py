"""Load Policy: which policies and adapters it finds, and how it keeps them, in this process and in a real ComfyUI."""

from __future__ import annotations

import gc
import importlib
import json
import weakref
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from adapted import adapted_by_peft
from comfyui_client import fetch_json, run
from comfyui_process import ComfyUI
from tiny_policy import tiny_policy, write_tiny_policy
from tiny_reward import write_tiny_reward

from nodewright.models.policy import loading
from nodewright.models.policy.adapters import adapter_of, write_adapter
from nodewright.models.policy.checkpoints import save_checkpoint
from nodewright.models.policy.fast_llama.llama import packed_model
from nodewright.models.policy.lora import Adapter
from nodewright.workflow.ui_format import api_from_ui

OWN = "policy's own"


# ---- in this process ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def load_policy(comfyui_modules: None) -> ModuleType:
    return importlib.import_module("nodewright.nodes.load_policy")


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


def test_what_was_made_of_a_policy_goes_when_comfyui_unloads_it(load_policy: ModuleType, tmp_path: Path) -> None:
    import comfy.model_management as management
    import torch

    load_reward = importlib.import_module("nodewright.nodes.load_reward")
    write_tiny_policy(tmp_path / "tiny")
    write_tiny_reward(tmp_path / "reward", tmp_path / "tiny", {"SaveImage": 1})
    loaded = load_policy.load(tmp_path / "tiny", dtype="float32")
    reward = load_reward.load(tmp_path / "reward", loaded)

    def made() -> list[weakref.ref[Any]]:
        """The copy of the model, and the members' own layers."""
        with torch.inference_mode():
            scores.append(reward.ready().score("a red circle", [["@none", "SaveImage"]])[0].members)
        return [weakref.ref(packed_model(loaded.policy.weights)), *map(weakref.ref, reward.ensemble._kept.values())]

    def alive(found: list[weakref.ref[Any]]) -> list[bool]:
        gc.collect()
        return [each() is not None for each in found]

    scores: list[tuple[float, ...]] = []
    first = made()
    reward.ready()  # ComfyUI lists the model anew, and leaves it where it is
    assert alive(first) == [True, True]
    management.unload_all_models()
    assert alive(first) == [False, False]
    second = made()
    assert alive(second) == [True, True]
    place = [each.model for each in management.current_loaded_models].index(loaded.patcher)
    assert management.current_loaded_models.pop(place).model_unload(1), "for a single byte it is unloaded in whole"
    assert alive(second) == [False, False]
    made()
    assert scores[0] == scores[1] == scores[2]
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
    assert sorted(load_policy.installed_policies()) == ["base", "checkpoint", "small.GGUF"]
    assert load_policy.find_policy("base", " ") == tmp_path / "base"
    assert load_policy.find_policy("base", str(tmp_path / "checkpoint")) == tmp_path / "checkpoint"
    of = load_policy.NodewrightLoadPolicy.fingerprint_inputs
    first = of("base")
    assert first == of("base") == of(policy="base", folder=None), "what is linked is not known yet"
    (tmp_path / "base" / "config.json").write_text('{"a": 1}')
    assert first != of("base")
    rewards = importlib.import_module("nodewright.nodes.load_reward").NodewrightLoadReward
    assert rewards.fingerprint_inputs(reward="gone", folder=None) == rewards.fingerprint_inputs(reward="gone")


def test_a_folder_out_of_reach_takes_no_node_away(
    load_policy: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import folder_paths

    there, gone = tmp_path / "there", tmp_path / "gone"
    gone.mkdir()
    write_tiny_policy(there / "tiny")
    (there / "deep").mkdir()
    (there / "deep" / "nodewright_adapter.json").write_text("[" * 100_000)
    (there / "deep" / "adapter_model.safetensors").write_bytes(b"")
    monkeypatch.setitem(folder_paths.folder_names_and_paths, "nodewright", ([str(gone), str(there)], set()))
    listed = Path.iterdir

    def iterdir(path: Path) -> Any:
        if path == gone:
            raise OSError(5, "the drive does not answer")
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    for _ in range(3):
        assert list(load_policy.installed_policies()) == ["tiny"]
        assert list(load_policy.installed_adapters()) == ["deep"]
    assert caplog.text.count("the drive does not answer") == 1


def test_adapters_are_folders_of_the_kind_policy(
    load_policy: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import folder_paths

    def adapter(name: str, description: str, weights: str = "adapter_model.safetensors") -> None:
        (tmp_path / name).mkdir()
        (tmp_path / name / "nodewright_adapter.json").write_text(description, encoding="utf-8")
        (tmp_path / name / weights).write_bytes(b"")

    monkeypatch.setitem(folder_paths.folder_names_and_paths, "nodewright", ([str(tmp_path), "no/such/folder"], set()))
    for name in ("mine", "none", OWN, "with_config"):
        adapter(name, json.dumps({"kind": "policy"}))
    (tmp_path / "with_config" / "config.json").write_text("{}")
    adapter("member-0", json.dumps({"kind": "reward"}))
    adapter("half", json.dumps({"kind": "policy"}), "adapter_model.safetensors.part")
    adapter("damaged", "{")
    assert sorted(load_policy.installed_adapters()) == ["damaged", "mine", "with_config"]
    assert load_policy.installed_policies() == {}
    assert load_policy.find_adapter("mine") == tmp_path / "mine"
    assert (load_policy.find_adapter(OWN), load_policy.find_adapter("none")) == (True, False)
    with pytest.raises(ValueError, match="adapter: there is no 'member-0' .*; there is policy's own, none, damaged"):
        load_policy.find_adapter("member-0")

    write_tiny_policy(tmp_path / "tiny")
    of = load_policy.NodewrightLoadPolicy.fingerprint_inputs
    first, plain = of("tiny", adapter="mine"), of("tiny")
    assert first == of("tiny", adapter="mine") != plain
    (tmp_path / "mine" / "adapter_model.safetensors").write_bytes(b"new")
    assert first != of("tiny", adapter="mine")
    assert plain == of("tiny")


# ---- inside a real ComfyUI ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(url: str, comfyui_server: ComfyUI) -> Path:
    """The server's models/nodewright."""
    return comfyui_server.base_directory / "models" / "nodewright"


@pytest.fixture(scope="module")
def mine(folder: Path) -> Adapter:
    """ "mine" in models/nodewright, an adapter over "tiny"; beside it lies "foreign", over other weights."""
    tiny = loading.load_policy(folder / "tiny")
    other = tiny_policy(tiny.vocabulary, seed=5, context=4096)
    write_adapter(folder / "foreign", adapter_of(adapted_by_peft(other.model, layers=[1])), "0" * 64)
    adapter = adapter_of(adapted_by_peft(tiny.model, layers=[1]))
    write_adapter(folder / "mine", adapter, tiny.base_sha256)
    return adapter


def written(url: str, graph: dict[str, Any], guidance: float = 1.0, **inputs: Any) -> str:
    """The script that Prompt to Workflow writes, with these inputs of Load Policy."""
    prompt = graph["1"]["inputs"] | {"max_nodes": 9, "max_megapixels": 0.3, "guidance_scale": guidance}
    shown = {"class_type": "PreviewAny", "inputs": {"source": ["1", 2]}}
    graph = graph | {"1": graph["1"] | {"inputs": prompt}, "2": shown}
    done = run(url, graph | {"9": graph["9"] | {"inputs": graph["9"]["inputs"] | inputs}})
    assert done.status == "execution_success", done.error
    return str(done.output("2")["text"][0])


def test_adapters_are_offered_and_policies_are_not_more(url: str, mine: Adapter) -> None:
    info = fetch_json(f"{url}/object_info/NodewrightLoadPolicy")["NodewrightLoadPolicy"]
    assert info["input"]["optional"]["adapter"][1]["options"] == [OWN, "none", "foreign", "mine"]
    assert info["input"]["required"]["policy"][1]["options"] == ["shipped", "tiny"]
    assert "foreign" not in str(fetch_json(f"{url}/object_info/NodewrightLoadReward"))
    assert info["input"]["optional"]["adapter"][1]["default"] == OWN


def test_a_workflow_saved_before_there_was_the_input_keeps_its_values(url: str) -> None:
    saved = {"id": 1, "type": "NodewrightLoadPolicy", "mode": 0, "inputs": [], "outputs": []}
    saved |= {"widgets_values": ["tiny", "cpu", "float32", "a folder"]}
    (loader,) = api_from_ui({"nodes": [saved], "links": []}, fetch_json(f"{url}/object_info")).values()
    expected = {"policy": "tiny", "device": "cpu", "dtype": "float32", "folder": "a folder"}
    assert {name: loader["inputs"][name] for name in expected} == expected
    assert loader["inputs"].get("adapter", OWN) == OWN


def test_an_adapter_is_chosen(
    url: str, prompt_node: dict[str, Any], folder: Path, mine: Adapter, tmp_path: Path
) -> None:
    plain = written(url, prompt_node)
    tuned = written(url, prompt_node, adapter="mine")
    assert tuned != plain
    assert written(url, prompt_node, guidance=0.0, adapter="mine") == plain
    assert written(url, prompt_node, adapter="none") == plain

    # Over a policy with an adapter of its own, it takes the place of that.
    tiny = loading.load_policy(folder / "tiny")
    save_checkpoint(replace(tiny, adapter=adapter_of(adapted_by_peft(tiny.model))), tmp_path / "policy")
    policy: dict[str, Any] = {"folder": str(tmp_path / "policy")}
    own = written(url, prompt_node, **policy)
    assert own != plain and own != tuned
    assert written(url, prompt_node, adapter="mine", **policy) == tuned
    assert written(url, prompt_node, adapter="none", **policy) == plain

    # And it is read anew when its files change.
    nothing = replace(mine, tensors={path: (a, 0 * b) for path, (a, b) in mine.tensors.items()})
    write_adapter(folder / "mine", nothing, tiny.base_sha256)
    assert written(url, prompt_node, adapter="mine") == plain, "an adapter of zeros adds nothing"
    write_adapter(folder / "mine", mine, tiny.base_sha256)


def test_an_adapter_of_another_policy_names_input_and_both_files(
    url: str, prompt_node: dict[str, Any], folder: Path, mine: Adapter
) -> None:
    prompt_node["9"]["inputs"]["adapter"] = "foreign"
    done = run(url, prompt_node)
    assert done.status == "execution_error"
    assert done.events[-1][1]["node_id"] == "9"
    assert done.error.startswith("adapter: 'foreign' cannot be loaded over ")
    for file in (folder / "foreign" / "nodewright_adapter.json", folder / "tiny" / "model.safetensors"):
        assert str(file) in done.error
    assert done.error.rstrip().endswith("Or choose another adapter, or 'none'")


def test_an_adapter_that_is_not_there(url: str, prompt_node: dict[str, Any]) -> None:
    prompt_node["9"]["inputs"]["adapter"] = "../tiny"
    told = run(url, prompt_node).error
    assert "there is no '../tiny'" in told or "Value not in list" in told


def test_a_reward_is_the_same_whatever_the_adapter(url: str, folder: Path, mine: Adapter, tmp_path: Path) -> None:
    write_tiny_reward(tmp_path / "reward", folder / "tiny", {"SaveImage": 1})
    api = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 255}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "scored"}},
    }
    members = []
    for adapter in ("mine", "none"):
        score = {"prompt": "a red circle", "workflow": json.dumps(api), "reward": ["21", 0]}
        reward = {"reward": "shipped", "folder": str(tmp_path / "reward"), "policy": ["22", 0]}
        policy = {"policy": "tiny", "device": "cpu", "dtype": "float32", "adapter": adapter}
        graph = {
            "20": {"class_type": "NodewrightScoreWorkflow", "inputs": score},
            "21": {"class_type": "NodewrightLoadReward", "inputs": reward},
            "22": {"class_type": "NodewrightLoadPolicy", "inputs": policy},
        }
        done = run(url, graph)
        assert done.status == "execution_success", done.error
        assert not {"20", "21", "22"} & done.cached
        members.append(done.output("20")["nodewright_score"][0]["members"])
    assert members[0] == members[1]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"policy": "gone"}, "there is no 'gone' in models/nodewright; there is tiny"),
        ({"policy": "../checkpoints"}, "there is no '../checkpoints'"),
        ({"folder": "no/such/folder"}, "there is no such folder on the machine"),
        ({"folder": "some-user/some-model"}, "there is no such folder on the machine"),
    ],
)
def test_policies_that_are_not_there(
    url: str, prompt_node: dict[str, Any], inputs: dict[str, Any], message: str
) -> None:
    prompt_node["9"]["inputs"] |= inputs
    done = run(url, prompt_node)
    told = done.error
    assert message in told or "Value not in list" in told


def test_a_policy_from_another_folder_on_the_cpu(url: str, prompt_node: dict[str, Any], tmp_path: Path) -> None:
    write_tiny_policy(tmp_path / "mine")
    prompt_node["9"]["inputs"] |= {"folder": str(tmp_path / "mine"), "device": "cpu", "dtype": "float32"}
    assert run(url, prompt_node).status == "execution_success"
    assert "9" in run(url, prompt_node).cached
    (tmp_path / "mine" / "model.safetensors").write_bytes(b"")
    done = run(url, prompt_node)  # the files have changed, so they are looked at again
    assert done.status == "refused"
    assert "model.safetensors" in done.error
