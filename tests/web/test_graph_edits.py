"""Edits to the graph that is open: one step of its undo, on the tab that was read, and nothing else."""

from __future__ import annotations

from typing import Any

from frontend import Studio, studios
from in_page import TEXT_TO_IMAGE, call
from patience import wait_until
from playwright.sync_api import expect

OPEN = "await comfyui.openWorkflow(given, 'checked')"
APPLY = """
  const open = await comfyui.graph();
  try { return await comfyui.apply(open.tab, given) } catch (error) { return error.message }
"""
UNDO = """() => {
  const {undoQueue, redoQueue} = window.app.extensionManager.workflow.activeWorkflow.changeTracker;
  return [undoQueue.length, redoQueue.length];
}"""
CLICKED = "() => window.dispatchEvent(new MouseEvent('mouseup'))"
UPSCALE = {"upscale_method": "nearest-exact", "width": 128, "height": 128, "crop": "disabled", "samples": ["5", 0]}
EDITS: list[dict[str, Any]] = [
    {"edit": "set", "node_id": "5", "input": "steps", "value": 28},
    {"edit": "set", "node_id": "5", "input": "sampler_name", "value": "dpmpp_2m"},
    {"edit": "link", "node_id": "6", "input": "samples", "from": ["new", 0]},
    {"edit": "add", "node_id": "new", "class_type": "LatentUpscale", "inputs": UPSCALE, "title": "bigger"},
    {"edit": "remove", "node_id": "3"},
]
REFUSED: list[tuple[list[dict[str, Any]], str]] = [
    ([{"edit": "set", "node_id": "99", "input": "steps", "value": 1}], "Node 99 is not in this workflow any more"),
    ([{"edit": "set", "node_id": "5", "input": "stepz", "value": 1}], 'has no field "stepz"'),
    ([EDITS[0], {"edit": "set", "node_id": "5", "input": "sampler_name", "value": "zz"}], "is not among the choices"),
    ([EDITS[0], {"edit": "add", "node_id": "n", "class_type": "Nope"}], '"Nope" is not installed'),
    ([EDITS[0], {"edit": "link", "node_id": "6", "input": "samples", "from": ["1", 0]}], "gives MODEL"),
    ([EDITS[0], {"edit": "add", "node_id": "n", "class_type": "LatentUpscale", "inputs": {"zz": 1}}], 'field "zz"'),
]


def test_edits_are_one_step_that_one_key_takes_back(studio: Studio) -> None:
    page = studio.page
    call(page, OPEN, TEXT_TO_IMAGE)
    before = studio.prompt()
    lines = call(page, APPLY, EDITS)
    assert lines[:2] == ["first pass: steps 4 → 28", "first pass: sampler_name euler → dpmpp_2m"]
    assert len(lines) == len(EDITS) and "bigger" in lines[2] and lines[3] == "+ bigger" and lines[4].startswith("−")
    after = studio.prompt()
    assert (after["5"]["inputs"]["steps"], after["5"]["inputs"]["sampler_name"]) == (28, "dpmpp_2m")
    (added,) = (key for key, node in after.items() if node["class_type"] == "LatentUpscale")
    assert after[added]["inputs"] == UPSCALE
    assert after["6"]["inputs"]["samples"] == [added, 0]
    assert "3" not in after and "negative" not in after["5"]["inputs"]
    page.wait_for_timeout(500)  # for what must not come: Nodes 2.0 measure the new node, and that is no step
    page.evaluate(CLICKED)
    assert page.evaluate(UNDO)[0] == 1
    page.mouse.click(1200, 900)
    page.keyboard.press("Control+z")
    page.wait_for_function("window.app.graph.nodes.length === 7")
    wait_until(lambda: (studio.prompt(), page.evaluate(UNDO)[0]) == (before, 0), "it is as it was")


@studios("old-canvas", "new-vue")
def test_what_cannot_be_done_changes_nothing(studio: Studio) -> None:
    call(studio.page, OPEN, TEXT_TO_IMAGE)
    before = studio.prompt()
    for edits, reason in REFUSED:
        assert reason in call(studio.page, APPLY, edits)
        assert studio.prompt() == before
    assert len(call(studio.page, APPLY, EDITS)) == len(EDITS)


