from __future__ import annotations

import copy
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from api_nodes import node
from installations import FLUX, SD15, installation, walk

from nodewright.store.triplets import Job
from nodewright.workflow.api_format import to_api
from nodewright.workflow.as_script import as_script
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.grammar.constraints import CORPUS_MEGAPIXELS, Constraints
from nodewright.workflow.grammar.grammar import Grammar
from nodewright.workflow.graph import WorkflowError
from nodewright.workflow.script.script import render

PROMPT = "a red circle, on a blue background"
LORA = ("loras", "sd15_ink.safetensors")


@pytest.fixture(scope="module")
def catalog(object_info: dict[str, Any]) -> Catalog:
    return installation(object_info, *SD15, LORA)


def graph(positive: Any = PROMPT, negative: str = "", **sampler: Any) -> dict[str, Any]:
    """An everyday workflow as a person has it on the canvas, with a second, smaller one beside it."""
    settings = {"seed": 7, "steps": 20, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
    return {
        "4": node("CheckpointLoaderSimple", ckpt_name="v1-5-pruned-emaonly.safetensors"),
        "6": node("CLIPTextEncode", clip=["4", 1], text=positive),
        "7": node("CLIPTextEncode", clip=["4", 1], text=negative),
        "5": node("EmptyLatentImage", width=512, height=512, batch_size=1),
        "3": node("KSampler", model=["4", 0], positive=["6", 0], negative=["7", 0], latent_image=["5", 0],
                  **(settings | sampler)),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveImage", images=["8", 0], filename_prefix="mine/today"),
        "20": node("EmptyImage", width=64, height=64, batch_size=1, color=0),
        "21": node("PreviewImage", images=["20", 0]),
    }  # fmt: skip


@pytest.mark.parametrize("files", [(*SD15, LORA), FLUX], ids=["sd15", "flux"])
def test_what_a_policy_wrote_is_read_back(object_info: dict[str, Any], files: Any) -> None:
    found = installation(object_info, *files)
    grammar = Grammar(found, Constraints(max_nodes=40, max_megapixels=CORPUS_MEGAPIXELS))  # as scripts are read
    for seed in range(25):
        state = walk(grammar.start(), random.Random(seed))
        api = to_api(state.workflow(), prompt=PROMPT, seed=seed)
        roots = sum(node.class_type == "SaveImage" for node in state.workflow().nodes)
        if roots > 1 or not any("@prompt" in choice for choice in state.choices_made):
            continue  # one picture is scored; and without the prompt its place is a guess
        read = as_script(api, found, PROMPT)
        assert read.choices == tuple(state.choices_made), render(state.choices_made, found)
        assert (read.prompt, read.notes) == (PROMPT, ())


def test_an_everyday_workflow(catalog: Catalog) -> None:
    read = as_script(graph(), catalog)
    assert read.prompt == PROMPT
    assert read.notes == ()
    assert read.choices[:4] == ("sd15/v1_5_pruned_emaonly", "SaveImage", "VAEDecode", "KSampler")
    assert "@prompt" in read.choices
    assert not any("mine" in choice or "seed" in choice for choice in read.choices)


def test_seed_prefix_and_ids_make_no_difference(catalog: Catalog) -> None:
    other = graph(seed=99)
    other["9"]["inputs"]["filename_prefix"] = "x"
    other = {f"n{key}": each for key, each in other.items()}
    for each in other.values():
        for name, value in each["inputs"].items():
            if isinstance(value, list):
                each["inputs"][name] = [f"n{value[0]}", value[1]]
    read = as_script(other, catalog)
    assert (read.choices, read.seed) == (as_script(graph(), catalog).choices, 99)
    assert set(read.api) == {"n3", "n4", "n5", "n6", "n7", "n8", "picture"}


def test_another_prompt_takes_the_place_of_its_own(catalog: Catalog) -> None:
    read = as_script(graph(), catalog, "two green squares")
    assert read.prompt == "two green squares"
    assert read.choices == as_script(graph(), catalog).choices


def test_phrases_after_the_prompt_stay(catalog: Catalog) -> None:
    text = PROMPT + ", masterpiece, bokeh"
    for prompt in (PROMPT, "another"):
        choices = as_script(graph(text), catalog, prompt).choices
        place = choices.index("@prompt+masterpiece") if "@prompt+masterpiece" in choices else choices.index("@prompt+")
        assert any("bokeh" in choice for choice in choices[place : place + 4])


def test_texts_that_a_script_does_not_hold_are_told(catalog: Catalog) -> None:
    read = as_script(graph(negative="blurry, my own words, bad hands"), catalog)
    assert read.notes == (
        "CLIPTextEncode, text: of 'blurry, my own words, bad hands' a script keeps 'blurry, bad hands'",
    )
    assert read.choices == as_script(graph(negative="blurry, bad hands"), catalog).choices


def test_a_text_from_another_node(catalog: Catalog) -> None:
    api = graph(["30", 0]) | {"30": node("PrimitiveStringMultiline", value=PROMPT)}
    read = as_script(api, catalog)
    assert (read.prompt, read.choices) == (PROMPT, as_script(graph(), catalog).choices)


def test_several_pictures_are_scored_as_one(catalog: Catalog) -> None:
    api = graph()
    api["5"]["inputs"]["batch_size"] = 4
    read = as_script(api, catalog)
    assert read.choices == as_script(graph(), catalog).choices
    assert read.notes == ("EmptyLatentImage, batch_size: read as 1",)


def test_what_no_policy_would_write_is_told(catalog: Catalog) -> None:
    read = as_script(graph(cfg=6.37), catalog)
    assert "6.37" in read.choices
    (note,) = read.notes
    assert "no policy would write this: '6.37' is not allowed" in note


def test_the_canvas_format(catalog: Catalog) -> None:
    ui = {
        "version": 0.4, "links": [[1, 1, 0, 2, 0, "IMAGE"]],
        "nodes": [
            {"id": 1, "type": "EmptyImage", "mode": 0, "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": [1]}],
             "widgets_values": [64, 64, 1, 0]},
            {"id": 2, "type": "SaveImage", "mode": 0, "inputs": [{"name": "images", "type": "IMAGE", "link": 1}],
             "widgets_values": ["x"]},
        ],
    }  # fmt: skip
    read = as_script(ui, catalog, PROMPT)
    assert read.choices[:3] == ("@none", "SaveImage", "EmptyImage")


