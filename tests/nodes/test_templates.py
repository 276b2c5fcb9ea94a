"""The example workflows in the browser: nothing overlaps, one picture is shown, and it opens what made it."""

from __future__ import annotations

import json
from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import Any

from comfyui_client import fetch
from frontend import STUDIOS, Studio, studios
from in_page import TEXT_TO_IMAGE
from PIL import Image
from playwright.sync_api import expect

WRITER = "NodewrightPromptToWorkflow"
PLACES = """() => window.app.graph.nodes.map(node => {
  const {scale, offset} = window.app.canvas.ds;
  const drawn = document.querySelector(`[data-node-id="${node.id}"]`)?.getBoundingClientRect();
  return drawn
    ? [node.type, drawn.x / scale - offset[0], drawn.y / scale - offset[1], drawn.width / scale, drawn.height / scale]
    : [node.type, node.pos[0], node.pos[1] - 30, Math.max(node.size[0], node.computeSize()[0]),
       Math.max(node.size[1], node.computeSize()[1]) + 30];
})"""
DROPPED = """count => window.app.extensionManager.workflow.activeWorkflow.filename.startsWith("dropped")
  && window.app.graph.nodes.length === count"""
DROP = """async query => {
  const picture = await (await fetch(`/api/view?${query}`)).blob();
  const transfer = new DataTransfer();
  transfer.items.add(new File([picture], "dropped.png", {type: "image/png"}));
  const canvas = document.querySelector("#graph-canvas"), {left, top, width, height} = canvas.getBoundingClientRect();
  const where = {clientX: left + width - 40, clientY: top + height - 40};
  for (const kind of ["dragenter", "dragover", "drop"])
    canvas.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: transfer, ...where}));
}"""


def template(repository: Path, name: str, studio: Studio) -> dict[str, Any]:
    """A template with a prompt for the miniature, small, and with a seed that no other test has rendered."""
    ui: dict[str, Any] = json.loads((repository / "example_workflows" / f"{name}.json").read_text(encoding="utf-8"))
    writer = next(node for node in ui["nodes"] if node["type"] == WRITER)
    writer["widgets_values"][0] = "a red circle on a blue background, wide, without text"
    writer["widgets_values"][8:10] = [7_000 + 10 * STUDIOS.index(studio.name) + len(name), "fixed"]
    writer["widgets_values"][16:18] = [9, 0.07]
    return ui


def assert_apart(places: list[list[Any]]) -> None:
    for (one, x, y, width, height), (other, u, v, wide, high) in combinations(places, 2):
        apart = x + width <= u or u + wide <= x or y + height <= v or v + high <= y
        assert apart, f"{one} overlaps {other}: {places}"


def test_nodes_do_not_overlap_and_one_of_them_shows_the_picture(studio: Studio, repository: Path) -> None:
    name = "Nodewright Four Workflows" if studio.name in ("old-canvas", "new-vue") else "Nodewright Text to Image"
    studio.load(template(repository, name, studio), name)
    studio.command("Comfy.Canvas.FitView")
    assert_apart(studio.at_rest(PLACES))
    assert studio.queue() == ["execution_success", ""]
    count = 4 if "Four" in name else 1
    studio.page.wait_for_function(f"window.app.nodeOutputs[2]?.images?.length === {count}")
    if not studio.vue_nodes:
        studio.page.wait_for_function(f"window.app.graph.getNodeById(2).imgs?.length === {count}")
    else:
        studio.page.locator("[data-node-id='2'] img").first.wait_for()
    studio.command("Comfy.Canvas.FitView")
    assert_apart(studio.at_rest(PLACES))
    shown = studio.page.evaluate("() => Object.entries(window.app.nodeOutputs).filter(([, each]) => each?.images)")
    assert [node for node, _ in shown] == ["2"]
    assert studio.page.evaluate("() => window.app.graph.nodes.map(node => node.type)").count("PreviewAny") == 0


@studios("old-canvas", "new-vue")
def test_a_dropped_picture_opens_the_workflow_that_made_it(studio: Studio, repository: Path) -> None:
    studio.load(template(repository, "Nodewright Text to Image", studio), "before")
    studio.page.evaluate(
        "() => { window.app.graph.getNodeById(1).widgets.find(each => each.name === 'seed').value += 5 }"
    )
    assert studio.queue() == ["execution_success", ""]
    studio.page.wait_for_function("window.app.nodeOutputs[2]?.images?.length")
    (written,) = studio.page.evaluate("window.app.nodeOutputs[2].images")
    query = "&".join(f"{name}={written[name]}" for name in ("filename", "subfolder", "type"))
    with Image.open(BytesIO(fetch(f"{studio.server.url}/view?{query}")[1])) as picture:
        texts = {key: value for key, value in picture.info.items() if isinstance(value, str)}
    assert str(studio.server.base_directory) not in str(texts) and str(Path.home()) not in str(texts)
    saved = json.loads(texts["prompt"])
    assert not any(node["class_type"].startswith("Nodewright") for node in saved.values())
    studio.page.evaluate(DROP, query)
    studio.page.wait_for_function(DROPPED, arg=len(saved))
    opened = studio.prompt()
    assert sorted(node["class_type"] for node in opened.values()) == sorted(
        node["class_type"] for node in saved.values()
    )
    for key, node in saved.items():
        assert opened[key]["inputs"] == node["inputs"]


