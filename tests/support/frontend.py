"""ComfyUI's own frontend in a real browser: the one that comes with the server, and the newest.

A test that takes the fixture `studio` runs in each of the four combinations of frontend and Nodes 2.0; `@studios(...)`
names the ones that it needs. Every test has a page of its own, as a new user sees it.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from chromium import TIMEOUT_MS, open_page, opened_chromium, post, reload_page
from comfyui_process import ComfyUI
from comfyui_server import IDLE, installed
from patience import wait_until
from playwright import sync_api

sync_api.expect.set_options(timeout=TIMEOUT_MS)

QUEUED = """async ui => {
  try {
    const quiet = {showMissingNodesDialog: false, showMissingModelsDialog: false};
    await window.app.loadGraphData(ui, true, true, null, quiet);
    return {api: (await window.app.graphToPrompt()).output};
  } catch (error) {
    return {error: String(error)};
  }
}"""
STUDIOS = ("old-canvas", "old-vue", "new-canvas", "new-vue")
"""The frontend that ComfyUI 0.3.75 brings or the newest, each drawing nodes on the canvas or as Nodes 2.0."""
FRONTENDS = {False: "1.32.9", True: "1.58.1"}
"""The versions by whether it is the newest."""
KIND = """() => [window.__COMFYUI_FRONTEND_VERSION__,
  window.app.extensionManager.setting.get("Comfy.VueNodes.Enabled")]"""
OPENED = """([name, count]) => window.app.extensionManager.workflow.activeWorkflow.filename === name
  && (window.app.rootGraph ?? window.app.graph).nodes.length === count"""
ENDED = """() => new Promise(resolve => {
  const api = window.comfyAPI.api.api;
  for (const kind of ["execution_success", "execution_error", "execution_interrupted"])
    api.addEventListener(kind, event => resolve([kind, event.detail?.exception_message ?? ""]), {once: true});
})"""


def studios(*names: str) -> pytest.MarkDecorator:
    """Run a test in these of STUDIOS only."""
    unknown = set(names) - set(STUDIOS)
    if unknown or not names:
        raise ValueError(f"{sorted(unknown)}: a studio is one of {STUDIOS}")
    return pytest.mark.parametrize("studio", names, indirect=True)


@dataclass
class Studio:
    """A page with the frontend in it.

    Attributes:
        name: one of STUDIOS.
        server: the server behind it, one for all tests.
        page: Playwright's page.
        errors: what was thrown on the page, and errors and warnings of the pack in its console; a test fails with any.
    """

    name: str
    server: ComfyUI
    page: sync_api.Page
    errors: list[str] = field(default_factory=list)

    @property
    def newest(self) -> bool:
        """Whether this is the newest frontend."""
        return self.name.startswith("new")

    @property
    def vue_nodes(self) -> bool:
        """Whether nodes are drawn as Nodes 2.0."""
        return self.name.endswith("vue")

    def watch(self) -> None:
        """Gather the page's errors from now on."""
        self.page.on("pageerror", lambda error: self.errors.append(f"{error}\n{error.stack}"))
        self.page.on("console", lambda message: self.errors.extend(from_the_pack(message)))

    def open(self, settings: dict[str, Any] | None = None) -> None:
        """Load the page, or load it anew, with these settings beside its own."""
        open_page(self.page, self.server.url, {"Comfy.VueNodes.Enabled": self.vue_nodes} | (settings or {}))

    def reload(self) -> None:
        """Load the page anew, as it is."""
        reload_page(self.page)

    def another(self) -> Studio:
        """Return a second page of the same browser, on the same server."""
        other = Studio(self.name, self.server, self.page.context.new_page(), self.errors)
        other.watch()
        other.open()
        return other

    def load(self, ui: dict[str, Any], name: str = "a workflow") -> None:
        """Open a workflow in UI format in a new tab."""
        self.page.evaluate("([ui, name]) => window.app.loadGraphData(ui, true, true, name)", [ui, name])

    def load_api(self, api: dict[str, Any], name: str) -> None:
        """Open a workflow in API format in a new tab."""
        # 1.32 goes on in the background after its function has returned.
        self.page.evaluate("([api, name]) => window.app.loadApiJson(api, name)", [api, name])
        self.page.wait_for_function(OPENED, arg=[name, len(api)])

    def at_rest(self, expression: str) -> Any:
        """Return what an expression comes to, once it has been the same for a second: nothing moves any more."""
        value, before = self.page.evaluate(expression), None
        while value != before:
            self.page.wait_for_timeout(1000)
            value, before = self.page.evaluate(expression), value
        return value

    def prompt(self) -> dict[str, Any]:
        """Return what the open tab would queue."""
        output: dict[str, Any] = self.page.evaluate("async () => (await window.app.graphToPrompt()).output")
        return output

    def queue(self) -> list[str]:
        """Queue the open tab and wait for how it ends: the event, the message."""
        ended: list[str] = self.page.evaluate(
            f"async () => {{ const ended = ({ENDED})(); await window.app.queuePrompt(0, 1); return await ended; }}"
        )
        return ended

    def jobs(self) -> list[dict[str, Any]]:
        """Return what the server has run, as its history has it, in their order, once nothing runs any more."""
        wait_until(lambda: self.server.get("/queue") == IDLE, "the queue is empty")
        history: Any = self.server.get("/history")
        return sorted(history.values(), key=lambda entry: entry["prompt"][0])

    def command(self, name: str) -> None:
        """Execute a command, as a menu or a key would."""
        self.page.evaluate("name => window.app.extensionManager.command.execute(name)", name)


