"""Workflows that the panel opens on the canvas: each in a tab of its own, and nothing of the others touched."""

from __future__ import annotations

from frontend import Studio, studios
from in_page import TEXT_TO_IMAGE, call
from playwright.sync_api import expect

OPEN = "return await comfyui.openWorkflow(given, 'A red circle: on/blue? ' + 'and more '.repeat(20))"
TABS = """() => {
  const store = window.app.extensionManager.workflow;
  return store.openWorkflows.map(each => ({
    name: each.filename, modified: each.isModified, undo: each.changeTracker.undoQueue.length,
    active: each === store.activeWorkflow, state: JSON.stringify(each.changeTracker.activeState.nodes),
  }));
}"""
CLICKED = "() => window.dispatchEvent(new MouseEvent('mouseup'))"
"""After which the frontend looks for changes to the graph."""
PLACES = """() => {
  const rectangle = node => {
    const element = document.querySelector(`.lg-node[data-node-id="${node.id}"]`);
    if (!element) return [node.pos[0], node.pos[1] - 30, node.size[0], node.size[1] + 30];
    const {x, y, width, height} = element.getBoundingClientRect(), {scale} = window.app.canvas.ds;
    return [x / scale, y / scale, width / scale, height / scale];
  };
  return window.app.graph.nodes.map(node => [node.title, ...rectangle(node)]);
}"""


def test_a_workflow_opens_beside_what_is_open(studio: Studio) -> None:
    page = studio.page
    page.evaluate("""() => {  // typed and not noted yet, as by the keyboard alone
      const node = window.app.graph.nodes.find(each => each.type === "KSampler");
      node.widgets.find(each => each.name === "steps").value = 33;
    }""")
    assert call(page, OPEN, TEXT_TO_IMAGE) == {"missing": []}
    page.evaluate(CLICKED)
    first, second = page.evaluate(TABS)
    assert "33" in first["state"] and first["undo"] == 1 and first["modified"]
    assert second["active"] and second["undo"] == 0 and not second["modified"]
    assert second["name"].startswith("A red circle on blue and more") and len(second["name"]) <= 40
    opened = studio.prompt()
    assert {key: node["class_type"] for key, node in opened.items()} == {
        key: node["class_type"] for key, node in TEXT_TO_IMAGE.items()
    }
    assert all(opened[key]["inputs"] == node["inputs"] for key, node in TEXT_TO_IMAGE.items())
    assert opened["5"]["_meta"]["title"] == "first pass"

    assert call(page, OPEN, TEXT_TO_IMAGE) == {"missing": []}  # of the same name: another tab
    names = [tab["name"] for tab in page.evaluate(TABS)]
    assert len(names) == len(set(names)) == 3


def test_nodes_lie_apart_and_in_sight(studio: Studio) -> None:
    page = studio.page
    call(page, OPEN, TEXT_TO_IMAGE)
    nodes = studio.at_rest(PLACES)
    assert len(nodes) == len(TEXT_TO_IMAGE)
    for index, (title, x, y, width, height) in enumerate(nodes):
        for other, left, top, wide, high in nodes[index + 1 :]:
            apart = x + width <= left or left + wide <= x or y + height <= top or top + high <= y
            assert apart, (title, other)
    columns = {title: x for title, x, *_ in nodes}
    links = [
        (source, key)
        for key, node in TEXT_TO_IMAGE.items()
        for source, _ in (value for value in node["inputs"].values() if isinstance(value, list))
    ]
    titles = page.evaluate("Object.fromEntries(window.app.graph.nodes.map(node => [String(node.id), node.title]))")
    assert all(columns[titles[source]] < columns[titles[target]] for source, target in links)
    page.wait_for_function("""() => {
      const {ds, canvas} = window.app.canvas, box = canvas.getBoundingClientRect();
      return window.app.graph.nodes.every(({pos, size}) =>
        (pos[0] + ds.offset[0]) * ds.scale >= 0 && (pos[0] + size[0] + ds.offset[0]) * ds.scale <= box.width &&
        (pos[1] + ds.offset[1]) * ds.scale >= 0 && (pos[1] + size[1] + ds.offset[1]) * ds.scale <= box.height);
    }""")


@studios("old-canvas", "new-canvas")
def test_the_seed_stays_after_a_run(studio: Studio) -> None:
    call(studio.page, OPEN, TEXT_TO_IMAGE)
    assert studio.queue()[0] == "execution_success"
    assert studio.prompt()["5"]["inputs"]["seed"] == 7


@studios("new-canvas")
def test_nothing_opens_where_a_class_is_missing(studio: Studio) -> None:
    before = studio.page.evaluate(TABS)
    broken = TEXT_TO_IMAGE | {"8": {"class_type": "NoSuchNode", "inputs": {}}}
    assert call(studio.page, OPEN, broken) == {"missing": ["NoSuchNode"]}
    assert studio.page.evaluate(TABS) == before


@studios("old-canvas", "new-vue")
def test_app_mode_where_the_frontend_has_it(studio: Studio) -> None:
    page = studio.page
    assert call(page, "return comfyui.hasAppMode()") == studio.newest
    if not studio.newest:
        return
    app = {"inputs": [["2", "text"], ["4", "width"], ["5", "seed"]], "outputs": ["7"]}
    call(page, "await comfyui.openWorkflow(given[0], 'an app', {app: given[1]})", [TEXT_TO_IMAGE, app])
    skip = page.get_by_role("button", name="Skip")
    skip.click()
    for label in ("text", "width", "seed"):
        page.get_by_text(label, exact=True).locator("visible=true").first.wait_for()
    expect(page.get_by_text("steps", exact=True).locator("visible=true")).to_have_count(0)
    saved = page.evaluate("window.app.rootGraph.serialize().extra")
    assert saved["linearMode"] is True and saved["linearData"]["outputs"] == ["7"]


@studios("old-canvas")
def test_any_name_is_one_for_a_file(studio: Studio) -> None:
    for name in ("", "../../x", "CON", "日本語 " * 20):
        call(studio.page, "await comfyui.openWorkflow(given[0], given[1])", [TEXT_TO_IMAGE, name])
        path = studio.page.evaluate("window.app.extensionManager.workflow.activeWorkflow.path")
        assert path.startswith("workflows/") and path.endswith(".json") and path.count("/") == 1
        assert len(path) <= len("workflows/.json") + 44