@studios("old-vue", "new-canvas")
def test_edits_go_to_the_tab_that_was_read(studio: Studio) -> None:
    page = studio.page
    call(page, OPEN, TEXT_TO_IMAGE)
    call(page, "window.read = await comfyui.graph(); await comfyui.openWorkflow(given, 'another')", TEXT_TO_IMAGE)
    changed = [{"edit": "set", "node_id": "5", "input": "steps", "value": 11}]
    assert call(page, "return await comfyui.apply(window.read.tab, given)", changed) == ["first pass: steps 4 → 11"]
    active = "window.app.extensionManager.workflow.activeWorkflow"
    assert page.evaluate(f"{active}.filename") == "checked"
    assert studio.prompt()["5"]["inputs"]["steps"] == 11
    page.evaluate(f"""() => {{
      {active}.isModified = false;  // else it asks
      window.app.extensionManager.command.execute("Workspace.CloseWorkflow");
    }}""")
    page.wait_for_function(f"{active}.filename === 'another'")
    refused = "try { await comfyui.apply(window.read.tab, given) } catch (error) { return error.message }"
    assert call(page, refused, changed) == 'The tab "checked" is closed. Open it and check it again.'
    assert studio.prompt()["5"]["inputs"]["steps"] == 4


SUBGRAPH = """
  await comfyui.openWorkflow(given, "nested");
  const root = window.app.rootGraph ?? window.app.graph;
  const chosen = root.nodes.filter(node => ["KSampler", "EmptyLatentImage"].includes(node.type));
  const {subgraph} = root.convertToSubgraph(new Set(chosen));
  const sampler = subgraph.nodes.find(node => node.type === "KSampler");
  subgraph.addInput("steps", "INT").connect(sampler.inputs.find(slot => slot.name === "steps"), sampler);
  return (await comfyui.graph()).nodes.find(node => node.type === "KSampler").id;
"""


@studios("old-vue", "new-canvas")
def test_a_node_within_a_subgraph(studio: Studio) -> None:
    """Also a field that the subgraph's node shows as its own."""
    page = studio.page
    sampler = call(page, SUBGRAPH, TEXT_TO_IMAGE)
    around, inner = sampler.split(":")
    assert inner == "5"
    before = page.evaluate(UNDO)[0]
    upscale = UPSCALE | {"samples": [f"{around}:4", 0]}
    edits: list[dict[str, Any]] = [
        {"edit": "set", "node_id": sampler, "input": "steps", "value": 31},
        {"edit": "set", "node_id": sampler, "input": "cfg", "value": 6.5},
        {"edit": "add", "node_id": f"{around}:new", "class_type": "LatentUpscale", "inputs": upscale},
        {"edit": "link", "node_id": sampler, "input": "latent_image", "from": [f"{around}:new", 0]},
    ]
    assert len(call(page, APPLY, edits)) == 4
    after = studio.prompt()
    assert (after[sampler]["inputs"]["steps"], after[sampler]["inputs"]["cfg"]) == (31, 6.5)
    (added,) = (key for key, node in after.items() if node["class_type"] == "LatentUpscale")
    assert added.startswith(f"{around}:") and after[sampler]["inputs"]["latent_image"] == [added, 0]
    assert page.evaluate(UNDO)[0] <= before + 2  # one, and one for what the test did before
    across = [{"edit": "link", "node_id": "6", "input": "samples", "from": [sampler, 0]}]
    assert "in different subgraphs" in call(page, APPLY, across)
    mark = "await comfyui.mark((await comfyui.graph()).tab, [{node: given, message: 'inside', severity: 'error'}])"
    call(page, mark, sampler)
    frame = page.locator(".nodewright-mark")
    frame.wait_for()  # around the node that stands for the subgraph
    call(page, "await comfyui.showNode((await comfyui.graph()).tab, given)", sampler)
    assert page.evaluate("window.app.canvas.graph !== (window.app.rootGraph ?? window.app.graph)")
    frame.wait_for()


PLACE = """() => {
  const frame = document.querySelector(".nodewright-mark").getBoundingClientRect();
  const {canvas} = window.app, node = window.app.graph.nodes.find(each => String(each.id) === "5");
  const [x, y] = [0, 1].map(axis => (node.pos[axis] + canvas.ds.offset[axis]) * canvas.ds.scale);
  return [frame.x - x, frame.y - y, frame.width - node.size[0] * canvas.ds.scale];
}"""

