"""What is refused before it is queued, at its widget, by a real server."""

from __future__ import annotations

import importlib
import json
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from api_nodes import node
from comfyui_client import Run, run
from comfyui_process import ComfyUI
from tiny_policy import write_tiny_policy
from tiny_reward import write_tiny_reward


def told(done: Run, node_id: str, widget: str) -> str:
    """What the frontend shows at a widget of a prompt that was refused."""
    assert done.refused is not None, done.status
    found = [
        each["details"]
        for each in done.refused["node_errors"][node_id]["errors"]
        if each["extra_info"].get("input_name") == widget
    ]
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("widget", "value", "message"),
    [
        ("prompt", " \n", "prompt: is empty; describe the picture"),
        ("prompt", "a cat\x1b[2J", "prompt: control character U+001B at position 6"),
        ("families", "sdxl, fluks", "families: 'fluks' is no model family. Similar: flux"),
        ("families", "qqqq", "families: 'qqqq' is no model family. There are ace_step"),
        ("required", "KSamplr", "required: the node class 'KSamplr' is not installed. Similar: KSampler"),
        ("forbidden", "loraloader", "forbidden: the node class 'loraloader' is not installed. Similar: LoraLoader"),
        ("ends_in", "PreviewImage\nNothing", "ends_in: the node class 'Nothing' is not installed."),
        ("required", "x" * 100_000, "required: the node class 'xxx"),
        ("temperature", 2.5, "temperature"),
        ("candidates", 0, "candidates"),
        ("max_megapixels", -0.01, "max_megapixels"),
        ("max_nodes", 101, "max_nodes"),
    ],
)
def test_what_to_write_is_refused_at_its_widget(
    url: str, prompt_node: dict[str, Any], widget: str, value: Any, message: str
) -> None:
    prompt_node["1"]["inputs"] |= {"families": "", "required": "", "forbidden": "", "ends_in": "", widget: value}
    assert message in told(run(url, prompt_node), "1", widget)


@pytest.mark.parametrize(
    ("workflow", "message"),
    [
        ("", "workflow: is empty"),
        ("SaveImage", "workflow: not JSON"),
        ("[1, 2]", "workflow: a workflow in API format is an object of nodes"),
        ({"nodes": [], "links": []}, "File > Export (API)"),
        ({"a": node("Nothing"), "b": node("Never"), "c": node("SaveImage")}, "there is no node class 'Never' here"),
        ({"1": node("NodewrightRunWorkflow")}, "does not run inside itself"),
    ],
)
def test_what_to_run_is_refused_at_its_widget(url: str, workflow: Any, message: str) -> None:
    text = workflow if isinstance(workflow, str) else json.dumps(workflow)
    done = run(url, {"7": node("NodewrightRunWorkflow", workflow=text, seeds="keep", seed=0)})
    assert message in told(done, "7", "workflow")
    assert "seeds" not in str(done.refused) and "Traceback" not in str(done.refused)


@pytest.mark.parametrize("text", ["{", "[]", '{"1": 2}', '{"a": {"b": 1}}', '{"prompt": {"1": 5}}'])
def test_what_to_score_or_record_is_refused_at_its_widget(url: str, text: str) -> None:
    picture = node("EmptyImage", width=64, height=64, batch_size=1, color=0)
    for name, inputs in (("Score", {}), ("Record", {"image": ["1", 0], "rating": -1.0})):
        kind = "NodewrightScoreWorkflow" if name == "Score" else "NodewrightRecordResult"
        graph = {"1": picture, "20": node(kind, prompt="x", workflow=text, **inputs)}
        assert told(run(url, graph), "20", "workflow").startswith("workflow - workflow: ")


