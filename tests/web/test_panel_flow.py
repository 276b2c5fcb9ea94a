"""A person's way through the panel: from a prompt to a picture and onto the canvas; a large graph is mended."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

from comfyui_client import fetch
from frontend import Studio, studios
from large_graph import large_graph
from panel_page import Panel
from patience import wait_until
from PIL import Image
from playwright.sync_api import expect

CHECKPOINT = "miniature.ckpt"
TABS = """() => {
  const {openWorkflows, activeWorkflow} = window.app.extensionManager.workflow;
  return [openWorkflows.map(each => each.path), activeWorkflow.path];
}"""
GRAPH = "async () => JSON.stringify((await window.app.graphToPrompt()).output)"


def pictures_of(studio: Studio) -> list[dict[str, Any]]:
    """The pictures of all prompts that ended."""
    outputs = [output for entry in studio.jobs() for output in entry["outputs"].values()]
    return [image for output in outputs for image in output.get("images", ())]


def class_of(node: dict[str, Any]) -> str:
    return str(node["class_type"])


def seeds(prompt: dict[str, Any]) -> list[int]:
    """The seeds of a prompt's nodes, in no order of theirs."""
    return sorted(node["inputs"]["seed"] for node in prompt.values() if "seed" in node["inputs"])


@studios("old-vue", "new-canvas")
def test_from_a_prompt_to_a_picture_and_onto_the_canvas(studio: Studio) -> None:
    page = studio.page
    before, tabs = page.evaluate(GRAPH), page.evaluate(TABS)
    page.mouse.click(800, 950)
    panel = Panel(page)
    panel.open_by_key()
    expect(panel.prompt).to_be_focused()
    panel.small().prompt.focus()
    page.keyboard.type("a red circle on a blue background")
    page.keyboard.press("Control+Enter")
    panel.wait_for_cards()
    prompts = [entry["prompt"][2] for entry in studio.jobs()]
    assert [[node["class_type"] for node in prompt.values()] for prompt in prompts] == [["NodewrightPromptToWorkflow"]]
    assert (page.evaluate(GRAPH), page.evaluate(TABS)) == (before, tabs)  # the canvas has neither run nor changed

    card = panel.card(1)
    expect(card).to_contain_text("miniature")
    expect(card).to_contain_text("×")
    card.get_by_role("button", name="Run", exact=True).click()
    card.locator("figure img").wait_for()
    assert card.locator("figure img").evaluate("async image => (await image.decode(), image.naturalWidth)") >= 64
    assert page.evaluate(TABS) == tabs
    (picture,) = [each for each in pictures_of(studio) if each["type"] == "output"]
    query = "&".join(f"{name}={picture[name]}" for name in ("filename", "subfolder", "type"))
    with Image.open(BytesIO(fetch(f"{studio.server.url}/view?{query}")[1])) as saved:
        made = json.loads(saved.info["prompt"])
    assert "Nodewright" not in json.dumps(made)

    card.get_by_role("button", name="Open", exact=True).click()
    expect(card).to_contain_text("Opened in a new tab")  # Nodes 2.0 of 1.32 are loaded several times until then
    opened = studio.prompt()
    assert sorted(node["class_type"] for node in opened.values()) == sorted(
        node["class_type"] for node in made.values()
    )
    seeds = [node["inputs"]["seed"] for node in made.values() if "seed" in node["inputs"]]
    assert [node["inputs"]["seed"] for node in opened.values() if "seed" in node["inputs"]] == seeds
    assert studio.queue() == ["execution_success", ""]
    assert [node["inputs"]["seed"] for node in studio.prompt().values() if "seed" in node["inputs"]] == seeds  # fixed
    paths, active = page.evaluate(TABS)
    assert set(tabs[0]) < set(paths) and active not in tabs[0]
    page.get_by_text("Unsaved Workflow").first.click()
    page.wait_for_function("path => window.app.extensionManager.workflow.activeWorkflow.path === path", arg=tabs[1])
    wait_until(lambda: json.loads(page.evaluate(GRAPH)) == json.loads(before), "the first tab is as it was")


@studios("old-canvas", "new-vue")
def test_a_large_graph_is_checked_and_one_click_is_undone_by_one_key(studio: Studio) -> None:
    page, graph = studio.page, large_graph(150, CHECKPOINT, 64)
    wrong = next(key for key, node in graph.items() if node["class_type"] == "CheckpointLoaderSimple")
    sampler = next(key for key, node in graph.items() if node["inputs"].get("model") == [wrong, 0])
    graph[wrong]["inputs"]["ckpt_name"] = "no_such_model.safetensors"
    studio.load_api(graph, "a large graph")
    untouched = page.evaluate(GRAPH)
    before = json.loads(untouched)
    panel = Panel(page).open()
    studio.command("Nodewright.Check")
    panel.findings.first.wait_for()
    expect(panel.findings.filter(has_text="no_such_model.safetensors")).to_have_count(1)
    assert json.loads(page.evaluate(GRAPH)) == before  # nothing was touched

    studio.command("Nodewright.Fix")
    panel.root.get_by_role("button", name="Apply").click()
    panel.root.get_by_text("Ctrl+Z").wait_for()
    after = json.loads(page.evaluate(GRAPH))
    assert {key for key in before if before[key] != after.get(key)} == {wrong, sampler}  # which has its own settings
    assert after[wrong]["inputs"]["ckpt_name"] == CHECKPOINT
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+z")
    page.wait_for_function(f"async undone => await ({GRAPH})() === undone", arg=untouched)