FOLLOWED = f"""first => document.querySelector(".nodewright-mark").getBoundingClientRect().x !== window.former
  && ({PLACE})().every((value, index) => Math.abs(value - first[index]) < 12)"""


def test_marks_follow_their_nodes_and_are_saved_nowhere(studio: Studio) -> None:
    page = studio.page
    call(page, OPEN, TEXT_TO_IMAGE)
    mark = """
      window.read = await comfyui.graph();
      await comfyui.mark(window.read.tab, [
        {node: "5", message: "cfg is too <b>high</b>", severity: "warning"},
        {node: "5", message: "no model", severity: "error"},
        {node: "2", message: "empty", severity: "warning"},
      ]);
    """
    call(page, mark)
    page.locator(".nodewright-mark:visible").nth(1).wait_for()
    expect(page.get_by_text("cfg is too")).to_be_hidden()  # words on every node would cover the graph
    call(page, "await comfyui.showNode(window.read.tab, '5')")
    page.get_by_text("cfg is too <b>high</b>").wait_for()  # as it is written
    expect(page.get_by_text("empty", exact=True)).to_be_hidden()
    expect(page.locator(".nodewright-error")).to_have_count(1)
    saved = page.evaluate("JSON.stringify(window.app.graph.serialize())")
    assert "no model" not in saved and page.evaluate(UNDO)[0] == 0
    first = page.evaluate(PLACE)
    page.evaluate("""() => {
      const {canvas} = window.app;
      window.former = document.querySelector(".nodewright-mark").getBoundingClientRect().x;
      canvas.ds.offset[0] += 90; canvas.ds.offset[1] -= 60; canvas.ds.scale *= 0.9; canvas.setDirty(true, true);
    }""")
    page.wait_for_function(FOLLOWED, arg=first)
    call(page, "await comfyui.openWorkflow(given, 'another')", TEXT_TO_IMAGE)
    page.locator(".nodewright-mark").first.wait_for(state="hidden")
    call(page, "await comfyui.showNode(window.read.tab, '5')")
    page.locator(".nodewright-mark").first.wait_for()
    call(page, "await comfyui.clearMarks()")
    expect(page.locator(".nodewright-mark")).to_have_count(0)


@studios("old-canvas", "new-vue")
def test_what_is_read_is_what_would_be_queued(studio: Studio) -> None:
    call(studio.page, OPEN, TEXT_TO_IMAGE)
    read = call(studio.page, "const {api, nodes} = await comfyui.graph(); return {api, nodes}")
    assert {key: node["inputs"] for key, node in read["api"].items()} == {
        key: node["inputs"] for key, node in TEXT_TO_IMAGE.items()
    }
    assert {"id": "5", "type": "KSampler", "title": "first pass"} in read["nodes"]


@studios("old-canvas", "new-vue")
def test_a_node_whose_class_is_missing_is_read_and_replaced(studio: Studio) -> None:
    page = studio.page
    call(page, OPEN, TEXT_TO_IMAGE)
    page.evaluate("""async () => {
      const saved = window.app.graph.serialize();
      Object.assign(saved.nodes.find(node => node.type === "VAEDecode"), {type: "NoSuchNode", properties: {}});
      await window.app.loadGraphData(saved, true, true, "broken", {showMissingNodesDialog: false});
    }""")
    read = call(page, "return (await comfyui.graph()).api")
    assert (read["6"]["class_type"], read["6"]["inputs"]) == ("NoSuchNode", TEXT_TO_IMAGE["6"]["inputs"])
    replaced: list[dict[str, Any]] = [
        {"edit": "add", "node_id": "new", "class_type": "VAEDecode", "inputs": TEXT_TO_IMAGE["6"]["inputs"]},
        {"edit": "link", "node_id": "7", "input": "images", "from": ["new", 0]},
        {"edit": "remove", "node_id": "6"},
    ]
    assert len(call(page, APPLY, replaced)) == 3
    after = studio.prompt()
    (added,) = (key for key, node in after.items() if node["class_type"] == "VAEDecode")
    assert after["7"]["inputs"]["images"] == [added, 0] and "6" not in after