def test_a_script_is_its_own(catalog: Catalog) -> None:
    choices = as_script(graph(), catalog).choices
    assert as_script(render(choices, catalog), catalog, PROMPT).choices == choices
    with pytest.raises(WorkflowError, match="a script does not contain the prompt"):
        as_script(render(choices, catalog), catalog)


def test_a_picture_that_is_named_by_its_link(catalog: Catalog) -> None:
    api = graph() | {"41": node("NodewrightRecordResult", image=["20", 0], rating=5.0)}
    read = as_script(api, catalog, PROMPT, ["20", 0])
    assert set(read.api) == {"20", "picture"}
    assert read.choices[:3] == ("@none", "SaveImage", "EmptyImage")
    assert as_script(api, catalog, None, ["8", 0]) == as_script(api, catalog)
    for saver in ("9", "21"):
        del api[saver]
    assert as_script(api, catalog, PROMPT, ["20", 0]) == read, "nothing else saves or shows a picture"


def test_what_comfyui_notes_beside_a_node_is_no_part_of_the_workflow(catalog: Catalog) -> None:
    noted = {key: each | {"is_changed": float("nan"), "_meta": {"title": key}} for key, each in graph().items()}
    reads = [as_script(api, catalog) for api in (noted, graph())]
    first, second = (Job(read.prompt, read.choices, read.api, read.seed) for read in reads)
    assert first.key == second.key


def test_a_class_that_only_passes_a_value_on_need_not_be_installed(catalog: Catalog) -> None:
    api = graph(["30", 0]) | {"30": node("PrimitiveStringMultiline", value=PROMPT)}
    classes = {name: each for name, each in catalog.classes.items() if name != "PrimitiveStringMultiline"}
    read = as_script({"30": api.pop("30")} | api, replace(catalog, classes=classes))
    assert (read.prompt, read.seed) == (PROMPT, 7)


def without(key: str) -> dict[str, Any]:
    api = copy.deepcopy(graph())
    del api[key]
    return api


@pytest.mark.parametrize(
    ("api", "message"),
    [
        (graph("  "), "prompt: none was found"),
        (without("8"), "node '9' .*links to node '8', which is not there"),
        ({"20": node("EmptyImage", width=64, height=64, batch_size=1, color=0)}, "makes no picture"),
        ({"1": node("Mystery"), "2": node("SaveImage", images=["1", 0])}, "Mystery is not installed"),
        ({"1": node("NodewrightRunWorkflow", workflow="{}"), "2": node("SaveImage", images=["1", 0])},
         "comes from node '1' .NodewrightRunWorkflow."),
        ([], "an object of nodes"),
        (graph(["3", 0]), "circle|cycle"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(catalog: Catalog, api: Any, message: str) -> None:
    with pytest.raises(WorkflowError, match=message):
        as_script(api, catalog)


def test_own_nodes_beside_the_picture_are_left_out(catalog: Catalog) -> None:
    api = graph() | {
        "40": node("NodewrightScoreWorkflow", prompt="", workflow=""),
        "41": node("NodewrightRecordResult", image=["8", 0], rating=5.0),
    }
    assert as_script(api, catalog) == as_script(graph(), catalog)


def test_the_packs_own_example_is_made_out_of_sight(
    object_info: dict[str, Any], repository: Path, catalog: Catalog
) -> None:
    path = repository / "example_workflows/Nodewright Text to Image.json"
    own = {"NodewrightRunWorkflow": ("IMAGE",), "NodewrightPromptToWorkflow": ("STRING", "STRING", "STRING")}
    info = dict(object_info) | {
        name: {"input": {}, "input_order": {}, "output": list(outputs), "output_is_list": [False] * len(outputs),
               "output_name": list(outputs), "name": name, "display_name": name, "category": "", "output_node": True}
        for name, outputs in own.items()
    }  # fmt: skip
    ui = json.loads(path.read_text(encoding="utf-8"))
    ui["nodes"].append({"id": 9, "type": "PreviewImage", "inputs": [{"name": "images", "type": "IMAGE", "link": 9}]})
    ui["links"].append([9, 2, 0, 9, 0, "IMAGE"])
    with pytest.raises(WorkflowError, match="comes from node .*NodewrightRunWorkflow"):
        as_script(ui, installation(info, *SD15), PROMPT)