@studios("old-canvas", "new-vue")
def test_the_app_opens_as_an_app_where_there_is_one(studio: Studio, repository: Path) -> None:
    studio.load(template(repository, "Nodewright App", studio), "an app")
    if not studio.newest:
        # The former app mode draws widgets over each other.
        expect(studio.page.locator("#graph-canvas")).to_be_visible()
        assert studio.queue() == ["execution_success", ""]
        return
    studio.page.get_by_text("Welcome to Apps").or_(studio.page.get_by_role("button", name="Run").last).first.wait_for()
    assert studio.page.evaluate("window.app.extensionManager.workflow.activeWorkflow.initialMode") == "app"
    saved = studio.page.evaluate("window.app.graph.extra.linearData")
    assert [name for _, name, *_ in saved["inputs"]] == ["prompt", "shape", "quality", "model", "seed"]
    assert [str(each) for each in saved["outputs"]] == ["2"]


@studios("old-canvas", "new-canvas")
def test_each_template_opens_with_its_values(studio: Studio, repository: Path) -> None:
    menus = dict.fromkeys(("shape", "style", "quality", "model", "lora", "upscale"), "auto")
    for path in (repository / "example_workflows").glob("*.json"):
        ui = json.loads(path.read_text(encoding="utf-8"))
        studio.load(ui, path.stem)
        output = studio.prompt()
        values = next(node for node in ui["nodes"] if node["type"] == WRITER)["widgets_values"]
        several = "Four" in path.stem
        written = output["1"]["inputs"]
        assert {name: written[name] for name in ("prompt", *menus, "negative", "seed", "candidates", "max_nodes")} == {
            "prompt": values[0], **menus, "negative": "", "seed": 1, "candidates": 4 if several else 1, "max_nodes": 24
        }  # fmt: skip
        assert output["2"]["inputs"] == {"workflow": ["1", int(several)], "seeds": "keep", "seed": 0}


@studios("old-canvas", "new-canvas")
def test_titles_and_pictures_are_in_the_template_browser(studio: Studio, repository: Path) -> None:
    failed: list[str] = []
    studio.page.on("response", lambda answer: failed.append(answer.url) if answer.status == 404 else None)
    studio.command("Comfy.BrowseTemplates")
    studio.page.get_by_text("Extensions").first.wait_for()
    studio.page.get_by_text("nodewright", exact=True).first.click()
    for path in (repository / "example_workflows").glob("*.json"):
        studio.page.get_by_text(path.stem, exact=True).first.wait_for()
    studio.page.wait_for_function(
        """() => {
          const pictures = [...document.querySelectorAll("[role=dialog] img, .p-dialog img")];
          return pictures.length >= 3 && pictures.every(each => each.naturalWidth >= 512);
        }"""
    )
    assert not [each for each in failed if "nodewright" in each.lower() and "api.comfy.org" not in each]


RUN_BESIDE = """async api => {
  const {comfyui} = await import("/extensions/nodewright/comfyui.js");
  const run = await comfyui.queue(api);
  const {status, outputs} = await run.done;
  return [status, Object.values(outputs).flatMap(each => each.images ?? [])];
}"""


@studios("old-vue", "new-canvas")
def test_a_dropped_picture_of_a_card_opens_the_workflow_of_the_card(studio: Studio) -> None:
    card = TEXT_TO_IMAGE
    status, (saved, *_) = studio.page.evaluate(RUN_BESIDE, card)
    assert status == "success"
    query = "&".join(f"{name}={saved[name]}" for name in ("filename", "subfolder", "type"))
    studio.page.evaluate(DROP, query)
    studio.page.wait_for_function(DROPPED, arg=len(card))
    opened = studio.prompt()
    by_class = {node["class_type"] + node["inputs"].get("text", ""): node["inputs"] for node in opened.values()}
    assert by_class.keys() == {node["class_type"] + str(node["inputs"].get("text", "")) for node in card.values()}
    sampler = by_class["KSampler"]
    assert sampler["seed"] == 7 and opened[sampler["model"][0]]["class_type"] == "CheckpointLoaderSimple"
    assert opened[sampler["positive"][0]]["inputs"]["text"] == "a red circle"
