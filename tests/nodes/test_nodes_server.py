"""The pack inside a real ComfyUI: nodes, routes, and files that the frontend asks for."""

from __future__ import annotations

import asyncio
import copy
import json
import re
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from adapted import adapted_by_peft
from api_nodes import node
from comfyui_client import fetch, fetch_json, run
from comfyui_process import ComfyUI
from PIL import Image

import nodewright
from nodewright import Constraints, write_workflows
from nodewright.comfyui.client import Client
from nodewright.models.policy.adapters import adapter_of, write_adapter
from nodewright.models.policy.checkpoints import save_checkpoint
from nodewright.models.policy.loading import load_policy
from nodewright.workflow.catalog.catalog import ModelFile
from nodewright.workflow.catalog.object_info import catalog_from_object_info

NODES = (
    "NodewrightPromptToWorkflow", "NodewrightRunWorkflow", "NodewrightScoreWorkflow", "NodewrightRecordResult",
    "NodewrightLoadPolicy", "NodewrightLoadReward", "NodewrightLearnFromRatings", "NodewrightImproveWorkflow",
)  # fmt: skip


def run_text(workflow: Any, **inputs: Any) -> dict[str, Any]:
    """A prompt of Run Workflow with this workflow, as text or as JSON."""
    text = workflow if isinstance(workflow, str) else json.dumps(workflow)
    return {"7": node("NodewrightRunWorkflow", **({"workflow": text, "seeds": "keep", "seed": 0} | inputs))}


def picture(**inputs: Any) -> dict[str, Any]:
    """A workflow that shows one plain picture."""
    size = {"width": 64, "height": 64, "batch_size": 1, "color": 255}
    return {"1": node("EmptyImage", **(size | inputs)), "2": node("PreviewImage", images=["1", 0])}


# ---- loading -----------------------------------------------------------------------------------------------------


def test_loads_without_a_warning(comfyui_server: ComfyUI, repository: Path) -> None:
    start = comfyui_server.log_text().split("got prompt")[0]
    for place in (str(repository), sys.prefix):  # may be folders of that name
        start = start.replace(place, "")
    # A traceback of the pack would name its files. ComfyUI's own, such as that of its database in memory, are its own.
    lines = [line for line in start.splitlines() if "nodewright" in line.lower()]
    assert len(lines) == 1, lines  # in the list of import times
    assert re.search(r"\d\.\d seconds: .*nodewright$", lines[0]), lines
    assert "IMPORT FAILED" not in start


def test_object_info_shows_the_nodes(url: str) -> None:
    for name in NODES:
        info = fetch_json(f"{url}/object_info/{name}")[name]
        assert info["category"] == "Nodewright"
        assert info["description"]
    info = fetch_json(f"{url}/object_info/NodewrightLoadPolicy")["NodewrightLoadPolicy"]
    assert info["input"]["required"]["policy"][1]["options"] == ["shipped", "tiny"]


