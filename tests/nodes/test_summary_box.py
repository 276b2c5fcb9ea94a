"""The box in which a node shows its last run: whole, and of no other run, in every frontend."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from frontend import Studio, studios

SUMMARY = "textarea[placeholder^='The workflow that was written']"
SHOWN = f"document.querySelector({SUMMARY!r}).value"
READABLE = f"""() => {{
  const area = document.querySelector({SUMMARY!r});
  return area.checkVisibility() && area.clientHeight >= 170 && area.clientWidth >= 350
    && (area.scrollHeight <= area.clientHeight || getComputedStyle(area).overflowY === "auto");
}}"""


@pytest.fixture
def alone(example: dict[str, Any]) -> dict[str, Any]:
    """Prompt to Workflow, with the policy that it needs."""
    ui = copy.deepcopy(example)
    kept = {"NodewrightPromptToWorkflow", "NodewrightLoadPolicy"}
    ui["nodes"] = [node for node in ui["nodes"] if node["type"] in kept]
    ui["links"] = [link for link in ui["links"] if link[5] == "NODEWRIGHT_POLICY"]
    prompt_node(ui)["outputs"][0]["links"] = None
    ui.pop("id", None)  # so that each tab is a workflow of its own
    return ui


def prompt_node(ui: dict[str, Any]) -> dict[str, Any]:
    nodes: list[dict[str, Any]] = ui["nodes"]
    return next(node for node in nodes if node["type"] == "NodewrightPromptToWorkflow")


def asking(ui: dict[str, Any], prompt: str) -> dict[str, Any]:
    """The workflow with this prompt and a fixed seed."""
    asked = copy.deepcopy(ui)
    values = prompt_node(asked)["widgets_values"]
    values[0] = prompt
    values[8:10] = [1, "fixed"]
    return asked


def wait_for(studio: Studio, text: str) -> str:
    """All that the box shows, once this is part of it."""
    found = f"text => [document.querySelector({SUMMARY!r})?.value].find(value => value?.includes(text))"
    return str(studio.page.wait_for_function(found, arg=text).json_value())


def switch(studio: Studio, tab: str) -> None:
    studio.page.locator(".workflow-label", has_text=tab).first.click()
    studio.page.wait_for_function(
        "tab => window.app.extensionManager.workflow.activeWorkflow.path.includes(tab)", arg=tab
    )


def set_widget(studio: Studio, name: str, value: Any) -> None:
    studio.page.evaluate(
        "([name, value]) => { window.app.graph.getNodeById(1).widgets.find(each => each.name === name).value = value }",
        [name, value],
    )


def test_the_whole_text_can_be_read_and_is_in_no_file(studio: Studio, alone: dict[str, Any]) -> None:
    studio.load(asking(alone, "a red circle, wide"))
    assert studio.queue() == ["execution_success", ""]
    assert "miniature.ckpt" in wait_for(studio, "read: wide")
    studio.page.wait_for_function(READABLE)
    saved = studio.page.evaluate("async () => JSON.stringify(await window.app.graphToPrompt())")
    assert "read: wide" not in saved


@studios("old-canvas", "new-vue")
def test_each_tab_keeps_its_own(studio: Studio, alone: dict[str, Any]) -> None:
    studio.load(asking(alone, "a red circle, wide"), "one")
    assert studio.queue() == ["execution_success", ""]
    first = wait_for(studio, "read: wide")
    studio.load(asking(alone, "a blue square, tall"), "two")
    assert studio.page.evaluate(SHOWN) == ""  # a new tab has run nothing
    assert studio.queue() == ["execution_success", ""]
    second = wait_for(studio, "read: tall")
    switch(studio, "one")
    assert wait_for(studio, first) == first  # it is that of the other tab at first
    switch(studio, "two")
    assert wait_for(studio, second) == second


@studios("old-vue", "new-canvas")
def test_a_run_that_ends_behind_another_tab_is_shown_in_its_own(studio: Studio, alone: dict[str, Any]) -> None:
    studio.load(asking(alone, "a blue square, tall"), "in front")
    studio.load(asking(alone, "a red circle, wide"), "behind")
    with studio.page.expect_request("**/api/prompt"):  # which prompt it is stands by then
        ended = studio.page.evaluate_handle(
            """() => {
              const api = window.comfyAPI.api.api;
              const ended = new Promise(resolve => api.addEventListener("execution_success", resolve, {once: true}));
              return {ended, queued: window.app.queuePrompt(0, 1)};
            }"""
        )
    switch(studio, "in front")
    studio.page.evaluate("async handle => { await handle.ended }", ended)
    studio.page.wait_for_timeout(2000)  # for what must not come
    assert studio.page.evaluate(SHOWN) == ""
    switch(studio, "behind")
    wait_for(studio, "read: wide")


@studios("old-canvas", "new-vue")
def test_after_an_error_it_says_so_and_why(studio: Studio, alone: dict[str, Any]) -> None:
    studio.load(asking(alone, "a red circle, wide"), "tab")
    assert studio.queue() == ["execution_success", ""]
    wait_for(studio, "read: wide")
    set_widget(studio, "max_nodes", 1)
    assert studio.queue()[0] == "execution_error"
    failed = wait_for(studio, "The last run failed at this node: max_nodes: 1 are too few")
    assert "read:" not in failed
    set_widget(studio, "max_nodes", 9)
    assert studio.queue() == ["execution_success", ""]
    assert "failed" not in wait_for(studio, "read: wide")


@studios("old-vue", "new-canvas")
def test_it_is_there_again_after_the_page_is_loaded_anew(studio: Studio, alone: dict[str, Any]) -> None:
    studio.load(asking(alone, "a red circle, wide"), "tab")
    assert studio.queue() == ["execution_success", ""]
    text = wait_for(studio, "read: wide")
    # The frontend keeps the open workflow a moment after its last change, and the box its run after the end of it.
    studio.page.wait_for_function(
        """id => [localStorage, sessionStorage].some(each => Object.entries(each).some(
             ([key, value]) => key !== "Nodewright.lastRuns" && value.includes(id)))
           && localStorage.getItem("Nodewright.lastRuns")?.includes(id)""",
        arg=studio.page.evaluate("window.app.graph.id"),
    )
    studio.reload()
    assert wait_for(studio, text) == text


REFUSED = [
    ("prompt", " ", "Not queued. prompt: is empty; describe the picture"),
    ("required", "NoSuchLoader", "Not queued. required: the node class 'NoSuchLoader' is not installed. Similar: "),
    ("families", "sdxxl", "Not queued. families: 'sdxxl' is no model family. Similar: "),
    ("model", "gone.safetensors", "model: 'gone.safetensors' is not installed; installed are miniature.ckpt"),
]


@studios("old-canvas", "new-vue")
def test_what_is_refused_before_the_run_is_said_at_the_node(studio: Studio, alone: dict[str, Any]) -> None:
    for widget, value, message in REFUSED:
        studio.load(asking(alone, "a red circle, wide"), widget)
        set_widget(studio, widget, value)
        studio.page.evaluate("() => { window.app.queuePrompt(0, 1) }")
        assert wait_for(studio, message).count(message) == 1
