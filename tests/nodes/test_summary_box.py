"""The box in which a node shows its last run: whole, and of no other run, in every frontend."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from chromium import READY
from frontend import Studio

SUMMARY = "textarea[placeholder^='The workflow that was written']"
SHOWN = f"""() => {{
  const area = document.querySelector({SUMMARY!r});
  return {{text: area.value, visible: area.checkVisibility(), height: area.clientHeight, whole: area.scrollHeight,
           width: area.clientWidth, scrolls: getComputedStyle(area).overflowY}};
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


def wait_for(studio: Studio, text: str) -> dict[str, Any]:
    studio.page.wait_for_function(f"text => document.querySelector({SUMMARY!r})?.value.includes(text)", arg=text)
    shown: dict[str, Any] = studio.page.evaluate(SHOWN)
    return shown


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
    shown = wait_for(studio, "read: wide")
    assert "miniature.ckpt" in shown["text"]
    assert shown["visible"]
    assert shown["height"] >= 170 and shown["width"] >= 350
    assert shown["whole"] <= shown["height"] or shown["scrolls"] == "auto"
    saved = studio.page.evaluate("async () => JSON.stringify(await window.app.graphToPrompt())")
    assert "read: wide" not in saved


def test_each_tab_keeps_its_own(studio: Studio, alone: dict[str, Any]) -> None:
    studio.load(asking(alone, "a red circle, wide"), "one")
    assert studio.queue() == ["execution_success", ""]
    first = wait_for(studio, "read: wide")["text"]
    studio.load(asking(alone, "a blue square, tall"), "two")
    assert studio.page.evaluate(SHOWN)["text"] == ""
    assert studio.queue() == ["execution_success", ""]
    second = wait_for(studio, "read: tall")["text"]
    switch(studio, "one")
    assert wait_for(studio, "read:")["text"] == first
    switch(studio, "two")
    assert wait_for(studio, "read:")["text"] == second


def test_a_run_that_ends_behind_another_tab_is_shown_in_its_own(studio: Studio, alone: dict[str, Any]) -> None:
    studio.load(asking(alone, "a blue square, tall"), "in front")
    studio.load(asking(alone, "a red circle, wide"), "behind")
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
    assert studio.page.evaluate(SHOWN)["text"] == ""
    switch(studio, "behind")
    wait_for(studio, "read: wide")


def test_after_an_error_it_says_so_and_why(studio: Studio, alone: dict[str, Any]) -> None:
    studio.load(asking(alone, "a red circle, wide"), "tab")
    assert studio.queue() == ["execution_success", ""]
    wait_for(studio, "read: wide")
    set_widget(studio, "max_nodes", 1)
    assert studio.queue()[0] == "execution_error"
    failed = wait_for(studio, "The last run failed at this node: max_nodes: 1 are too few")
    assert "read:" not in failed["text"]
    set_widget(studio, "max_nodes", 9)
    assert studio.queue() == ["execution_success", ""]
    assert "failed" not in wait_for(studio, "read: wide")["text"]


def test_it_is_there_again_after_the_page_is_loaded_anew(studio: Studio, alone: dict[str, Any]) -> None:
    studio.load(asking(alone, "a red circle, wide"), "tab")
    assert studio.queue() == ["execution_success", ""]
    text = wait_for(studio, "read: wide")["text"]
    # The frontend keeps the open workflow a moment after its last change.
    studio.page.wait_for_function(
        "id => [localStorage, sessionStorage].some(each => JSON.stringify(each).includes(id))",
        arg=studio.page.evaluate("window.app.graph.id"),
    )
    studio.page.wait_for_timeout(3000)
    studio.page.reload()
    studio.page.wait_for_function(READY)
    assert wait_for(studio, "read: wide")["text"] == text


@pytest.mark.parametrize(
    ("widget", "value", "message"),
    [
        ("prompt", " ", "prompt: is empty; describe the picture"),
        ("required", "NoSuchLoader", "required: the node class 'NoSuchLoader' is not installed. Similar: "),
        ("families", "sdxxl", "families: 'sdxxl' is no model family. Similar: "),
    ],
)
def test_what_is_refused_before_the_run_is_said_at_the_node(
    studio: Studio, alone: dict[str, Any], widget: str, value: str, message: str
) -> None:
    studio.load(asking(alone, "a red circle, wide"), "tab")
    set_widget(studio, widget, value)
    studio.page.evaluate("() => { window.app.queuePrompt(0, 1) }")
    shown = wait_for(studio, f"Not queued. {message}")
    assert shown["text"].count(message) == 1


def test_a_model_that_is_gone_is_named(studio: Studio, alone: dict[str, Any]) -> None:
    studio.load(asking(alone, "a red circle, wide"), "tab")
    set_widget(studio, "model", "gone.safetensors")
    studio.page.evaluate("() => { window.app.queuePrompt(0, 1) }")
    wait_for(studio, "model: 'gone.safetensors' is not installed; installed are miniature.ckpt")