def test_version_is_that_of_the_project(repository: Path) -> None:
    project = (repository / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{nodewright.__version__}"\n' in project


@pytest.mark.parametrize("name", NODES)
def test_help_pages_are_served(url: str, repository: Path, name: str) -> None:
    status, body = fetch(f"{url}/extensions/nodewright/docs/{name}.md")
    assert status == 200
    text = body.decode()
    info = fetch_json(f"{url}/object_info/{name}")[name]
    for group in ("required", "optional"):
        for each in info["input"].get(group, {}):
            assert f"`{each}`" in text, f"{name}.md does not say what {each} is"


def test_example_workflows_are_served(url: str, repository: Path) -> None:
    names = sorted(path.stem for path in (repository / "example_workflows").glob("*.json"))
    assert names
    assert sorted(fetch_json(f"{url}/workflow_templates")["nodewright"]) == names
    for name in names:
        place = f"{url}/api/workflow_templates/nodewright/{quote(name)}"
        status, body = fetch(f"{place}.json")
        assert status == 200
        template = json.loads(body)
        assert template["version"] == 0.4
        assert "id" not in template, "each tab that it is opened in is a workflow of its own"
        status, picture = fetch(f"{place}.jpg")  # the template browser asks for this ending
        assert status == 200
        with Image.open(BytesIO(picture)) as opened:
            assert min(opened.size) >= 512


@pytest.mark.parametrize("language", ["en", "de"])
def test_help_is_there_where_the_frontend_asks_first(url: str, repository: Path, language: str) -> None:
    for page in (repository / "web" / "docs").glob("*.md"):
        status, body = fetch(f"{url}/extensions/nodewright/docs/{page.stem}/{language}.md")
        assert (status, body) == (200, page.read_bytes())
    for gone in ("NoSuchNode", "..", "%2e%2e%2f%2e%2e%2fREADME"):
        assert fetch(f"{url}/extensions/nodewright/docs/{gone}/{language}.md")[0] == 404


# ---- routes ------------------------------------------------------------------------------------------------------


def test_status(url: str) -> None:
    status = fetch_json(f"{url}/nodewright/status")
    assert status["version"] == nodewright.__version__
    assert status["policies"] == 1
    assert isinstance(status["shipped_policy"], bool)
    assert status["left_out"] == status["lacking"] == []
    assert status["classes"] == len(fetch_json(f"{url}/object_info"))


def test_catalog(url: str) -> None:
    catalog = fetch_json(f"{url}/nodewright/catalog")
    assert re.fullmatch("[0-9a-f]{32}", catalog["fingerprint"])
    assert catalog["classes"] == len(fetch_json(f"{url}/object_info"))
    assert catalog["models"] == 1
    assert sum(count for roles in catalog["families"].values() for count in roles.values()) == 1
    assert fetch_json(f"{url}/api/nodewright/catalog") == catalog


def test_models(url: str) -> None:
    (model,) = fetch_json(f"{url}/nodewright/models")["models"]
    assert (model["name"], model["folder"], model["role"]) == ("miniature.ckpt", "checkpoints", "checkpoint")
    assert model["parts"] == ["CLIP", "MODEL", "VAE"]
    assert isinstance(model["families"], list)


def test_validate(url: str) -> None:
    assert fetch_json(f"{url}/nodewright/validate", {"workflow": picture()}) == {"valid": True, "problems": []}
    answer = fetch_json(f"{url}/nodewright/validate", {"workflow": picture(width=0)})
    assert not answer["valid"]
    (problem,) = answer["problems"]
    assert (problem["node_id"], problem["class_type"], problem["input"]) == ("1", "EmptyImage", "width")
    assert "smaller" in problem["message"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b'{"workflow', 400, "not JSON"),
        (b"", 400, "not JSON"),
        (b"\xff", 400, "not UTF-8"),
        (b"[" * 200_000, 400, "more than 200 objects and lists in each other"),
        (b"[1]", 400, "workflow"),
        (b'{"path": "/etc/passwd"}', 400, "workflow"),
        (b'"' + b"x" * (9 * 1024 * 1024) + b'"', 413, "larger than"),
    ],
)
def test_validate_refuses_what_it_cannot_read(url: str, body: bytes, status: int, message: str) -> None:
    answered, text = fetch(f"{url}/nodewright/validate", body)
    assert answered == status
    assert message in json.loads(text)["error"]


def test_validate_answers_for_any_json(url: str) -> None:
    workflows: list[Any] = [None, 3, [], "x", {}, {"1": 2}, {"1": {"class_type": 4}}, {"nodes": []}]
    for workflow in workflows:
        answer = fetch_json(f"{url}/nodewright/validate", {"workflow": workflow})
        assert answer["valid"] is False
        assert answer["problems"]


# ---- Prompt to Workflow and Run Workflow -------------------------------------------------------------------------


def test_example_runs_to_an_image_and_then_from_the_cache(url: str, example_prompt: dict[str, Any]) -> None:
    prompt = copy.deepcopy(example_prompt)
    prompt["1"]["inputs"]["seed"] = 20_851_213  # of its own: what another test had rendered is not saved again
    first = run(url, prompt)
    assert first.status == "execution_success", first.error
    summary = first.output("1")["text"][0]
    assert "model: miniature.ckpt" in summary
    assert "stages: " in summary
    (saved,) = first.shown_at("2")  # what is saved inside appears at Run Workflow
    assert fetch(f"{url}/view?filename={saved['filename']}&type={saved['type']}")[1].startswith(b"\x89PNG")

    second = run(url, prompt)
    assert second.status == "execution_success"
    assert second.cached == set(prompt)
    assert second.output("1")["text"][0] == summary


