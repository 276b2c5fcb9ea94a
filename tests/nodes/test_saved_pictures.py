"""What pictures hold beside their pixels: the workflow that made them, and nothing of the machine."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from api_nodes import node
from comfyui_client import Run, fetch, fetch_json, run
from comfyui_process import ComfyUI
from PIL import Image
from tiny_reward import write_tiny_reward

CANVAS = {"workflow": {"nodes": [], "links": [], "version": 0.4}, "note": {"by": "another pack"}}


def saved_texts(url: str, done: Run, shown_at: str) -> list[dict[str, str]]:
    """The texts in each picture that a node of the canvas shows."""
    assert done.status == "execution_success", done.error
    texts = []
    for image in done.shown_at(shown_at):
        query = "&".join(f"{name}={image[name]}" for name in ("filename", "subfolder", "type"))
        with Image.open(BytesIO(fetch(f"{url}/view?{query}")[1])) as picture:
            texts.append({key: value for key, value in picture.info.items() if isinstance(value, str)})
    return texts


def workflow(ends_in: str = "SaveImage", **inputs: Any) -> dict[str, Any]:
    made = node("EmptyImage", **({"width": 64, "height": 64, "batch_size": 1, "color": 5} | inputs))
    prefix = {"filename_prefix": "inside"} if ends_in == "SaveImage" else {}
    return {"4": made | {"_meta": {"title": "Plain"}}, "9": node(ends_in, images=["4", 0], **prefix)}


def running(text: str, seeds: str = "keep") -> dict[str, Any]:
    """Run Workflow, and a node around it that saves the same picture."""
    return {
        "7": node("NodewrightRunWorkflow", workflow=text, seeds=seeds, seed=3),
        "8": node("SaveImage", images=["7", 0], filename_prefix="around"),
    }


@pytest.mark.parametrize("ends_in", ["SaveImage", "PreviewImage"])
def test_a_picture_holds_the_workflow_that_made_it(url: str, ends_in: str) -> None:
    graph = running(json.dumps(workflow(ends_in) | {"11": node("EmptyImage", width=8)}))
    done = run(url, graph, saved=CANVAS)
    (inside,) = saved_texts(url, done, "7")
    assert json.loads(inside["prompt"]) == workflow(ends_in), "without the node that nothing needs"
    assert "workflow" not in inside, "the frontend would open that canvas instead"
    assert json.loads(inside["note"]) == CANVAS["note"]
    (around,) = saved_texts(url, done, "8")
    assert set(json.loads(around["prompt"])) == {"7", "8"}
    assert json.loads(around["workflow"]) == CANVAS["workflow"]


def test_each_of_several_workflows_is_in_its_own_picture(url: str, prompt_node: dict[str, Any]) -> None:
    prompt_node["1"]["inputs"] |= {"candidates": 2, "max_nodes": 9, "max_megapixels": 0.07}
    prompt_node["2"] = node("NodewrightRunWorkflow", workflow=["1", 1], seeds="keep", seed=0)
    prompt_node["3"] = node("PreviewAny", source=["1", 1])
    done = run(url, prompt_node, saved=CANVAS)
    inside = [json.loads(texts["prompt"]) for texts in saved_texts(url, done, "2")]
    written = [json.loads(text) for text in done.output("3")["text"]]
    assert len(written) == 2
    # ComfyUI runs the two in an order of its own, and converts numbers to the types of their inputs: cfg 5 is 5.0 then.
    assert inside in (written, written[::-1])


def test_a_workflow_as_it_is_posted_is_run_and_saved_without_the_wrapper(url: str) -> None:
    posted = {"client_id": "me", "prompt": workflow(color=9), "extra_data": {}}
    (texts,) = saved_texts(url, run(url, running(json.dumps(posted))), "7")
    assert json.loads(texts["prompt"]) == workflow(color=9)


def test_replaced_seeds_are_in_the_picture(url: str, comfyui_server: ComfyUI) -> None:
    noise = {
        "1": node("CheckpointLoaderSimple", ckpt_name="miniature.ckpt"),
        "2": node("CLIPTextEncode", text="a red circle", clip=["1", 1]),
        "3": node("EmptyLatentImage", width=64, height=64, batch_size=1),
        "4": node(
            "KSampler", model=["1", 0], positive=["2", 0], negative=["2", 0], latent_image=["3", 0], seed=99, steps=1,
            cfg=1.0, sampler_name="euler", scheduler="simple", denoise=1.0,
        ),
        "5": node("VAEDecode", samples=["4", 0], vae=["1", 2]),
        "6": node("SaveImage", images=["5", 0], filename_prefix="seeded"),
    }  # fmt: skip
    (texts,) = saved_texts(url, run(url, running(json.dumps(noise), seeds="replace")), "7")
    noise["4"]["inputs"]["seed"] = 3
    assert json.loads(texts["prompt"]) == noise


def test_an_unchanged_workflow_is_not_saved_again(url: str) -> None:
    graph = {"7": running(json.dumps(workflow(color=77)))["7"]}
    assert run(url, graph).shown_at("7")
    assert run(url, graph).cached == {"7"}


def test_pictures_name_no_place_on_the_machine(
    url: str, prompt_node: dict[str, Any], comfyui_server: ComfyUI, repository: Path
) -> None:
    """ComfyUI writes what `fingerprint_inputs` returned into the prompt in the picture."""
    folder = comfyui_server.base_directory / "models" / "nodewright"
    write_tiny_reward(folder / "private_reward", folder / "tiny", {"SaveImage": 1})
    prompt_node["1"]["inputs"] |= {"max_nodes": 9, "max_megapixels": 0.07, "reward": ["10", 0]}
    prompt_node["10"] = node("NodewrightLoadReward", reward="private_reward", policy=["9", 0])
    prompt_node["2"] = node("NodewrightRunWorkflow", workflow=["1", 0], seeds="keep", seed=0)
    prompt_node["3"] = node("SaveImage", images=["2", 0], filename_prefix="around")
    prompt_node["4"] = node("NodewrightScoreWorkflow", workflow=["1", 0], prompt="", reward=["10", 0])
    prompt_node["5"] = node("NodewrightRecordResult", image=["2", 0], rating=-1.0, prompt="", workflow="")
    done = run(url, prompt_node, saved=CANVAS)
    pictures = saved_texts(url, done, "2") + saved_texts(url, done, "3")
    assert len(pictures) == 2
    for place in (comfyui_server.base_directory, repository, Path.home()):
        for texts in pictures:
            assert str(place) not in str(texts) and str(place.resolve()) not in str(texts)
    around = json.loads(pictures[1]["prompt"])
    noted = {key: each["is_changed"] for key, each in around.items() if "is_changed" in each}
    assert {"1", "9", "10"} <= set(noted)
    for key in ("1", "9", "10"):
        assert re.fullmatch("[0-9a-f]{32}( [0-9a-f]{32})?", noted[key][0]), noted[key]


def test_what_a_node_could_not_find_is_not_saved_either(
    comfyui_modules: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import folder_paths

    monkeypatch.setitem(folder_paths.folder_names_and_paths, "nodewright", ([str(tmp_path)], set()))
    load_policy = importlib.import_module("nodewright.nodes.load_policy").NodewrightLoadPolicy
    load_reward = importlib.import_module("nodewright.nodes.load_reward").NodewrightLoadReward
    for noted in (
        load_policy.fingerprint_inputs(folder=str(tmp_path / "gone")),
        load_policy.fingerprint_inputs(folder=str(tmp_path)),
        load_reward.fingerprint_inputs(folder=str(tmp_path)),
        load_reward.fingerprint_inputs(reward="gone"),
    ):
        assert re.fullmatch("[0-9a-f]{32}", noted)


# ---- the node that stands for those that save, in this process ------------------------------------------------------


@pytest.fixture(scope="module")
def saving_node(comfyui_modules: None) -> ModuleType:
    return importlib.import_module("nodewright.nodes.saving_node")


class OldSaver:
    """A V1 class that returns what it is given, with hidden values under names of its own."""

    OUTPUT_NODE = True
    RETURN_TYPES = ()
    FUNCTION = "save"

    def __init__(self) -> None:
        self.count = 0

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        hidden = {"graph": "PROMPT", "canvas": "EXTRA_PNGINFO", "own": "UNIQUE_ID"}
        return {"required": {"images": ("IMAGE",)}, "hidden": hidden}

    @classmethod
    def IS_CHANGED(cls, images: Any) -> str:
        return f"changed {images}"

    def save(self, **values: Any) -> dict[str, Any]:
        self.count += 1
        return {"ui": {"values": [values], "count": [self.count]}}


class OldListSaver(OldSaver):
    INPUT_IS_LIST = True


class NoSaver(OldSaver):
    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"images": ("IMAGE",)}}


def new_savers() -> tuple[Any, Any]:
    """A V3 class that returns what it is given, and one whose inputs change in number."""
    from comfy_api.latest import io

    class NewSaver(io.ComfyNode):
        @classmethod
        def define_schema(cls) -> io.Schema:
            return io.Schema("NewSaver", inputs=[io.Image.Input("images")], outputs=[], is_output_node=True)

        @classmethod
        async def execute(cls, images: Any) -> io.NodeOutput:
            await asyncio.sleep(0)
            return io.NodeOutput(ui={"values": [images, cls.hidden.prompt, cls.hidden.extra_pnginfo]})

    class Growing(NewSaver):
        @classmethod
        def INPUT_TYPES(cls, include_hidden: bool = True, return_schema: bool = False) -> Any:
            return {"required": {"images": ("COMFY_AUTOGROW_V3", {})}, "hidden": {"prompt": ("PROMPT",)}}

    return NewSaver, Growing


def test_classes_get_the_workflow_as_they_ask_for_it(saving_node: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    import nodes

    new, growing = new_savers()
    kinds = {"OldSaver": OldSaver, "OldListSaver": OldListSaver, "NoSaver": NoSaver, "NewSaver": new, "Grow": growing}
    for name, kind in kinds.items():
        monkeypatch.setitem(nodes.NODE_CLASS_MAPPINGS, name, kind)
    api = {name: node(name, images=["1", 0]) for name in kinds} | {"1": node("EmptyImage")}
    swapped = saving_node.with_own_prompt(api, json.dumps(api))
    left = {key for key, each in swapped.items() if each == api[key]}
    assert left == {"OldListSaver", "NoSaver", "Grow", "1"}
    assert swapped["OldSaver"]["inputs"]["images"] == ["1", 0]

    given = {"nodewright_extra": CANVAS, "nodewright_id": "7.0.0.2", "nodewright_graph": None}
    stands = saving_node.NodewrightSavingNode()
    for number in (1, 2):  # ComfyUI keeps an object of V1
        told = asyncio.run(stands.run(**(swapped["OldSaver"]["inputs"] | given | {"images": "picture"})))["ui"]
        assert told["count"] == [number]
    note = {"note": CANVAS["note"]}
    assert told["values"] == [{"images": "picture", "graph": api, "canvas": note, "own": "7.0.0.2"}]
    told = asyncio.run(stands.run(**(swapped["NewSaver"]["inputs"] | given | {"images": "picture"}))).ui
    assert told == {"values": ["picture", api, note]}
    changed = saving_node.NodewrightSavingNode.IS_CHANGED
    assert changed(**(swapped["OldSaver"]["inputs"] | given | {"images": "x"})) == "changed x"
    assert changed(**(swapped["NewSaver"]["inputs"] | given)) is False
    with pytest.raises(ValueError, match="does nothing by itself"):
        asyncio.run(stands.run())


def test_the_node_is_hidden_from_the_menus(url: str) -> None:
    info = fetch_json(f"{url}/object_info/NodewrightSavingNode")["NodewrightSavingNode"]
    assert info["deprecated"] is True
    assert info["input"]["required"] == info["input"]["optional"] == {}
    done = run(url, {"1": node("NodewrightSavingNode", images="x")})
    assert done.status == "execution_error" and "does nothing by itself" in done.error
