"""The pack in ComfyUI's own frontend, in a real browser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from comfyui_client import fetch, fetch_json
from playwright import sync_api

ENDED = """new Promise(resolve => {
  const api = window.comfyAPI.api.api;
  for (const kind of ["execution_success", "execution_error", "execution_interrupted"])
    api.addEventListener(kind, event => resolve([kind, event.detail?.exception_message ?? ""]), {once: true});
})"""
SUMMARY = "textarea[placeholder^='The workflow that was written']"


@dataclass
class Browser:
    """A page with the frontend in it, and what went wrong on it."""

    page: Any
    errors: list[str] = field(default_factory=list)

    def queue(self, ui: dict[str, Any]) -> list[str]:
        """Open a workflow as the template browser does, queue it, and wait for how it ends: the event, the message."""
        self.page.evaluate(
            f"""async ui => {{
                await window.app.loadGraphData(ui, true, true, "from a template");
                window.ended = {ENDED};
                await window.app.queuePrompt(0, 1);
            }}""",
            ui,
        )
        ended: list[str] = self.page.evaluate("() => window.ended")
        return ended


@pytest.fixture
def browser(url: str) -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("no Chromium is installed; install one, or leave these tests out with -m 'not browser'")
    settings = json.dumps({"Comfy.TutorialCompleted": True})  # else the template browser opens over the canvas
    assert fetch(f"{url}/settings", settings.encode())[0] == 200
    with sync_api.sync_playwright() as playwright:
        process = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = process.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(300_000)
        opened = Browser(page)
        page.on("pageerror", lambda error: opened.errors.append(f"{error}\n{error.stack}"))
        page.on("console", lambda message: opened.errors.extend(from_the_pack(message)))
        page.goto(url)
        page.wait_for_function("window.app?.extensionManager && window.app?.graph")
        yield opened
        process.close()


def from_the_pack(message: Any) -> Iterator[str]:
    """A console message that is the pack's doing. The frontend asks the registry, which is not reached from here, for
    every node class that it does not know."""
    text = f"{message.text} {message.location.get('url', '')}"
    if message.type in ("error", "warning") and "nodewright" in text.lower() and "api.comfy.org" not in text:
        yield text


def test_example_opens_from_the_template_and_runs(browser: Browser, url: str, example: dict[str, Any]) -> None:
    (name,) = browser.page.evaluate("async () => (await (await fetch('/api/workflow_templates')).json()).nodewright")
    template = fetch_json(f"{url}/api/workflow_templates/nodewright/{name}.json")
    kinds = [node["type"] for node in template["nodes"]]
    assert kinds == [node["type"] for node in example["nodes"]][: len(kinds)]
    # What stands in each widget, after the frontend has laid the saved values out on the widgets that it made.
    output = browser.page.evaluate(
        """async ui => {
            await window.app.loadGraphData(ui, true, true, "template");
            return (await window.app.graphToPrompt()).output;
        }""",
        template,
    )
    assert output["1"]["inputs"] == {
        "prompt": "a red circle on a blue background", "seed": 1, "temperature": 0.8, "top_p": 0.95, "candidates": 1,
        "kappa": 1, "families": "", "max_nodes": 24, "max_megapixels": 4, "guidance_scale": 1,
        "required": "", "forbidden": "", "ends_in": "",
    }  # fmt: skip
    assert output["2"]["inputs"] == {"workflow": ["1", 0], "seeds": "keep", "seed": 0}

    assert browser.queue(example) == ["execution_success", ""]
    browser.page.wait_for_function("window.app.graph.getNodeById(3).imgs?.length")
    assert browser.page.evaluate("window.app.graph.getNodeById(3).imgs[0].naturalWidth") >= 64
    assert browser.page.evaluate("window.app.nodeOutputs[2].images.length") >= 1  # what was saved inside
    assert "model: miniature.ckpt" in browser.page.locator(SUMMARY).input_value()
    assert browser.errors == []


@pytest.mark.parametrize("vue_nodes", [False, True], ids=["canvas", "vue nodes"])
def test_summary_is_shown_in_the_node(browser: Browser, example: dict[str, Any], vue_nodes: bool) -> None:
    browser.page.evaluate("on => window.app.extensionManager.setting.set('Comfy.VueNodes.Enabled', on)", vue_nodes)
    alone = ("NodewrightPromptToWorkflow", "NodewrightLoadPolicy")
    ui = example | {
        "nodes": [node for node in example["nodes"] if node["type"] in alone],
        "links": [link for link in example["links"] if link[5] == "NODEWRIGHT_POLICY"],
    }
    assert browser.queue(ui) == ["execution_success", ""]
    area = browser.page.locator(SUMMARY)
    area.wait_for(state="visible")
    browser.page.wait_for_function(f"document.querySelector({SUMMARY!r}).value.includes('stages: ')")
    saved = browser.page.evaluate("async () => (await window.app.graphToPrompt())")
    assert "stages: " not in str(saved)  # the summary is no input, and is not saved
    browser.page.evaluate("window.app.extensionManager.setting.set('Comfy.VueNodes.Enabled', false)")
    assert browser.errors == []


SHOWN = """types => Object.fromEntries(types.map(type => {
  const node = window.LiteGraph.createNode(type);
  const shown = slot => slot.label ?? slot.localized_name ?? slot.name;
  return [type, {
    title: node.title, description: node.constructor.nodeData.description,
    inputs: Object.fromEntries((node.inputs ?? []).map(slot => [slot.name, shown(slot)])),
    outputs: (node.outputs ?? []).map(shown),
  }];
}))"""
HOVERED = """name => {
  const {app} = window, node = app.graph.getNodeById(1), widget = node.widgets.find(each => each.name === name);
  app.canvas.ds.reset();
  app.canvas.ds.offset = [-node.pos[0] + 400, -node.pos[1] + 200];
  app.canvas.setDirty(true, true);
  return [400 + node.size[0] / 2, 200 + widget.y + 10];
}"""


def test_names_and_tooltips_are_those_of_the_schema(browser: Browser, url: str, example: dict[str, Any]) -> None:
    """Without a file of English translations: the frontend falls back to what the server sends."""
    infos = {name: info for name, info in fetch_json(f"{url}/object_info").items() if info["category"] == "Nodewright"}
    assert len(infos) == 6
    shown = browser.page.evaluate(SHOWN, list(infos))
    for name, info in infos.items():
        inputs = [key for group in ("required", "optional") for key in info["input"].get(group, {})]
        assert shown[name]["title"] == info["display_name"]
        assert shown[name]["description"] == info["description"]
        assert shown[name]["outputs"] == info["output_name"]
        assert shown[name]["inputs"] == {key: key for key in inputs}
    browser.page.evaluate("ui => window.app.loadGraphData(ui, true, true, 'a template')", example)
    x, y = browser.page.evaluate(HOVERED, "temperature")
    browser.page.mouse.move(x, y)
    tooltip = infos["NodewrightPromptToWorkflow"]["input"]["required"]["temperature"][1]["tooltip"]
    browser.page.get_by_text(tooltip).wait_for(state="visible", timeout=60_000)
