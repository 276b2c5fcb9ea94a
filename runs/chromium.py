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
READY = "window.app?.extensionManager && window.app?.graph"
"""True in a page whose frontend can be used."""
TIMEOUT_MS = 60_000


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


def post(url: str, body: Any) -> None:
    """POST JSON. Raises urllib.error.URLError."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    DIRECT.open(request, timeout=120).close()