@pytest.fixture(scope="session")
def newest_frontend() -> Path:
    """The newest frontend's folder, the one with index.html."""
    folder = os.environ.get("NODEWRIGHT_FRONTEND")
    if not folder or not (Path(folder) / "index.html").is_file():
        pytest.fail(
            f"NODEWRIGHT_FRONTEND={folder or ''} names no folder with an index.html (runs/tests.py sets it). Unpack "
            "static/ of the package comfyui-frontend-package, or leave these tests out with -m 'not browser'"
        )
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def newest_server(
    comfyui_path: Path, newest_frontend: Path, miniature_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ComfyUI]:
    """A server as `comfyui_server` is, with the newest frontend."""
    base = installed(tmp_path_factory.mktemp("comfyui-newest"), miniature_checkpoint)
    with ComfyUI(comfyui_path, base, arguments=["--front-end-root", str(newest_frontend)]) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    """Chromium. While it is open, nothing in this thread can `asyncio.run`: so it is one for a file, not for all."""
    with opened_chromium() as process:
        yield process


@pytest.fixture(params=STUDIOS)
def studio(request: pytest.FixtureRequest, comfyui_path: Path, browser: sync_api.Browser) -> Iterator[Studio]:
    """A page of the frontend as a new user sees it: no settings, no history, an empty queue.

    What is thrown there, and what the pack writes into the console, fails the test, unless it empties `errors`.
    """
    server = request.getfixturevalue("newest_server" if request.param.startswith("new") else "comfyui_server")
    forget_user(server)
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    opened = Studio(request.param, server, context.new_page())
    opened.watch()
    opened.open()
    assert opened.page.evaluate(KIND) == [FRONTENDS[opened.newest], opened.vue_nodes], opened.name
    yield opened
    context.close()
    assert opened.errors == []


def forget_user(server: ComfyUI) -> None:
    """Empty the queue and the history, and delete what the server keeps of its user."""

    def stopped() -> bool:
        if server.get("/queue") == IDLE:
            return True
        post(f"{server.url}/queue", {"clear": True})
        post(f"{server.url}/interrupt", {})
        return False

    wait_until(stopped, "the server stops what runs")  # else it would be in the history later
    post(f"{server.url}/history", {"clear": True})
    shutil.rmtree(server.base_directory / "user" / "default", ignore_errors=True)


def from_the_pack(message: sync_api.ConsoleMessage) -> Iterator[str]:
    """A console message that is the pack's doing. The frontend asks the registry, which is not reached from here, for
    every node class that it does not know."""
    text = f"{message.text} {message.location.get('url', '')}"
    if message.type in ("error", "warning") and "nodewright" in text.lower() and "api.comfy.org" not in text:
        yield text


@dataclass
class Frontend:
    """A page that converts workflows from UI to API format."""

    page: Any

    def queued(self, ui: dict[str, Any]) -> dict[str, Any]:
        """Return {"api": what the frontend would queue}, or {"error": why it cannot."""
        result: dict[str, Any] = self.page.evaluate(QUEUED, whole(ui))
        return result


@contextmanager
def opened_frontend(url: str, object_info: dict[str, Any] | None = None) -> Iterator[Frontend]:
    """Open the frontend of the server at `url`, which believes that the server has the classes of `object_info`."""
    with opened_chromium() as process:
        page = process.new_page(viewport={"width": 1200, "height": 800})
        if object_info is not None:
            body = json.dumps(object_info)
            page.route("**/api/object_info", lambda route: route.fulfill(body=body, content_type="application/json"))
        open_page(page, url, {})
        yield Frontend(page)


def whole(ui: dict[str, Any]) -> dict[str, Any]:
    """Return a workflow with the places and sizes that the frontend needs, where it lacks them."""
    ui = copy.deepcopy(ui)
    for graph in (ui, *((ui.get("definitions") or {}).get("subgraphs") or ())):
        for index, node in enumerate(graph["nodes"]):
            place = [index % 20 * 300, index // 20 * 300]
            added = {"pos": place, "size": [200, 100], "flags": {}, "order": index, "mode": 0, "properties": {}}
            node |= {key: value for key, value in added.items() if key not in node}
        graph |= {key: graph.get(key, empty) for key, empty in (("groups", []), ("extra", {}), ("config", {}))}
        for key, x in (("inputNode", 0), ("outputNode", 900)) if graph is not ui else ():
            graph[key].setdefault("bounding", [x, 0, 100, 100])
    links = ui.get("links") or [[]]
    return {"version": 1 if isinstance(links[0], dict) else 0.4, "last_node_id": 0, "last_link_id": 0} | ui