def test_policies_and_rewards_are_refused_at_their_widgets(
    url: str, comfyui_server: ComfyUI, prompt_node: dict[str, Any], tmp_path: Path
) -> None:
    def refused(key: str, widget: str, **inputs: Any) -> str:
        graph = prompt_node | {"10": node("NodewrightLoadReward", reward="shipped", policy=["9", 0])}
        graph["1"] = node("NodewrightPromptToWorkflow", **(graph["1"]["inputs"] | {"reward": ["10", 0]}))
        graph[key] = node(graph[key]["class_type"], **(graph[key]["inputs"] | inputs))
        return told(run(url, graph), key, widget)

    assert "policy: there is no 'gone' in models/nodewright; there is " in refused("9", "policy", policy="gone")
    assert "adapter: there is no 'gone'" in refused("9", "adapter", adapter="gone")
    assert "there is no such folder" in refused("9", "folder", folder=str(tmp_path / "nowhere"))
    assert "neither nodewright.json nor config.json" in refused("9", "folder", folder=str(tmp_path))
    (tmp_path / "notes.txt").write_text("x")
    assert "neither a folder nor a GGUF file" in refused("9", "folder", folder=str(tmp_path / "notes.txt"))
    (tmp_path / "model.gguf").write_bytes(b"<html>")
    assert "is no GGUF file" in refused("9", "folder", folder=str(tmp_path / "model.gguf"))
    tiny = comfyui_server.base_directory / "models" / "nodewright" / "tiny"
    for name, content in (("model.safetensors", b"half"), ("nodewright.json", b"{" * 5000), ("config.json", b"\xff")):
        write_tiny_policy(tmp_path / "policy")
        (tmp_path / "policy" / name).write_bytes(content)
        assert name in refused("9", "folder", folder=str(tmp_path / "policy"))
    assert "neither reward.json, parts.json nor evidence.json" in refused("10", "folder", folder=str(tiny))
    write_tiny_reward(tmp_path / "reward", tiny, {"SaveImage": 1})
    (tmp_path / "reward" / "member-1" / "adapter_model.safetensors").write_bytes(b"")
    assert "adapter_model.safetensors" in refused("10", "folder", folder=str(tmp_path / "reward"))


def test_what_is_linked_is_not_refused(url: str, prompt_node: dict[str, Any]) -> None:
    prompt_node["5"] = node("PrimitiveString", value="a red circle")
    prompt_node["6"] = node("PrimitiveString", value="tiny")
    prompt_node["1"]["inputs"] |= {"prompt": ["5", 0], "max_nodes": 9, "max_megapixels": 0.07, "required": ["7", 0]}
    prompt_node["7"] = node("PrimitiveString", value="")
    prompt_node["8"] = node("NodewrightRunWorkflow", workflow=["1", 0], seeds="keep", seed=0)
    done = run(url, prompt_node)
    assert done.status == "execution_success", done.error


def test_a_size_too_small_to_show_is_kept(url: str, prompt_node: dict[str, Any]) -> None:
    prompt_node["1"]["inputs"]["max_megapixels"] = 0.001
    assert "max_megapixels: 0.001 is too small" in run(url, prompt_node).error


# ---- in this process -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checks(comfyui_modules: None) -> ModuleType:
    return importlib.import_module("nodewright.nodes.checks")


def test_checks_are_made_in_a_thread(checks: ModuleType) -> None:
    import asyncio

    names: list[str] = []

    def check(found: str | None) -> str | None:
        names.append(threading.current_thread().name)
        return found

    assert asyncio.run(checks.refusal(check, "prompt: no")) == "prompt: no"
    assert asyncio.run(checks.refusal(check, None)) is True
    assert all(name.startswith("nodewright") for name in names)


def test_search_finds_the_nodes_where_the_schema_knows_words_for_it(
    comfyui_modules: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    schemas = importlib.import_module("nodewright.nodes.schemas")
    writer = importlib.import_module("nodewright.nodes.prompt_to_workflow")
    given: dict[str, Any] = {}
    monkeypatch.setattr(schemas, "_KNOWN", schemas._KNOWN | {"search_aliases"})
    monkeypatch.setattr(schemas.io, "Schema", lambda **values: given.update(values))
    writer.NodewrightPromptToWorkflow.define_schema()
    assert {"text to image", "generate workflow", "prompt"} <= set(given["search_aliases"])
