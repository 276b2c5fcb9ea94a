"""The pack in ComfyUI's own frontend, in a real browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from comfyui_client import fetch_json
from frontend import Studio, studios
from patience import wait_until
from playwright import sync_api

MENUS = dict.fromkeys(("shape", "style", "quality", "model", "lora", "upscale"), "auto")


@studios("old-canvas")
def test_a_workflow_from_before_the_menus_opens_with_its_own_values(studio: Studio, example: dict[str, Any]) -> None:
    ui = json.loads(json.dumps(example))
    (node,) = (each for each in ui["nodes"] if each["type"] == "NodewrightPromptToWorkflow")
    node["widgets_values"] = [
        "a fox",
        7,
        "fixed",
        0.3,
        0.8,
        4,
        2.5,
        "sdxl",
        12,
        2.5,
        0.5,
        "LoraLoader",
        "VAELoader",
        "x",
    ]
    opened = """async ui => {
      await window.app.loadGraphData(ui, true, true, "from before");
      const node = window.app.graph.getNodeById(1), {output, workflow} = await window.app.graphToPrompt();
      const control = node.widgets.find(each => each.name === "control_after_generate").value;
      return [output[1].inputs, control, node.showAdvanced, workflow];
    }"""
    inputs, control, shown, saved = studio.page.evaluate(opened, ui)
    inputs.pop("policy", None)
    expected = {
        "prompt": "a fox", **MENUS, "negative": "", "seed": 7, "candidates": 4, "temperature": 0.3, "top_p": 0.8,
        "guidance_scale": 0.5, "kappa": 2.5, "families": "sdxl", "max_nodes": 12, "max_megapixels": 2.5,
        "required": "LoraLoader", "forbidden": "VAELoader", "ends_in": "x", "ratings": "use", "cards": False,
    }  # fmt: skip
    assert (inputs, control, shown) == (expected, "fixed", True)
    again, control, *_ = studio.page.evaluate(opened, saved)  # as it is saved now
    again.pop("policy", None)
    assert (again, control) == (expected, "fixed")


@studios("old-canvas")
def test_advanced_inputs_take_no_place_until_they_are_shown(studio: Studio, example: dict[str, Any]) -> None:
    heights = studio.page.evaluate(
        """async ui => {
            await window.app.loadGraphData(ui, true, true, "a template");
            const node = window.app.graph.getNodeById(1), before = node.computeSize()[1];
            const drawn = async () => {
              window.app.canvas.draw(true, true);
              await new Promise(requestAnimationFrame);
              return node.widgets.find(each => each.name === "summary").y;
            };
            const hidden = await drawn();
            node.toggleAdvanced();
            return [before, hidden, node.computeSize()[1], await drawn()];
        }""",
        example,
    )
    before, hidden, after, shown = heights
    assert after - before > 150
    assert shown - hidden > 150
    assert hidden < before


def test_what_is_meant_for_programs_is_not_shown(studio: Studio, example: dict[str, Any]) -> None:
    studio.load(example)
    shown = studio.page.evaluate(
        """async () => {
            const node = window.app.graph.getNodeById(1);
            node.toggleAdvanced?.();
            await new Promise(requestAnimationFrame);
            const widget = node.widgets.find(each => each.name === "cards");
            const kappa = node.widgets.find(each => each.name === "kappa");
            return [node.isWidgetVisible(widget), node.isWidgetVisible(kappa), widget.value];
        }"""
    )
    assert shown[2] is False
    if not studio.vue_nodes:
        assert shown[:2] == [False, True]
    studio.page.locator("textarea").first.wait_for()  # the node is drawn
    assert studio.page.get_by_text("cards", exact=True).count() == 0


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


@studios("old-canvas")
def test_names_and_tooltips_are_those_of_the_schema(studio: Studio, url: str, example: dict[str, Any]) -> None:
    """Without a file of English translations: the frontend falls back to what the server sends."""
    infos = {name: info for name, info in fetch_json(f"{url}/object_info").items() if info["category"] == "Nodewright"}
    assert len(infos) == 8
    shown = studio.page.evaluate(SHOWN, list(infos))
    for name, info in infos.items():
        inputs = [key for group in ("required", "optional") for key in info["input"].get(group, {})]
        assert shown[name]["title"] == info["display_name"]
        assert shown[name]["description"] == info["description"]
        assert shown[name]["outputs"] == info["output_name"]
        assert shown[name]["inputs"] == {key: key for key in inputs}
    studio.page.evaluate("ui => window.app.loadGraphData(ui, true, true, 'a template')", example)
    x, y = studio.page.evaluate(HOVERED, "candidates")
    tooltip = infos["NodewrightPromptToWorkflow"]["input"]["optional"]["candidates"][1]["tooltip"]

    def hovered() -> bool:
        studio.page.mouse.move(x + 5, y)
        studio.page.mouse.move(x, y)  # it is shown where the mouse rests, if the canvas has been drawn by then
        try:
            studio.page.get_by_text(tooltip).wait_for(timeout=5_000)
        except sync_api.TimeoutError:
            return False
        return True

    wait_until(hovered, "the tooltip is shown")


MEGAPIXELS = """([ui, value]) => (async () => {
  await window.app.loadGraphData(ui, true, true, "a template");
  const widget = window.app.graph.getNodeById(1).widgets.find(each => each.name === "max_megapixels");
  widget.value = value;
  widget.callback(value, window.app.canvas, window.app.graph.getNodeById(1));
  return (await window.app.graphToPrompt()).output[1].inputs.max_megapixels;
})()"""


@studios("old-canvas")
def test_a_small_number_of_megapixels_does_not_become_any_size(studio: Studio, example: dict[str, Any]) -> None:
    for value in (0.04, 0.001, 0.25, 4.0):
        assert studio.page.evaluate(MEGAPIXELS, [example, value]) == pytest.approx(value)


@studios("old-canvas")
def test_an_empty_prompt_is_refused_with_the_name_of_its_widget(studio: Studio, example: dict[str, Any]) -> None:
    ui = json.loads(json.dumps(example))
    (node,) = (each for each in ui["nodes"] if each["type"] == "NodewrightPromptToWorkflow")
    node["widgets_values"][0] = " "
    studio.page.evaluate(
        """async ui => {
            await window.app.loadGraphData(ui, true, true, "a template");
            await window.app.queuePrompt(0, 1);
        }""",
        ui,
    )
    studio.page.get_by_text("prompt: is empty; describe the picture").first.wait_for(state="visible")