def test_a_new_seed_writes_anew_and_the_same_seed_the_same(url: str, prompt_node: dict[str, Any]) -> None:
    texts = []
    for seed in (100, 101, 100):
        prompt_node["1"]["inputs"]["seed"] = seed
        prompt_node["2"] = node("PreviewAny", source=["1", 0])
        done = run(url, prompt_node)
        assert done.status == "execution_success", done.error
        assert "1" not in done.cached  # only the last run is kept
        texts.append(done.output("2")["text"][0])
    assert texts[0] == texts[2] != texts[1]
    prompt_node["1"]["inputs"]["candidates"] = 1
    assert {"1", "2"} <= run(url, prompt_node).cached


def test_candidates_are_a_list_of_workflows_that_are_accepted(url: str, prompt_node: dict[str, Any]) -> None:
    prompt_node["1"]["inputs"] |= {"candidates": 5, "max_nodes": 12, "max_megapixels": 0.3}
    prompt_node["2"] = node("PreviewAny", source=["1", 1])
    prompt_node["3"] = node("PreviewAny", source=["1", 0])
    done = run(url, prompt_node)
    assert done.status == "execution_success", done.error
    texts = done.output("2")["text"]
    assert len(texts) == len(set(texts)) == 5
    assert texts[0] == done.output("3")["text"][0]
    for text in texts:
        workflow = json.loads(text)
        assert len(workflow) <= 12
        assert fetch_json(f"{url}/nodewright/validate", {"workflow": workflow})["valid"]
        assert "a red circle" in text
    assert "likeliest of 5 candidates, 5 of them different" in done.output("1")["text"][0]


def test_the_node_writes_what_a_program_writes(url: str, prompt_node: dict[str, Any], comfyui_server: ComfyUI) -> None:
    """`write_workflows` on the server's catalog, with the same policy, seed and constraints."""
    prompt_node["1"]["inputs"] |= {"candidates": 4, "seed": 11, "max_nodes": 12, "max_megapixels": 0.3}
    prompt_node["2"] = node("PreviewAny", source=["1", 1])
    prompt_node["3"] = node("PreviewAny", source=["1", 2])
    done = run(url, prompt_node)
    assert done.status == "execution_success", done.error
    written = write_workflows(
        "a red circle", catalog_from_object_info(fetch_json(f"{url}/object_info"), read_models(url)),
        policy=load_policy(comfyui_server.base_directory / "models" / "nodewright" / "tiny"),
        constraints=Constraints(max_nodes=12, max_megapixels=0.3), candidates=4, seed=11, temperature=1.0, top_p=1.0,
    )  # fmt: skip
    assert [json.loads(text) for text in done.output("2")["text"]] == [one.api for one in written]
    assert done.output("3")["text"][0] == written[0].script


def read_models(url: str) -> tuple[ModelFile, ...]:
    """The server's model files, as the command line reads them."""

    async def fetch_models() -> tuple[ModelFile, ...] | None:
        async with Client(url, 30.0) as client:
            return await client.models()

    models = asyncio.run(fetch_models())
    assert models is not None
    return models


def test_every_workflow_of_a_list_runs(url: str, prompt_node: dict[str, Any]) -> None:
    prompt_node["1"]["inputs"] |= {"candidates": 2, "max_nodes": 8, "max_megapixels": 0.07, "ends_in": "PreviewImage"}
    prompt_node["2"] = node("NodewrightRunWorkflow", workflow=["1", 1], seeds="replace", seed=5)
    prompt_node["3"] = node("PreviewImage", images=["2", 0])
    done = run(url, prompt_node)
    assert done.status == "execution_success", done.error
    inside = {data["node"] for kind, data in done.events if kind == "executed" and data["display_node"] == "2"}
    assert {node_id.rsplit(".", 1)[0] for node_id in inside} >= {"2.0.0", "2.1.0"}
    assert len(done.output("3")["images"]) == 2


