"""The routes check, fix and improve of a real server, whose edits are applied and run there."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from api_nodes import node
from comfyui_client import fetch, fetch_json, run
from comfyui_process import ComfyUI
from comfyui_server import CHECKPOINT

from nodewright.workflow.checking.edits import AddNode, Edit, RemoveNode, SetLink, SetValue, apply_edits

PROMPT = "a red circle on a blue background"


def graph(checkpoint: str = CHECKPOINT, **sampler: Any) -> dict[str, Any]:
    links = {"model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0]}
    settings = {"seed": 1, "steps": 8, "cfg": 3.0, "sampler_name": "euler", "scheduler": "simple", "denoise": 1.0}
    return {
        "1": node("CheckpointLoaderSimple", ckpt_name=checkpoint),
        "2": node("CLIPTextEncode", clip=["1", 1], text=PROMPT),
        "3": node("CLIPTextEncode", clip=["1", 1], text="blurry, low quality"),
        "4": node("EmptyLatentImage", width=64, height=64, batch_size=1),
        "5": node("KSampler", **(links | settings | sampler)),
        "6": node("VAEDecode", samples=["5", 0], vae=["1", 2]),
        "7": node("SaveImage", images=["6", 0], filename_prefix="checked"),
    }


def edit_of(document: dict[str, Any]) -> Edit:
    """An edit as a client reads it."""
    key = document["node_id"]
    match document["edit"]:
        case "set":
            return SetValue(key, document["input"], document["value"])
        case "link":
            return SetLink(key, document["input"], *document["from"])
        case "add":
            return AddNode(key, document["class_type"], document["inputs"], document["title"])
    return RemoveNode(key)


def asked(url: str, route: str, **body: Any) -> Any:
    return fetch_json(f"{url}/nodewright/{route}", body)


def test_a_graph_is_checked_and_its_change_applies(url: str) -> None:
    assert asked(url, "check", workflow=graph()) == {"findings": []}
    (found,) = asked(url, "check", workflow=graph(denoise=0.5))["findings"]
    assert {name: found[name] for name in ("node_id", "class_type", "kind", "severity")} == {
        "node_id": "5", "class_type": "KSampler", "kind": "silly", "severity": "warning",
    }  # fmt: skip
    changed = apply_edits(graph(denoise=0.5), map(edit_of, found["change"]["edits"]))
    assert changed == graph()
    (missing,) = asked(url, "check", workflow=graph("gone.safetensors"))["findings"]
    assert (missing["node_id"], missing["input"], missing["kind"]) == ("1", "ckpt_name", "missing_file")


def test_a_graph_is_made_to_run_here_and_runs(url: str) -> None:
    api = graph("gone.safetensors") | {"7": node("Image Saver", images=["6", 0], filename="x")}
    assert run(url, api).status == "refused"
    proposal = asked(url, "fix", workflow=api)["proposal"]
    assert proposal["missing"] == []
    titles = [one["title"] for one in proposal["substitutions"]]
    assert f"gone.safetensors -> {CHECKPOINT}" in titles and "Image Saver -> SaveImage" in titles
    assert all(one["reason"] for one in proposal["substitutions"])
    done = run(url, apply_edits(api, map(edit_of, proposal["edits"])))
    assert done.status == "execution_success", done.error


@pytest.fixture(scope="module")
def judge(comfyui_server: ComfyUI, rated: Path) -> str:
    """The name of a reward model in models/nodewright that knows the miniature, and brings the policy it is over."""
    folder = comfyui_server.base_directory / "models" / "nodewright" / "rated"
    shutil.copytree(rated / "reward", folder)
    shutil.copytree(rated / "policy", folder / "base")
    return folder.name


def improved(url: str, **body: Any) -> dict[str, Any]:
    """The output of the queued job."""
    number = asked(url, "improve", **body)["prompt_id"]
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        history = fetch_json(f"{url}/history/{number}")
        if number in history:
            assert history[number]["status"]["status_str"] == "success", history[number]["status"]
            output: dict[str, Any] = history[number]["outputs"]["improve"]
            return output
        time.sleep(0.2)
    raise AssertionError("no answer")


def test_better_changes_are_found_in_a_queued_job(url: str, judge: str) -> None:
    """Those who rated wanted less guidance."""
    api = graph(cfg=5.0)
    found = improved(url, workflow=api, reward=judge)
    changes = found["nodewright_changes"]
    assert found["nodewright_reason"] == [""] and changes
    gains = [change["gain"] for change in changes]
    assert gains == sorted(gains, reverse=True) and gains[-1] > 0
    assert all(change["certainty"] and change["deviation"] >= 0 for change in changes)
    assert found["text"][0].startswith(f"{changes[0]['title']}: +")
    done = run(url, apply_edits(api, map(edit_of, changes[0]["edits"])))
    assert done.status == "execution_success", done.error


def test_what_is_shipped_knows_the_miniature(url: str) -> None:
    """The miniature's documented number of steps is three times the graph's."""
    titles = [change["title"] for change in improved(url, workflow=graph())["nodewright_changes"]]
    assert any(title.startswith("steps 8 -> ") and int(title.split()[-1]) >= 12 for title in titles), titles


def test_why_there_is_nothing_better_is_in_the_output(url: str, judge: str) -> None:
    found = improved(url, workflow=graph() | {"4": node("EmptyLatentImage", width=512, height=512, batch_size=1)})
    assert found["nodewright_changes"] == [] and "Nothing is known" in found["nodewright_reason"][0]
    found = improved(url, workflow=graph(), prompt="an astronaut riding unicorns through hyperspace", reward=judge)
    assert found["nodewright_changes"] == [] and "no training prompt had astronaut" in found["nodewright_reason"][0]
    found = improved(url, workflow={"1": node("EmptyImage", width=64, height=64, batch_size=1, color=0)})
    assert found["nodewright_changes"] == [] and "makes no picture" in found["nodewright_reason"][0]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "not JSON"),
        (b'{"prompt": "x"}', "the body must be"),
        (b'{"workflow": {"1": 2}, "prompt": 3}', "must be texts"),
        (b'{"workflow": "x"}', "the body must be"),
    ],
)
def test_bodies_that_cannot_be_read(url: str, body: bytes, message: str) -> None:
    status, answer = fetch(f"{url}/nodewright/improve", body)
    assert status == 400 and message in json.loads(answer)["error"]
