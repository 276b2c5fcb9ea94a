"""The panel in ComfyUI's own frontend: what a person does there with the keyboard, the mouse and a screen reader."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chromium import post
from comfyui_client import fetch_json
from comfyui_server import CHECKPOINT
from frontend import Studio, studios
from panel_page import SMALL, Panel
from patience import wait_until
from playwright.sync_api import Route, expect

NODE = "NodewrightPromptToWorkflow"
TABS = "window.app.extensionManager.workflow.openWorkflows.length"
OVERFLOWING = """() => [...document.querySelectorAll(".nodewright, .nodewright *")]
  .filter(each => each.getClientRects().length && !(each instanceof SVGElement))
  .filter(each => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== "inline")
  .filter(each => getComputedStyle(each).textOverflow !== "ellipsis" && getComputedStyle(each).overflowX !== "clip")
  .filter(each => !each.matches(".nw-hidden"))
  .map(each => `${each.tagName}.${each.className} ${each.scrollWidth} > ${each.clientWidth}`)"""
SET = """([type, name, value]) => {
  const node = (window.app.rootGraph ?? window.app.graph).nodes.find(node => node.type === type);
  node.widgets.find(widget => widget.name === name).value = value;
}"""
NAMELESS = """() => [...document.querySelectorAll(".nodewright :is(button, input, textarea, [role])")]
  .filter(each => each.getClientRects().length)
  .filter(each => !["status", "alert", "presentation"].includes(each.getAttribute("role")))
  .filter(each => !(each.getAttribute("aria-label") || each.getAttribute("aria-labelledby") || each.labels?.length
    || each.textContent.trim()))
  .map(each => each.outerHTML.slice(0, 200))"""


def opened(studio: Studio) -> Panel:
    """The panel, writing small workflows."""
    return Panel(studio.page).open().small()


def jobs(studio: Studio) -> list[dict[str, Any]]:
    """The prompts in API format that the server has run."""
    return [entry["prompt"][2] for entry in studio.jobs()]


def kept(studio: Studio) -> dict[str, Any]:
    """What the server keeps of the ask, a moment after it has changed."""
    found: dict[str, Any] = fetch_json(f"{studio.server.url}/settings").get("Nodewright.Panel", {})
    return found


@contextmanager
def busy_server(studio: Studio) -> Iterator[None]:
    """A server with a job that lasts until the end of the block."""
    nodes = {
        "a": ("CheckpointLoaderSimple", {"ckpt_name": CHECKPOINT}),
        "b": ("CLIPTextEncode", {"clip": ["a", 1], "text": ""}),
        "c": ("EmptyLatentImage", {"width": 256, "height": 256, "batch_size": 1}),
        "d": ("VAEDecode", {"samples": ["e", 0], "vae": ["a", 2]}),
        "f": ("PreviewImage", {"images": ["d", 0]}),
    }
    sampling = {"model": ["a", 0], "positive": ["b", 0], "negative": ["b", 0], "latent_image": ["c", 0], "seed": 1}
    sampling |= {"steps": 10_000, "cfg": 1.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
    nodes["e"] = ("KSampler", sampling)
    prompt = {name: {"class_type": kind, "inputs": inputs} for name, (kind, inputs) in nodes.items()}
    identity = str(uuid.uuid4())
    post(f"{studio.server.url}/prompt", {"prompt": prompt, "prompt_id": identity})
    try:
        yield
    finally:
        post(f"{studio.server.url}/interrupt", {"prompt_id": identity})


@studios("old-canvas", "new-vue")
def test_a_prompt_becomes_cards_by_keyboard_alone(studio: Studio) -> None:
    panel = opened(studio)
    studio.command("Nodewright.Open")
    expect(panel.prompt).to_be_focused()
    studio.page.keyboard.type("a red circle on a blue background")
    studio.page.keyboard.press("Control+Enter")
    panel.wait_for_cards()
    (job,) = jobs(studio)  # and not the canvas beside it
    (node,) = job.values()
    assert node["class_type"] == NODE
    assert node["inputs"]["prompt"] == "a red circle on a blue background"
    first = panel.card(1)
    expect(first).to_contain_text(CHECKPOINT.partition(".")[0])
    expect(first.get_by_role("img", name=re.compile("^The graph: .*sampling.*picture"))).to_be_visible()
    assert first.locator(".nw-reasons li").count() >= 2
    expect(first.locator(".nw-track, .nw-no-quality")).to_have_count(1)
    # On to the first card's buttons, without a mouse: the ask's own controls come first.
    for _ in range(30):
        studio.page.keyboard.press("Tab")
        if studio.page.evaluate("document.activeElement.matches('.nw-run')"):
            break
    expect(first.locator(".nw-run")).to_be_focused()
    studio.page.keyboard.press("Enter")
    expect(first.get_by_role("img", name="Picture made by workflow 1")).to_be_visible()


@studios("old-vue", "new-canvas")
def test_a_card_runs_beside_the_canvas_and_its_picture_opens_in_full_size(studio: Studio) -> None:
    panel = opened(studio)
    panel.generate("a red circle")
    before, tabs = studio.prompt(), studio.page.evaluate(TABS)
    card = panel.card(1)
    card.get_by_role("button", name="Run", exact=True).click()
    picture = card.get_by_role("img", name="Picture made by workflow 1")
    expect(picture).to_be_visible()
    studio.page.wait_for_function("document.querySelector('.nw-picture img').naturalWidth >= 64")
    picture.click()
    viewer = studio.page.get_by_role("dialog", name="Picture made by workflow 1")
    expect(viewer).to_be_visible()
    assert viewer.bounding_box() == {"x": 0, "y": 0, **studio.page.viewport_size}  # type: ignore[dict-item]
    studio.page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(card.locator(".nw-picture")).to_be_focused()
    assert (studio.prompt(), studio.page.evaluate(TABS)) == (before, tabs)


@studios("old-canvas", "new-vue")
def test_a_card_opens_in_a_tab_of_its_own(studio: Studio) -> None:
    panel = opened(studio)
    panel.generate("a red circle")
    # A frontend without apps has no button for them.
    expect(panel.card(1).get_by_role("button", name="App", exact=True)).to_have_count(int(studio.newest))
    tabs = studio.page.evaluate(TABS)
    panel.card(1).get_by_role("button", name="Open", exact=True).click()
    expect(panel.card(1)).to_contain_text("Opened in a new tab")
    assert studio.page.evaluate(TABS) == tabs + 1
    assert "KSampler" in {node["class_type"] for node in studio.prompt().values()}


@studios("new-canvas")
def test_a_card_opens_as_an_app_with_prompt_size_and_seed(studio: Studio) -> None:
    panel = opened(studio)
    panel.generate("a red circle")
    panel.card(1).get_by_role("button", name="App", exact=True).click()
    shown = "String(window.app.rootGraph.extra?.linearData?.inputs?.map(input => input[1]))"
    studio.page.wait_for_function(f"{shown} === 'text,width,height,seed'")


@studios("new-canvas")
def test_two_cards_are_compared(studio: Studio) -> None:
    panel = opened(studio)
    panel.root.locator(".nw-more-button").click()
    panel.root.get_by_label("Temperature").fill("2")
    assert panel.generate("a red circle").count() >= 2
    first, second = panel.card(1), panel.card(2)
    first.get_by_role("button", name="Compare").click()
    expect(panel.root.get_by_text("Pick a second workflow")).to_be_visible()
    second.get_by_role("button", name="Compare").click()
    comparison = panel.root.get_by_role("region", name="Workflow 1 and workflow 2")
    expect(comparison).to_be_visible()
    expect(comparison.get_by_role("table")).to_be_visible()
    comparison.get_by_role("button", name="Close").click()
    expect(comparison).to_have_count(0)
    expect(first.get_by_role("button", name="Compare")).to_have_attribute("aria-pressed", "false")


@studios("new-canvas")
def test_what_was_read_is_shown_as_chips_to_change_or_remove(studio: Studio) -> None:
    panel = opened(studio)
    panel.prompt.fill("a red circle, photo, 16:9")
    shape = panel.root.locator(".nw-chip", has_text="16:9")
    expect(shape).to_be_visible()
    # Changed by keyboard: the chip's list stands at the first value.
    shape.focus()
    studio.page.keyboard.press("Enter")
    options = panel.root.get_by_role("listbox", name="Instead")
    expect(options).to_be_focused()
    studio.page.keyboard.press("Home")
    studio.page.keyboard.press("Enter")
    menu = panel.root.locator("[data-menu=shape]")
    expect(menu).to_have_class(re.compile("nw-set"))
    expect(panel.prompt).to_have_value("a red circle, photo, 16:9")
    # Removed: the menu's own chip first, then the words in the prompt.
    panel.root.locator(".nw-chip-menu").click()
    panel.root.get_by_role("button", name="Remove", exact=True).click()
    expect(menu).not_to_have_class(re.compile("nw-set"))
    panel.root.locator(".nw-chip", has_text="photo").click()
    panel.root.get_by_role("button", name="Take “photo” out of the prompt").click()
    expect(panel.prompt).to_have_value("a red circle, 16:9")
    expect(panel.root.locator(".nw-chip", has_text="photo")).to_have_count(0)


@studios("old-canvas", "new-vue")
def test_three_hundred_models_are_found_by_a_few_letters(studio: Studio) -> None:
    def many(route: Route) -> None:
        info = route.fetch().json()
        info[NODE]["input"]["optional"]["model"] = [["auto", *names], {}]
        route.fulfill(body=json.dumps(info), content_type="application/json")

    names = [f"folder {number % 7}/model_{number:03}_v{number % 3}.safetensors" for number in range(300)]
    studio.page.route(f"**/object_info/{NODE}", many)
    panel = Panel(studio.page).open()
    menu = panel.root.locator("[data-menu=model]")
    menu.click()
    field = panel.root.get_by_role("combobox", name="Model: Filter")
    expect(field).to_be_focused()
    studio.page.keyboard.type("model 27 v0")
    options = panel.root.get_by_role("listbox", name="Model").get_by_role("option")
    expect(options).to_have_count(5)  # 027, 270, 273, 276 and 279
    studio.page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_class(re.compile("nw-active"))
    chosen = options.nth(1).get_attribute("data-value")
    expect(field).to_have_attribute("aria-activedescendant", str(options.nth(1).get_attribute("id")))
    studio.page.keyboard.press("Enter")
    expect(menu).to_be_focused()
    expect(menu).to_have_attribute("title", f"Model: {chosen}")
    # Escape closes the list, and nothing else.
    studio.page.keyboard.press("Enter")
    expect(field).to_be_focused()
    studio.page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(menu).to_be_focused()
    expect(panel.prompt).to_be_visible()


@studios("new-canvas")
def test_a_menu_that_was_opened_before_the_server_answered_shows_its_options(studio: Studio) -> None:
    asked: list[Route] = []
    studio.page.route(f"**/object_info/{NODE}", lambda route: asked.append(route))
    panel = Panel(studio.page).open()
    panel.root.locator("[data-menu=shape]").click()
    options = panel.root.get_by_role("listbox", name="Shape").get_by_role("option")
    expect(options).to_have_text([re.compile("^auto")])
    expect(panel.root.get_by_role("listbox", name="Shape")).to_be_focused()
    for route in asked:
        route.continue_()
    expect(options.filter(has_text="tall")).to_have_count(1)
    studio.page.keyboard.press("End")  # the list has the keys still
    studio.page.keyboard.press("Enter")
    expect(panel.root.locator("[data-menu=shape]")).to_have_class(re.compile("nw-set"))


@studios("new-canvas")
def test_what_is_asked_before_the_server_answered_is_what_is_written(studio: Studio) -> None:
    asked: list[Route] = []
    studio.page.route(f"**/object_info/{NODE}", lambda route: asked.append(route))
    panel = opened(studio)
    panel.start("a red circle")
    expect(panel.button("Cancel")).to_be_visible()
    panel.button("Cancel").click()
    expect(panel.root.get_by_text("Cancelled. Nothing was changed.")).to_be_visible()
    panel.start("a red circle")
    expect(panel.button("Cancel")).to_be_visible()
    for route in asked:
        route.continue_()
    panel.wait_for_cards()
    (job,) = jobs(studio)
    (node,) = job.values()
    written = {name: node["inputs"][name] for name in SMALL}
    assert written == {"max_megapixels": 0.07, "max_nodes": 9}


@studios("new-canvas")
def test_what_is_wrong_stays_in_sight_when_the_server_answers(studio: Studio) -> None:
    asked: list[Route] = []
    studio.page.route(f"**/object_info/{NODE}", lambda route: asked.append(route))
    panel = opened(studio)
    panel.button("Generate").click()
    expect(panel.alert).to_have_text("Describe the picture first.")
    for route in asked:
        route.continue_()
    panel.root.get_by_label("Most nodes").and_(panel.root.get_by_placeholder("24")).wait_for(state="attached")
    expect(panel.alert).to_have_text("Describe the picture first.")


@studios("new-canvas")
def test_the_ask_and_the_cards_are_there_after_a_reload(studio: Studio) -> None:
    panel = opened(studio)
    panel.root.locator("[data-menu=shape]").click()
    panel.root.get_by_role("option", name="tall").click()
    count = panel.generate("a red circle").count()
    wait_until(lambda: {"prompt": "a red circle", "shape": "tall"}.items() <= kept(studio).items(), "the ask is kept")
    studio.open()
    panel = Panel(studio.page).open()
    expect(panel.prompt).to_have_value("a red circle")
    expect(panel.root.locator("[data-menu=shape]")).to_have_accessible_name("Shape: tall")
    expect(panel.cards).to_have_count(count)


@studios("old-canvas")
def test_a_run_goes_on_over_a_reload(studio: Studio) -> None:
    panel = opened(studio)
    with busy_server(studio):
        panel.start("a red circle")
        expect(panel.root.get_by_text("Waiting for 1 job before this one")).to_be_visible()
        studio.open()
        panel = Panel(studio.page).open()
        expect(panel.button("Cancel")).to_be_visible()
    panel.wait_for_cards()


@studios("new-canvas")
def test_escape_cancels_what_is_waiting(studio: Studio) -> None:
    panel = opened(studio)
    with busy_server(studio):
        panel.start("a red circle")
        expect(panel.root.get_by_text("Waiting for 1 job before this one")).to_be_visible()
        panel.prompt.press("Escape")
        expect(panel.root.get_by_text("Cancelled. Nothing was changed.")).to_be_visible()
        expect(panel.button("Generate")).to_be_visible()
        assert fetch_json(f"{studio.server.url}/queue")["queue_pending"] == []  # it is cancelled there first


@studios("new-canvas")
def test_a_run_that_a_restart_of_the_server_has_lost_is_reported(studio: Studio) -> None:
    gone = json.dumps({"generating": str(uuid.uuid4()), "prompt": "a red circle"})
    studio.page.evaluate("state => sessionStorage.setItem('Nodewright.Panel', state)", gone)
    studio.open()
    panel = Panel(studio.page).open()
    expect(panel.alert).to_contain_text("The server was restarted meanwhile")
    expect(panel.button("Generate")).to_be_visible()
    expect(panel.root.get_by_role("heading", name="Write what you want to see")).to_be_visible()


@studios("old-canvas")
def test_limits_that_nothing_fits_are_named(studio: Studio) -> None:
    panel = opened(studio)
    panel.root.locator(".nw-more-button").click()
    panel.root.get_by_label("Most nodes").fill("2")
    panel.start("a red circle")
    expect(panel.alert.first).to_contain_text(re.compile("Most nodes"))
    expect(panel.button("Generate")).to_be_visible()
    panel.root.get_by_label("Most nodes").fill("9")
    panel.generate("a red circle")


@studios("new-canvas")
def test_what_cannot_be_sent_is_refused_where_it_stands(studio: Studio) -> None:
    panel = opened(studio)
    panel.prompt.fill("  ")
    panel.button("Generate").click()
    expect(panel.alert).to_have_text("Describe the picture first.")
    expect(panel.prompt).to_be_focused()
    panel.root.locator(".nw-more-button").click()
    panel.root.get_by_label("Temperature").fill("9")
    panel.root.locator(".nw-more-button").click()
    panel.start("a red circle")
    expect(panel.alert).to_have_text("Temperature must be from 0 to 2.")
    expect(panel.root.get_by_label("Temperature")).to_be_focused()
    assert jobs(studio) == []
    studio.page.keyboard.press("Control+a")
    studio.page.keyboard.type("1")
    studio.page.keyboard.press("Control+Enter")  # from any field of the ask
    panel.wait_for_cards()
    assert [node["class_type"] for job in jobs(studio) for node in job.values()] == [NODE]


@studios("new-canvas")
def test_a_server_that_does_not_answer_is_reported_and_nothing_is_lost(studio: Studio) -> None:
    panel = opened(studio)
    panel.prompt.fill("a red circle")
    for path in ("prompt", "nodewright/read", "object_info/*"):
        studio.page.route(f"**/api/{path}", lambda route: route.abort())
    panel.button("Generate").click()
    expect(panel.alert.first).to_contain_text("The ComfyUI server does not answer")
    expect(panel.prompt).to_have_value("a red circle")
    studio.page.unroute_all()
    studio.errors.clear()  # the browser's own report of what was cut off here
    panel.button("Generate").click()
    panel.wait_for_cards()


@studios("new-canvas")
def test_a_character_that_is_being_composed_starts_nothing(studio: Studio) -> None:
    panel = opened(studio)
    panel.prompt.fill("雪の中の狐")
    panel.prompt.evaluate(
        """box => box.dispatchEvent(new KeyboardEvent("keydown",
             {key: "Enter", ctrlKey: true, isComposing: true, bubbles: true, cancelable: true}))"""
    )
    expect(panel.button("Generate")).to_be_visible()
    assert [job for job in jobs(studio) if any(node["class_type"] == NODE for node in job.values())] == []


@studios("new-canvas")
def test_a_second_browser_tab_has_a_panel_of_its_own(studio: Studio) -> None:
    panel = opened(studio)
    panel.generate("a red circle")
    other = Panel(studio.another().page).open()
    expect(other.root.get_by_role("heading", name="Write what you want to see")).to_be_visible()
    other.generate("a green square")
    expect(panel.root.get_by_text("for “a red circle”")).to_be_visible()
    expect(other.root.get_by_text("for “a green square”")).to_be_visible()


@studios("old-canvas", "new-vue")
def test_it_fits_into_280_pixels_and_every_control_has_a_name(studio: Studio) -> None:
    panel = opened(studio)
    panel.root.evaluate("root => { root.style.maxWidth = '280px'; }")
    panel.root.locator(".nw-more-button").click()
    panel.generate("a red circle, photo, 16:9, " + "averylongwordwithoutanyspace" * 3)
    panel.card(1).get_by_role("button", name="Compare").click()
    for section in ("Create", "This graph"):
        panel.section(section)
        studio.page.wait_for_function(f"({OVERFLOWING})().length === 0")
        assert studio.page.evaluate(NAMELESS) == []
    # Only lists scroll: the panel is as high as its place.
    assert panel.root.evaluate("root => root.scrollHeight <= root.clientHeight")


@studios("old-canvas", "new-vue")
def test_the_panel_keeps_its_state_while_another_tab_is_shown(studio: Studio) -> None:
    panel = opened(studio)
    count = panel.generate("a red circle").count()
    studio.command(
        "Workspace.ToggleSidebarTab.queue" if not studio.newest else "Workspace.ToggleSidebarTab.node-library"
    )
    expect(panel.root).to_have_count(0)
    Panel(studio.page).open()
    expect(panel.cards).to_have_count(count)
    expect(panel.prompt).to_have_value("a red circle")


@studios("new-vue")
def test_what_is_open_is_checked_node_by_node(studio: Studio) -> None:
    panel = opened(studio)
    panel.generate("a red circle")
    panel.card(1).get_by_role("button", name="Open", exact=True).click()
    expect(panel.card(1)).to_contain_text("Opened in a new tab")
    panel.section("This graph")
    panel.button("Check").click()
    expect(panel.root.get_by_text(re.compile("Nothing to complain about in [0-9]+ nodes"))).to_be_visible()
    studio.page.evaluate(SET, ["CheckpointLoaderSimple", "ckpt_name", "gone.safetensors"])
    panel.button("Check").click()
    finding = panel.findings.first
    expect(finding).to_contain_text("gone.safetensors")
    expect(finding.locator(".nw-severity")).to_have_text("Error")
    expect(finding.get_by_role("button", name=re.compile("^Show node .*#"))).to_be_visible()


@studios("old-canvas", "new-vue")
def test_what_makes_a_graph_run_here_is_shown_first_applied_with_a_click_and_undone(studio: Studio) -> None:
    panel = opened(studio)
    panel.generate("a red circle")
    panel.card(1).get_by_role("button", name="Open", exact=True).click()
    expect(panel.card(1)).to_contain_text("Opened in a new tab")
    studio.page.evaluate(SET, ["CheckpointLoaderSimple", "ckpt_name", "gone.safetensors"])
    broken = studio.prompt()
    panel.section("This graph")
    panel.button("Make it run here").click()
    expect(panel.findings.first).to_contain_text(f"gone.safetensors -> {CHECKPOINT}")
    assert studio.prompt() == broken  # nothing is touched before it is applied
    panel.root.get_by_role("button", name=re.compile("^Apply [0-9]+ change")).click()
    expect(panel.root.get_by_role("heading", name="Applied")).to_be_visible()
    loaders = [node for node in studio.prompt().values() if node["class_type"] == "CheckpointLoaderSimple"]
    assert [node["inputs"]["ckpt_name"] for node in loaders] == [CHECKPOINT]
    panel.button("Check again").click()
    expect(panel.root.get_by_text(re.compile("Nothing to complain about"))).to_be_visible()
    studio.page.locator("body").press("Control+z")
    studio.page.wait_for_function(
        "async () => JSON.stringify((await window.app.graphToPrompt()).output).includes('gone.safetensors')"
    )


@studios("new-canvas")
def test_improvements_are_listed_or_it_says_why_there_are_none(studio: Studio) -> None:
    panel = opened(studio)
    panel.generate("a red circle")
    panel.card(1).get_by_role("button", name="Open", exact=True).click()
    expect(panel.card(1)).to_contain_text("Opened in a new tab")
    panel.section("This graph")
    panel.button("Improve").click()
    status = panel.root.locator(".nw-graph .nw-status").first
    studio.page.wait_for_function(
        """() => document.querySelector(".nw-finding") || !/Comparing|Waiting|^$/.test(
             document.querySelector(".nw-graph .nw-status").textContent)"""
    )
    if panel.findings.count():
        expect(panel.findings.first.get_by_role("button", name=re.compile("^Apply: "))).to_be_visible()
    else:
        expect(status).to_have_text(re.compile("[a-z]{3,} [a-z]{2,}"))


@studios("new-canvas")
def test_the_first_card_can_be_used_while_the_others_are_written(studio: Studio) -> None:
    """The run of a card that was shown ahead goes on when the ranked ones come."""
    panel = opened(studio)
    first = panel.root.locator(".nw-run").first
    panel.prompt.fill("a red circle")
    studio.page.evaluate(
        """() => new MutationObserver((_, observer) => {
             const run = document.querySelector(".nw-run");
             if (run) { observer.disconnect(); run.focus(); run.click(); }
           }).observe(document.querySelector(".nw-cards"), {childList: true})"""
    )
    panel.button("Generate").click()
    panel.wait_for_cards()
    expect(panel.root.get_by_role("img", name=re.compile("^Picture made by workflow"))).to_be_visible()
    expect(first).to_have_count(1)
