"""Prompts that the panel queues beside the canvas, and what becomes of them."""

from __future__ import annotations

from pathlib import Path

from chromium import open_page
from comfyui_process import ComfyUI
from comfyui_server import installed
from frontend import Studio, studios
from in_page import TEXT_TO_IMAGE, call, sampling
from playwright import sync_api

LAST = "return (await comfyui.history(1))[0].id"
LONG = 10_000
"""Steps that take longer than a test waits."""
FOLLOWED = """
  const run = await comfyui.queue(given);
  const heard = [];
  for (const kind of ["waiting", "progress", "executed"]) run.on(kind, detail => heard.push([kind, detail]));
  return {id: run.id, ended: await run.done, heard};
"""


@studios("old-canvas", "new-vue")
def test_a_run_is_followed_to_its_end_beside_the_canvas(studio: Studio) -> None:
    """Nothing of it lands on the canvas, whose nodes have the same ids."""
    canvas = """() => {
      const {graph, nodeOutputs} = window.app, shown = Object.keys(nodeOutputs).filter(id => graph.getNodeById(id));
      const widgets = graph.nodes.map(node => (node.widgets ?? []).map(widget => [widget.name, widget.value]));
      return JSON.stringify([widgets, shown, graph.nodes.map(node => node.imgs?.length ?? 0)]);
    }"""
    before = studio.page.evaluate(canvas)
    found = call(studio.page, FOLLOWED, TEXT_TO_IMAGE)
    ended, heard = found["ended"], found["heard"]
    assert ended["status"] == "success"
    (image,) = ended["outputs"]["7"]["images"]
    assert [detail["node"] for kind, detail in heard if kind == "executed"] == ["7"]
    assert {detail["node"] for kind, detail in heard if kind == "progress"} <= set(TEXT_TO_IMAGE)
    assert studio.page.evaluate(canvas) == before
    read = """const image = new Image(); image.src = comfyui.imageUrl(given); await image.decode();
      return [image.naturalWidth, image.naturalHeight]"""
    assert call(studio.page, read, image) == [64, 64]
    # Once more: the server has it in its cache, and the run ends before its POST is answered.
    again = call(studio.page, FOLLOWED, TEXT_TO_IMAGE)["ended"]
    assert again["status"] == "success" and again["outputs"]["7"]["images"] == [image]
    (newest, _) = call(studio.page, "return await comfyui.history(2)")
    assert newest["status"] == "success" and newest["when"] > 0
    assert {key: node["class_type"] for key, node in newest["api"].items()} == {
        key: node["class_type"] for key, node in TEXT_TO_IMAGE.items()
    }
    assert newest["api"]["6"]["inputs"]["samples"] == ["5", 0]
    assert [each["node"] for each in newest["images"]] == ["7"]


@studios("new-canvas")
def test_a_refusal_has_every_reason_in_it(studio: Studio) -> None:
    broken = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": "x", "height": -4, "batch_size": 1, "color": 1}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
        "3": {"class_type": "PreviewImage", "inputs": {}},
    }
    refused = "try { await comfyui.queue(given) } catch (error) { return [error.message, error.status] }"
    message, status = call(studio.page, refused, broken)
    assert status == 400
    for part in ("EmptyImage (1)", "Value -4 smaller than min of 1", "PreviewImage (3)", "Required input is missing"):
        assert part in message
    message, _ = call(studio.page, refused, {"1": {"class_type": "Nope", "inputs": {}}})
    assert "Nope" in message and "nw-" not in message
    posted = refused.replace("queue(given)", "postJson('/nodewright/validate', 1)")
    message, status = call(studio.page, posted)
    studio.errors.clear()  # the console has each refusal
    assert status == 400 and len(message) > 10


@studios("old-canvas")
def test_an_error_is_that_of_the_node(studio: Studio) -> None:
    pattern = {"string": "a", "regex_pattern": "(", "replace": "b"}
    graph = {
        "1": {"class_type": "RegexReplace", "inputs": pattern},
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    }
    ended = call(studio.page, FOLLOWED, graph)["ended"]
    assert (ended["status"], ended["error"]["nodeId"]) == ("error", "1")
    assert "unterminated subpattern" in ended["error"]["message"]
    again = call(studio.page, f"return await (await comfyui.follow({call(studio.page, LAST)!r})).done")
    assert again["error"] == ended["error"]  # as it stands in the history