def test_interrupt(url: str, prompt_node: dict[str, Any]) -> None:
    prompt_node["1"]["inputs"] |= {"candidates": 16, "max_nodes": 100, "max_megapixels": 0.0}

    def stop(kind: str, data: dict[str, Any]) -> None:
        if kind == "progress" and data["node"] == "1":
            fetch(f"{url}/interrupt", b"{}")

    done = run(url, prompt_node, stop)
    assert done.status == "execution_interrupted"
    assert done.events[-1][1]["node_id"] == "1"
    steps = [data for kind, data in done.events if kind == "progress" and data["node"] == "1"]
    assert steps
    assert steps[-1]["value"] < steps[-1]["max"]
    prompt_node["1"]["inputs"] |= {"candidates": 1, "max_nodes": 9}
    assert run(url, prompt_node).status == "execution_success"


def test_guidance(url: str, prompt_node: dict[str, Any], comfyui_server: ComfyUI, tmp_path: Path) -> None:
    """A policy that was not tuned takes 0 and 1; a tuned one takes more, and is read anew when its adapter changes."""

    def script(**inputs: Any) -> str:
        prompt_node["1"]["inputs"] |= {"max_nodes": 9, "max_megapixels": 0.3} | inputs
        done = run(url, prompt_node)
        assert done.status == "execution_success", done.error
        return str(done.output("1")["text"][0])

    plain = shown(script())
    assert shown(script(guidance_scale=0.0)) == plain
    prompt_node["1"]["inputs"]["guidance_scale"] = 2.0
    done = run(url, prompt_node)
    assert done.status == "execution_error"
    assert "the guidance scale is 2, and this policy was not tuned" in done.error

    base = load_policy(comfyui_server.base_directory / "models" / "nodewright" / "tiny")
    adapted = adapter_of(adapted_by_peft(base.model, layers=[1]))
    save_checkpoint(replace(base, adapter=adapted), tmp_path / "policy")
    prompt_node["9"]["inputs"]["folder"] = str(tmp_path / "policy")
    assert shown(script(guidance_scale=0.0)) == plain
    written = [tuple(shown(script(guidance_scale=scale, seed=seed)) for seed in range(4)) for scale in (0.0, 1.0, 2.0)]
    assert len(set(written)) == 3
    for tensors in adapted.tensors.values():
        tensors[1].zero_()
    write_adapter(tmp_path / "policy" / "tuned", adapted, None)
    again = tuple(shown(script(guidance_scale=2.0, seed=seed)) for seed in range(4))
    assert again == written[0], "an adapter of zeros adds nothing"


def shown(summary: str) -> str:
    """What the node shows of the workflow, without the seconds."""
    return re.sub(r"\d+\.\d s, ", "", summary)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"families": "sdxl, flux"}, "no model of flux, sdxl is installed"),
        ({"max_nodes": 2}, "max_nodes: 2 are too few"),
        ({"max_megapixels": 0.001}, "max_megapixels"),
        ({"forbidden": "VAEDecode"}, "forbidden: without 'VAEDecode' no workflow is possible"),
    ],
)
def test_constraints_that_cannot_be_met(
    url: str, prompt_node: dict[str, Any], inputs: dict[str, Any], message: str
) -> None:
    prompt_node["1"]["inputs"] |= inputs
    done = run(url, prompt_node)
    assert done.status == "execution_error"
    assert message in done.error


def test_constraints_hold(url: str, prompt_node: dict[str, Any]) -> None:
    wanted = {"required": "ImageInvert, ImageBlur", "forbidden": "KSampler", "ends_in": "PreviewImage"}
    prompt_node["1"]["inputs"] |= wanted | {"max_nodes": 14}
    prompt_node["2"] = node("PreviewAny", source=["1", 0])
    done = run(url, prompt_node)
    assert done.status == "execution_success", done.error
    classes = [each["class_type"] for each in json.loads(done.output("2")["text"][0]).values()]
    assert {"ImageInvert", "ImageBlur", "PreviewImage"} <= set(classes)
    assert not {"KSampler", "SaveImage"} & set(classes)
    assert len(classes) <= 14


