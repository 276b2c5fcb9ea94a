"""ComfyUI's frontend in a real browser without a window: for the tests, the benchmarks and the pictures of the manual.

Needs playwright, which the test environment has, and Chromium.
"""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from comfyui_process import DIRECT
from playwright import sync_api

SETTINGS = {"Comfy.TutorialCompleted": True, "Comfy.Workflow.ShowMissingNodesWarning": False}
"""Without the first, the template browser opens over the canvas."""
READY = """() => {
  const {app} = window, api = window.comfyAPI?.api?.api, manager = app?.extensionManager;
  return Boolean(app?.graph && manager && !manager.spinner && !app.configuringGraph
    && manager.workflow?.activeWorkflow?.changeTracker && api?.clientId && api.socket?.readyState === WebSocket.OPEN);
}"""
"""True in a page whose frontend has settled: all extensions are set up (`window.app` is there only then), the first
workflow is open, and the websocket is connected. 1.58 shows its spinner until all tabs are there."""
TIMEOUT_MS = 180_000
"""How long anything on a page may take. A busy machine is no mistake."""


@contextmanager
def opened_chromium() -> Iterator[sync_api.Browser]:
    """Start Chromium. Raises FileNotFoundError where there is none."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise FileNotFoundError("no Chromium is installed; install one, or leave these tests out with -m 'not browser'")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


def open_page(page: sync_api.Page, url: str, settings: dict[str, Any]) -> None:
    """Open the frontend of the server at `url`, whose user has these settings beside SETTINGS."""
    page.set_default_timeout(TIMEOUT_MS)
    post(f"{url}/settings", SETTINGS | settings)
    page.goto(url)
    page.wait_for_function(READY)


def reload_page(page: sync_api.Page) -> None:
    """Load an open page anew."""
    page.reload()
    page.wait_for_function(READY)


def post(url: str, body: Any) -> None:
    """POST JSON. Raises urllib.error.URLError."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    DIRECT.open(request, timeout=TIMEOUT_MS / 1000).close()