@studios("old-canvas", "new-vue")
def test_waiting_cancelling_and_another_page(studio: Studio) -> None:
    body = """
      const first = await comfyui.queue(given[0]);
      await new Promise(resolve => first.on("progress", ({node, value}) => node === "5" && value > 0 && resolve()));
      const second = await comfyui.queue(given[1]);
      const third = await comfyui.queue(given[2]);
      const front = await comfyui.queue(given[3], {front: true});
      const places = {second: [], third: [], front: []};
      for (const [name, run] of Object.entries({second, third, front})) run.on("waiting", n => places[name].push(n));
      window.runs = {first, second, third, front, places};
      return [first.id, second.id];
    """
    quick = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 77}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    given = [sampling(1, LONG), sampling(2, LONG), sampling(3, 2), quick]
    first, second = call(studio.page, body, given)
    other = studio.another()  # hears none of the events
    follow = f"window.followed = await comfyui.follow({first!r}); window.followed.done.then(end => window.ended = end)"
    call(other.page, follow)
    assert other.page.evaluate("window.ended") is None
    cancelled = studio.page.evaluate("""async () => {
      const {first, second} = window.runs;
      await second.cancel();
      await first.cancel();
      return [(await second.done).status, (await first.done).status];
    }""")
    assert cancelled == ["interrupted", "interrupted"]
    other.page.wait_for_function("window.ended?.status === 'interrupted'")
    rest = studio.page.evaluate("""async () => {
      const {third, front, places} = window.runs;
      return [(await third.done).status, (await front.done).status, places];
    }""")
    assert rest[:2] == ["success", "success"]
    assert rest[2]["front"][0] == 1  # only what runs already comes before it
    assert 2 in rest[2]["third"] or 3 in rest[2]["third"]
    assert len(studio.jobs()) == 3  # the second has left the queue before it ran, and nothing runs any more


@studios("old-canvas", "new-vue")
def test_a_run_is_taken_up_again_after_a_reload(studio: Studio) -> None:
    running, done = sampling(11, 80), sampling(12, 2)
    started = "const run = await comfyui.queue(given); return run.id"
    identifiers = [call(studio.page, started, each) for each in (running, done)]
    studio.reload()
    ends = call(studio.page, "return Promise.all(given.map(async id => (await comfyui.follow(id)).done))", identifiers)
    assert [end["status"] for end in ends] == ["success", "success"]
    assert all(len(end["outputs"]["7"]["images"]) == 1 for end in ends)
    # Long after its end, and one that the server never had.
    unknown = "00000000-0000-4000-8000-000000000000"
    ends = call(
        studio.page, "return Promise.all(given.map(async id => (await comfyui.follow(id)).done))",
        [identifiers[0], unknown],
    )  # fmt: skip
    assert [end["status"] for end in ends] == ["success", "lost"]


@studios("old-canvas", "new-canvas")
def test_other_packs_that_throw_or_keep_events_to_themselves_do_no_harm(studio: Studio) -> None:
    studio.page.evaluate("""() => {
      const {api} = window.comfyAPI.api;
      for (const kind of ["status", "executed", "progress_state", "execution_success", "reconnected"])
        api.addEventListener(kind, () => { throw new Error("the other pack"); });
    }""")
    assert call(studio.page, FOLLOWED, sampling(21, 2))["ended"]["status"] == "success"
    studio.reload()
    studio.page.evaluate("""() => {  // before the pack listens, which it does at its first run
      const {api} = window.comfyAPI.api;
      for (const kind of ["executed", "execution_success"])
        api.addEventListener(kind, event => event.stopImmediatePropagation());
    }""")
    found = call(studio.page, FOLLOWED, sampling(22, 2))
    assert found["ended"]["status"] == "success" and found["ended"]["outputs"]["7"]["images"]
    studio.errors[:] = [error for error in studio.errors if "the other pack" not in error]


def test_a_server_that_restarts_meanwhile_is_found_out(
    comfyui_path: Path, miniature_checkpoint: Path, tmp_path: Path, browser: sync_api.Browser
) -> None:
    page = browser.new_page()
    server = ComfyUI(comfyui_path, installed(tmp_path, miniature_checkpoint))
    with server:
        open_page(page, server.url, {})
        heard = """
          const run = await comfyui.queue(given);
          window.heard = [];
          run.on("offline", () => window.heard.push("offline"));
          run.done.then(end => window.ended = end);
        """
        call(page, heard, sampling(31, LONG))
    page.wait_for_function("window.heard.includes('offline')")
    assert page.evaluate("window.ended === undefined")  # it may be there again, with the run
    with server:
        page.wait_for_function("window.ended")
        assert page.evaluate("window.ended.status") == "lost"
        assert call(page, FOLLOWED, sampling(32, 2))["ended"]["status"] == "success"
    page.close()