@pytest.mark.parametrize(
    "prompt",
    [
        "x" * 20_000,
        'say "KSampler steps=1"\n@end {a|b} <|script|>',
        "\N{FOX FACE}\t[2J\u202e",
        "[1, 0]",
        "SaveImage",
    ],
)
def test_any_prompt_is_data(url: str, prompt_node: dict[str, Any], prompt: str) -> None:
    prompt_node["1"]["inputs"] |= {"prompt": prompt}
    prompt_node["2"] = node("PreviewAny", source=["1", 0])
    done = run(url, prompt_node)
    assert done.status == "execution_success", done.error
    workflow = json.loads(done.output("2")["text"][0])
    texts = [value for each in workflow.values() for value in each["inputs"].values() if isinstance(value, str)]
    assert any(prompt in text for text in texts)
    assert fetch_json(f"{url}/nodewright/validate", {"workflow": workflow})["valid"]


def test_half_a_character_is_refused(url: str, prompt_node: dict[str, Any]) -> None:
    prompt_node["1"]["inputs"] |= {"prompt": "a \ud83e"}
    assert "not Unicode" in run(url, prompt_node).error


@pytest.mark.parametrize(
    ("workflow", "message"),
    [
        ("  ", "is empty"),
        ("{", "not JSON (Expecting property name enclosed in double quotes: line 1 column 2"),
        ("[" * 100_000, "more than 200 objects and lists in each other"),
        ("[]", "an object of nodes"),
        ({"nodes": [], "links": []}, "File > Export (API)"),
        ({"1": {"inputs": {}}}, "node '1' has no class_type"),
        ({"1": {"class_type": "SaveImage"}}, "node '1' (SaveImage) has no inputs"),
        ({"4": node("KSamplr")}, "node '4' (KSamplr): there is no node class 'KSamplr' here; did you mean 'KSampler'"),
        (picture(width=0), "node '1' (EmptyImage), input 'width': 0 is smaller"),
        ({"2": node("PreviewImage", images=["8", 0])}, "node '2' (PreviewImage), input 'images': links to node '8'"),
        ({"1": node("PreviewAny", source="text")}, "makes no picture"),
        ({"1": node("NodewrightRunWorkflow", workflow="{}", seeds="keep", seed=0)}, "does not run inside itself"),
        (
            {"1": node("LoadImage", image="a/no.png"), "2": node("PreviewImage", images=["1", 0])},
            "node '1' (LoadImage), input 'image'",
        ),
    ],
)
def test_bad_workflows_are_refused_by_node_and_input(url: str, workflow: Any, message: str) -> None:
    done = run(url, run_text(workflow))
    assert done.status in ("refused", "execution_error")
    assert message in done.error
    assert not [data for kind, data in done.events if kind == "executed"]


def test_values_are_converted_as_in_a_normal_run(url: str) -> None:
    done = run(url, run_text(picture(width="96")))
    assert done.status == "execution_success", done.error
    assert done.shown_at("7")


def test_nodes_that_nothing_needs_are_left_out(url: str) -> None:
    workflow = picture() | {"8": node("KSampler", model=["99", 0])}
    done = run(url, run_text(workflow))
    assert done.status == "execution_success", done.error


def test_a_file_that_changes_is_loaded_again(url: str, comfyui_server: ComfyUI) -> None:
    from PIL import Image

    path = comfyui_server.base_directory / "input" / "changes.png"
    path.parent.mkdir(exist_ok=True)
    workflow = {"1": node("LoadImage", image="changes.png"), "2": node("PreviewImage", images=["1", 0])}
    sizes = []
    for size in ((8, 8), (24, 8), (24, 8)):
        Image.new("RGB", size).save(path)
        done = run(url, run_text(workflow))
        assert done.status == "execution_success", done.error
        (shown,) = done.shown_at("7")
        sizes.append(fetch(f"{url}/view?filename={shown['filename']}&type=temp")[1][16:24])
    path.unlink()
    assert sizes[0] != sizes[1] == sizes[2]


def test_without_a_link_it_is_the_shipped_policy(url: str, prompt_node: dict[str, Any]) -> None:
    del prompt_node["9"], prompt_node["1"]["inputs"]["policy"]
    done = run(url, prompt_node)
    if fetch_json(f"{url}/nodewright/status")["shipped_policy"]:
        assert done.status == "execution_success", done.error
    else:
        assert "this copy of Nodewright has no policy in it" in done.error
