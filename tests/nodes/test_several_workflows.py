"""Run Workflow with a list of workflows: which picture is of which."""

from __future__ import annotations

import copy
import importlib
import json
from typing import Any

import pytest
from api_nodes import node
from comfyui_client import run
from frontend import STUDIOS, Studio
from test_saved_pictures import CANVAS, saved_texts

RUN = "textarea[placeholder^='What was run']"
PICTURES = """() => (window.app.nodeOutputs[2]?.images ?? []).map(image => image.filename)"""


@pytest.fixture
def three(example: dict[str, Any]) -> dict[str, Any]:
    """The example with three candidates, all of which are run."""
    ui = copy.deepcopy(example)
    writer = next(node for node in ui["nodes"] if node["type"] == "NodewrightPromptToWorkflow")
    writer["widgets_values"][0] = "a red circle"
    writer["widgets_values"][8:11] = [3, "fixed", 3]
    link = next(link for link in ui["links"] if link[0] == 1)
    link[2] = 1
    writer["outputs"][0]["links"].remove(1)
    writer["outputs"][1]["links"] = [1]
    return ui


def test_all_pictures_are_shown_in_the_order_of_their_workflows(studio: Studio, three: dict[str, Any]) -> None:
    three["nodes"][0]["widgets_values"][8] = 100 + STUDIOS.index(studio.name)  # what is cached is not saved again
    studio.load(three)
    assert studio.queue() == ["execution_success", ""]
    studio.page.wait_for_function(f"document.querySelector({RUN!r})?.value.split('.png').length === 4")
    lines = studio.page.locator(RUN).input_value().split("\n")
    assert [line[:3] for line in lines[::2]] == ["1. ", "2. ", "3. "]
    named = [line.strip() for line in lines[1::2]]
    studio.page.wait_for_function(f"named => String(({PICTURES})()) === named", arg=",".join(named))
    assert len(set(named)) == 3
    seeds = [int(line.rpartition("seed ")[2]) for line in lines[::2]]
    assert len(set(seeds)) == 3
    if studio.vue_nodes:
        studio.page.locator("[data-node-id='2'] img").first.wait_for(state="visible")
    else:
        studio.page.wait_for_function("window.app.graph.getNodeById(2).imgs?.length === 3")


def test_the_text_beside_a_picture_is_that_of_its_workflow(url: str, prompt_node: dict[str, Any]) -> None:
    prompt_node["1"]["inputs"] |= {"candidates": 3, "max_nodes": 9, "max_megapixels": 0.07}
    prompt_node["2"] = node("NodewrightRunWorkflow", workflow=["1", 1], seeds="keep", seed=0)
    prompt_node["3"] = node("PreviewAny", source=["2", 1])
    prompt_node["4"] = node("PreviewAny", source=["1", 1])
    done = run(url, prompt_node, saved=CANVAS)
    made_by = [json.loads(text) for text in done.output("3")["text"]]
    assert made_by == [json.loads(text) for text in done.output("4")["text"]]
    lines = done.output("2")["text"]
    assert [line.split(". ")[0] for line in lines] == ["1", "2", "3"]
    inside = [json.loads(texts["prompt"]) for texts in saved_texts(url, done, "2")]
    assert len(inside) == 3 and all(each in inside for each in made_by)


@pytest.mark.parametrize(
    ("place", "slot", "named"), [(1, 0, "workflow 2 of the list"), (0, 1, "workflow 1 of the list"), (0, 0, "workflow")]
)
def test_an_error_names_the_workflow(
    comfyui_modules: None, monkeypatch: pytest.MonkeyPatch, place: int, slot: int, named: str
) -> None:
    from comfy_execution.graph_utils import GraphBuilder

    import nodes

    writer = importlib.import_module("nodewright.nodes.prompt_to_workflow").NodewrightPromptToWorkflow
    monkeypatch.setitem(nodes.NODE_CLASS_MAPPINGS, "NodewrightPromptToWorkflow", writer)
    cls = importlib.import_module("nodewright.nodes.run_workflow").NodewrightRunWorkflow.PREPARE_CLASS_CLONE(None)
    cls.hidden.prompt = {
        "1": node("NodewrightPromptToWorkflow", prompt="a fox"),
        "7": node("NodewrightRunWorkflow", workflow=["1", slot]),
    }
    GraphBuilder.set_default_prefix("7", place)
    with pytest.raises(ValueError, match=f"^{named}: cannot run here"):
        cls.execute(json.dumps({"1": node("NoSuchNode")}), "keep", 0)
